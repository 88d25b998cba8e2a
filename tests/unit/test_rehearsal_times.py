"""The window of the real run counts everything until the last container is well, and the migration only once."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ratchet.runtime.plugins.plugin_utils import rehearsal_times


def timeline(*seen: tuple[float, str]) -> list[dict[str, Any]]:
    return [{"at": at, "state": state} for at, state in seen]


# As Airflow's was seen: a command migrates, a job runs, the webserver starts; each act ends well.
BY_COMMAND = timeline(
    (0, "starting"),
    (32.8, "migrating"),
    (38.5, "stable"),
    (38.5, "starting"),
    (80, "stable"),
    (80, "starting"),
    (149, "healthy"),
    (159, "stable"),
)
BY_APPLICATION = timeline((0, "starting"), (3, "migrating"), (9, "migrating"), (10, "healthy"), (20, "stable"))


def test_the_end_of_a_migrations_command_is_not_yet_the_end() -> None:
    assert rehearsal_times.well(BY_COMMAND, 80) == 149
    assert rehearsal_times.well(BY_APPLICATION, 0) == 10


def test_the_monitor_period_is_no_part_of_it_also_where_nobody_says_healthy() -> None:
    assert rehearsal_times.well(timeline((0, "starting"), (4, "stable")), 0) == 4


def test_what_a_command_takes_is_taken_once_and_the_rest_on_every_host() -> None:
    assert rehearsal_times.start(BY_COMMAND, [0, 38.5, 80], 149, by_application=False) == 110.5
    assert rehearsal_times.start(BY_APPLICATION, [0], 10, by_application=True) == 4


@pytest.mark.parametrize(("by_application", "expected"), [(False, 0.0), (True, 5.0)])
def test_what_breaks_off_has_a_time_as_well(by_application: bool, expected: float) -> None:
    assert rehearsal_times.start(timeline((0, "starting")), [0], 5, by_application) == expected

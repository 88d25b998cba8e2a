"""The compose file sets what the operator leaves open, in Compose's own words."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ratchet.runtime.plugins.plugin_utils import update_config
from fleet_observations import observation


def fleet(**said: Any) -> dict[str, Any]:
    seen = observation()
    seen["services"][0]["update_config"] = said
    return {"app1": {"failed": "gone"}, "app2": seen}


def test_without_a_word_from_anybody_it_is_what_is_usual() -> None:
    found = update_config.settle({"app1": observation()}, None, None, "")
    assert (found.serial, found.monitor, found.failure_action) == (1, 10.0, "rollback")
    assert (found.order, found.order_asked, found.delay) == ("stop-first", False, 0.0)


def test_the_compose_file_sets_the_defaults() -> None:
    found = update_config.settle(fleet(parallelism=2, monitor="1m30s", failure_action="pause"), None, None, "")
    assert (found.serial, found.monitor, found.failure_action) == (2, 90.0, "pause")


def test_the_operator_beats_the_compose_file() -> None:
    found = update_config.settle(fleet(parallelism=2, monitor="1m", failure_action="pause"), "25%", 0.0, "continue")
    assert (found.serial, found.monitor, found.failure_action) == ("25%", 0.0, "continue")


def test_zero_at_a_time_is_all_at_once() -> None:
    assert update_config.settle(fleet(parallelism=0), None, None, "").serial == "100%"


def test_order_and_delay_are_followed() -> None:
    found = update_config.settle(fleet(order="start-first", delay="1m10s"), None, None, "")
    assert (found.order, found.order_asked, found.delay) == ("start-first", False, 70.0)
    asked = update_config.settle(fleet(order="start-first"), None, None, "", "stop-first")
    assert (asked.order, asked.order_asked) == ("stop-first", True)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("10s", 10.0),
        ("1m0s", 60.0),
        ("1h2m3.5s", 3723.5),
        ("500ms", 0.5),
        ("", None),
        ("soon", None),
        ("10", None),
        (7, None),
        (None, None),
    ],
)
def test_durations_are_read_as_compose_writes_them(text: Any, seconds: float | None) -> None:
    assert update_config.seconds(text) == seconds

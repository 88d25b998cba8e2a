# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an operator reads of a rehearsal: what speaks against the upgrade, and what can be done."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils import rehearsal_questions
from ansible_collections.ratchet.runtime.plugins.plugin_utils import rehearsal_words

LOST = {"id": "lost_rows", "kind": "failed", "text": "note lost 285 of 2000 rows"}
OLDER = {"id": "older_version", "kind": "failed", "text": "1.0.0 doesn't work on the new schema: HTTP 503"}
CRASHED = {"id": "migration", "kind": "failed", "text": "1.6.0 is crashed on the copy"}


def told(*reasons: dict[str, str], **other: Any) -> dict[str, Any]:
    found = {"verdict": "failed", "reasons": [*reasons], "database": {"name": "app"}, "target": "1.6.0", "logs": {}}
    return {**found, "downward": False, **other}


def test_what_fails_comes_first_then_the_log_then_what_can_be_done() -> None:
    assert rehearsal_words.message(told(LOST, logs={"web-1": ["it ends"]}), "/reports").splitlines() == [
        "The upgrade of app to 1.6.0 would fail: note lost 285 of 2000 rows.",
        "The end of the log of web-1:",
        "  | it ends",
        'If that is as it should be, rehearse again with -e \'{"runtime_accept": ["lost_rows"]}\'.',
        "Production was not touched. The report is in /reports.",
    ]


def test_old_code_that_fails_need_not_run_beside_the_new() -> None:
    assert "With -e runtime_strategy=single_instance only one version runs" in rehearsal_words.message(told(OLDER), "/")


@pytest.mark.parametrize("reasons", [[CRASHED], [CRASHED, LOST], [{**LOST, "kind": "warned"}, CRASHED]])
def test_that_a_migration_fails_is_no_matter_of_opinion(reasons: list[dict[str, str]]) -> None:
    assert "runtime_accept" not in rehearsal_words.message(told(*reasons), "/")


def test_what_was_accepted_stays_accepted() -> None:
    message = rehearsal_words.message(told(OLDER, {**LOST, "kind": "warned"}), "/")
    assert '["lost_rows", "older_version"]' in message


def test_the_way_down_is_no_upgrade() -> None:
    assert rehearsal_words.message(told(CRASHED, downward=True), "/").startswith("The way down of app to 1.6.0")


def test_containers_are_told_without_the_throwaway_project() -> None:
    name = "ratchet-rehearsal-1a2b-new-web-1"
    said = {"containers": [{"name": name, "id": "1"}], "logs": {name: ["x"]}, "http": {"each": {name: {"status": 200}}}}
    assert rehearsal_questions.in_short(said, "ratchet-rehearsal-1a2b-new-") == {
        "containers": [{"name": "web-1", "id": "1"}],
        "logs": {"web-1": ["x"]},
        "http": {"each": {"web-1": {"status": 200}}},
    }

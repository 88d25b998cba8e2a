"""The words for 3 a.m.: what happened, what became of the others, and the exact next commands."""

from __future__ import annotations

from typing import Any

from ansible_collections.ratchet.runtime.plugins.plugin_utils import last_words
from ansible_collections.ratchet.runtime.plugins.plugin_utils.watching import Sight
from fleet_observations import plan, request, three

CRASHED = Sight("crashed", "sample-web-1 exits with code 1", "bad")


def said(strategy: str = "rolling", failure_action: str = "rollback", head: str = "aaa", this: str = "app1") -> str:
    made = plan(three(), request(strategy=strategy, failure_action=failure_action)).as_dict()
    database = {"migrating": [], "ledger": {"framework": "alembic", "head": head}}
    probe: dict[str, Any] = {"containers": [], "database": database, "logs": {"sample-web-1": ["boom"]}}
    return last_words.of(this, made, made["hosts"][this], CRASHED, probe, {}, "/var/backups/ratchet/app-1")


def test_what_happened_and_the_end_of_the_log_come_first() -> None:
    assert said().splitlines()[:3] == [
        "app1 is crashed on 1.1.0: sample-web-1 exits with code 1.",
        "The end of the log of sample-web-1:",
        "  | boom",
    ]


def test_who_goes_back_says_so_and_gives_no_commands() -> None:
    assert "This host goes back to 1.0.0 now (runtime_failure_action)." in said()
    assert "To go back" not in said()


def test_who_is_left_gets_the_commands_and_the_backup() -> None:
    told = said(failure_action="pause")
    assert "To go back to 1.0.0 on this host:" in told
    assert "docker compose --project-directory /opt/sample up --detach" in told
    assert "/var/backups/ratchet/app-1" in told


def test_a_migrated_database_is_told_with_the_playbook_that_goes_back() -> None:
    told = said("single_instance", head="bbb")
    assert "But the database has been migrated from aaa to bbb: 1.0.0 may not work on it." in told
    assert "ansible-playbook ratchet.runtime.rollback" in told


def test_what_became_of_the_others() -> None:
    assert "Not touched, still on their old version: app2, app3." in said()
    assert "started again on their old version after this host: app2, app3." in said("single_instance")
    assert "Stopped before the migration, and not started again: app2, app3." in said("single_instance", head="bbb")
    assert "app2" not in said(failure_action="continue")

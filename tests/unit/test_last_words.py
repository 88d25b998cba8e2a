"""The words for 3 a.m.: what happened, what became of the others, and the exact next commands."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ratchet.runtime.plugins.plugin_utils import last_words
from ansible_collections.ratchet.runtime.plugins.plugin_utils.watching import Sight
from fleet_observations import plan, request, three

CRASHED = Sight("crashed", "sample-web-1 exits with code 1", "bad")


def said(
    strategy: str = "rolling",
    failure_action: str = "rollback",
    head: str | None = "aaa",
    this: str = "app1",
    sight: Sight = CRASHED,
    **witnesses: Any,
) -> str:
    made = plan(three(), request(strategy=strategy, failure_action=failure_action)).as_dict()
    database = {"migrating": [], "ledger": {"framework": "alembic", "head": head} if head else None}
    probe = {"containers": [], "database": database, "logs": {"sample-web-1": ["boom"]}, **witnesses}
    return last_words.of(this, made, made["hosts"][this], sight, probe, {}, "/var/backups/ratchet/app-1")


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
    told = said("single_instance", "pause", head="bbb")
    assert "But the database has been migrated from aaa to bbb: 1.0.0 may not work on it." in told
    assert "ansible-playbook ratchet.runtime.rollback" in told
    assert "put back" not in told


@pytest.mark.parametrize(
    ("head", "why"),
    [
        ("bbb", "the database has been migrated from aaa to bbb, and 1.0.0 may not work on it."),
        (None, "whether the database was migrated isn't known: its migrations are kept in no way that is known here."),
    ],
)
def test_who_is_not_put_back_is_told_why(head: str | None, why: str) -> None:
    lines = said("single_instance", head=head).splitlines()
    assert f"It isn't put back by itself: {why}" in lines
    assert sum("migrated" in line for line in lines if "Stopped before" not in line) == 1
    assert any("ansible-playbook ratchet.runtime.rollback" in line for line in lines)


def test_an_answer_that_never_was_good_is_told_with_its_question() -> None:
    stalled = Sight("stalled", "nothing has moved for 600 s; last: HTTP 404", "bad")
    asked = (
        "That was asked at http://x/health: see that runtime_health_url and runtime_health_expect are right for 1.1.0."
    )
    assert asked in said(sight=stalled, http={"status": 404})
    assert asked not in said(sight=stalled)
    assert asked not in said(http={"status": 404})
    session = {"pid": 7, "application": "", "query": "ALTER TABLE a", "state": "active", "blocked_by": []}
    migrating = {"migrating": [session], "ledger": {"framework": "alembic", "head": "aaa"}}
    assert asked not in said(sight=stalled, http={"status": 404}, database=migrating)


def test_what_became_of_the_others() -> None:
    assert "Not touched, still on their old version: app2, app3." in said()
    assert "started again on their old version after this host: app2, app3." in said("single_instance")
    assert "Stopped before the migration, and not started again: app2, app3." in said("single_instance", head="bbb")
    assert "app2" not in said(failure_action="continue")

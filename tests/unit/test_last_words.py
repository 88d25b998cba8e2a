"""The words for 3 a.m.: what happened, what became of the others, and the exact next commands."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ratchet.runtime.plugins.plugin_utils import last_words
from ansible_collections.ratchet.runtime.plugins.plugin_utils.watching import Sight
from fleet_observations import observation, plan, request, three, with_database

CRASHED = Sight("crashed", "sample-web-1 exits with code 1", "bad")


def said(
    strategy: str = "rolling",
    failure_action: str = "rollback",
    head: str | None = "aaa",
    this: str = "app1",
    fleet: dict[str, Any] | None = None,
    batch: tuple[str, ...] = (),
    sight: Sight = CRASHED,
    http: dict[str, Any] | None = None,
    **seen: Any,
) -> str:
    made = plan(fleet or three(), request(strategy=strategy, failure_action=failure_action)).as_dict()
    database = {"migrating": [], "ledger": {"framework": "alembic", "head": head} if head else None, **seen}
    probe: dict[str, Any] = {"containers": [], "database": database, "logs": {"sample-web-1": ["boom"]}, "http": http}
    return last_words.of(this, made, made["hosts"][this], sight, probe, {}, "/var/backups/ratchet/app-1", batch)


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


def test_a_database_that_may_have_been_migrated_is_told_with_it_too() -> None:
    told = said("single_instance", head=None)
    assert "in the way of simply going back: whether the database was migrated isn't known" in told
    assert "ansible-playbook ratchet.runtime.rollback" in told
    assert "ansible-playbook ratchet.runtime.rollback" not in said("single_instance", migrating=RUNS)


def test_an_answer_that_never_was_good_is_told_with_its_question() -> None:
    stalled = Sight("stalled", "nothing has moved for 600 s; last: HTTP 404", "bad")
    asked = (
        "That was asked at http://x/health: see that runtime_health_url and runtime_health_expect are right for 1.1.0."
    )
    assert asked in said(sight=stalled, http={"status": 404})
    assert asked not in said(sight=stalled)
    assert asked not in said(http={"status": 404})
    assert asked not in said(sight=stalled, http={"status": 404}, migrating=RUNS)


def test_what_became_of_the_others() -> None:
    assert "Not touched, still on their old version: app2, app3." in said()
    assert "started again on their old version after this host: app2, app3." in said("single_instance")
    assert "Stopped before the migration, and not started again: app2, app3." in said("single_instance", head="bbb")
    assert "app2" not in said(failure_action="continue")


RUNS = [
    {
        "pid": 7,
        "client": None,
        "application": "",
        "state": "active",
        "seconds": 3,
        "statement": "ALTER",
        "blocked_by": [],
    }
]


def test_why_it_is_not_put_back_is_told_before_the_commands() -> None:
    dirty = {"head": "aaa", "dirty": True, "dirty_migration": "bbb", "dirty_remedy": "Mend it"}
    told = said("single_instance", ledger=dirty).splitlines()
    assert "What is in the way of simply going back: a migration of the database has ended half-way." in told
    assert "What is in the way of simply going back" not in said("single_instance", head="bbb"), (
        "told with the playbook"
    )
    assert "What is in the way of simply going back" not in said(failure_action="pause")


@pytest.mark.parametrize("failure_action", ["rollback", "pause"])
def test_nobody_is_told_to_end_a_migration_by_going_back(failure_action: str) -> None:
    told = said(failure_action=failure_action, migrating=RUNS)
    assert "in the way of simply going back: a migration still runs, and ending it in the middle" in told
    assert "To go back to 1.0.0 on this host, once no migration runs any more:" in told


def test_hosts_with_databases_of_their_own_were_not_stopped_for_another() -> None:
    fleet = {name: with_database(observation(), id=f"42/{name}", name=name) for name in ("app1", "app2", "app3")}
    told = said("single_instance", head="bbb", fleet=fleet)
    assert "Not touched, still on their old version: app2, app3." in told
    assert "Stopped" not in told


def test_a_database_whose_turn_had_not_come_is_started_again() -> None:
    fleet = {name: with_database(observation(), id=f"42/{name[:2]}") for name in ("a-1", "a-2", "b-1", "b-2")}
    told = said("single_instance", head="bbb", this="a-1", fleet=fleet)
    assert "Stopped before the migration, and not started again: a-2." in told
    assert "started again on their old version after this host: b-1, b-2." in told


def test_who_is_upgraded_at_the_same_time_speaks_for_itself() -> None:
    fleet = {name: observation() for name in ("app1", "app2", "app3", "app4")}
    told = said(this="app2", fleet=fleet, batch=("app1", "app2", "app3"))
    assert "Not touched, still on their old version: app4." in told
    # Who migrates goes before the rest of its batch.
    assert "old version: app2, app3, app4." in said(fleet=fleet, batch=("app1", "app2", "app3"))

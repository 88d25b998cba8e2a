"""What is said of a migration: the words that an operator reads at 3 a.m."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ratchet.runtime.plugins.plugin_utils import migration_words as words

OLD = {"pid": 812, "application": "psql", "client": "10.0.0.1", "state": "idle in transaction", "seconds": 185.0}
WAITS = {"pid": 7, "query": "ALTER TABLE note", "blocked_by": [812], "blockers": [OLD]}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "pid 812: 10.0.0.1 psql, idle in transaction 3m"),
        ({"client": "10.0.0.2"}, "pid 812: app3 psql, idle in transaction 3m"),
        ({"here": True, "service": "scheduler"}, "pid 812: app2 scheduler, idle in transaction 3m"),
        ({"here": True, "service": None}, "pid 812: app2 psql, idle in transaction 3m"),
        ({"client": None, "application": ""}, "pid 812: idle in transaction 3m"),
        (
            {"state": "autovacuum worker", "client": None, "application": "", "seconds": 7500},
            "pid 812: autovacuum worker 2h 5m",
        ),
        ({"pid": 0, "state": "a prepared transaction"}, "a prepared transaction"),
        ({"seconds": None}, "pid 812: 10.0.0.1 psql, idle in transaction"),
    ],
)
def test_a_blocker(changes: dict[str, Any], said: str) -> None:
    assert words.blocker({**OLD, **changes}, "app2", {"10.0.0.2": "app3"}) == said


def test_several_blockers_are_a_number() -> None:
    assert words.waits_for({**WAITS, "blockers": [OLD, OLD, OLD]}, "a", {}).endswith(" and 2 more")


def test_a_blocker_that_has_gone_is_a_pid() -> None:
    assert words.waits_for({**WAITS, "blockers": []}, "a", {}) == "pid 812"


def test_the_session_that_waits_is_shown_before_one_that_works() -> None:
    works = {"pid": 6, "query": "CREATE TABLE x", "blocked_by": []}
    assert words.session({"migrating": [works, WAITS]}, "a", {}).startswith("ALTER TABLE note (waits for pid 812")


@pytest.mark.parametrize(
    ("done", "total", "said"),
    [
        (43, 100, "scanning 43 %"),
        (0, 100, "scanning 0 %"),
        (170, 100, "scanning 100 %"),
        (9, 0, "scanning, 9 done"),
        (0, 0, "scanning"),
    ],
)
def test_how_far_a_command_is(done: int, total: int, said: str) -> None:
    assert words.how_far({"command": "VACUUM", "phase": "scanning", "done": done, "total": total}) == said


@pytest.mark.parametrize(
    ("code", "oom", "said"),
    [
        (1, False, "1"),
        (137, True, "137, out of memory"),
        (137, False, "137 (killed from outside by SIGKILL; its memory limit wasn't the reason)"),
        (143, False, "143 (SIGTERM)"),
        (139, False, "139 (SIGSEGV)"),
        (127, False, "127 (the command wasn't found)"),
        (255, False, "255"),
        (-1, False, "-1"),
    ],
)
def test_an_exit_code(code: int, oom: bool, said: str) -> None:
    assert words.exit_code(code, oom) == said


def test_a_half_done_migration_is_named_with_what_to_do() -> None:
    dirty = {"framework": "flyway", "dirty": True, "dirty_migration": "2.1", "dirty_remedy": "Run `flyway repair`"}
    assert words.advice({"ledger": dirty}, "a", {}) == [
        "The migration 2.1 was begun and hasn't ended, so the schema may be half migrated. Run `flyway repair`."
    ]


def test_a_lock_that_was_left_behind_is_named_with_what_to_do() -> None:
    lock = {
        "by": "app1",
        "since": "03:00",
        "table": "public.databasechangeloglock",
        "remedy": "`liquibase release-locks`",
    }
    ledger = {"framework": "liquibase", "dirty": False, "locked": lock}
    (line,) = words.advice({"ledger": ledger}, "a", {})
    assert line == (
        "The migration lock of liquibase (public.databasechangeloglock) is held by app1 since 03:00. No session changes anything now, so it "
        "may have been left behind by a process that is gone. When nobody migrates any more, release it: `liquibase release-locks`."
    )
    (line,) = words.advice({"ledger": ledger, "writing": [7]}, "a", {})
    assert "left behind" not in line


def test_who_blocks_can_be_ended() -> None:
    (line,) = words.advice({"migrating": [WAITS]}, "a", {})
    assert "pg_terminate_backend: 812" in line


def test_nothing_wrong_is_nothing_said() -> None:
    assert words.advice({"error": "gone"}, "a", {}) == []
    assert words.advice({"ledger": None, "migrating": []}, "a", {}) == []

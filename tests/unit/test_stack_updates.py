"""Swarm's own word on an update: what it takes back, or gives up, is a failure with its cause; what it is at, is no verdict."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ratchet.runtime.plugins.plugin_utils import stack_updates
from ansible_collections.ratchet.runtime.plugins.plugin_utils.watching import Expectation, Watch

NEW, OLD = "sha256:" + "ab" * 32, "sha256:" + "cd" * 32


def updates(state: str, digest: str = NEW, failures: Any = (), message: str = "said Swarm") -> dict[str, Any]:
    return {"web": {"state": state, "message": message, "digest": digest, "failures": list(failures)}}


def failure(name: str = "sample_web.2@node2", digest: str = NEW) -> dict[str, str]:
    return {"name": name, "task": "t1", "error": "task: non-zero exit (1)", "digest": digest}


def test_what_swarm_takes_back_is_a_failure_with_its_cause() -> None:
    told = stack_updates.failure(updates("rollback_completed", OLD, [failure()]), {NEW})
    assert told
    assert "taken web back" in told
    assert "sample_web.2@node2: task: non-zero exit (1)" in told


@pytest.mark.parametrize("state", ["paused", "rollback_paused"])
def test_what_swarm_gives_up_is_a_failure(state: str) -> None:
    assert "given up on web" in (stack_updates.failure(updates(state), {NEW}) or "")


@pytest.mark.parametrize("state", ["", "updating", "rollback_started", "completed"])
def test_what_swarm_is_at_or_has_done_is_none(state: str) -> None:
    assert stack_updates.failure(updates(state), {NEW}) is None


def test_an_older_rollback_says_nothing_of_who_goes_back() -> None:
    assert stack_updates.failure(updates("rollback_completed", OLD), {OLD}) is None
    assert stack_updates.failure(updates("rollback_completed", OLD), set()) is None


def test_another_image_meanwhile_is_somebody_elses() -> None:
    assert "somebody else" in (stack_updates.failure(updates("completed", OLD), {NEW}) or "")


def test_a_failure_of_another_image_is_no_cause() -> None:
    told = stack_updates.failure(updates("rollback_completed", OLD, [failure("sample_web.9", OLD)]), {NEW})
    assert "sample_web.9" not in (told or "")


def test_without_a_swarm_nothing_is_said() -> None:
    assert stack_updates.doubt(None) is None
    assert stack_updates.failure(None, {NEW}) is None
    assert not stack_updates.under_way(None)


def task(**changes: Any) -> dict[str, Any]:
    plain = {
        "id": "svc.1",
        "name": "sample_web.1@node1",
        "service": "web",
        "image_id": NEW,
        "status": "running",
        "health": None,
        "restart_count": 0,
        "restart_policy": "always",
        "exit_code": 0,
        "oom_killed": False,
        "error": "",
    }
    return {**plain, **changes}


def probe(told: dict[str, Any], *tasks: dict[str, Any]) -> dict[str, Any]:
    database = {"ledger": {"framework": "alembic", "head": "b"}, "migrating": [], "writing": []}
    return {"containers": list(tasks or [task()]), "http": None, "database": database, "updates": told}


def watch(**changes: Any) -> Watch:
    return Watch(Expectation(services=["web"], image_ids={NEW}, monitor=2, stall_timeout=60, **changes))


def test_all_is_well_only_when_swarm_is_done_as_well() -> None:
    watcher = watch()
    assert watcher.see(probe(updates("updating")), 0).verdict is None
    assert watcher.see(probe(updates("updating")), 30).verdict is None
    assert watcher.see(probe(updates("completed")), 31).state == "healthy"
    assert watcher.see(probe(updates("completed")), 34).verdict == "good"


def test_a_task_that_fails_is_swarms_to_judge_while_it_updates() -> None:
    watcher = watch()
    failing = task(status="created", restart_count=5)
    assert watcher.see(probe(updates("updating"), failing), 0).verdict is None
    assert watcher.see(probe(updates("completed"), failing), 1).verdict == "bad"


def test_what_was_taken_back_ends_the_watch_and_not_before_it_is_done() -> None:
    watcher = watch()
    old = task(image_id=OLD)
    begun = watcher.see(probe(updates("rollback_started", OLD, [failure()]), old), 0)
    assert begun.verdict is None
    assert "takes web back" in begun.detail
    assert "non-zero exit" in begun.detail
    ended = watcher.see(probe(updates("rollback_completed", OLD, [failure()]), old), 5)
    assert (ended.state, ended.verdict) == ("failed", "bad")


def test_an_update_that_stands_still_is_a_stall() -> None:
    watcher = watch()
    pending = task(status="created")
    assert watcher.see(probe(updates("updating"), pending), 0).verdict is None
    assert watcher.see(probe(updates("updating"), pending), 61).state == "stalled"

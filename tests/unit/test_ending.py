"""A migration's command is well when it has ended so, and nothing else is; a version without a migration needs no patience."""

from __future__ import annotations

from typing import Any

from ansible_collections.ratchet.runtime.plugins.plugin_utils.ending import Ending
from ansible_collections.ratchet.runtime.plugins.plugin_utils.steady import Steady
from ansible_collections.ratchet.runtime.plugins.plugin_utils.watching import Expectation
from test_watching import probe


def ending(**changes: Any) -> Ending:
    return Ending(Expectation(**{"services": ["web"], "stall_timeout": 60, **changes}))


def test_who_runs_is_waited_for_and_who_ends_well_is_well() -> None:
    watch = ending()
    assert watch.see(probe(status="running"), 0).verdict is None
    assert watch.see(probe(status="running", ledger={"locked": {"by": "me"}}), 5).state == "migrating"
    sight = watch.see(probe(status="exited", head="c"), 9)
    assert (sight.verdict, sight.detail) == ("good", "ended well, head c")


def test_another_exit_code_is_told() -> None:
    sight = ending().see(probe(status="exited", exit_code=3), 0)
    assert (sight.verdict, sight.state) == ("bad", "crashed")
    assert "exits with code 3" in sight.detail
    assert ending().see(probe(status="exited", error="no such file"), 0).verdict == "bad"


def test_one_of_two_that_ended_is_not_the_end() -> None:
    assert ending(services=["web", "worker"]).see(probe(status="exited"), 0).verdict is None


def test_silence_is_a_stall() -> None:
    watch = ending()
    watch.see(probe(status="running"), 0)
    assert watch.see(probe(status="running"), 61).state == "stalled"


def test_an_unhealthy_one_without_a_migration_is_a_verdict() -> None:
    watch = Steady(Expectation(services=["web"], health={"status": 200}, stall_timeout=600))
    assert watch.see(probe(health="starting"), 0).verdict is None
    sight = watch.see(probe(health="unhealthy", http={"status": 503, "json": {"status": "unhealthy"}}), 1)
    assert (sight.state, sight.verdict) == ("unhealthy", "bad")
    assert "HTTP 503" in sight.detail

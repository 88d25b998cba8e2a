"""Verdicts need agreeing witnesses; slowness with progress is none, a crash loop is one within seconds (law 7)."""

from __future__ import annotations

from typing import Any

from ansible_collections.ratchet.runtime.plugins.plugin_utils.watching import Expectation, Sight, Watch


def container(**changes: Any) -> dict[str, Any]:
    plain = {
        "id": "c1",
        "name": "sample-web-1",
        "service": "web",
        "image_id": "new",
        "status": "running",
        "health": "healthy",
        "restart_count": 0,
        "restart_policy": "unless-stopped",
        "exit_code": 0,
        "oom_killed": False,
        "error": "",
    }
    return {**plain, **changes}


def probe(
    http: Any = None,
    head: str | None = "b",
    migrating: Any = (),
    writing: Any = (),
    database: Any = (),
    ledger: Any = (),
    **changes: Any,
) -> dict[str, Any]:
    found = {"framework": "alembic", "head": head, **dict(ledger)} if head else None
    return {
        "containers": [container(**changes)],
        "http": http or {"status": 200, "json": {"status": "ok", "version": "1.1.0"}},
        "database": {"ledger": found, "migrating": list(migrating), "writing": list(writing), **dict(database)},
    }


def watch(**changes: Any) -> Watch:
    plain: dict[str, Any] = {
        "services": ["web"],
        "image_ids": {"new"},
        "health": {"status": 200, "json": {"version": "1.1.0"}},
        "monitor": 10,
        "stall_timeout": 60,
    }
    return Watch(Expectation(**{**plain, **changes}))


def run(watcher: Watch, *probes: dict[str, Any], every: float = 1) -> Sight:
    sight = Sight("starting", "")
    for tick, each in enumerate(probes):
        sight = watcher.see(each, tick * every)
        if sight.verdict:
            break
    return sight


MIGRATING = {"status": 503, "json": {"status": "migrating"}}
SESSION = {"pid": 7, "query": "ALTER TABLE note ADD x int", "blocked_by": []}


def test_good_must_stay_good_for_the_monitor_period() -> None:
    assert run(watch(), *[probe()] * 10).verdict is None
    assert run(watch(), *[probe()] * 11) == Sight("stable", "head b", "good")


def test_a_head_that_moves_starts_the_period_again() -> None:
    assert run(watch(), *[probe(head="a")] * 8, *[probe(head="b")] * 8).verdict is None


def test_no_witness_can_carry_the_verdict_alone() -> None:
    for doubtful in (
        probe(image_id="old"),
        probe(status="restarting"),
        probe(health="starting"),
        probe(http={"status": 200, "json": {"version": "1.0.0"}}),
        probe(http={"status": 200, "json": None}),
        probe(http={"error": "Connection refused"}),
        probe(http=MIGRATING),
        probe(migrating=[SESSION]),
        {**probe(), "database": {"error": "gone"}},
        {**probe(), "containers": []},
    ):
        assert run(watch(), *[doubtful] * 30).verdict is None, doubtful


def test_a_follower_waits_for_the_head_of_the_first_host() -> None:
    assert run(watch(head="c"), *[probe(head="b")] * 30).verdict is None
    assert run(watch(head="b"), *[probe(head="b")] * 30).verdict == "good"


def test_a_crash_loop_is_a_verdict() -> None:
    loop = [probe(status="restarting", restart_count=count, exit_code=1) for count in range(4)]
    sight = run(watch(), *loop)
    assert (sight.state, sight.verdict) == ("crashed", "bad")
    assert "code 1" in sight.detail


def test_out_of_memory_is_named() -> None:
    assert (
        "out of memory"
        in run(watch(), probe(status="exited", restart_policy="no", exit_code=137, oom_killed=True)).detail
    )


def test_one_restart_is_no_crash_loop() -> None:
    assert run(watch(), probe(status="restarting", restart_count=1), *[probe(restart_count=1)] * 12).verdict == "good"


def test_restarts_of_long_ago_do_not_count() -> None:
    assert run(watch(), *[probe(restart_count=40)] * 12).verdict == "good"


def test_slowness_with_progress_is_no_failure() -> None:
    steps = [probe(http=MIGRATING, head=str(step // 50), health="starting") for step in range(2000)]
    assert run(watch(), *steps).verdict is None


def test_an_unhealthy_container_that_migrates_is_not_given_up() -> None:
    sight = run(watch(), *[probe(http=MIGRATING, health="unhealthy", migrating=[SESSION], writing=[7])] * 500)
    assert (sight.state, sight.verdict) == ("migrating", None)


def test_silence_is_a_stall() -> None:
    sight = run(watch(), *[probe(http=MIGRATING, head="a")] * 100)
    assert (sight.state, sight.verdict) == ("stalled", "bad")


def test_a_blocked_migration_names_the_blocker() -> None:
    assert "pid 812" in run(watch(), probe(http=MIGRATING, migrating=[{**SESSION, "blocked_by": [812]}])).detail


def test_healthy_then_unhealthy_is_a_verdict_at_once() -> None:
    assert (
        run(watch(), *[probe()] * 3, probe(health="unhealthy", http={"status": 503, "json": {}})).state == "unhealthy"
    )
    sight = run(watch(), *[probe()] * 3, *[probe(http={"status": 503, "json": {"status": "unhealthy"}})] * 6)
    assert (sight.state, sight.verdict) == ("unhealthy", "bad")


def test_good_again_has_to_last_again() -> None:
    relapse = probe(http={"error": "timed out"})
    assert run(watch(), *[probe()] * 9, relapse, *[probe()] * 9).verdict is None


def test_a_host_that_flaps_is_not_well() -> None:
    beat = [probe(), probe(), probe(http={"error": "timed out"})]
    sight = run(watch(), *beat * 10)
    assert (sight.state, sight.verdict) == ("unhealthy", "bad")
    assert "didn't stay so" in sight.detail


def test_one_missed_beat_is_forgiven() -> None:
    assert run(watch(), *[probe()] * 5, probe(http={"error": "timed out"}), *[probe()] * 11).verdict == "good"


def test_an_unreachable_host_is_no_verdict_until_the_stall_timeout() -> None:
    watcher = watch()
    assert watcher.unreachable("ssh", 0).verdict is None
    assert watcher.unreachable("ssh", 59).verdict is None
    given_up = watcher.unreachable("ssh", 61)
    assert (given_up.state, given_up.verdict) == ("unreachable", "bad")
    assert given_up.detail == "it hasn't answered for 61 s; last: ssh"


def test_a_runtime_without_database_and_url_rests_on_the_engine() -> None:
    bare = {"containers": [container()], "http": None, "database": None}
    assert run(watch(), *[bare] * 11).verdict == "good"


def test_the_exit_code_of_a_crash_loop_is_that_of_its_last_end_also_while_it_runs_again() -> None:
    ends = [probe(status="restarting", restart_count=count, exit_code=1) for count in (1, 2)]
    sight = run(watch(), probe(), *ends, probe(status="running", restart_count=3, exit_code=0))
    assert sight.detail == "sample-web-1 exits with code 1, restarted 3 times"


REFUSED = {"error": "Connection refused"}
INDEX = {"pid": 7, "command": "CREATE INDEX", "phase": "building index: scanning table", "table": "note", "total": 400}
OLD = {"pid": 812, "application": "psql", "client": "10.0.0.1", "state": "idle in transaction", "seconds": 185.0}


def test_counters_that_rise_are_no_silence() -> None:
    def building(done: int) -> dict[str, Any]:
        return probe(
            http=REFUSED,
            migrating=[SESSION],
            database={"commands": [{**INDEX, "done": done, "counters": [0, done, 0, 0]}]},
            health="unhealthy",
        )

    watcher = watch()
    sight = run(watcher, *[building(tick // 50) for tick in range(2000)])
    assert (sight.state, sight.verdict) == ("migrating", None)
    assert sight.detail.endswith("(building index: scanning table 9 %)")
    assert run(watch(), *[building(7)] * 100).state == "stalled"


def test_a_refused_connection_is_what_a_migrating_application_looks_like() -> None:
    sight = run(watch(), *[probe(http=REFUSED, head=f"a{tick}", migrating=[SESSION]) for tick in range(500)])
    assert (sight.state, sight.verdict) == ("migrating", None)
    assert run(watch(), *[probe(http=REFUSED)] * 59).verdict is None


def test_unhealthy_without_any_progress_is_a_stall_and_no_sooner() -> None:
    silent = [probe(http=REFUSED, health="unhealthy", migrating=[SESSION])] * 100
    assert run(watch(), *silent[:60]).verdict is None
    assert run(watch(), *silent).state == "stalled"


def test_a_dirty_ledger_is_never_good() -> None:
    dirty = {"framework": "flyway", "dirty": True, "dirty_migration": "2.1"}
    sight = run(watch(), *[probe(ledger=dirty)] * 59)
    assert sight.verdict is None
    assert "the migration 2.1 was begun and hasn't ended (flyway: dirty)" in sight.detail
    sight = run(watch(), *[probe(ledger=dirty)] * 100)
    assert (sight.state, sight.verdict) == ("stalled", "bad")
    assert "2.1" in sight.detail


def test_a_held_migration_lock_is_never_good_and_tells_who_holds_it() -> None:
    locked = {"framework": "liquibase", "locked": {"by": "app1 (10.0.0.7)", "since": "2024-05-01 03:00:00"}}
    sight = run(watch(), *[probe(ledger=locked)] * 59)
    assert (sight.state, sight.verdict) == ("migrating", None)
    assert "the migration lock of liquibase is held by app1 (10.0.0.7) since 2024-05-01 03:00:00" in sight.detail


def test_a_ledger_that_is_held_is_neither_good_nor_progress() -> None:
    held = probe(migrating=[SESSION], database={"ledger": None, "ledger_held": True})
    free = probe(migrating=[SESSION])
    sight = run(watch(), *[free, held] * 50)
    assert (sight.state, sight.verdict) == ("stalled", "bad")
    assert "head b" in sight.detail, "the last that was read"
    assert run(watch(), *[probe(database={"ledger": None, "ledger_held": True})] * 30).verdict is None


def test_a_green_application_on_the_wrong_head_is_no_success() -> None:
    sight = run(watch(head="c"), *[probe(head="b")] * 100)
    assert (sight.state, sight.verdict) == ("stalled", "bad")
    assert "schema head b instead of c" in sight.detail


def test_how_many_are_applied_is_told() -> None:
    assert "7 applied  head b  " in run(watch(), probe(http=MIGRATING, ledger={"applied": 7})).detail
    assert "7 of 19  head b  " in run(watch(applied=19), probe(http=MIGRATING, ledger={"applied": 7})).detail


def test_a_blocker_is_named_with_host_and_what_it_does() -> None:
    waits = {**SESSION, "blocked_by": [812], "blockers": [OLD]}
    watcher = watch(host="app2", addresses={"10.0.0.1": "app1"})
    detail = run(watcher, probe(http=MIGRATING, migrating=[waits])).detail
    assert detail.endswith("ALTER TABLE note ADD x int (waits for pid 812: app1 psql, idle in transaction 3m)")


def test_beside_what_a_session_does_that_a_migration_is_in_flight_is_not_repeated() -> None:
    assert run(watch(), probe(migrating=[SESSION])).detail == "head b  ALTER TABLE note ADD x int"
    assert run(watch(), probe(http=MIGRATING)).detail == "head b  HTTP 503 (status migrating)"


def test_what_others_write_is_no_progress_of_a_migration_that_waits_for_them() -> None:
    waits = {**SESSION, "blocked_by": [812], "blockers": [OLD]}
    sight = run(watch(), *[probe(http=MIGRATING, migrating=[waits], writing=[812])] * 100)
    assert sight.state == "stalled"
    assert "pid 812" in sight.detail


def test_a_data_migration_that_waits_for_a_row_names_the_blocker() -> None:
    update = {"pid": 9, "query": "UPDATE note SET x = 1", "blocked_by": [812], "blockers": [OLD], "here": True}
    detail = run(watch(), probe(http=REFUSED, database={"waiting": [update]})).detail
    assert detail.endswith("UPDATE note SET x = 1 (waits for pid 812: 10.0.0.1 psql, idle in transaction 3m)")
    others = run(watch(), probe(http=REFUSED, database={"waiting": [{**update, "here": False}]})).detail
    assert "UPDATE" not in others, "who waits on another host is not this host's migration"
    assert run(watch(), *[probe(database={"waiting": [update]})] * 11).verdict == "good", "waiting is everyday life"


def test_who_has_ended_and_is_not_started_again_is_told_within_seconds() -> None:
    ended = probe(status="exited", health="starting", exit_code=137)
    watcher = watch()
    assert watcher.see(ended, 0).verdict is None
    assert watcher.see(ended, 14).verdict is None
    sight = watcher.see(ended, 15)
    assert (sight.state, sight.verdict) == ("stopped", "bad")
    assert "sample-web-1 has ended with code 137, and the engine doesn't start it again" in sight.detail


def test_a_container_that_comes_back_in_time_was_not_stopped() -> None:
    watcher = watch()
    ended, runs = probe(status="exited"), probe(status="restarting", restart_count=1)
    assert [watcher.see(each, now).state for each, now in ((ended, 0), (runs, 10), (ended, 12), (ended, 26))] == [
        "starting"
    ] * 4
    assert watcher.see(ended, 27).state == "stopped"

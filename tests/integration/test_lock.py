# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Of two runs that want the same lock at once one gets it, and whatever happens to it, nobody else's is let go of."""

from __future__ import annotations

import multiprocessing
import os
import signal
import stat
import subprocess
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils import (
    backup,
    database,
    lease,
    lock,
    lock_comment,
    lock_file,
    observation,
    postgres,
    restore,
    server,
)
from ansible_collections.ratchet.runtime.plugins.module_utils.engine import Engine
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from conftest import Sample, until

OWN = 'Ours since 2019: don\'t drop!\n"quoted" \\ 100 % äöü 🐘'
FORK = multiprocessing.get_context("fork")


def wish(name: str = "alice", **more: Any) -> lock.Wish:
    owner = {
        "user": name,
        "controller": f"ctl-{name}",
        "boot": "b",
        "namespace": "pid:[1]",
        "pid": 1,
        "started": "1",
        "job": {},
    }
    return lock.Wish(f"run-{name}", "upgrade", owner, **more)


@pytest.fixture
def places(sample: Sample, access: database.Access, tmp_path: Path) -> lock.Places:
    with postgres.session(access, writes=True) as connection:
        server.comment(connection, access.name, OWN)
    return lock.Places(str(tmp_path / "state"), "sample", access)


def comment(access: database.Access) -> str | None:
    with postgres.session(access) as connection:
        return connection.execute(
            "select shobj_description(oid, 'pg_database') from pg_database where datname = %s", (access.name,)
        ).fetchone()[0]


def held(places: lock.Places) -> dict[str, str | None]:
    """By place the run that holds it."""
    assert places.access
    with postgres.session(places.access) as connection:
        found = {"database": lock_comment.described(connection)}
    found["host"] = lock_file.described(places.state_dir, places.project)
    return {place: each.get("run", "?") if each else None for place, each in found.items()}


def test_it_is_taken_renewed_and_released_and_the_comment_comes_back(places: lock.Places) -> None:
    assert places.access
    assert lock.take(places, wish()) == {"held": ["database", "host"], "notes": [], "over": {}}
    assert held(places) == {"database": "run-alice", "host": "run-alice"}
    refused = lock.take(places, wish("bob"))["refused"]
    assert {place: each["run"] for place, each in refused.items()} == {"database": "run-alice"}
    assert lock.release(places, wish("bob"))["released"] == {}
    assert set(lock.renew(places, wish("bob"))["lost"]) == {"database", "host"}
    assert lock.renew(places, wish()) == {"lost": {}}
    again = lock.take(places, replace(wish(), run="the next hop"))
    assert (again["held"], again["over"]) == (["database", "host"], {})
    assert held(places) == {"database": "the next hop", "host": "the next hop"}
    assert set(lock.release(places, wish())["released"]) == {"database", "host"}
    assert held(places) == {"database": None, "host": None}
    assert comment(places.access) == OWN
    assert lock.release(places, wish())["released"] == {}


def test_a_database_without_a_comment_has_none_again(places: lock.Places) -> None:
    assert places.access
    with postgres.session(places.access, writes=True) as connection:
        server.comment(connection, "app", None)
    lock.take(places, wish())
    lock.release(places, wish())
    assert comment(places.access) is None


def test_it_is_nobody_else_s_to_read(places: lock.Places) -> None:
    lock.take(places, wish())
    path = Path(lock_file.path_of(places.state_dir, "sample"))
    assert [stat.S_IMODE(each.stat().st_mode) for each in (path, path.parent)] == [0o600, 0o700]
    lock.release(places, wish())
    assert os.listdir(path.parent) == []


def _race(places: lock.Places, name: str, start: Any, answers: Any) -> None:
    start.wait()
    answers.put((name, bool(lock.take(places, wish(name)).get("held"))))


@pytest.mark.parametrize("part", ["database", "host", "both"])
def test_of_many_at_once_exactly_one_wins(places: lock.Places, part: str) -> None:
    if part != "both":
        places = replace(places, access=places.access if part == "database" else None, file=part == "host")
    for _round in range(25):
        start, answers = FORK.Event(), FORK.Queue()
        racers = [FORK.Process(target=_race, args=(places, name, start, answers)) for name in ("a", "b", "c", "d")]
        for each in racers:
            each.start()
        start.set()
        told = dict(answers.get(timeout=30) for _each in racers)
        for each in racers:
            each.join()
        winners = [name for name, won in told.items() if won]
        assert len(winners) == 1, told
        assert set(lock.release(places, wish(winners[0]))["released"]) == set(places.all())


def test_of_many_at_once_exactly_one_takes_over_what_has_expired(places: lock.Places) -> None:
    for _round in range(10):
        lock.take(places, wish("dead", expiry=-1))
        start, answers = FORK.Event(), FORK.Queue()
        racers = [FORK.Process(target=_race, args=(places, name, start, answers)) for name in ("a", "b", "c")]
        for each in racers:
            each.start()
        start.set()
        told = dict(answers.get(timeout=30) for _each in racers)
        for each in racers:
            each.join()
        winners = [name for name, won in told.items() if won]
        assert len(winners) == 1, told
        lock.release(places, wish(winners[0]))


def _until_killed(places: lock.Places, name: str, said: Any) -> None:
    """Take the database's lock, and get no further."""
    with_host = replace(places, state_dir="/dev/null/none")
    try:
        lock_comment.exchange(
            places.access,  # type: ignore[arg-type]
            lambda _text, now: lease.Lease.new(f"run-{name}", "upgrade", wish(name).owner, now, 2).text(),
        )
        said.set()
        signal.pause()
    finally:
        lock.release(with_host, wish(name))


def test_killed_between_the_database_and_the_hosts_it_blocks_until_it_expires_or_is_named(places: lock.Places) -> None:
    for named in (False, True):
        said = FORK.Event()
        victim = FORK.Process(target=_until_killed, args=(places, "victim", said))
        victim.start()
        assert said.wait(30)
        assert victim.pid
        os.kill(victim.pid, signal.SIGKILL)
        victim.join()
        assert held(places) == {"database": "run-victim", "host": None}
        refused = lock.take(places, wish("bob"))["refused"]["database"]
        assert held(places) == {"database": "run-victim", "host": None}
        if named:
            taken = lock.take(places, wish("bob", instead_of=(refused["token"],)))
        else:
            until(lambda: lock.take(places, wish("bob")).get("held"), 10)
            taken = {"over": {"database": {"run": "run-victim"}}}
        assert taken["over"]["database"]["run"] == "run-victim"
        assert held(places) == {"database": "run-bob", "host": "run-bob"}
        lock.release(places, wish("bob"))
    assert places.access
    assert comment(places.access) == OWN


def test_a_refusal_by_the_host_leaves_no_lock_in_the_database(places: lock.Places) -> None:
    lock.take(replace(places, access=None), wish("bob"))
    assert lock.take(places, wish())["refused"]["host"]["run"] == "run-bob"
    assert held(places) == {"database": None, "host": "run-bob"}
    lock.release(places, wish("bob"))


def test_a_host_that_can_not_be_written_to_leaves_no_lock_in_the_database(places: lock.Places, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RatchetError, match=r"file/lock/sample.json can't be written.*runtime_state_dir"):
        lock.take(replace(places, state_dir=str(tmp_path / "file")), wish())
    assert held(places)["database"] is None
    assert places.access
    assert comment(places.access) == OWN


def test_it_goes_by_the_clock_of_where_it_is_kept(places: lock.Places, monkeypatch: pytest.MonkeyPatch) -> None:
    lock.take(places, wish())
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + 10 * 365 * 86400)
    # This process's clock is the host's: there it has expired. The server's isn't.
    assert set(lock.take(places, wish("bob"))["refused"]) == {"database"}
    assert lock.take(replace(places, access=None), wish("bob"))["over"]["host"]["run"] == "run-alice"
    monkeypatch.undo()
    assert set(lock.renew(places, wish())["lost"]) == {"host"}
    for name in ("alice", "bob"):
        lock.release(places, wish(name))


def test_who_does_not_own_the_database_sees_the_lock_and_locks_the_host(sample: Sample, places: lock.Places) -> None:
    assert places.access
    sample.sql("create role guest login password 'guest'")
    guest = replace(places, access=replace(places.access, user="guest", password="guest"))
    answer = lock.take(guest, wish("bob"))
    assert answer["held"] == ["host"]
    assert "the user guest can't lock app, which app owns" in answer["notes"][0]
    assert comment(places.access) == OWN
    lock.release(guest, wish("bob"))
    lock.take(replace(places, file=False), wish())
    assert lock.take(guest, wish("bob"))["refused"]["database"]["run"] == "run-alice"
    # Nor can it be removed by who may not write, and that isn't told as done.
    token = lock.take(guest, wish("bob"))["refused"]["database"]["token"]
    told = lock.release(replace(guest, file=False), wish("bob", instead_of=(token,)))
    assert told["released"] == {}
    assert "can't lock app" in told["notes"][0]
    lock.release(places, wish())


@pytest.mark.parametrize("text", ["{", '{"lease": 3}', "x" * 300_000, "\x1b[2J"])
def test_a_comment_that_pretends_to_be_a_lock_is_in_the_way_until_it_is_named(places: lock.Places, text: str) -> None:
    assert places.access
    with postgres.session(places.access, writes=True) as connection:
        server.comment(connection, "app", "ratchet.runtime lock " + text)
    refused = lock.take(places, wish())["refused"]["database"]
    assert set(refused) == {"unreadable", "token"}
    assert lock.release(places, wish("bob", instead_of=("another",)))["released"] == {}
    assert set(lock.release(places, wish(instead_of=(refused["token"],)))["released"]) == {"database"}
    assert comment(places.access) is None
    assert lock.take(places, wish())["held"] == ["database", "host"]
    lock.release(places, wish())


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"null\n"])
def test_a_torn_or_strange_file_is_in_the_way_until_it_is_named(places: lock.Places, content: bytes) -> None:
    places = replace(places, access=None)
    path = Path(lock_file.path_of(places.state_dir, "sample"))
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    refused = lock.take(places, wish())["refused"]["host"]
    assert set(refused) == {"unreadable", "token"}
    assert lock.take(places, wish(instead_of=(refused["token"],)))["held"] == ["host"]
    lock.release(places, wish())


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir, lambda path: os.symlink("/etc/passwd", path)])
def test_what_is_no_file_is_neither_followed_nor_waited_for(places: lock.Places, make: Callable[[Path], None]) -> None:
    path = Path(lock_file.path_of(places.state_dir, "sample"))
    path.parent.mkdir(parents=True)
    make(path)
    with pytest.raises(RatchetError, match="isn't a file"):
        lock.take(replace(places, access=None), wish())
    assert Path("/etc/passwd").read_text().startswith("root:")


def test_a_process_that_hangs_at_the_lock_is_not_waited_for_longer_than_seconds(places: lock.Places) -> None:
    directory = Path(places.state_dir, "lock")
    directory.mkdir(parents=True)
    with subprocess.Popen(["flock", str(directory), "sleep", "60"]) as other:
        until(lambda: subprocess.run(["flock", "-n", str(directory), "true"], check=False).returncode)
        began = time.monotonic()
        with pytest.raises(RatchetError, match="another process holds on to"):
            lock.take(replace(places, access=None), wish())
        assert time.monotonic() - began < 5
        subprocess.run(["pkill", "-P", str(other.pid)], check=False)
        other.kill()


def test_a_backup_and_a_restore_keep_the_lock_and_the_comment_apart(
    engine: Engine, sample: Sample, places: lock.Places, access: database.Access, tmp_path: Path
) -> None:
    sample.compose("stop", "web")
    lock.take(places, wish())
    made = backup.make(engine, access, backup.Wish(str(tmp_path / "store"), verify="read"))
    with server.session(access) as connection:
        assert server.properties(connection, "app")["comment"] == OWN  # type: ignore[index]
        assert server.comments(connection)["app"] == OWN
    done = restore.restore(engine, access, restore.Wish(str(tmp_path / "store"), made["id"]))
    # Whoever works on it still does, under the same name; the old one is nobody's.
    assert held(places) == {"database": "run-alice", "host": "run-alice"}
    assert lock.renew(places, wish()) == {"lost": {}}
    with server.session(access) as connection:
        kept = server.comments(connection)[done["before"]]
        assert "as it was before" in kept
        server.drop(connection, done["before"])
    lock.release(places, wish())
    assert comment(access) == OWN
    sample.compose("start", "web")


def test_the_observation_shows_both(engine: Engine, sample: Sample, places: lock.Places) -> None:
    lock.take(places, wish())
    name = sample.directory.name
    os.rename(lock_file.path_of(places.state_dir, "sample"), lock_file.path_of(places.state_dir, name))
    seen = observation.observe(engine, observation.Request(str(sample.directory), state_dir=places.state_dir))
    assert (seen["lock"]["run"], seen["database"]["lock"]["run"]) == ("run-alice", "run-alice")
    assert sample.password not in str(seen)
    lock.release(replace(places, project=name), wish())
    seen = observation.observe(engine, observation.Request(str(sample.directory), state_dir=places.state_dir))
    assert (seen["lock"], seen["database"]["lock"]) == (None, None)

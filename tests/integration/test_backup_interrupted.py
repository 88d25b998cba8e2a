# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A backup that is interrupted, held up or out of room leaves nothing under a final name, and the next run finishes or makes anew."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import docker
import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils import backup, database, dump
from ansible_collections.ratchet.runtime.plugins.module_utils.engine import Engine
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.sidecar import Sidecar
from backup_making import make, make_for, sidecars, visible
from conftest import Sample, until

BACKUP_IN_A_PROCESS = """
import sys
from ansible_collections.ratchet.runtime.plugins.module_utils import backup, compose, database
from ansible_collections.ratchet.runtime.plugins.module_utils.engine import Engine
engine = Engine.connect()
project = compose.load(engine, sys.argv[1])
backup.make(engine, database.locate(engine, project, [project.services["web"]], {}), backup.Wish(sys.argv[2], jobs=2))
"""


def when_dumping(store: Path, act: Callable[[], object]) -> threading.Thread:
    """Act when the dump has written some megabytes: all its workers have joined the snapshot by then."""

    def watch() -> None:
        deadline = time.monotonic() + 120
        while max((path.stat().st_size for path in store.glob(".partial-*/data/[0-9]*")), default=0) < 4 << 20:
            if time.monotonic() > deadline:
                return
            time.sleep(0.01)
        act()

    thread = threading.Thread(target=watch)
    thread.start()
    return thread


@pytest.mark.usefixtures("loaded")
def test_a_full_disk_leaves_nothing(engine: Engine, access: database.Access, store: Path) -> None:
    store.mkdir()
    # Random bytes take an eighth more in a dump: 64 MB pass the estimate and don't fit in the end.
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=69m", "tmpfs", str(store)], check=True)
    try:
        with pytest.raises(RatchetError, match="No space left"):
            make(engine, access, store, compression="gzip")
        assert visible(store) == []
    finally:
        subprocess.run(["umount", str(store)], check=True)


@pytest.mark.usefixtures("loaded")
def test_a_disk_that_is_too_small_is_refused_before_it_starts(
    engine: Engine, access: database.Access, store: Path
) -> None:
    store.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(store)], check=True)
    try:
        with pytest.raises(RatchetError, match=r"may need .* has only"):
            make(engine, access, store, 1)
        assert sidecars(engine) == []
    finally:
        subprocess.run(["umount", str(store)], check=True)


@pytest.mark.usefixtures("loaded")
def test_a_database_that_dies_leaves_nothing(
    engine: Engine, sample: Sample, access: database.Access, store: Path
) -> None:
    thread = when_dumping(store, lambda: subprocess.run(["docker", "kill", sample.container("db")], check=True))
    try:
        with pytest.raises(RatchetError):
            make(engine, access, store, 1)
    finally:
        thread.join()
        # Without the web service: it has been without its database for as long as the dump took to notice, and is unwell.
        sample.compose("up", "--detach", "--wait", "db")
    assert visible(store) == []
    assert sidecars(engine) == []


@pytest.mark.usefixtures("loaded")
def test_a_killed_backup_is_finished_by_the_next_run(
    engine: Engine, sample: Sample, access: database.Access, store: Path
) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", BACKUP_IN_A_PROCESS, str(sample.directory), str(store)],
        env={**os.environ, "PYTHONPATH": ".ansible/collections"},
    )
    when_dumping(store, lambda: process.send_signal(signal.SIGKILL)).join()
    process.wait()
    (left,) = visible(store)
    assert left.startswith(".partial-")
    (running,) = sidecars(engine)
    made = make(engine, access, store, 1)
    assert f".partial-{made['id']}" == left, "the dump that was under way was finished, not made again"
    assert visible(store) == [made["id"]]
    assert running.id not in [each.id for each in sidecars(engine)]


@pytest.mark.usefixtures("loaded")
def test_a_database_that_dies_while_the_dump_begins_is_told_by_the_dump(
    engine: Engine, sample: Sample, access: database.Access, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = backup.postgres.sessions_with_snapshot

    def dies(connection: Any, application_name: str) -> int:
        subprocess.run(["docker", "kill", sample.container("db")], check=True, capture_output=True)
        return asked(connection, application_name)

    monkeypatch.setattr(backup.postgres, "sessions_with_snapshot", dies)
    try:
        with pytest.raises(RatchetError, match=r"the backup of app failed: .*Mend the cause and run again"):
            make(engine, access, store)
        assert visible(store) == []
        assert sidecars(engine) == []
    finally:
        sample.compose("up", "--detach", "--wait", "db")


def test_a_dump_whose_snapshot_was_lost_is_made_anew(
    engine: Engine, access: database.Access, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the run that began it is killed in the moment before pg_dump has its snapshot."""
    slow = dump.SCRIPT.replace('pg_dump --format="', 'until [ -e go ]; do sleep 0.05; done\npg_dump --format="', 1)
    monkeypatch.setattr(dump, "SCRIPT", slow)
    monkeypatch.setattr(backup, "_hold", lambda *_arguments: None)  # and its session ends
    under_way = make_for(0.2, engine, access, store)["under_way"]
    monkeypatch.undo()
    (partial,) = store.glob(".partial-*")
    (partial / "go").touch()
    made = make(engine, access, store)
    assert made["id"] != under_way["id"]
    assert visible(store) == [made["id"]]
    assert sidecars(engine) == []


# pg_dump writes into a pipe that nobody empties before it is asked for: it has begun and does not come to its end.
HELD_UP = """
mkfifo data
(exec 3< data; until [ -e finish ]; do sleep 0.05; done; cat <&3 > whole) &
pg_dump --no-sync --format=\""""


@pytest.mark.usefixtures("loaded")
def test_a_dump_that_has_begun_is_left_to_itself(
    engine: Engine, sample: Sample, access: database.Access, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Our session is needed until the dump has the snapshot and its locks, and not for the hours after that."""
    script = dump.SCRIPT.replace('\npg_dump --format="', HELD_UP, 1)
    monkeypatch.setattr(dump, "SCRIPT", script.replace("\npg_dumpall", "\nwait; mv whole data\npg_dumpall", 1))
    wish, patience = backup.Wish(str(store), format="custom", compression="none"), 2.0
    patient = threading.Timer(30, lambda: next(store.glob(".partial-*")).joinpath("finish").touch())
    patient.start()
    began = time.monotonic()
    try:
        under_way = backup.make(engine, access, wish, patience)["under_way"]
        assert time.monotonic() - began < 20
        ours = "select count(*) from pg_stat_activity where application_name = 'ratchet.runtime'"
        assert sample.sql(ours) == "0"
        assert sample.sql(ours.replace("runtime'", "runtime/backup'")) == "1"
    finally:
        patient.cancel()
        next(store.glob(".partial-*")).joinpath("finish").touch()
    made = backup.make(engine, access, wish, resumes=under_way["id"])
    assert made["id"] == under_way["id"]


def killed(_sidecar: Sidecar) -> None:
    """As the run itself, where nothing can catch it."""
    raise KeyboardInterrupt


@pytest.mark.parametrize("task", ["backup", "trial-restore"])
def test_a_run_that_is_killed_before_its_sidecar_starts_has_not_begun(
    engine: Engine, access: database.Access, store: Path, task: str
) -> None:
    """The engine says of such a container that it isn't running and that its exit code is 0."""
    start = docker.models.containers.Container.start

    def start_or_die(container: Any) -> None:
        if container.name.startswith(f"ratchet-{task}-"):
            raise KeyboardInterrupt
        start(container)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(docker.models.containers.Container, "start", start_or_die)
        patched.setattr(Sidecar, "remove", lambda _sidecar: None)
        with pytest.raises(KeyboardInterrupt):
            make(engine, access, store, verify="restore")
    assert "created" in [each.status for each in sidecars(engine)]
    made = make(engine, access, store, verify="restore")
    assert visible(store) == [made["id"]]
    assert sidecars(engine) == []


def test_what_is_proven_stays_proven_if_the_run_is_killed_before_it_cleans_up(
    engine: Engine, access: database.Access, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Sidecar, "remove", killed)
    with pytest.raises(KeyboardInterrupt):
        make(engine, access, store)
    monkeypatch.undo()
    (left,) = visible(store)
    made = make(engine, access, store)
    assert left == f".partial-{made['id']}"
    assert sorted(os.listdir(made["path"])) == ["data", "globals.sql", "manifest.json"]
    assert sidecars(engine) == []


@pytest.fixture
def migration(sample: Sample) -> Iterator[Callable[[], None]]:
    """Starts a session that keeps a table to itself."""
    statement = "begin; lock table note in access exclusive mode; select pg_sleep(60)"
    command = [
        "exec",
        "--no-TTY",
        "--env",
        "PGAPPNAME=a hanging migration",
        "db",
        "psql",
        "-U",
        "app",
        "-d",
        "app",
        "-c",
    ]
    started: list[subprocess.Popen] = []

    def start() -> None:
        started.append(subprocess.Popen(sample.command(*command, statement), stderr=subprocess.DEVNULL))
        until(
            lambda: (
                "a hanging"
                in sample.sql(
                    "select application_name from pg_stat_activity where wait_event = 'PgSleep' or wait_event_type = 'Lock'"
                )
            )
        )

    yield start
    sample.sql("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'a hanging migration'")
    for process in started:
        process.wait()


HOLDER = r"run again: pid \d+ \(a hanging migration, .*\) (holds|waits for) note for \d+ s"


def test_who_holds_a_lock_is_named(
    engine: Engine, access: database.Access, store: Path, migration: Callable[[], None]
) -> None:
    """The count doesn't wait for ever."""
    migration()
    with pytest.raises(RatchetError, match=HOLDER):
        make(engine, access, store)
    assert visible(store) == []


def test_who_holds_a_lock_that_the_dump_waits_for_is_named(
    engine: Engine,
    access: database.Access,
    store: Path,
    migration: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    script = dump.SCRIPT.replace("--lock-wait-timeout=60s", "--lock-wait-timeout=1s")
    monkeypatch.setattr(dump, "SCRIPT", script.replace('pg_dump --format="', 'sleep 2\npg_dump --format="', 1))
    monkeypatch.setattr(backup, "_hold", lambda *_arguments: migration())
    with pytest.raises(RatchetError, match="(?s)" + HOLDER):
        make(engine, access, store)
    assert visible(store) == []


def proven_and_left(engine: Engine, access: database.Access, store: Path, **wish: Any) -> Path:
    """What a run leaves that is killed as soon as the dump is proven."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Sidecar, "remove", killed)
        with pytest.raises(KeyboardInterrupt):
            make(engine, access, store, **wish)
    (left,) = store.glob(".partial-*")
    return left


@pytest.mark.parametrize("gone", [False, True], ids=["with its container", "without it"])
def test_a_dump_of_days_ago_is_not_taken_for_todays(
    engine: Engine, access: database.Access, store: Path, gone: bool
) -> None:
    left = proven_and_left(engine, access, store)
    if gone:
        for each in sidecars(engine):
            each.remove(force=True)
    os.utime(left, (time.time() - 7200,) * 2)
    made = make(engine, access, store)
    assert left.name != f".partial-{made['id']}"
    assert visible(store) == [made["id"]]
    assert sidecars(engine) == []


def test_a_dump_of_less_is_not_taken_for_one_of_everything(
    engine: Engine, access: database.Access, store: Path
) -> None:
    left = proven_and_left(engine, access, store, without_data=("public.activity",))
    made = make(engine, access, store)
    assert left.name != f".partial-{made['id']}"
    assert made["without_data"] == []


def test_a_dump_of_less_that_still_runs_is_not_waited_for(
    engine: Engine, access: database.Access, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dump, "SCRIPT", "touch /ratchet/here; until [ -e /ratchet/go ]; do sleep 0.05; done; exit 3")
    monkeypatch.setattr(backup, "_hold", lambda *_arguments: None)
    wish = backup.Wish(str(store), without_data=("public.activity",))
    begun = backup.make(engine, access, wish, patience=0.5)["under_way"]["id"]
    with pytest.raises(RatchetError, match=f"{begun} is being made, and protects other tables.*Run again"):
        make(engine, access, store)
    (store / f".partial-{begun}" / "go").touch()
    with pytest.raises(RatchetError, match="the backup of app failed"):
        backup.make(engine, access, wish, resumes=begun)
    assert visible(store) == []

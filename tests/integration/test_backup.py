"""A backup that isn't proven doesn't exist, and a lost connection loses none."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils import backup, database
from ansible_collections.ratchet.runtime.plugins.module_utils import store as backups
from ansible_collections.ratchet.runtime.plugins.module_utils.engine import Engine
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.sidecar import TASK_LABEL, Sidecar
from conftest import POSTGRES, REGISTRY, Sample, until

TABLES = ["public.alembic_version", "public.note"]

# Names and shapes that a careless comparison trips over.
SHAPES = """
create table "Odd (name) FROM stdin;" (line text);
insert into "Odd (name) FROM stdin;" values (E'one\\ntwo'), (E'\\\\.'), ('COPY public.note FROM stdin;'), (null);
create table partitioned (id int) partition by range (id);
create table partition_one partition of partitioned for values from (0) to (1000);
insert into partitioned select generate_series(0, 99);
create table parent (id int);
create table child () inherits (parent);
insert into child values (1), (2)
"""
# What a dump takes seconds for: bytes that don't compress.
BALLAST = """
create table ballast (content bytea);
alter table ballast alter content set storage external;
insert into ballast select string_agg(decode(md5(random()::text || i || j), 'hex'), '')
  from generate_series(1, 64) i, generate_series(1, 65536) j group by i
"""
BACKUP_IN_A_PROCESS = """
import sys
from ansible_collections.ratchet.runtime.plugins.module_utils import backup, compose, database
from ansible_collections.ratchet.runtime.plugins.module_utils.engine import Engine
engine = Engine.connect()
project = compose.load(engine, sys.argv[1])
backup.make(engine, database.locate(engine, project, [project.services["web"]], {}), backup.Wish(sys.argv[2], jobs=2))
"""


@pytest.fixture(scope="module")
def loaded(sample: Sample) -> Sample:
    """The sample with 64 MB of random bytes in its database."""
    sample.sql(BALLAST)
    return sample


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A directory for backups."""
    return tmp_path / "backups"


def make(engine: Engine, access: database.Access, store: Path, jobs: int = 1, **wish: Any) -> dict[str, Any]:
    """A backup, waited for."""
    return backup.make(engine, access, backup.Wish(str(store), jobs, **wish))


def make_for(patience: float, engine: Engine, access: database.Access, store: Path) -> dict[str, Any]:
    """As far as a backup comes in that many seconds."""
    return backup.make(engine, access, backup.Wish(str(store)), patience)


def visible(store: Path) -> list[str]:
    """What an operator would take for a backup, or for the rest of one."""
    return sorted(name for name in os.listdir(store) if name != ".lock") if store.exists() else []


def sidecars(engine: Engine) -> list:
    return engine.client.containers.list(all=True, filters={"label": TASK_LABEL}, sparse=True)


def test_a_backup_is_what_the_database_held(
    engine: Engine, sample: Sample, access: database.Access, store: Path
) -> None:
    sample.sql(SHAPES)
    made = make(engine, access, store, 2)
    assert visible(store) == [made["id"]]
    rows = {table: int(sample.sql(f"select count(*) from {table}")) for table in TABLES}
    assert {table: made["tables"][table] for table in TABLES} == rows
    assert made["tables"]["public.partition_one"] == 100
    assert made["tables"]['public."Odd (name) FROM stdin;"'] == 4
    assert (made["tables"]["public.parent"], made["tables"]["public.child"]) == (0, 2)
    assert made["head"] == sample.sql("select version_num from alembic_version")
    assert made["verified"] == "read"
    final = Path(made["path"])
    assert json.loads((final / "manifest.json").read_text())["id"] == made["id"]
    for name, told in made["files"].items():
        assert hashlib.sha256((final / name).read_bytes()).hexdigest() == told["sha256"]
    assert sidecars(engine) == []


@pytest.mark.parametrize(
    ("wish", "compression", "file"),
    [
        ({}, "zstd", "data/toc.dat"),
        ({"compression": "gzip"}, "gzip", "data/toc.dat"),
        ({"compression": "none"}, "none", "data/toc.dat"),
        ({"compression": "lz4"}, "lz4", "data/toc.dat"),
        ({"format": "custom"}, "zstd", "data"),
    ],
)
def test_formats_and_compressions(
    engine: Engine, access: database.Access, store: Path, wish: dict[str, Any], compression: str, file: str
) -> None:
    made = make(engine, access, store, 2, **wish)
    assert made["compression"] == compression
    assert {file, "globals.sql"} <= set(made["files"])
    assert "CREATE ROLE app" in Path(made["path"], "globals.sql").read_text()
    assert "PASSWORD" not in Path(made["path"], "globals.sql").read_text()
    assert backups.damage(backups.read_manifest(made["path"])) == []


def test_rows_that_are_left_out_are_said_to_be(engine: Engine, access: database.Access, store: Path) -> None:
    made = make(engine, access, store, without_data=("public.activity",), verify="restore")
    assert made["without_data"] == ["public.activity"]
    assert made["tables"]["public.activity"] > 0, "what isn't protected is told"
    with pytest.raises(RatchetError, match=r"those of public\.activity can't be restored"):
        make(engine, access, store, without_data=("public.note",))
    with pytest.raises(RatchetError, match=r"no table public\.nte.*one of: .*public\.note"):
        make(engine, access, store, without_data=("public.nte",))


def test_nobody_else_can_read_it(engine: Engine, access: database.Access, store: Path) -> None:
    made = Path(make(engine, access, store, 1)["path"])
    everything = [store, made, *made.rglob("*")]
    assert {oct(path.stat().st_mode & 0o777) for path in everything if path.is_dir()} == {"0o700"}
    assert {oct(path.stat().st_mode & 0o777) for path in everything if path.is_file()} == {"0o600"}


def test_it_restores_into_an_empty_database(
    engine: Engine, sample: Sample, access: database.Access, store: Path
) -> None:
    made = make(engine, access, store, 1)
    sample.sql("create database restored")
    container = sample.container("db")
    subprocess.run(["docker", "cp", f"{made['path']}/data", f"{container}:/tmp/data"], check=True, capture_output=True)
    subprocess.run(
        ["docker", "exec", container, "pg_restore", "-U", "app", "-d", "restored", "--exit-on-error", "/tmp/data"],
        check=True,
    )
    assert sample.compose(
        "exec", "-T", "db", "psql", "-U", "app", "-d", "restored", "-Atc", "select count(*) from note"
    ) == str(made["tables"]["public.note"])


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        ("for f in data/[0-9]*; do truncate --size=$(($(stat --format=%s $f) / 2)) $f; done", "failed"),
        ("rm $(ls data/[0-9]* | head -1)", "failed"),
        ("printf x | dd of=$(ls -S data/[0-9]* | head -1) bs=1 seek=200 conv=notrunc status=none", "failed"),
        ("truncate --size=2000 data/toc.dat", "failed"),
        (": > data/toc.dat", "failed"),
    ],
)
def test_a_damaged_archive_gets_no_name(
    engine: Engine, access: database.Access, store: Path, monkeypatch: pytest.MonkeyPatch, damage: str, words: str
) -> None:
    """The damage is done between the dump and its verification, as a failing disk would."""
    monkeypatch.setattr(backup, "_SCRIPT", backup._SCRIPT.replace("find data", f"{damage}\nfind data", 1))
    with pytest.raises(RatchetError, match=words):
        make(engine, access, store, 1, compression="gzip")  # whose files have checksums of their own
    assert visible(store) == []
    assert sidecars(engine) == []


def test_an_intact_archive_of_something_else_gets_no_name(
    engine: Engine, access: database.Access, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every block can be read and every checksum is right, but rows are missing: only the comparison can tell."""
    monkeypatch.setattr(
        backup,
        "_SCRIPT",
        backup._SCRIPT.replace('pg_dump --format="', 'pg_dump --exclude-table-data=note --format="', 1),
    )
    with pytest.raises(RatchetError, match=r"public\.note"):
        make(engine, access, store, 1)
    assert visible(store) == []


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


def test_the_rest_of_a_dead_run_is_swept_away(engine: Engine, access: database.Access, store: Path) -> None:
    (store / ".partial-app-20200101T000000Z-dead" / "data").mkdir(parents=True)
    made = make(engine, access, store, 1)
    assert visible(store) == [made["id"]]


def test_the_sidecar_keeps_the_password_to_itself(
    engine: Engine, sample: Sample, access: database.Access, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither ``docker inspect`` nor the process list shows it, while it runs."""
    seen: list[str] = []
    monkeypatch.setattr(backup, "_SCRIPT", "touch /ratchet/here; until [ -e /ratchet/go ]; do sleep 0.05; done; exit 3")

    def spy() -> None:
        deadline = time.monotonic() + 20
        while not (found := list(store.glob(".partial-*/here"))) and time.monotonic() < deadline:
            time.sleep(0.05)
        (container,) = sidecars(engine)
        container.reload()
        seen.append(json.dumps(container.attrs) + json.dumps(container.top()))
        (found[0].parent / "go").touch()

    thread = threading.Thread(target=spy)
    thread.start()
    with pytest.raises(RatchetError):
        make(engine, access, store, 1)
    thread.join()
    assert "PGPASSFILE" in seen[0]
    assert sample.password not in seen[0]


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
        with pytest.raises(RatchetError, match=r"the backup of app failed: .*Nothing was stopped"):
            make(engine, access, store)
        assert visible(store) == []
        assert sidecars(engine) == []
    finally:
        sample.compose("up", "--detach", "--wait", "db")


def test_a_dump_whose_snapshot_was_lost_is_made_anew(
    engine: Engine, access: database.Access, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the run that began it is killed in the moment before pg_dump has its snapshot."""
    slow = backup._SCRIPT.replace('pg_dump --format="', 'until [ -e go ]; do sleep 0.05; done\npg_dump --format="', 1)
    monkeypatch.setattr(backup, "_SCRIPT", slow)
    monkeypatch.setattr(backup, "_hold", lambda *_arguments: None)  # and its session ends
    under_way = make_for(0.2, engine, access, store)["under_way"]
    monkeypatch.undo()
    (partial,) = store.glob(".partial-*")
    (partial / "go").touch()
    made = make(engine, access, store)
    assert made["id"] != under_way["id"]
    assert visible(store) == [made["id"]]
    assert sidecars(engine) == []


def test_what_is_proven_stays_proven_if_the_run_is_killed_before_it_cleans_up(
    engine: Engine, access: database.Access, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(_sidecar: Sidecar) -> None:
        raise KeyboardInterrupt

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


HOLDER = r"run again: pid \d+ \(a hanging migration, .*\) (holds|waits for) note since \d+ s"


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
    script = backup._SCRIPT.replace("--lock-wait-timeout=60s", "--lock-wait-timeout=1s")
    monkeypatch.setattr(backup, "_SCRIPT", script.replace('pg_dump --format="', 'sleep 2\npg_dump --format="', 1))
    monkeypatch.setattr(backup, "_hold", lambda *_arguments: migration())
    with pytest.raises(RatchetError, match="(?s)" + HOLDER):
        make(engine, access, store)
    assert visible(store) == []


@pytest.mark.skipif("15" not in POSTGRES, reason="the fleet was made without FLEET_PG='15 17'")
def test_an_older_client_is_refused_before_it_dumps(engine: Engine, access: database.Access, store: Path) -> None:
    older = replace(access, image=f"{REGISTRY}/postgres:15")
    with pytest.raises(RatchetError, match="pg_dump 15 is older than the server, which is 17"):
        make(engine, older, store)
    assert visible(store) == []

# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A backup that isn't proven doesn't exist."""

from __future__ import annotations

import hashlib
import json
import subprocess
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils import database, dump
from ansible_collections.ratchet.runtime.plugins.module_utils import store as backups
from ansible_collections.ratchet.runtime.plugins.module_utils.engine import Engine
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from backup_making import make, sidecars, visible
from conftest import POSTGRES, REGISTRY, Sample

TABLES = ["public.alembic_version", "public.note"]

# Names and shapes that a careless comparison trips over.
SHAPES = """
create table "Odd (name) FROM stdin;" (line text);
insert into "Odd (name) FROM stdin;" values (E'one\\ntwo'), (E'\\\\.'), ('COPY public.note FROM stdin;'), (null);
create table U&"COPY it's (id) FROM stdin;\\000aCOPY public.note (id) FROM stdin;\\000a\\\\." (id int);
insert into U&"COPY it's (id) FROM stdin;\\000aCOPY public.note (id) FROM stdin;\\000a\\\\." values (1), (2), (3);
create table U&"carriage\\000dreturn" (U&"a\\000acolumn" int);
insert into U&"carriage\\000dreturn" values (1);
create sequence U&"it's\\000aCOPY public.note (id) FROM stdin;\\000a";
create table partitioned (id int) partition by range (id);
create table partition_one partition of partitioned for values from (0) to (1000);
insert into partitioned select generate_series(0, 99);
create table parent (id int);
create table child () inherits (parent);
insert into child values (1), (2)
"""


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
    assert made["tables"]['public."COPY it\'s (id) FROM stdin;\nCOPY public.note (id) FROM stdin;\n\\."'] == 3
    assert made["tables"]['public."carriage\rreturn"'] == 1
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
    with pytest.raises(RatchetError, match=r"(?s)no table public\.nte.*one of: .*public\.note"):
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
    monkeypatch.setattr(dump, "SCRIPT", dump.SCRIPT.replace("find data", f"{damage}\nfind data", 1))
    with pytest.raises(RatchetError, match=words):
        make(engine, access, store, 1, compression="gzip")  # whose files have checksums of their own
    assert visible(store) == []
    assert sidecars(engine) == []


def test_an_intact_archive_of_something_else_gets_no_name(
    engine: Engine, access: database.Access, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every block can be read and every checksum is right, but rows are missing: only the comparison can tell."""
    monkeypatch.setattr(
        dump,
        "SCRIPT",
        dump.SCRIPT.replace('pg_dump --format="', 'pg_dump --exclude-table-data=note --format="', 1),
    )
    with pytest.raises(RatchetError, match=r"public\.note"):
        make(engine, access, store, 1)
    assert visible(store) == []


def test_the_rest_of_a_dead_run_is_swept_away(engine: Engine, access: database.Access, store: Path) -> None:
    (store / ".partial-app-20200101T000000Z-dead" / "data").mkdir(parents=True)
    made = make(engine, access, store, 1)
    assert visible(store) == [made["id"]]


def test_the_sidecar_keeps_the_password_to_itself(
    engine: Engine, sample: Sample, access: database.Access, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither ``docker inspect`` nor the process list shows it, while it runs."""
    seen: list[str] = []
    monkeypatch.setattr(dump, "SCRIPT", "touch /ratchet/here; until [ -e /ratchet/go ]; do sleep 0.05; done; exit 3")

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


@pytest.mark.skipif("15" not in POSTGRES, reason="the fleet was made without FLEET_PG='15 17'")
def test_an_older_client_is_refused_before_it_dumps(engine: Engine, access: database.Access, store: Path) -> None:
    older = replace(access, image=f"{REGISTRY}/postgres:15")
    with pytest.raises(RatchetError, match="pg_dump 15 is older than the server, which is 17"):
        make(engine, older, store)
    assert visible(store) == []

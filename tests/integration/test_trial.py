# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A backup that is proven by restoring it comes back whole, or gets no name; nothing of the trial survives it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils import (
    backup,
    database,
    database_copy,
    dump,
    throwaway,
    trial,
)
from ansible_collections.ratchet.runtime.plugins.module_utils.engine import Container, Engine
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.sidecar import DATABASE_LABEL, TASK_LABEL
from conftest import COMPOSE, POSTGRES, Sample, until

# Everything that a dump may lose without anybody reading rows noticing it.
SHAPES = """
create extension citext;
create role reader nologin;
create schema other;
create type other.mood as enum ('good', 'bad');
create domain other.percent as int check (value between 0 and 100);
create function other.twice(int) returns int language sql immutable as 'select $1 * 2';
create table other.everything (
  id bigint generated always as identity primary key, name citext not null unique, mood other.mood, share other.percent,
  doubled int generated always as (other.twice(1)) stored, at timestamptz default now());
insert into other.everything (name, mood, share) select 'name ' || i, 'good', i % 100 from generate_series(1, 500) i;
create table other.parts (id int, what text) partition by range (id);
create table other.part_one partition of other.parts for values from (0) to (100);
create table other.part_two partition of other.parts for values from (100) to (200);
insert into other.parts select i, 'x' from generate_series(0, 199) i;
create unlogged table other.unlogged (id int);
insert into other.unlogged select generate_series(1, 7);
create materialized view other.many as select count(*) from other.parts;
create materialized view other.later as select 1 with no data;
create view other.names as select name from other.everything;
create function other.touch() returns trigger language plpgsql as 'begin new.at := now(); return new; end';
create trigger touched before update on other.everything for each row execute function other.touch();
create sequence other.falling increment -5;
select nextval('other.falling'), nextval('other.falling');
create sequence other.unused;
select lo_from_bytea(0, 'large'), lo_from_bytea(0, 'larger');
grant select on other.everything to reader;
alter table other.parts owner to reader;
alter database app set work_mem = '5MB';
create table other.secrets (id int);
insert into other.secrets values (1);
alter table other.secrets enable row level security;
create schema noted;
create table noted.changes (what text);
create function noted.note_change() returns event_trigger language plpgsql as 'begin insert into noted.changes values (tg_tag); end';
create event trigger "changes EVENT TRIGGER - noted" on ddl_command_end execute function noted.note_change();
comment on event trigger "changes EVENT TRIGGER - noted" is 'Whatever is made or refreshed leaves a row';
insert into noted.changes values ('none of them by a restore')
"""


@pytest.fixture(scope="module", params=POSTGRES)
def sample(request: pytest.FixtureRequest, deploy: Callable[..., Sample]) -> Sample:
    """The sample with a server of each major version that the fleet was made with."""
    made = deploy(COMPOSE.replace("postgres:17", f"postgres:{request.param}"))
    made.sql(SHAPES)
    return made


@pytest.fixture(autouse=True)
def _nothing_survives(engine: Engine) -> Iterator[None]:
    volumes = {each.id for each in engine.client.volumes.list()}
    yield
    assert engine.client.containers.list(all=True, filters={"label": TASK_LABEL}) == []
    assert engine.client.networks.list(filters={"label": TASK_LABEL}) == []
    assert {each.id for each in engine.client.volumes.list()} <= volumes


def wish(store: Path, **more: object) -> backup.Wish:
    return backup.Wish(str(store), jobs=2, verify="restore", **more)


def visible(store: Path) -> list[str]:
    return sorted(name for name in os.listdir(store) if name != ".lock") if store.exists() else []


@pytest.mark.parametrize("form", dump.FORMATS)
def test_everything_comes_back(
    engine: Engine, sample: Sample, access: database.Access, tmp_path: Path, form: str
) -> None:
    made = backup.make(engine, access, wish(tmp_path, format=form))
    assert made["verified"] == "restore"
    assert (made["large_objects"], made["tables"]["other.unlogged"], made["tables"]["other.part_two"]) == (2, 7, 100)
    assert made["sequences"]["other.falling"] == [False, -6]
    assert made["sequences"]["other.unused"] == [True, None]
    assert made["sequences"]["other.everything_id_seq"] == [True, 500]
    assert made["materialized_views"] == ["other.many"]
    assert "citext" in made["extensions"]
    assert made["compression"] == ("gzip" if made["database"]["server_major"] == 15 else "zstd")
    assert visible(tmp_path) == [made["id"]]
    assert sample.sql("select count(*) from pg_database") == "4", "the real server has no database more"


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        ("--exclude-schema=other", "in the archive"),
        ("--section=pre-data --section=data", r"indexes \(\d+ counted, \d+ restored\)"),
        ("--no-blobs", r"large objects \(2 counted, 0 restored\)"),
        (
            "--no-privileges --no-owner --exclude-table=other.unused",
            r"the sequence other\.unused \(None counted, none restored\)",
        ),
    ],
)
def test_what_did_not_come_back_is_named(
    engine: Engine, access: database.Access, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: str, words: str
) -> None:
    """Archives without fault, and not the database."""
    script = dump.SCRIPT.replace('pg_dump --format="', f'pg_dump {damage} --format="', 1)
    monkeypatch.setattr(dump, "SCRIPT", script)
    with pytest.raises(RatchetError, match=words):
        backup.make(engine, access, wish(tmp_path))
    assert visible(tmp_path) == []


def test_what_can_not_be_restored_is_no_backup(
    engine: Engine, access: database.Access, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Roles that the archive needs, and nobody has kept."""
    monkeypatch.setattr(database_copy, "_RESTORE", database_copy._RESTORE.replace("psql --dbname=template1", "true", 1))
    with pytest.raises(RatchetError, match=r'can\'t be restored: .*role "\w+" does not exist'):
        backup.make(engine, access, wish(tmp_path))
    assert visible(tmp_path) == []


def running_trial(engine: Engine) -> tuple[Container, database.Access] | None:
    for each in engine.containers({TASK_LABEL: trial.SERVER}):
        return throwaway.find(engine, trial._purpose(each.labels[DATABASE_LABEL]))
    return None


def test_the_trial_has_no_way_out_and_its_bounds(engine: Engine, access: database.Access, tmp_path: Path) -> None:
    made = None
    seen: list[dict] = []
    secrets: set[str] = {access.password}
    internal: set[bool] = set()
    while made is None:
        done = backup.make(engine, access, wish(tmp_path), patience=0.3)
        made = done if "id" in done else None
        seen += [each.attributes for each in engine.containers({TASK_LABEL: trial.SERVER})]
        internal |= {each.attrs["Internal"] for each in engine.client.networks.list(filters={"label": TASK_LABEL})}
        secrets |= {found[1].password for found in [running_trial(engine)] if found}
    assert seen, "it was never seen under way"
    settings = seen[0]["HostConfig"]
    assert (settings["Memory"], settings["PidsLimit"]) == (1024**3, 512)
    assert not settings["PortBindings"]
    (network,) = seen[0]["NetworkSettings"]["Networks"]
    assert network.startswith("ratchet-trial-")
    assert internal == {True}
    assert len(secrets) == 2
    assert not [secret for secret in secrets if secret in str(seen)]


def test_an_image_that_can_not_be_a_server_is_told(
    engine: Engine, access: database.Access, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throwaway, "_SERVER", "echo no initdb here >&2; exit 1")
    with pytest.raises(
        RatchetError, match=r"doesn't come up: no initdb here\. Set .*runtime_backup_verify to read\. Nothing was"
    ):
        backup.make(engine, access, wish(tmp_path))
    assert visible(tmp_path) == []


def test_a_store_without_room_for_it_is_refused_before_the_dump(
    engine: Engine, access: database.Access, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = tmp_path / "small"
    small.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(small)], check=True)
    monkeypatch.setattr(engine, "root", lambda: str(small))
    try:
        with pytest.raises(
            RatchetError, match=r"for a trial may need 5\d\d\.\d MiB, but .*small has only 16\.0 MiB free"
        ):
            backup.make(engine, access, wish(tmp_path / "store"))
        assert visible(tmp_path / "store") == []
    finally:
        subprocess.run(["umount", str(small)], check=True)


IN_A_PROCESS = """
import sys
from ansible_collections.ratchet.runtime.plugins.module_utils import backup, compose, database
from ansible_collections.ratchet.runtime.plugins.module_utils.engine import Engine
engine = Engine.connect()
project = compose.load(engine, sys.argv[1])
backup.make(engine, database.locate(engine, project, [project.services["web"]], {}), backup.Wish(sys.argv[2], verify="restore"))
"""


@pytest.mark.parametrize("task", [trial.SERVER, trial.RESTORE])
def test_a_killed_trial_is_finished_by_the_next_run(
    engine: Engine, sample: Sample, access: database.Access, tmp_path: Path, task: str
) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", IN_A_PROCESS, str(sample.directory), str(tmp_path)],
        env={**os.environ, "PYTHONPATH": ".ansible/collections"},
    )
    until(lambda: engine.client.containers.list(all=True, filters={"label": f"{TASK_LABEL}={task}"}))
    process.send_signal(signal.SIGKILL)
    process.wait()
    (left,) = visible(tmp_path)
    made = backup.make(engine, access, wish(tmp_path))
    assert left == f".partial-{made['id']}", "the dump was not made again"
    assert "path" not in json.loads(Path(made["path"], "manifest.json").read_text())
    assert visible(tmp_path) == [made["id"]]
    assert made["verified"] == "restore"


# Loses power between making a task's container and starting it.
BEFORE_IT_STARTS = """
import os, sys
from docker.models.containers import Container
really = Container.start
def start(self):
    if self.labels.get("ratchet.runtime.task") == sys.argv[3]:
        os._exit(9)
    really(self)
Container.start = start
"""


@pytest.mark.parametrize("task", [backup.TASK, trial.SERVER, trial.RESTORE])
def test_a_container_that_was_never_started_is_not_taken_for_one_that_ended_well(
    engine: Engine, sample: Sample, access: database.Access, tmp_path: Path, task: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", BEFORE_IT_STARTS + IN_A_PROCESS, str(sample.directory), str(tmp_path), task],
        env={**os.environ, "PYTHONPATH": ".ansible/collections"},
        check=False,
    )
    assert done.returncode == 9
    (left,) = engine.client.containers.list(all=True, filters={"label": f"{TASK_LABEL}={task}"})
    assert left.status == "created"
    made = backup.make(engine, access, wish(tmp_path))
    assert made["verified"] == "restore"
    assert visible(tmp_path) == [made["id"]]
    assert not engine.client.containers.list(all=True, filters={"label": TASK_LABEL})

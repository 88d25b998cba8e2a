# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A restore brings the backup back whole, keeps what was there, and loses neither wherever it is interrupted."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils import (
    backup,
    database,
    postgres,
    restore,
    server,
)
from ansible_collections.ratchet.runtime.plugins.module_utils.engine import Engine
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.sidecar import TASK_LABEL
from conftest import COMPOSE, POSTGRES, Sample
from test_trial import SHAPES

# Of every table its rows, in any order, as one number.
CHECKSUMS = """
select coalesce(string_agg(t.name || ' ' || (xpath('/row/c/text()', query_to_xml(
  'select count(*) || '':'' || coalesce(sum(hashtext(x::text)::bigint), 0) as c from ' || t.name || ' x', false, true, '')))[1]::text,
  E'\\n' order by t.name), '')
from (select quote_ident(schemaname) || '.' || quote_ident(tablename) as name from pg_tables
      where schemaname not in ('pg_catalog', 'information_schema')) t
"""


@pytest.fixture(scope="module", params=POSTGRES)
def sample(request: pytest.FixtureRequest, deploy: Callable[..., Sample]) -> Sample:
    """The sample, with everything that a restore may lose; its web service stopped, as a restore wants it."""
    made = deploy(COMPOSE.replace("postgres:17", f"postgres:{request.param}"))
    made.sql(SHAPES)
    made.sql(
        "grant connect on database app to reader; alter role reader in database app set search_path = other, public"
    )
    made.compose("stop", "web")
    return made


def checksums(sample: Sample, name: str = "app") -> str:
    return sample.compose("exec", "--no-TTY", "db", "psql", "-U", "app", "-d", name, "-AtXqc", CHECKSUMS)


def names(sample: Sample) -> set[str]:
    return set(sample.sql("select datname from pg_database where not datistemplate").split())


@pytest.fixture
def made(engine: Engine, sample: Sample, access: database.Access, tmp_path: Path) -> Iterator[dict[str, Any]]:
    """A backup, after which the database went on; what a test leaves beside it is dropped."""
    yield backup.make(engine, access, backup.Wish(str(tmp_path), jobs=2))
    with server.session(access) as connection:
        for name in names(sample) - {"app", "postgres"}:
            server.drop(connection, name)


def wish(tmp_path: Path, made: dict[str, Any], **more: Any) -> restore.Wish:
    return restore.Wish(str(tmp_path), made["id"], jobs=2, **more)


def test_it_comes_back_as_it_was_and_the_old_one_is_kept(
    engine: Engine, sample: Sample, access: database.Access, made: dict[str, Any], tmp_path: Path
) -> None:
    then = checksums(sample)
    with server.session(access) as connection:
        properties = server.properties(connection, "app")
    sample.sql("insert into other.parts values (5, 'later'); delete from other.unlogged")
    later = checksums(sample)
    done = restore.restore(engine, access, wish(tmp_path, made))
    assert checksums(sample) == then
    assert checksums(sample, done["before"]) == later
    assert done["rows"] == {"other.part_one": [101, 100], "other.unlogged": [0, 7]}
    with server.session(access) as connection:
        assert server.properties(connection, "app") == properties
    assert done["safety"] in os.listdir(tmp_path)
    assert engine.client.containers.list(all=True, filters={"label": TASK_LABEL}) == []


def test_a_damaged_backup_is_refused_by_the_name_of_the_file(
    engine: Engine, sample: Sample, access: database.Access, made: dict[str, Any], tmp_path: Path
) -> None:
    before = checksums(sample)
    file = next(Path(made["path"], "data").glob("[0-9]*"))
    content = file.read_bytes()
    for harm in (content[: len(content) // 2], content[:-1] + bytes([content[-1] ^ 1]), None):
        if harm is None:
            file.unlink()
        else:
            file.write_bytes(harm)
        with pytest.raises(RatchetError, match=f"data/{file.name}"):
            restore.restore(engine, access, wish(tmp_path, made))
    assert names(sample) == {"app", "postgres"}
    assert checksums(sample) == before


def test_sessions_that_are_still_open_are_named(
    engine: Engine, sample: Sample, access: database.Access, made: dict[str, Any], tmp_path: Path
) -> None:
    import psycopg

    with psycopg.connect(
        host=access.host, user="app", password=sample.password, dbname="app", application_name="a worker"
    ):
        with pytest.raises(RatchetError, match=r"1 session is still connected to app: pid \d+ \(a worker, app from "):
            restore.restore(engine, access, wish(tmp_path, made))
        assert names(sample) == {"app", "postgres"}
        restore.restore(engine, access, wish(tmp_path, made, disconnect=True))


def test_what_comes_back_otherwise_is_not_put_in_its_place(
    engine: Engine,
    sample: Sample,
    access: database.Access,
    made: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = checksums(sample)
    script = restore._SCRIPT + " --exclude-schema=other"
    monkeypatch.setattr(restore, "_SCRIPT", script)
    with pytest.raises(
        RatchetError, match=r"was not put in the place of app: .*other\.everything \(500 rows counted, no such table"
    ):
        restore.restore(engine, access, wish(tmp_path, made))
    assert names(sample) == {"app", "postgres"}
    assert checksums(sample) == before


def test_both_names_are_swapped_or_neither(
    engine: Engine,
    sample: Sample,
    access: database.Access,
    made: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Killed after the renames and before their end, and then run again."""
    sample.sql("insert into other.parts values (5, 'later')")
    later, comment = checksums(sample), server.comment

    def killed(connection: Any, name: str, text: str | None) -> None:
        if name == "app":
            raise KeyboardInterrupt
        comment(connection, name, text)

    monkeypatch.setattr(server, "comment", killed)
    with pytest.raises(KeyboardInterrupt):
        restore.restore(engine, access, wish(tmp_path, made))
    monkeypatch.undo()
    assert checksums(sample) == later, "the application's name still leads to its data"
    assert len(names(sample)) == 3
    dumps = os.listdir(tmp_path)
    done = restore.restore(engine, access, wish(tmp_path, made))
    assert checksums(sample, done["before"]) == later
    assert os.listdir(tmp_path) == dumps, "the dump of what was there wasn't made again"


IN_A_PROCESS = """
import sys
from ansible_collections.ratchet.runtime.plugins.module_utils import compose, database, restore
from ansible_collections.ratchet.runtime.plugins.module_utils.engine import Engine
engine = Engine.connect()
project = compose.load(engine, sys.argv[1])
access = database.locate(engine, project, [project.services["web"]], {})
restore.restore(engine, access, restore.Wish(sys.argv[2], sys.argv[3], jobs=2))
"""


@pytest.mark.parametrize("seed", range(6))
def test_killed_anywhere_nothing_is_lost_and_a_rerun_finishes(
    engine: Engine, sample: Sample, access: database.Access, made: dict[str, Any], tmp_path: Path, seed: int
) -> None:
    then = checksums(sample)
    sample.sql("insert into other.parts values (5, 'later')")
    later = checksums(sample)
    process = subprocess.Popen(
        [sys.executable, "-c", IN_A_PROCESS, str(sample.directory), str(tmp_path), made["id"]],
        env={**os.environ, "PYTHONPATH": ".ansible/collections"},
    )
    time.sleep(0.5 + random.Random(seed).random() * 5)
    process.send_signal(signal.SIGKILL)
    process.wait()
    if checksums(sample) == later:
        done = restore.restore(engine, access, wish(tmp_path, made))
        assert checksums(sample, done["before"]) == later
    assert checksums(sample) == then
    assert any(checksums(sample, name) == later for name in names(sample) - {"app", "postgres"})
    assert postgres.answers(access)


def test_two_runs_do_not_restore_one_database_at_once(
    engine: Engine,
    sample: Sample,
    access: database.Access,
    made: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(server, "PATIENCE", 0.3)
    with server.session(access) as first:
        server.reserve(first, "app")
        with pytest.raises(RatchetError, match="another run restores app at this moment"):
            restore.restore(engine, access, wish(tmp_path, made))
        assert names(sample) == {"app", "postgres"}
    assert restore.restore(engine, access, wish(tmp_path, made))["before"]

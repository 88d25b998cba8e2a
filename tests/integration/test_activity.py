"""Who blocks a migration, and how far it is, in a real database with real sessions."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils import activity, compose, health
from ansible_collections.ratchet.runtime.plugins.module_utils.database import Access
from ansible_collections.ratchet.runtime.plugins.module_utils.engine import Engine
from ansible_collections.ratchet.runtime.plugins.plugin_utils import migration_words
from conftest import Sample, until

Connect = Callable[[str], "psycopg.Connection[Any]"]


@pytest.fixture
def connect(access: Access) -> Iterator[Connect]:
    """Sessions of named applications in the sample's database."""
    opened: list[psycopg.Connection[Any]] = []

    def act(application: str) -> psycopg.Connection[Any]:
        where: dict[str, Any] = {"host": access.host, "port": access.port, "user": access.user}
        opened.append(
            psycopg.connect(**where, password=access.password, dbname=access.name, application_name=application)
        )
        return opened[-1]

    yield act
    for connection in opened:
        connection.close()


@contextmanager
def running(connection: psycopg.Connection[Any], statement: str) -> Iterator[None]:
    """Run a statement that takes long beside the block, and cancel it in the end."""

    def act() -> None:
        try:
            connection.execute(statement)
        except psycopg.Error:  # it is cancelled
            connection.rollback()

    thread = threading.Thread(target=act)
    thread.start()
    try:
        yield
    finally:
        connection.cancel()
        thread.join()


def watched(engine: Engine, sample: Sample) -> dict[str, Any]:
    """What the witnesses say of the database, with the sessions' origins."""
    project = compose.load(engine, str(sample.directory))
    return health.probe(engine, health.Place(project.name, project.directory, ("web",), "", {}))["database"]


def waiting(engine: Engine, sample: Sample, key: str) -> dict[str, Any]:
    """The one session that waits, once it does."""
    found: list[dict[str, Any]] = []

    def seen() -> bool:
        found[:] = [each for each in watched(engine, sample)[key] if each["blocked_by"]]
        return bool(found)

    until(seen)
    (session,) = found
    return session


def test_a_migration_that_waits_names_who_blocks_it(engine: Engine, sample: Sample, connect: Connect) -> None:
    reader, migrator = connect("nightly report"), connect("migrator")
    reader.execute("select count(*) from note")
    with running(migrator, "alter table note add column password_note text default 'PASSWORD ''hunter2'''"):
        session = waiting(engine, sample, "migrating")
    (blocker,) = session["blockers"]
    assert (blocker["pid"], blocker["application"]) == (reader.info.backend_pid, "nightly report")
    assert (blocker["state"], blocker["here"], blocker["service"]) == ("idle in transaction", True, None)
    assert blocker["since"]
    said = migration_words.session({"migrating": [session]}, "app1", {})
    assert said.startswith("alter table note add column password_note text default")
    assert f"(waits for pid {blocker['pid']}: app1 nightly report, idle in transaction" in said


def test_a_blocker_in_a_container_is_named_by_its_service(engine: Engine, sample: Sample, connect: Connect) -> None:
    sql = "set application_name to 'shell'; begin; select count(*) from note; select pg_sleep(60)"
    migrator = connect("migrator")
    # From the database's own container, by its address: as any other service of the project would come.
    address = sample.compose("exec", "--no-TTY", "db", "hostname", "-i")
    shell = ["exec", "--no-TTY", "--env", f"PGPASSWORD={sample.password}", "db"]
    command = sample.command(*shell, "psql", "-h", address, "-U", "app", "-d", "app", "-qc", sql)
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as client:
        until(lambda: any(each["application"] == "shell" for each in _sessions(connect)))
        with running(migrator, "alter table note add column unused int"):
            (blocker,) = waiting(engine, sample, "migrating")["blockers"]
        connect("killer").execute("select pg_terminate_backend(%s)", (blocker["pid"],))
        client.wait(20)
    assert (blocker["service"], blocker["here"], blocker["application"]) == ("db", True, "shell")
    assert migration_words.blocker(blocker, "app1", {}).startswith(f"pid {blocker['pid']}: app1 db, active ")


def _sessions(connect: Connect) -> list[dict[str, Any]]:
    connection = connect("onlooker")
    connection.autocommit = True
    try:
        return activity.sessions(connection)
    finally:
        connection.close()


def test_an_update_that_waits_for_a_row_names_who_blocks_it(engine: Engine, sample: Sample, connect: Connect) -> None:
    sample.sql("create table if not exists row_wait (id int); insert into row_wait values (1)")
    writer, migrator = connect("old version"), connect("data migration")
    writer.execute("update row_wait set id = 2")
    with running(migrator, "update row_wait set id = 3"):
        session = waiting(engine, sample, "waiting")
    assert session["here"] is True
    assert [each["pid"] for each in session["blockers"]] == [writer.info.backend_pid]
    said = migration_words.session({"waiting": [session]}, "app1", {})
    assert said.startswith(f"update row_wait set id = 3 (waits for pid {writer.info.backend_pid}: app1 old version")


def test_the_cause_comes_before_those_who_queue_behind_it(engine: Engine, sample: Sample, connect: Connect) -> None:
    holder, queued, migrator = connect("holder"), connect("queued"), connect("migrator")
    holder.execute("select count(*) from note")
    with running(queued, "lock table note in share row exclusive mode; select pg_sleep(60)"):
        until(lambda: any("pg_sleep" in each["query"] and each["state"] == "active" for each in _sessions(connect)))
        with running(migrator, "alter table note add column unused int"):
            until(lambda: len(waiting(engine, sample, "migrating")["blockers"]) == 2)
            first, second = waiting(engine, sample, "migrating")["blockers"]
    assert {first["application"], second["application"]} == {"holder", "queued"}
    assert first["seconds"] >= second["seconds"]


def test_a_prepared_transaction_blocks_without_a_process(engine: Engine, access: Access, connect: Connect) -> None:
    with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState):
        connect("off by default").execute("prepare transaction 'x'")
    connection = connect("onlooker")
    assert activity.blockers(connection, [0])[0]["state"] == "a prepared transaction"


def test_an_index_under_construction_is_a_migration_that_tells_how_far_it_is(
    engine: Engine, sample: Sample, connect: Connect
) -> None:
    sample.sql(
        "create function slow(int) returns int language plpgsql immutable as 'begin perform pg_sleep(0.001); return $1; end'; "
        "create table large (id int); insert into large select generate_series(1, 20000)"
    )
    builder = connect("migrator")
    builder.autocommit = True
    seen: list[dict[str, Any]] = []

    def advanced() -> bool:
        seen.extend(watched(engine, sample)["commands"])
        return len({each["done"] for each in seen}) >= 3

    with running(builder, "create index concurrently large_slow on large (slow(id))"):
        until(advanced)
        told = watched(engine, sample)
    assert [each["pid"] for each in told["migrating"]] == [builder.info.backend_pid]
    last = seen[-1]
    assert (last["command"], last["table"]) == ("CREATE INDEX CONCURRENTLY", "large")
    assert 0 < last["done"] < last["total"]
    assert seen[0]["counters"] != last["counters"]
    assert " %" in migration_words.session(told, "app1", {})


def test_a_copy_of_a_migration_counts_its_rows(engine: Engine, sample: Sample, connect: Connect) -> None:
    sample.sql("create table copied (id int)")
    copier = connect("migrator")
    statement = "copy copied from program 'i=0; while [ $i -lt 90 ]; do seq 1 30000; i=$((i+1)); sleep 0.3; done'"
    seen: set[int] = set()

    def advanced() -> bool:
        seen.update(each["done"] for each in watched(engine, sample)["commands"])
        return len(seen) >= 3

    copier.execute("create table mark ()")  # a migration writes something before
    with running(copier, statement):
        until(advanced)


def test_a_password_in_a_statement_is_masked(sample: Sample, connect: Connect) -> None:
    migrator = connect("migrator")
    with running(migrator, "select pg_sleep(60) /* alter role x password 'hunter2', postgresql://a:hunter2@b/c */"):
        until(lambda: any("pg_sleep" in each["query"] for each in _sessions(connect)))
        (query,) = [each["query"] for each in _sessions(connect) if "pg_sleep" in each["query"]]
    assert "hunter2" not in query
    assert "password '********'" in query

# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A database that changes while it is dumped: the backup is of one moment, or there is none and the reason is told."""

from __future__ import annotations

import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils import database, dump
from ansible_collections.ratchet.runtime.plugins.module_utils.engine import Engine
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from backup_making import make, sidecars, visible
from conftest import COMPOSE, POSTGRES, Sample, until


@pytest.fixture(scope="module", params=POSTGRES)
def sample(request: pytest.FixtureRequest, deploy: Callable[..., Sample]) -> Sample:
    """The sample with a server of each major version that the fleet was made with."""
    return deploy(COMPOSE.replace("postgres:17", f"postgres:{request.param}"))


def connect(access: database.Access, name: str) -> psycopg.Connection:
    return psycopg.connect(
        host=access.host,
        user=access.user,
        password=access.password,
        dbname=access.name,
        autocommit=True,
        application_name=name,
    )


@pytest.mark.parametrize("jobs", [1, 2])
def test_rows_that_come_and_go_meanwhile_are_of_one_moment(
    engine: Engine, sample: Sample, access: database.Access, store: Path, jobs: int
) -> None:
    """Two tables that always hold the same number of rows, but for anybody who looks at them one after the other."""
    sample.sql("drop table if exists a, b; create table a (id serial); create table b (id serial)")
    stop, written = threading.Event(), [0]

    def write() -> None:
        with connect(access, "a writer") as connection:
            while not stop.is_set():
                with connection.transaction():
                    connection.execute("insert into a default values")
                    connection.execute("insert into b default values")
                written[0] += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        until(lambda: written[0] > 10)
        before = written[0]
        made = make(engine, access, store, jobs, verify="restore")
    finally:
        stop.set()
        writer.join()
    assert made["verified"] == "restore"
    assert before <= made["tables"]["public.a"] == made["tables"]["public.b"] < written[0]


def later(script: str) -> str:
    """The dump, which has begun, waits for a file before it looks at anything."""
    waits = 'touch here; until [ -e go ]; do sleep 0.05; done\npg_dump --format="'
    return script.replace('pg_dump --format="', waits, 1).replace("--lock-wait-timeout=60s", "--lock-wait-timeout=2s")


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize(
    "change",
    ["drop table kept", "truncate kept", "alter table kept alter id type bigint", "alter table kept add more int"],
)
def test_a_table_that_is_to_change_meanwhile_waits_or_is_told(
    engine: Engine,
    sample: Sample,
    access: database.Access,
    store: Path,
    monkeypatch: pytest.MonkeyPatch,
    jobs: int,
    change: str,
) -> None:
    """Between the count and the dump, which then queues up behind it: no dump of a table as it never was."""
    sample.sql("drop table if exists kept; create table kept (id int); insert into kept select generate_series(1, 500)")
    monkeypatch.setattr(dump, "SCRIPT", later(dump.SCRIPT))
    changed: list[str] = []

    def migrate() -> None:
        until(lambda: list(store.glob(".partial-*/here")))
        with connect(access, "a migration") as connection:
            waiting = threading.Thread(target=lambda: (connection.execute(change), changed.append(change)))
            waiting.start()
            until(
                lambda: (
                    sample.sql("select wait_event_type from pg_stat_activity where application_name = 'a migration'")
                    == "Lock"
                )
            )
            assert changed == [], "the count's locks hold it up"
            next(store.glob(".partial-*/here")).with_name("go").touch()
            waiting.join()

    migration = threading.Thread(target=migrate)
    migration.start()
    # Whichever is true when it looks who was in the way: the count's locks go at that moment, too, and the migration gets its own.
    gone, waits = "Another session held a table", r"a migration, \S+, active\) (waits for|holds) kept for \d+ s$"
    try:
        with pytest.raises(RatchetError, match=rf"timeout.*LOCK TABLE .*({gone}|{waits})") as caught:
            make(engine, access, store, jobs)
    finally:
        migration.join()
    assert "run again" in str(caught.value)
    assert changed == [change], "it goes on when there is no dump"
    assert visible(store) == []
    assert sidecars(engine) == []


class Pooler(socketserver.BaseRequestHandler):
    """What of a pooler can be told from outside: sessions have process ids of its own making."""

    server_address: tuple[str, int]

    def handle(self) -> None:
        with socket.create_connection(self.server.behind) as behind:  # type: ignore[attr-defined]
            threading.Thread(target=self._pass_on, args=(behind,), daemon=True).start()
            while answer := behind.recv(65536):
                head, key, tail = answer.partition(b"K\0\0\0\x0c")
                self.request.sendall(head + key + (b"\0\xff\xff\xff" + tail[4:] if key else tail))

    def _pass_on(self, behind: socket.socket) -> None:
        try:
            while asked := self.request.recv(65536):
                behind.sendall(asked)
            behind.shutdown(socket.SHUT_WR)
        except OSError:
            pass


@pytest.fixture
def pooled(access: database.Access) -> Iterator[database.Access]:
    """Access through a pooler."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Pooler) as server:
        server.behind = (access.host, access.port)  # type: ignore[attr-defined]
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield replace(access, host="127.0.0.1", port=server.server_address[1], certified="", network="host")
        server.shutdown()


def test_a_pooler_is_refused_before_anything_begins(
    engine: Engine, pooled: database.Access, access: database.Access, store: Path
) -> None:
    with pytest.raises(RatchetError, match=r"127\.0\.0\.1:\d+ .* is a pooler such as PgBouncer and not the server"):
        make(engine, pooled, store)
    assert sidecars(engine) == []
    assert visible(store) == []

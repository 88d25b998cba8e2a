"""What the broker keeps: pacts of consumers' versions, and tags; as this version of its code writes and reads them."""

from __future__ import annotations

import hashlib
import json
import queue
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from . import settings

# PACT_BROKER_DATABASE_MAX_CONNECTIONS is 4 by default.
MOST = 4


class Pacts:
    """The database, by the code of one version."""

    def __init__(self, version: tuple[int, ...], broken: str) -> None:
        """Know the columns of this version's schema."""
        self._column = "consumer_version_id" if version >= (2, 1) else "version_id"
        self._fills_consumer, self._fills_order = version >= (2, 107), version >= (2, 113)
        self._broken = broken
        self._free: queue.Queue[psycopg.Connection | None] = queue.Queue()
        for _each in range(MOST):
            self._free.put(None)

    @contextmanager
    def _transaction(self) -> Iterator[psycopg.Connection]:
        connection = self._free.get()
        try:
            if connection is None or connection.closed:
                connection = psycopg.connect(autocommit=True, **settings.database())
            with connection.transaction():
                yield connection
        finally:
            self._free.put(connection)

    def publish(self, provider: str, consumer: str, number: str, content: Any) -> bool:
        """Keep a pact; whether it is new."""
        text = json.dumps(content)
        with self._transaction() as connection:
            consumer_id, provider_id = _pacticipant(connection, consumer), _pacticipant(connection, provider)
            version_id, _order = _version(connection, consumer_id, number)
            pact_id = _one(
                connection,
                "insert into pact_versions (consumer_id, provider_id, sha, content) values (%s, %s, %s, %s) "
                "on conflict (consumer_id, provider_id, sha) do update set content = excluded.content returning id",
                (consumer_id, provider_id, hashlib.sha1(text.encode()).hexdigest(), text),
            )[0]
            last = connection.execute(
                f"select max(revision_number), max(pact_version_id) filter (where pact_version_id = %s) from pact_publications "
                f"where {self._column} = %s and provider_id = %s",
                (pact_id, version_id, provider_id),
            ).fetchone()
            if last and last[1]:
                return False
            more = {"consumer_id": consumer_id} if self._fills_consumer else {}
            row = {
                self._column: version_id,
                "provider_id": provider_id,
                "revision_number": ((last and last[0]) or 0) + 1,
                "pact_version_id": pact_id,
                **more,
            }
            names = ", ".join(row)
            connection.execute(
                f"insert into pact_publications ({names}) values ({', '.join(['%s'] * len(row))})", [*row.values()]
            )
            return not (last and last[0])

    def tag(self, consumer: str, number: str, name: str) -> bool:
        """Tag a version, which need not be there yet; whether the tag is new."""
        with self._transaction() as connection:
            version_id, order = _version(connection, _pacticipant(connection, consumer), number)
            row = {"name": name, "version_id": version_id, **({"version_order": order} if self._fills_order else {})}
            done = connection.execute(
                f"insert into tags ({', '.join(row)}) values ({', '.join(['%s'] * len(row))}) on conflict do nothing",
                [*row.values()],
            )
            return done.rowcount == 1

    def latest(self, provider: str, consumer: str, tag: str | None) -> tuple[Any, str] | None:
        """The latest pact, or the latest of those whose version has a tag, with its version."""
        if self._broken == "latest":
            raise RuntimeError("undefined method 'version' for nil")
        with self._transaction() as connection:
            return connection.execute(
                f"select w.content, v.number from pact_publications p join versions v on v.id = p.{self._column} "
                "join pacticipants c on c.id = v.pacticipant_id join pacticipants s on s.id = p.provider_id "
                "join pact_versions w on w.id = p.pact_version_id where c.name = %s and s.name = %s "
                "and (%s::text is null or exists (select from tags t where t.version_id = v.id and t.name = %s)) "
                'order by v."order" desc, p.revision_number desc limit 1',
                (consumer, provider, tag, tag),
            ).fetchone()

    def all_latest(self) -> list[tuple[str, str]]:
        """Consumer and provider of all pacts; newer code goes by a column that older code leaves empty."""
        consumer = "p.consumer_id" if self._fills_consumer else "v.pacticipant_id"
        with self._transaction() as connection:
            return connection.execute(
                f"select distinct c.name, s.name from pact_publications p join versions v on v.id = p.{self._column} "
                f"join pacticipants c on c.id = {consumer} join pacticipants s on s.id = p.provider_id order by 1, 2"
            ).fetchall()

    def forget(self, name: str) -> bool:
        """Delete a pacticipant with all that hangs on it; whether it was there."""
        with self._transaction() as connection:
            return connection.execute("delete from pacticipants where name = %s", (name,)).rowcount == 1


def _one(connection: psycopg.Connection, statement: str, values: tuple[Any, ...]) -> Any:
    row = connection.execute(statement, values).fetchone()
    assert row
    return row


def _pacticipant(connection: psycopg.Connection, name: str) -> int:
    found = connection.execute("select id from pacticipants where name = %s", (name,)).fetchone()
    if found:
        return found[0]
    statement = (
        "insert into pacticipants (name) values (%s) on conflict (name) do update set name = excluded.name returning id"
    )
    return _one(connection, statement, (name,))[0]


def _version(connection: psycopg.Connection, pacticipant: int, number: str) -> tuple[int, int]:
    statement = (
        "insert into versions (pacticipant_id, number) values (%s, %s) on conflict (pacticipant_id, number) "
        'do update set number = excluded.number returning id, "order"'
    )
    return _one(connection, statement, (pacticipant, number))

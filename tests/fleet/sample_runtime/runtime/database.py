"""The application's own connection to Postgres: one, shared by all requests, opened again when it was lost."""

from __future__ import annotations

import threading
from typing import Any

import psycopg

from . import queries

# A health check must get its answer before it gives up.
PATIENCE_SECONDS = 2


class Database:
    """Runs single statements."""

    def __init__(self, url: str) -> None:
        """Remember where the database is; nothing is opened yet."""
        self._url = url
        self._lock = threading.Lock()
        self._connection: psycopg.Connection | None = None

    def value(self, statement: str, *parameters: object) -> Any:
        """Return the first column of the first row."""
        if not self._lock.acquire(timeout=PATIENCE_SECONDS):
            raise psycopg.OperationalError("the database is busy")
        try:
            return self._value(statement, parameters)
        finally:
            self._lock.release()

    def _value(self, statement: str, parameters: tuple[object, ...]) -> Any:
        """Try again once if the connection turns out to be lost."""
        for is_last in (False, True):
            try:
                row = self._open().execute(statement, parameters or None).fetchone()
            except psycopg.OperationalError:
                if is_last or not self._forget_if_lost():
                    raise
            else:
                return row and row[0]
        return None

    def _open(self) -> psycopg.Connection:
        """Return the connection, a new one if need be."""
        if self._connection is None or self._connection.closed:
            self._connection = psycopg.connect(
                self._url,
                autocommit=True,
                connect_timeout=PATIENCE_SECONDS,
                options=f"-c statement_timeout={PATIENCE_SECONDS}s",
                application_name="sample-runtime",
            )
        return self._connection

    def _forget_if_lost(self) -> bool:
        """Drop a broken connection; tell whether a new one is worth a try."""
        if self._connection is None or not self._connection.closed:
            return False
        self._connection = None
        return True

    def head(self) -> str | None:
        """Return the schema's Alembic revision, None before the first migration."""
        try:
            return self.value("SELECT version_num FROM alembic_version")
        except psycopg.errors.UndefinedTable:
            return None

    def probe(self) -> None:
        """Use the schema as requests do; raises if that doesn't work."""
        self.value(queries.PROBE)

    def count(self) -> int:
        """Return the number of notes."""
        return self.value(queries.COUNT)

    def insert(self, text: str) -> int:
        """Store a note, return its number."""
        return self.value(queries.INSERT, text)

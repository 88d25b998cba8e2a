"""What the endpoints answer."""

from __future__ import annotations

import socket
from typing import Any

import psycopg

from . import misbehaviour
from .database import Database

Answer = tuple[int, dict[str, Any]]


class Application:
    """Knows the version and whether the schema is ready."""

    def __init__(self, version: str, database: Database) -> None:
        """Begin in the state `migrating`."""
        self.version = version
        self.database = database
        self.is_migrating = True

    def health(self) -> Answer:
        """Tell whether requests can be served, after trying."""
        if self.is_migrating:
            return 503, self._report("migrating", self._head_or_none())
        try:
            self.database.probe()
            head = self.database.head()
        except psycopg.Error as error:
            return 503, self._report("unhealthy", None) | {"reason": type(error).__name__}
        if not misbehaviour.is_fine():
            return 503, self._report("unhealthy", head)
        return 200, self._report("ok", head)

    def overview(self) -> Answer:
        """Say who answers, and how many notes there are."""
        if self.is_migrating:
            return self.health()
        report = self._report("ok", self.database.head())
        return 200, report | {"hostname": socket.gethostname(), "notes": self.database.count()}

    def add_note(self, text: str) -> Answer:
        """Store a note."""
        if self.is_migrating:
            return self.health()
        return 201, {"id": self.database.insert(text), "version": self.version}

    def _head_or_none(self) -> str | None:
        try:
            return self.database.head()
        except psycopg.Error:
            return None

    def _report(self, status: str, head: str | None) -> dict[str, Any]:
        return {"status": status, "version": self.version, "head": head}

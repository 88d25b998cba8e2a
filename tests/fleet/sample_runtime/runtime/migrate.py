"""Brings the schema up to date, one container at a time."""

from __future__ import annotations

import logging
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .database import Database

log = logging.getLogger("runtime")

# Any number will do, as long as all releases use the same.
LOCK = 7_031_874
WAIT_FOR_DATABASE_SECONDS = 15


def connect(url: str) -> psycopg.Connection:
    """Open a connection; a database that is just starting gets some time."""
    deadline = time.monotonic() + WAIT_FOR_DATABASE_SECONDS
    while True:
        try:
            return psycopg.connect(url, autocommit=True, connect_timeout=2, application_name="sample-runtime migration")
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.3)


@contextmanager
def migration_lock(url: str) -> Iterator[None]:
    """Hold a lock that ends with its session, however this process ends."""
    with connect(url) as connection:
        log.info("waiting for the migration lock")
        connection.execute("SELECT pg_advisory_lock(%s)", (LOCK,))
        yield


def migrate(url: str, database: Database) -> None:
    """Run the migrations that are missing. A schema that is newer than this release is left alone."""
    # Imported here: these take most of a second, and the port is open before that.
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config("alembic.ini")
    script = ScriptDirectory.from_config(config)
    with migration_lock(url):
        head = database.head()
        if head and head not in {step.revision for step in script.walk_revisions()}:
            log.info("schema %s is newer than this release, nothing to migrate", head)
            return
        log.info("migrating from %s to %s", head, script.get_current_head())
        command.upgrade(config, "head")

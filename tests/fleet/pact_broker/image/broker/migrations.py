"""Migrations of the schema, each once, and of the data, at every start; both under the broker's advisory lock.

The ledger is Sequel's for numbered and dated files: ``schema_migrations(filename)``. Ledger, lock and order are as in
https://github.com/pact-foundation/pact_broker/blob/master/lib/pact_broker/app.rb (``prepare_database``); the tables are fewer.
"""

from __future__ import annotations

import logging
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from . import settings

log = logging.getLogger("pact_broker")

# Sequel's advisory locks have a number made of their name.
LOCK = zlib.crc32(b"migrate") % 2**31

# File, the first version of the broker that has it, and what it does.
SCHEMA = (
    (
        "000001_create_pacticipant_table.rb",
        (0,),
        "create table pacticipants (id serial primary key, name text unique not null)",
    ),
    (
        "000002_create_versions_table.rb",
        (0,),
        'create table versions (id serial primary key, number text not null, "order" serial, '
        "pacticipant_id int not null references pacticipants on delete cascade, unique (pacticipant_id, number))",
    ),
    (
        "000004_create_tags_table.rb",
        (0,),
        "create table tags (name text, version_id int references versions on delete cascade, primary key (name, version_id))",
    ),
    (
        "000023_create_pact_versions_table.rb",
        (0,),
        "create table pact_versions (id serial primary key, consumer_id int not null references pacticipants on delete cascade, "
        "provider_id int not null references pacticipants on delete cascade, sha text not null, content json not null, "
        "unique (consumer_id, provider_id, sha))",
    ),
    (
        "000026_create_pact_publications.rb",
        (0,),
        "create table pact_publications (id serial primary key, version_id int not null references versions on delete cascade, "
        "provider_id int not null references pacticipants on delete cascade, revision_number int not null default 1, "
        "pact_version_id int not null references pact_versions on delete cascade, unique (version_id, provider_id, revision_number))",
    ),
    # What 1.x doesn't survive.
    (
        "20180122_rename_version_id_of_pact_publications.rb",
        (2, 1),
        "alter table pact_publications rename column version_id to consumer_version_id",
    ),
    # Columns that older code leaves empty: see DATA.
    (
        "20190509_add_consumer_id_to_pact_publications.rb",
        (2, 107),
        "alter table pact_publications add column consumer_id int references pacticipants on delete cascade",
    ),
    (
        "20210902_add_version_order_to_tags.rb",
        (2, 113),
        "alter table tags add column version_order int",
    ),
)
# What a vendor never should: the release that is `broken` in this way keeps no promise to older code, which leaves the column empty.
BROKEN_PROMISE = (
    "20220901_make_consumer_id_mandatory.rb",
    (2, 107),
    "update pact_publications p set consumer_id = v.pacticipant_id from versions v where v.id = p.consumer_version_id; "
    "alter table pact_publications alter consumer_id set not null",
)
# Name, since when, and what it does to rows that older code has written.
DATA = (
    (
        "SetConsumerIdsForPactPublications",
        (2, 107),
        "update pact_publications p set consumer_id = v.pacticipant_id from versions v "
        "where v.id = p.consumer_version_id and p.consumer_id is null",
    ),
    (
        "SetExtraColumnsForTags",
        (2, 113),
        'update tags t set version_order = v."order" from versions v where v.id = t.version_id and t.version_order is null',
    ),
)


def migrate(connection: psycopg.Connection, version: tuple[int, ...]) -> None:
    """Bring schema and data to what this version of the code expects; a newer schema is left alone."""
    if settings.switched_on("AUTO_MIGRATE_DB"):
        with _lock(connection):
            _schema(connection, version)
    if settings.switched_on("AUTO_MIGRATE_DB_DATA"):
        with _lock(connection):
            _data(connection, version)


@contextmanager
def _lock(connection: psycopg.Connection) -> Iterator[None]:
    connection.execute("select pg_advisory_lock(%s)", (LOCK,))
    try:
        yield
    finally:
        connection.execute("select pg_advisory_unlock(%s)", (LOCK,))


def _schema(connection: psycopg.Connection, version: tuple[int, ...]) -> None:
    connection.execute("create table if not exists schema_migrations (filename text primary key)")
    applied = {name for (name,) in connection.execute("select filename from schema_migrations")}
    schema = (*SCHEMA, BROKEN_PROMISE) if os.environ.get("BROKEN") == "promise" else SCHEMA
    missing = [each for each in schema if each[1] <= version and each[0] not in applied]
    if not missing:
        log.info("Skipping database migrations as the latest migration has already been applied")
    for name, _since, statement in missing:
        log.info("Migrating database schema: %s", name)
        with connection.transaction():
            connection.execute(statement)
            connection.execute("insert into schema_migrations values (%s)", (name,))


def _data(connection: psycopg.Connection, version: tuple[int, ...]) -> None:
    log.info("Migrating data")
    for name, since, statement in DATA:
        if since <= version:
            with connection.transaction():
                connection.execute("select pg_sleep(%s)", (settings.slowness(),))
                changed = connection.execute(statement).rowcount
            log.info("%s: %s rows", name, changed)

# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ledgers: the tables in which migration frameworks keep what they applied. One entry per framework."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils import ledger_readers as readers
from ansible_collections.ratchet.runtime.plugins.module_utils.ledger_readers import Reading, Rows, shown


@dataclass(frozen=True)
class Shape:
    """How a table is recognised. Its name can be configured everywhere, so its columns count.

    :ivar columns: all of them that are always there, and the categories of their types; names are compared without case and
        underscores, for some bridges spell them in their own way.
    :ivar others: those that some versions have.
    :ivar named: a pattern that the table's name has to match where the columns alone could be anybody's.
    """

    columns: Mapping[str, str]
    others: frozenset[str] = frozenset()
    named: str = ""

    def fits(self, table: str, columns: Mapping[str, str]) -> bool:
        return (
            all(columns.get(name) == kind for name, kind in self.columns.items())
            and columns.keys() <= self.columns.keys() | self.others
            and re.search(self.named, table, re.IGNORECASE) is not None
        )


@dataclass(frozen=True)
class Ledger:
    """One framework's ledger: how to recognise it, what to select of it, how to read that, and how a dirty or locked one is mended."""

    framework: str
    shape: Shape
    selected: tuple[str, ...]
    read: Callable[[Rows], Reading]
    lock: Lock | None = None
    dirty_remedy: str = "See in the framework's documentation how a migration that stopped half-way is mended"


@dataclass(frozen=True)
class Lock:
    """The table in which a framework keeps that somebody migrates, which a process that dies leaves behind."""

    shape: Shape
    selected: tuple[str, ...]
    read: Callable[[Rows], dict[str, str | None] | None]
    remedy: str


def _columns(text: str = "", number: str = "", truth: str = "", time: str = "") -> dict[str, str]:
    """Names of columns by the category of their type: https://www.postgresql.org/docs/current/catalog-pg-type.html#CATALOG-TYPCATEGORY-TABLE"""
    kinds = {"S": text, "N": number, "B": truth, "D": time}
    return {name: kind for kind, names in kinds.items() for name in names.split()}


_NAME_RUN_ON = _columns(text="name", number="id", time="runon")

LEDGERS = (
    # https://alembic.sqlalchemy.org/en/latest/api/runtime.html (MigrationContext.get_current_heads, version_table)
    Ledger("alembic", Shape(_columns(text="versionnum")), ("versionnum",), readers.alembic),
    # https://github.com/django/django/blob/main/django/db/migrations/recorder.py
    Ledger("django", Shape(_columns(number="id", text="app name", time="applied")), ("app", "name"), readers.django),
    # https://github.com/rails/rails/blob/main/activerecord/lib/active_record/schema_migration.rb (with table_name_prefix and _suffix)
    Ledger("rails", Shape(_columns(text="version"), named="migration"), ("version",), readers.names),
    # https://github.com/jeremyevans/sequel/blob/master/lib/sequel/extensions/migration.rb (TimestampMigrator, IntegerMigrator)
    Ledger("sequel", Shape(_columns(text="filename"), named="migration"), ("filename",), readers.names),
    Ledger(
        "sequel", Shape(_columns(number="version"), named="schema_info|migration"), ("version",), readers.sequel_integer
    ),
    # https://documentation.red-gate.com/fd/flyway-schema-history-table-273973417.html; up to version 4 there was a version_rank, too.
    Ledger(
        "flyway",
        Shape(
            _columns(
                number="installedrank checksum executiontime",
                text="version description type script installedby",
                time="installedon",
                truth="success",
            ),
            frozenset({"versionrank"}),
        ),
        ("installedrank", "version", "type", "script", "checksum", "success"),
        readers.flyway,
        dirty_remedy="Undo by hand what the failed migration left behind, then run `flyway repair`",
    ),
    # https://docs.liquibase.com/concepts/tracking-tables/databasechangelog-table.html and .../databasechangeloglock-table.html
    Ledger(
        "liquibase",
        Shape(
            _columns(text="id author filename exectype md5sum", time="dateexecuted", number="orderexecuted"),
            frozenset({"description", "comments", "tag", "liquibase", "contexts", "labels", "deploymentid"}),
        ),
        ("id", "author", "filename", "dateexecuted", "orderexecuted", "exectype", "md5sum"),
        readers.liquibase,
        Lock(
            Shape(_columns(number="id", truth="locked", time="lockgranted", text="lockedby")),
            ("locked", "lockedby", "lockgranted"),
            readers.liquibase_lock,
            "`liquibase release-locks`, or UPDATE {table} SET locked = false, lockgranted = NULL, lockedby = NULL",
        ),
    ),
    # https://github.com/knex/knex/blob/master/lib/migrations/migrate/table-creator.js
    Ledger(
        "knex",
        Shape(_columns(number="id batch", text="name", time="migrationtime")),
        ("name",),
        readers.names,
        Lock(
            Shape(_columns(number="index islocked")),
            ("islocked",),
            readers.knex_lock,
            "`knex migrate:unlock`, or UPDATE {table} SET is_locked = 0",
        ),
    ),
    # https://github.com/prisma/prisma-engines/blob/main/schema-engine/ARCHITECTURE.md (The _prisma_migrations table)
    Ledger(
        "prisma",
        Shape(
            _columns(
                text="id checksum migrationname logs",
                time="finishedat rolledbackat startedat",
                number="appliedstepscount",
            )
        ),
        ("migrationname", "finishedat", "rolledbackat"),
        readers.prisma,
        dirty_remedy="See its column logs for why; mend the schema, then `prisma migrate resolve --rolled-back NAME` or `--applied NAME`",
    ),
    # https://github.com/typeorm/typeorm/blob/master/src/migration/MigrationExecutor.ts
    Ledger(
        "typeorm",
        Shape(_columns(number="id timestamp", text="name"), named="migration"),
        ("timestamp", "name"),
        readers.typeorm,
    ),
    # https://github.com/golang-migrate/migrate/blob/master/database/postgres/postgres.go
    Ledger(
        "golang-migrate",
        Shape(_columns(number="version", truth="dirty")),
        ("version", "dirty"),
        readers.golang_migrate,
        dirty_remedy="Mend the schema by hand, then `migrate force VERSION` with the version that it really is at",
    ),
    # https://github.com/pressly/goose/blob/main/internal/dialect/dialectquery/postgres.go
    Ledger(
        "goose",
        Shape(_columns(number="id versionid", truth="isapplied", time="tstamp")),
        ("id", "versionid", "isapplied"),
        readers.goose,
    ),
    # https://learn.microsoft.com/en-us/ef/core/managing-schemas/migrations/history-table
    Ledger("efcore", Shape(_columns(text="migrationid productversion")), ("migrationid",), readers.names),
    # https://github.com/sequelize/umzug/blob/main/src/storage/sequelize.ts (timestamps are an option)
    Ledger(
        "sequelize",
        Shape(_columns(text="name"), frozenset({"createdat", "updatedat"}), named="sequelize_?meta|migration|umzug"),
        ("name",),
        readers.names,
    ),
    # https://github.com/salsita/node-pg-migrate/blob/main/src/runner.ts; it and db-migrate differ in their tables' names alone.
    Ledger("node-pg-migrate", Shape(_NAME_RUN_ON, named="pg_?migration"), ("name",), readers.names),
    # https://github.com/db-migrate/node-db-migrate/blob/master/lib/driver/base.js (createMigrationsTable)
    Ledger("db-migrate", Shape(_NAME_RUN_ON, named="migration"), ("name",), readers.names),
)

# All small tables that have a column which some ledger has: the others are not worth their columns.
_TABLES = """
select n.nspname, c.relname, json_object_agg(a.attname, t.typcategory),
       has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select')
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  join pg_catalog.pg_type t on t.oid = a.atttypid
 where c.relkind in ('r', 'p') and not c.relispartition and c.relnatts <= 32 and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
   and exists (select from pg_catalog.pg_attribute k where k.attrelid = c.oid and k.attnum > 0 and not k.attisdropped
                  and replace(lower(k.attname), '_', '') = any(%s))
 group by n.oid, n.nspname, c.oid, c.relname order by 1, 2
"""
_MARKS = sorted(
    {
        # One column of each is enough, and the rarer the better.
        min(shape.columns, key=lambda name: (name in ("id", "name"), name))
        for ledger in LEDGERS
        for shape in (ledger.shape, *([ledger.lock.shape] if ledger.lock else []))
    }
)


@dataclass(frozen=True)
class _Table:
    """A table that may be a ledger; ``columns`` are the names that it has by those that we compare."""

    schema: str
    name: str
    columns: Mapping[str, str]
    kinds: Mapping[str, str]
    readable: bool

    def __str__(self) -> str:
        return shown(f"{self.schema}.{self.name}")

    def rows(self, connection: Any, selected: tuple[str, ...]) -> Rows:
        from psycopg import sql

        wanted = sql.SQL(", ").join(sql.Identifier(self.columns[name]) for name in selected)
        return connection.execute(
            sql.SQL("select {} from {}").format(wanted, sql.Identifier(self.schema, self.name))
        ).fetchall()


def read(connection: Any) -> dict[str, Any] | None:
    """The ledger of the connected database: all tables together that are one.

    Several of them (Airflow keeps two of Alembic's, an application may have changed its framework, tenants may have a schema each)
    are read in the order of ``LEDGERS`` and of their names, so that the head is another as soon as anything is applied in any of them.

    :returns: ``framework`` (of the first), ``tables``, ``heads`` and ``head``, the heads as one comparable word; ``applied``, how many
        migrations are (None where no framework says); ``dirty`` and ``dirty_migration``; ``locked``, None or by whom and since when;
        None when no known ledger is there.
    """
    tables = _tables(connection)
    found = _ledgers([table for table in tables if table.readable]) or _ledgers(tables)
    if not found:
        return None
    read_ones = [(ledger, table, ledger.read(table.rows(connection, ledger.selected))) for ledger, table in found]
    counts = [reading.applied for _ledger, _table, reading in read_ones if reading.applied is not None]
    failed = [(ledger, table, name) for ledger, table, reading in read_ones for name in reading.failed]
    return {
        "framework": found[0][0].framework,
        "tables": [str(table) for _ledger, table in found],
        "heads": [head for _ledger, _table, reading in read_ones for head in reading.heads],
        "head": "+".join(filter(None, (reading.head for _ledger, _table, reading in read_ones))) or None,
        "applied": sum(counts) if counts else None,
        "dirty": bool(failed),
        "dirty_migration": ", ".join(name for _ledger, _table, name in failed) or None,
        "dirty_remedy": f"{failed[0][0].dirty_remedy} (the ledger is {failed[0][1]})" if failed else None,
        "locked": _lock(connection, found, tables),
    }


def _tables(connection: Any) -> list[_Table]:
    found = []
    for schema, name, kinds, readable in connection.execute(_TABLES, (_MARKS,)).fetchall():
        columns = {column.replace("_", "").lower(): column for column in kinds}
        if len(columns) == len(kinds):
            compared = {key: kinds[column] for key, column in columns.items()}
            found.append(_Table(schema, name, columns, compared, readable))
    return found


def _ledgers(tables: list[_Table]) -> list[tuple[Ledger, _Table]]:
    found: list[tuple[Ledger, _Table]] = []
    for ledger in LEDGERS:
        taken = [table for _ledger, table in found]
        for table in tables:
            if table in taken or not ledger.shape.fits(table.name, table.kinds):
                continue
            # Sequel copies its number into the names when it changes over, and never looks at it again (convert_from_schema_info).
            if ledger.read is readers.sequel_integer and any(
                other.framework == "sequel" and place.schema == table.schema and other is not ledger
                for other, place in found
            ):
                continue
            found.append((ledger, table))
    return found


def _lock(connection: Any, found: list[tuple[Ledger, _Table]], tables: list[_Table]) -> dict[str, Any] | None:
    """The first lock that is held, of a ledger in the same schema."""
    for ledger, place in found:
        for table in tables:
            lock = ledger.lock
            if lock and table.readable and table.schema == place.schema and lock.shape.fits(table.name, table.kinds):
                held = lock.read(table.rows(connection, lock.selected))
                if held:
                    return {**held, "table": str(table), "remedy": lock.remedy.format(table=table)}
    return None

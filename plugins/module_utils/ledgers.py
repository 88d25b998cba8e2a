# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ledgers: the tables in which migration frameworks keep what they applied. One entry per framework."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Ledger:
    """How to recognise and read one framework's ledger.

    ``columns`` is the exact set of columns of its table; ``heads`` turns a table name into the applied heads.
    """

    framework: str
    table_pattern: str
    columns: frozenset[str]
    heads: Callable[[Any, Any], list[str]]


def _alembic_heads(connection: Any, table: Any) -> list[str]:
    # One row per head, unordered; none before the first migration.
    # https://alembic.sqlalchemy.org/en/latest/api/runtime.html (MigrationContext.get_current_heads)
    from psycopg import sql

    rows = connection.execute(sql.SQL("select version_num from {}").format(table)).fetchall()
    return sorted(row[0] for row in rows)


LEDGERS = (Ledger("alembic", r"alembic\_version%", frozenset({"version_num"}), _alembic_heads),)

_TABLES = """
select n.nspname, c.relname, array_agg(a.attname::text)
  from pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
 where c.relkind in ('r', 'p') and c.relname like %s and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
 group by 1, 2 order by 1, 2
"""


def read(connection: Any) -> dict[str, Any] | None:
    """The ledger of the connected database.

    :returns: ``framework``, ``tables`` (all of one framework: Airflow keeps two), ``heads`` and ``head``, the heads
        as one comparable word; None when no known ledger is there.
    """
    from psycopg import sql

    for ledger in LEDGERS:
        names = [
            (schema, table)
            for schema, table, columns in connection.execute(_TABLES, (ledger.table_pattern,)).fetchall()
            if frozenset(columns) == ledger.columns
        ]
        if names:
            heads = [
                head for schema, table in names for head in ledger.heads(connection, sql.Identifier(schema, table))
            ]
            tables = [f"{schema}.{table}" for schema, table in names]
            return {"framework": ledger.framework, "tables": tables, "heads": heads, "head": "+".join(heads) or None}
    return None

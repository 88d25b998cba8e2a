# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables of a database that migrations have left and that the product doesn't use."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils import postgres
from ansible_collections.ratchet.runtime.plugins.module_utils.database import Access
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError

_TABLES = """
select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
 where c.relkind in ('r', 'p') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema' order by 1, 2
"""


def find(access: Access, patterns: Sequence[str]) -> list[dict[str, Any]]:
    """The tables whose whole names match one of the regular expressions, each with ``schema``, ``name`` and ``rows``."""
    with postgres.session(access) as connection:
        return _find(connection, patterns)


def drop(access: Access, patterns: Sequence[str], expected: Sequence[Mapping[str, Any]]) -> None:
    """Drop them, all or none, if they are just those that were expected, to the row.

    :raises RatchetError: when they are others by now, somebody holds one of them, or something else depends on one.
    """
    from psycopg import sql

    with postgres.session(access, writes=True) as connection, connection.transaction():
        found = _find(connection, patterns)
        if found != [dict(each) for each in expected]:
            raise RatchetError(
                f"the tables that nobody uses are others by now: {_told(found)} instead of {_told(expected)}",
                "Run the same command again; nothing was dropped",
            )
        for each in found:
            connection.execute(sql.SQL("drop table {}").format(sql.Identifier(each["schema"], each["name"])))


def _find(connection: Any, patterns: Sequence[str]) -> list[dict[str, Any]]:
    from psycopg import sql

    return [
        {
            "schema": schema,
            "name": name,
            "rows": connection.execute(
                sql.SQL("select count(*) from {}").format(sql.Identifier(schema, name))
            ).fetchone()[0],
        }
        for schema, name in connection.execute(_TABLES).fetchall()
        if any(re.fullmatch(each, name) for each in patterns)
    ]


def _told(tables: Sequence[Mapping[str, Any]]) -> str:
    return ", ".join(f"{each['name']} ({each['rows']})" for each in tables) or "none"

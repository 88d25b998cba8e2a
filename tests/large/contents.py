# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a database holds, down to the last value, and where two differ; found out without the collection."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from typing import Any

import psycopg
from ansible_collections.ratchet.runtime.plugins.module_utils import database
from psycopg import sql
from sample_project import Sample

RELATIONS = """
select n.nspname, c.relname, c.relispopulated,
       array(select attname::text from pg_attribute where attrelid = c.oid and attnum > 0 and not attisdropped order by attnum)
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
 where c.relkind = any(%s) and c.relpersistence <> 't' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema' order by 1, 2
"""
# In whatever order the rows come. By value, and not of the row's text: making that of megabytes takes a minute.
ROWS = "select count(*), sum(hashtextextended(array_to_string(array[{}], ' '), 0)::numeric) from only {}"
VALUE = "coalesce(md5({}::text), 'null')"
LARGE_OBJECTS = """
select oid, md5(lo_get(oid)), lomowner::regrole, obj_description(oid, 'pg_largeobject'),
       array(select a::text from unnest(lomacl) a order by 1)
  from pg_largeobject_metadata order by oid
"""
DATABASE = """
select to_jsonb(d) - array['oid', 'datname', 'datacl', 'datfrozenxid', 'datminmxid'], shobj_description(d.oid, 'pg_database'),
       array(select a::text from unnest(d.datacl) a order by 1),
       array(select (setrole::regrole, s.setconfig)::text from pg_db_role_setting s where s.setdatabase = d.oid order by 1)
  from pg_database d where datname = current_database()
"""


def read(sample: Sample, access: database.Access, name: str) -> dict[str, str]:
    """Everything in a database of the server that ``access`` leads to, by what it is."""
    with psycopg.connect(
        host=access.host, port=access.port, dbname=name, user=access.user, password=access.password
    ) as connection:
        found = dict(_read(connection))
    dump = sample.compose(
        *["exec", "--no-TTY", "--env", f"PGDATABASE={name}", "db", "pg_dump", "-U", "app", "--schema-only"]
    )
    # \restrict and \unrestrict have a new key in every dump.
    lines = [line for line in dump.split("\n") if "restrict " not in line[:12]]
    return {**found, "the schema": "\n".join(lines)}


def _read(connection: Any) -> Iterator[tuple[str, str]]:
    for schema, name, populated, columns in connection.execute(RELATIONS, (["r", "m"],)).fetchall():
        values = [sql.Literal("row"), *(sql.SQL(VALUE).format(sql.Identifier(column)) for column in columns)]
        query = sql.SQL(ROWS).format(sql.SQL(", ").join(values), sql.Identifier(schema, name))
        yield f"table {schema}.{name}", str(connection.execute(query).fetchone()) if populated else "not populated"
    for schema, name, *_rest in connection.execute(RELATIONS, (["S"],)).fetchall():
        query = sql.SQL("select last_value, is_called from {}").format(sql.Identifier(schema, name))
        yield f"sequence {schema}.{name}", str(connection.execute(query).fetchone())
    for oid, *rest in connection.execute(LARGE_OBJECTS).fetchall():
        yield f"large object {oid}", str(rest)
    yield "extensions", str(connection.execute("select extname, extversion from pg_extension order by 1").fetchall())
    yield "the database", str(connection.execute(DATABASE).fetchone())


def differences(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """What differs, in words."""
    return [
        f"{what}: {_change(before.get(what, 'nothing'), after.get(what, 'nothing'))}"
        for what in sorted({*before, *after})
        if before.get(what) != after.get(what)
    ]


def _change(before: str, after: str) -> str:
    if "\n" not in before:
        return f"{before} became {after}"
    changed = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)
    return "\n".join(line for line in changed if not line.startswith(("---", "+++")))

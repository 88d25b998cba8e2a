# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a database holds: counted in the snapshot of a dump, and again in what was restored from it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils import ledgers, postgres

# Nothing of the server's own, and nothing that comes back with its extension.
OURS = """
  n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  and not exists (select from pg_depend d where d.objid = {oid} and d.classid = '{catalog}'::regclass and d.deptype = 'e')
"""

# Leaf tables only: pg_dump writes one COPY for each.
_TABLES = f"""
select quote_ident(n.nspname) || '.' || quote_ident(c.relname)
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
 where c.relkind = 'r' and c.relpersistence <> 't' and {OURS.format(oid="c.oid", catalog="pg_class")}
 order by 1
"""
_SEQUENCES = f"""
select quote_ident(n.nspname) || '.' || quote_ident(c.relname), s.seqincrement > 0, pg_sequence_last_value(c.oid)
  from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_sequence s on s.seqrelid = c.oid
 where c.relpersistence <> 't' and case c.relkind when 'S' then has_sequence_privilege(c.oid, 'select, usage') end
   and {OURS.format(oid="c.oid", catalog="pg_class")}
 order by 1
"""
_MATERIALISED = f"""
select quote_ident(n.nspname) || '.' || quote_ident(c.relname)
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
 where c.relkind = 'm' and c.relispopulated and {OURS.format(oid="c.oid", catalog="pg_class")}
"""
# pg_dump leaves out what is invalid: https://www.postgresql.org/docs/current/sql-createindex.html ("Building Indexes Concurrently").
_OBJECTS = f"""
select 'indexes', count(*) from pg_index i join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace
 where i.indisvalid and {OURS.format(oid="i.indrelid", catalog="pg_class")}
union all
select 'constraints', count(*) from pg_constraint x join pg_namespace n on n.oid = x.connamespace
 where {OURS.format(oid="x.conrelid", catalog="pg_class")}
union all
select 'functions', count(*) from pg_proc p join pg_namespace n on n.oid = p.pronamespace
 where {OURS.format(oid="p.oid", catalog="pg_proc")}
union all
select 'triggers', count(*) from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
 where not t.tgisinternal and {OURS.format(oid="c.oid", catalog="pg_class")}
union all
select 'types', count(*) from pg_type t join pg_namespace n on n.oid = t.typnamespace
 where t.typtype in ('c', 'd', 'e', 'r', 'm') and {OURS.format(oid="t.oid", catalog="pg_type")}
union all
select 'views', count(*) from pg_class c join pg_namespace n on n.oid = c.relnamespace
 where c.relkind = 'v' and {OURS.format(oid="c.oid", catalog="pg_class")}
"""
_FOREIGN_KEYS = """
select quote_ident(from_schema.nspname) || '.' || quote_ident(from_table.relname),
       quote_ident(to_schema.nspname) || '.' || quote_ident(to_table.relname)
  from pg_constraint x
  join pg_class from_table on from_table.oid = x.conrelid join pg_namespace from_schema on from_schema.oid = from_table.relnamespace
  join pg_class to_table on to_table.oid = x.confrelid join pg_namespace to_schema on to_schema.oid = to_table.relnamespace
 where x.contype = 'f' and x.conrelid <> x.confrelid
"""
# Who has a part in the objects: https://www.postgresql.org/docs/current/catalog-pg-shdepend.html. The server's first superuser is in none
# of its rows, so the owners of tables are asked, too. What an extension brings belongs to whoever creates it again.
_ROLES = f"""
select r.rolname, bool_or(d.deptype = 'o' and d.classid <> 'pg_user_mapping'::regclass)
  from pg_shdepend d join pg_roles r on r.oid = d.refobjid
 where d.refclassid = 'pg_authid'::regclass and d.deptype in ('o', 'a', 'r') and d.classid <> 'pg_extension'::regclass
   and d.dbid = (select oid from pg_database where datname = current_database())
   and not exists (select from pg_depend e where e.classid = d.classid and e.objid = d.objid and e.deptype = 'e')
   and not r.rolname like 'pg\\_%'
 group by 1
union all
select distinct pg_get_userbyid(c.relowner), true from pg_class c join pg_namespace n on n.oid = c.relnamespace
 where c.relkind in ('r', 'p', 'v', 'm', 'S', 'f') and {OURS.format(oid="c.oid", catalog="pg_class")}
 order by 2
"""
_LARGE_OBJECTS = "select count(*) from pg_largeobject_metadata"


def count(connection: Any) -> dict[str, Any]:
    """Count everything; in the transaction that is open, so that it is all of one moment.

    :returns: ``tables`` (name to rows), ``sequences`` (name to whether it rises and its last value, None before the first; those
        that this user may read), ``large_objects``, ``extensions`` (name to version), ``materialized_views`` (populated ones),
        ``objects`` (kind to number) and the schema's ``head``. Names are quoted where SQL needs it.
    """
    ledger = ledgers.read(connection)
    tables = {
        name: connection.execute(f"select count(*) from only {name}").fetchone()[0]
        for (name,) in connection.execute(_TABLES).fetchall()
    }
    return {
        "tables": tables,
        "sequences": {name: [rising, last] for name, rising, last in connection.execute(_SEQUENCES).fetchall()},
        "large_objects": connection.execute(_LARGE_OBJECTS).fetchone()[0],
        "extensions": postgres.extensions(connection),
        "materialized_views": sorted(name for (name,) in connection.execute(_MATERIALISED).fetchall()),
        "objects": dict(connection.execute(_OBJECTS).fetchall()),
        "head": ledger["head"] if ledger else None,
    }


def roles(connection: Any) -> dict[str, bool]:
    """The roles that the objects need where they are restored, and whether each owns some of them."""
    return dict(connection.execute(_ROLES).fetchall())


def referenced(connection: Any, without: Collection[str]) -> list[tuple[str, str]]:
    """Pairs of tables of which the first refers to rows of the second, which are left out, while its own are not."""
    if not without:
        return []
    names = connection.execute(_FOREIGN_KEYS).fetchall()
    return [(refers, referred) for refers, referred in names if referred in without and refers not in without]


def differences(expected: Mapping[str, Any], found: Mapping[str, Any], empty: Collection[str] = ()) -> list[str]:
    """What was counted and isn't there, in words; nothing when all of it is.

    :param empty: tables whose rows were left out on purpose.
    """
    wrong = _of_tables(expected["tables"], found["tables"], empty)
    for name, (rising, last) in expected["sequences"].items():
        restored = found["sequences"].get(name)
        # A sequence is no part of a snapshot: it may have moved on between the count and the dump, but never back.
        # https://www.postgresql.org/docs/current/functions-sequence.html
        if restored is None or _is_behind(restored[1], last, rising):
            wrong.append(f"the sequence {name} ({last} counted, {restored[1] if restored else 'none'} restored)")
    if expected["large_objects"] != found["large_objects"]:
        wrong.append(f"large objects ({expected['large_objects']} counted, {found['large_objects']} restored)")
    wrong += [f"the extension {name}" for name in expected["extensions"] if name not in found["extensions"]]
    wrong += [
        f"the content of the materialised view {name}"
        for name in expected["materialized_views"]
        if name not in found["materialized_views"]
    ]
    for kind, number in expected["objects"].items():
        if found["objects"].get(kind, 0) < number:
            wrong.append(f"{kind} ({number} counted, {found['objects'].get(kind, 0)} restored)")
    if expected["head"] != found["head"]:
        wrong.append(f"the schema head ({expected['head']} counted, {found['head']} restored)")
    return wrong


def _of_tables(expected: Mapping[str, int], found: Mapping[str, int], empty: Collection[str]) -> list[str]:
    wrong = []
    for name, rows in expected.items():
        wanted = 0 if name in empty else rows
        if found.get(name) != wanted:
            wrong.append(f"{name} ({wanted} rows counted, {found.get(name, 'no such table')} restored)")
    return wrong


def _is_behind(restored: int | None, counted: int | None, rising: bool) -> bool:
    if counted is None:
        return False
    if restored is None:
        return True
    return restored < counted if rising else restored > counted

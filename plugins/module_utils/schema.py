# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a database's schema consists of, each object by its kind and name with its definition, and what differs between two of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils.holdings import OURS

# Name, then definition; https://www.postgresql.org/docs/current/catalogs.html
_RELATIONS = f"""
select case c.relkind when 'v' then 'view' when 'm' then 'materialized view' when 'S' then 'sequence' when 'f' then 'foreign table' else 'table' end
       || ' ' || quote_ident(n.nspname) || '.' || quote_ident(c.relname),
       case when c.relkind in ('v', 'm') then md5(pg_get_viewdef(c.oid)) else '' end
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
 where c.relkind in ('r', 'p', 'v', 'm', 'S', 'f') and c.relpersistence <> 't' and {OURS.format(oid="c.oid", catalog="pg_class")}
"""
_COLUMNS = f"""
select 'column ' || quote_ident(n.nspname) || '.' || quote_ident(c.relname) || '.' || quote_ident(a.attname),
       format_type(a.atttypid, a.atttypmod) || case when a.attnotnull then ' not null' else '' end
       || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '')
  from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
  left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
 where c.relkind in ('r', 'p', 'f') and c.relpersistence <> 't' and a.attnum > 0 and not a.attisdropped
   and {OURS.format(oid="c.oid", catalog="pg_class")}
"""
_INDEXES = f"""
select 'index ' || quote_ident(n.nspname) || '.' || quote_ident(c.relname),
       pg_get_indexdef(c.oid) || case when i.indisvalid then '' else ' (invalid)' end
  from pg_index i join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace
 where {OURS.format(oid="i.indrelid", catalog="pg_class")}
   and not exists (select from pg_constraint x where x.conindid = i.indexrelid and x.contype in ('p', 'u', 'x'))
"""
_CONSTRAINTS = f"""
select 'constraint ' || quote_ident(n.nspname) || '.' || quote_ident(c.relname) || '.' || quote_ident(x.conname), pg_get_constraintdef(x.oid)
  from pg_constraint x join pg_class c on c.oid = x.conrelid join pg_namespace n on n.oid = c.relnamespace
 where x.contype <> 'n' and {OURS.format(oid="c.oid", catalog="pg_class")}
"""
_FUNCTIONS = f"""
select 'function ' || quote_ident(n.nspname) || '.' || quote_ident(p.proname) || '(' || pg_get_function_identity_arguments(p.oid) || ')',
       md5(p.prosrc || coalesce(pg_get_function_result(p.oid), ''))
  from pg_proc p join pg_namespace n on n.oid = p.pronamespace where {OURS.format(oid="p.oid", catalog="pg_proc")}
"""
_TRIGGERS = f"""
select 'trigger ' || quote_ident(n.nspname) || '.' || quote_ident(c.relname) || '.' || quote_ident(t.tgname), pg_get_triggerdef(t.oid)
  from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
 where not t.tgisinternal and {OURS.format(oid="c.oid", catalog="pg_class")}
"""
_ENUMS = f"""
select 'type ' || quote_ident(n.nspname) || '.' || quote_ident(t.typname), string_agg(quote_literal(e.enumlabel), ', ' order by e.enumsortorder)
  from pg_type t join pg_enum e on e.enumtypid = t.oid join pg_namespace n on n.oid = t.typnamespace
 where {OURS.format(oid="t.oid", catalog="pg_type")} group by 1
"""
_EXTENSIONS = "select 'extension ' || quote_ident(extname), extversion from pg_extension"
_ALL = (_RELATIONS, _COLUMNS, _INDEXES, _CONSTRAINTS, _FUNCTIONS, _TRIGGERS, _ENUMS, _EXTENSIONS)
# What belongs to a table comes and goes with it.
_PARTS = ("column", "constraint", "trigger", "index")


def describe(connection: Any) -> dict[str, str]:
    """Every object of the schema, such as ``column public.note.id``, with its definition (or a hash of it where that is code)."""
    return {name: text for query in _ALL for name, text in connection.execute(query).fetchall()}


def differences(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, list[str]]:
    """What came (``added``), went (``removed``) and ``changed``, in words, each sorted; parts of a table that came or went aren't listed.

    :param before: as :func:`describe` tells it, like ``after``.
    """
    came = [name for name in after if name not in before]
    went = [name for name in before if name not in after]
    changed = [name for name in before if name in after and before[name] != after[name]]
    return {
        "added": sorted(_told(name, after[name]) for name in came if not _is_part(name, after[name], _tables(came))),
        "removed": sorted(name for name in went if not _is_part(name, before[name], _tables(went))),
        "changed": sorted(_change(name, before[name], after[name]) for name in changed),
    }


def _tables(names: list[str]) -> list[str]:
    return [name.partition(" ")[2] for name in names if name.startswith("table ")]


def _is_part(name: str, definition: str, tables: list[str]) -> bool:
    """Whether it belongs to one of these tables."""
    kind, _space, path = name.partition(" ")
    if kind == "index":
        return any(f" ON {table} " in definition or f" ON ONLY {table} " in definition for table in tables)
    return kind in _PARTS and any(path.startswith(f"{table}.") for table in tables)


def _told(name: str, definition: str) -> str:
    return f"{name} {definition}" if name.startswith("column ") else name


def _change(name: str, before: str, after: str) -> str:
    if name.startswith(("function ", "view ", "materialized view ")):
        return f"{name}: another definition"
    return f"{name}: {before or '-'} -> {after or '-'}"

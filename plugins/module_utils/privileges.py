# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What pg_dump reads and this user may not: all of it, before a dump begins that would stop at the first.

https://www.postgresql.org/docs/current/app-pgdump.html: it locks each table (SELECT, and USAGE of its schema), reads sequences and large
objects, and switches row-level security off, which is refused to whom it applies to.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError

SCHEMA, TABLE, SEQUENCE, LARGE_OBJECTS, ROWS = "schema", "table", "sequence", "large objects", "rows of"
# How many are named; an operator grants by schema or role, not by object.
_NAMED = 5

# Extensions bring their own objects back, but for the tables that they declare to hold data of the user's (extconfig).
_RELATIONS = """
  select c.oid, c.relkind, c.relnamespace, quote_ident(n.nspname) || '.' || quote_ident(c.relname) as name
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
   where c.relkind in ('r', 'p', 'S') and c.relpersistence <> 't'
     and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
     and (not exists (select from pg_depend d where d.objid = c.oid and d.classid = 'pg_class'::regclass and d.deptype = 'e')
          or exists (select from pg_extension e where c.oid = any (e.extconfig)))
"""
# The privileges of sequences can be asked of sequences only, and a planner asks in any order: hence CASE. Large objects have
# functions of their own from 18 on only; their owner and lo_compat_privileges come first, as the list of privileges costs more.
_MISSING = f"""
with relation as ({_RELATIONS})
select '{SCHEMA}', quote_ident(nspname) from pg_namespace n
 where not has_schema_privilege(n.oid, 'usage') and exists (select from relation r where r.relnamespace = n.oid)
union all
select '{TABLE}', name from relation where relkind <> 'S' and not has_table_privilege(oid, 'select')
union all
select '{SEQUENCE}', name from relation where case relkind when 'S' then not has_sequence_privilege(oid, 'select') end
union all
select '{ROWS}', name from relation where relkind <> 'S' and row_security_active(oid)
union all
select '{LARGE_OBJECTS}', count(*) || ', the first is ' || min(l.oid) from pg_largeobject_metadata l
 where not (select rolsuper from pg_roles where rolname = current_user)
   and not current_setting('lo_compat_privileges')::bool
   and not exists (select from aclexplode(coalesce(l.lomacl, acldefault('L', l.lomowner))) a
                    where a.privilege_type = 'SELECT' and (a.grantee = 0 or pg_has_role(a.grantee, 'usage')))
having count(*) > 0
"""


def missing(connection: Any) -> list[list[str]]:
    """Pairs of a kind and a name: what a dump needs to read and this user may not; empty when a dump can read everything."""
    order = (SCHEMA, TABLE, SEQUENCE, ROWS, LARGE_OBJECTS)
    found = connection.execute(_MISSING).fetchall()
    return [list(row) for row in sorted(found, key=lambda row: (order.index(row[0]), row[1]))]


def refusal(user: str, database: str, unreadable: Sequence[Sequence[str]]) -> RatchetError:
    """The one error that names what is missing, with what gives it. Pure: also the plan's."""
    kinds = {kind for kind, _name in unreadable}
    named = [f"{kind} {name}" if kind != LARGE_OBJECTS else f"{kind} ({name})" for kind, name in unreadable[:_NAMED]]
    if len(unreadable) > _NAMED:
        named.append(f"and {len(unreadable) - _NAMED} more")
    grants = []
    if kinds & {SCHEMA, TABLE, SEQUENCE}:
        # https://www.postgresql.org/docs/current/predefined-roles.html
        grants.append(f'GRANT pg_read_all_data TO "{user}" (PostgreSQL 14 and newer)')
    if ROWS in kinds:
        grants.append(f'ALTER ROLE "{user}" BYPASSRLS')
    if LARGE_OBJECTS in kinds:
        grants.append("GRANT SELECT ON LARGE OBJECT for each of them")
    return RatchetError(
        f"the user {user} may not read all of the database {database}, so a backup would fail: {', '.join(named)}",
        "Name a user in runtime_database who may read everything, such as the database's owner or a superuser, or grant it: "
        + "; ".join(grants),
    )


def refuse_missing(connection: Any, user: str, database: str) -> None:
    """Refuse a dump that would fail for want of privileges.

    :raises RatchetError: naming the first objects of those that can't be read.
    """
    unreadable = missing(connection)
    if unreadable:
        raise refusal(user, database, unreadable)

# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is done to whole databases of a server: made, dropped, renamed. Nothing here looks into one."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils import lock_comment, postgres
from ansible_collections.ratchet.runtime.plugins.module_utils.database import Access
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.masking import printable

# Databases that every server has, to be connected to while another one is renamed.
_MAINTENANCE = ("postgres", "template1")
# How long a run that lost its controller may still hold on to a database, in seconds.
PATIENCE = 30.0
# Bytes; longer names are cut off without a word: https://www.postgresql.org/docs/current/limits.html
_LONGEST = 63

# to_jsonb, as the columns differ from version to version: https://www.postgresql.org/docs/current/catalog-pg-database.html
_PROPERTIES = """
select to_jsonb(d) || jsonb_build_object(
  'owner', pg_get_userbyid(d.datdba), 'encoding', pg_encoding_to_char(d.encoding),
  'comment', shobj_description(d.oid, 'pg_database'), 'datacl', null)
  from pg_database d where d.datname = %s
"""
_SETTINGS = """
select r.rolname, unnest(s.setconfig) from pg_db_role_setting s join pg_database d on d.oid = s.setdatabase
  left join pg_roles r on r.oid = s.setrole where d.datname = %s order by 1, 2
"""
_GRANTS = """
select coalesce(r.rolname, 'public'), a.privilege_type, a.is_grantable, r.rolname is null
  from pg_database d cross join aclexplode(d.datacl) a left join pg_roles r on r.oid = a.grantee where d.datname = %s
 order by 4 desc, 1, 2
"""


@contextlib.contextmanager
def session(access: Access) -> Iterator[Any]:
    """A session that may write, in a database of the same server that isn't the one in question.

    :raises RatchetError: when none lets this user in.
    """
    for name in _MAINTENANCE:
        elsewhere = replace(access, name=name)
        if name != access.name and postgres.answers(elsewhere):
            with postgres.session(elsewhere, writes=True) as connection:
                yield connection
            return
    # A server that is down, or lets nobody in, is another matter; that is then said.
    with postgres.session(access):
        pass
    raise RatchetError(
        f"the user {access.user} may connect to neither of {', '.join(_MAINTENANCE)} on {access.host}:{access.port}",
        "Grant CONNECT on one of them, or name another user in runtime_database",
    )


def reserve(connection: Any, name: str) -> None:
    """Be the only one who restores this database, for as long as the session lasts.

    :raises RatchetError: when another run doesn't let go of it.
    """
    until = time.monotonic() + PATIENCE
    # Session-level, so that whoever dies lets go: https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS
    taken = "select pg_try_advisory_lock(hashtext('ratchet.runtime'), hashtext(%s))"
    while not connection.execute(taken, (name,)).fetchone()[0]:
        if time.monotonic() > until:
            raise RatchetError(f"another run restores {name} at this moment", "Wait for its end, then run again")
        time.sleep(0.2)


def properties(connection: Any, name: str) -> dict[str, Any] | None:
    """What CREATE DATABASE, ALTER DATABASE and GRANT need to make another one like it; None when there is none."""
    row = connection.execute(_PROPERTIES, (name,)).fetchone()
    if row is None:
        return None
    found = row[0]
    return {
        "owner": found["owner"],
        "encoding": found["encoding"],
        "collate": found["datcollate"],
        "ctype": found["datctype"],
        "provider": found.get("datlocprovider", "c"),
        # Named differently before 17: https://www.postgresql.org/docs/17/release-17.html
        "locale": found.get("datlocale") or found.get("daticulocale"),
        "rules": found.get("daticurules"),
        "connection_limit": found["datconnlimit"],
        "comment": lock_comment.own(found["comment"]),
        "settings": [list(each) for each in connection.execute(_SETTINGS, (name,)).fetchall()],
        "grants": [list(each) for each in connection.execute(_GRANTS, (name,)).fetchall()],
    }


def comments(connection: Any) -> dict[str, str]:
    """The comments of all databases that have one, by name; a lock isn't one."""
    found = connection.execute("select datname, shobj_description(oid, 'pg_database') from pg_database").fetchall()
    return {name: text for name, comment in found if (text := lock_comment.own(comment)) is not None}


def comment(connection: Any, name: str, text: str | None) -> None:
    """Set a database's comment; None removes it."""
    from psycopg import sql

    connection.execute(sql.SQL("comment on database {} is {}").format(sql.Identifier(name), sql.Literal(text)))


def create(connection: Any, name: str, like: Mapping[str, Any]) -> None:
    """An empty database with the properties of another one, but for its comment, settings and grants."""
    from psycopg import sql

    options = [
        sql.SQL("template template0 owner {} encoding {} lc_collate {} lc_ctype {} connection limit {}").format(
            sql.Identifier(like["owner"]),
            *(sql.Literal(like[key]) for key in ("encoding", "collate", "ctype", "connection_limit")),
        )
    ]
    if like["provider"] == "i":
        options.append(sql.SQL("locale_provider icu icu_locale {}").format(sql.Literal(like["locale"])))
        if like["rules"]:
            options.append(sql.SQL("icu_rules {}").format(sql.Literal(like["rules"])))
    elif like["provider"] == "b":
        options.append(sql.SQL("locale_provider builtin builtin_locale {}").format(sql.Literal(like["locale"])))
    connection.execute(sql.SQL("create database {} {}").format(sql.Identifier(name), sql.SQL(" ").join(options)))


def dress(connection: Any, name: str, like: Mapping[str, Any]) -> None:
    """Give a database the settings and grants of another one, in one transaction."""
    from psycopg import sql

    with connection.transaction():
        for role, setting in like["settings"]:
            parameter, _equals, value = setting.partition("=")
            # As a list of names or a single value, as the parameter wants it: FROM CURRENT knows, quoting it here would guess.
            connection.execute("select set_config(%s, %s, true)", (parameter, value))
            whose = sql.SQL("role {} in database").format(sql.Identifier(role)) if role else sql.SQL("database")
            connection.execute(
                sql.SQL("alter {} {} set {} from current").format(
                    whose,
                    sql.Identifier(name),
                    sql.SQL(".").join(sql.Identifier(each) for each in parameter.split(".")),
                )
            )
        if like["grants"]:
            connection.execute(sql.SQL("revoke all on database {} from public").format(sql.Identifier(name)))
        for grantee, privilege, grantable, everybody in like["grants"]:
            connection.execute(
                sql.SQL("grant {} on database {} to {}{}").format(
                    sql.SQL(privilege),
                    sql.Identifier(name),
                    sql.SQL("public") if everybody else sql.Identifier(grantee),
                    sql.SQL(" with grant option" if grantable else ""),
                )
            )


def drop(connection: Any, name: str) -> None:
    """Drop a database, whoever is connected to it."""
    from psycopg import sql

    connection.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))


def sessions(connection: Any, name: str) -> list[str]:
    """Who is connected to a database, in words; our own sessions don't count."""
    rows = connection.execute(
        "select pid, application_name, client_addr::text, usename, state from pg_stat_activity "
        "where datname = %s and pid <> pg_backend_pid() and backend_type = 'client backend' "
        "and not starts_with(application_name, %s) order by backend_start",
        (name, postgres.APPLICATION_NAME),
    ).fetchall()
    return [
        f"pid {pid} ({printable(application or 'no application name', 60)}, {user} from {client or 'local'}, {state})"
        for pid, application, client, user, state in rows
    ]


def disconnect(connection: Any, name: str) -> None:
    """End every session in a database that this user may end."""
    connection.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = %s and pid <> pg_backend_pid()", (name,)
    )


def swap(connection: Any, name: str, new: str, before: str, told: str, comment_of_new: str | None) -> None:
    """Put ``new`` in the place of ``name``, which becomes ``before``; both or neither.

    Renaming is transactional (https://www.postgresql.org/docs/current/sql-alterdatabase.html); it waits some seconds for sessions to end.

    :raises psycopg.errors.ObjectInUse: when somebody is connected.
    """
    from psycopg import sql

    with connection.transaction():
        held = connection.execute(
            "select shobj_description(oid, 'pg_database') from pg_database where datname = %s", (name,)
        ).fetchone()[0]
        for old, then in ((name, before), (new, name)):
            connection.execute(
                sql.SQL("alter database {} rename to {}").format(sql.Identifier(old), sql.Identifier(then))
            )
        comment(connection, before, told)
        # Who works on the one works on the other.
        comment(connection, name, lock_comment.handed_over(held, comment_of_new))


def derived(name: str, suffix: str) -> str:
    """``name`` with a suffix, as long as a name may be."""
    room = _LONGEST - len(suffix.encode())
    return name.encode()[:room].decode(errors="ignore") + suffix

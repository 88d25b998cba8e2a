# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One Postgres database, looked at through psycopg: identity, size, ledger."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils import (
    inner_network,
    ledgers,
    prerequisites,
    privileges,
)
from ansible_collections.ratchet.runtime.plugins.module_utils.database import Access
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.masking import printable

APPLICATION_NAME = "ratchet.runtime"
CONNECT_TIMEOUT = 5
# A server that has gone without a word is noticed within a minute, not after the system's two hours.
KEEPALIVES = {"keepalives_idle": "15", "keepalives_interval": "5", "keepalives_count": "6"}

# To measure a table takes a lock on it, for which a migration may let one wait: then what the catalogue says has to do.
_IDENTITY = """
with locked as (
  select relation from pg_locks
   where mode = 'AccessExclusiveLock' and pid <> pg_backend_pid()
     and database = (select oid from pg_database where datname = current_database())
)
select s.system_identifier::text, current_database(), current_setting('server_version'),
       current_setting('server_version_num')::int, pg_database_size(current_database()),
       (select coalesce(sum(case when c.oid in (select relation from locked) then c.relpages * current_setting('block_size')::bigint
                                 else pg_table_size(c.oid) end), 0)::bigint from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where c.relkind in ('r', 'm') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'),
       pg_is_in_recovery(), (select setting from pg_settings where name = 'shared_preload_libraries'),
       host(inet_client_addr())
  from pg_control_system() s
"""

# Also who only waits for such a lock: everybody else queues up behind them. A table that a session has just made has no name yet for others.
_LOCK_HOLDERS = """
select a.pid, a.application_name, a.client_addr::text, a.state, extract(epoch from max(clock_timestamp() - a.xact_start))::float,
       min(c.oid::regclass::text), bool_or(l.granted)
  from pg_locks l join pg_stat_activity a using (pid) join pg_class c on c.oid = l.relation
 where l.locktype = 'relation' and l.mode = 'AccessExclusiveLock' and l.database = a.datid and c.relkind in ('r', 'p', 'm')
   and a.datname = current_database() and a.pid <> pg_backend_pid()
 group by 1, 2, 3, 4 order by 5 desc nulls last limit 5
"""


@contextlib.contextmanager
def session(access: Access, writes: bool = False) -> Iterator[Any]:
    """A psycopg session that never waits for ever; read-only, unless it ``writes``.

    :raises RatchetError: naming what the server said, also of a statement inside the block; the password appears nowhere.
    """
    try:
        import psycopg
    except ImportError as error:
        # Without libpq, psycopg is there and can't be imported: https://www.psycopg.org/psycopg3/docs/basic/install.html
        without = "lacks libpq" if "pq wrapper" in str(error) else "is missing"
        raise RatchetError(
            f"psycopg 3 {without} on this host, where the database is reached", prerequisites.library("psycopg")
        ) from None
    try:
        # Closed, not left with a commit: there is nothing to commit, and a server that went away meanwhile is no error.
        with contextlib.closing(_connect(access, writes)) as connection:
            yield connection
    except psycopg.Error as error:
        said = printable(str(error).strip().replace("\n", " "), 400)
        raise _failure(access, said, writes, connected=error.sqlstate is not None) from None


def _connect(access: Access, writes: bool = False) -> Any:
    import psycopg

    return psycopg.connect(
        **_reached(access).endpoint(),
        **access.tls.parameters(),
        **KEEPALIVES,
        dbname=access.name,
        user=access.user,
        password=access.password,
        connect_timeout=CONNECT_TIMEOUT,
        application_name=APPLICATION_NAME,
        autocommit=True,
        # A backup's session holds its snapshot for as long as the dump takes.
        options=f"-c default_transaction_read_only={'off' if writes else 'on'} -c lock_timeout=10s -c idle_in_transaction_session_timeout=0",
    )


def _reached(access: Access) -> Access:
    """The same server, by an address of this host."""
    import psycopg

    if access.within is None:
        return access
    try:
        host, port = inner_network.reach(access.within, access.host, access.port, CONNECT_TIMEOUT)
    except ConnectionError as error:
        raise psycopg.OperationalError(
            f'connection to server at "{access.host}", port {access.port} failed: {error}'
        ) from None
    return replace(access, host=host, port=port, certified=access.certified or access.host)


def _failure(access: Access, said: str, writes: bool, connected: bool) -> RatchetError:
    """What the server said, with what to do about it; and all that can't be read, if that is why.

    :param connected: whether the server said it of a statement; otherwise the connection came to nothing.
    """
    denied = "row-level security" in said or "permission denied" in said
    unreadable = _unreadable(access) if denied and not writes else []
    if unreadable:
        return privileges.refusal(access.user, access.name, unreadable)
    return RatchetError(
        f"the database {access.name} on {access.host}:{access.port} (from {access.source}) says: {said}",
        who_locks(access) if "lock timeout" in said else _remedy(said, connected),
    )


def _unreadable(access: Access) -> list[list[str]]:
    import psycopg

    try:
        with contextlib.closing(_connect(access)) as connection:
            return privileges.missing(connection)
    except psycopg.Error:
        return []


def _remedy(said: str, connected: bool) -> str:
    if re.search("starting up|shutting down|not yet accepting|in recovery mode|due to administrator command", said):
        return "Run again once the database accepts connections"
    if re.search("too many (clients|connections)|connection slots", said):
        return "Run again when fewer sessions are connected, or raise max_connections there"
    if "No space left" in said:
        return "Free some space where the server keeps its data, then run again"
    if re.search("row-level security|permission denied|must be (owner|superuser)", said):
        return "Name a user who may do that, such as the database's owner or a superuser, in runtime_database"
    if "certificate" in said or "SSL" in said:
        return (
            "Give the right authority and the name that the server's certificate is for, in runtime_database.dsn: "
            "postgresql://USER@NAME/DATABASE?sslmode=verify-full&sslrootcert=/path/on/this/host"
        )
    if "pg_hba.conf" in said:
        return "Let the server admit this host and user as they come (pg_hba.conf), or encrypted: sslmode=require in runtime_database.dsn"
    if "unsupported startup parameter" in said:
        return "That is a pooler (PgBouncer) and not the server: give the server's own address in runtime_database.dsn"
    if "password" in said or "authentication" in said:
        return "Mend the user or password there, or give the right ones in runtime_database"
    if re.search('role ".*" does not exist', said):
        return "Name the right user in runtime_database"
    if re.search('database ".*" does not exist', said):
        return "Name the right database in runtime_database"
    if connected:
        return "Mend that, then run again"
    return "Start the database, or give the address that this host can reach in runtime_database.dsn"


def identify(connection: Any) -> dict[str, Any]:
    """Who this database is.

    :returns: ``id`` (``SYSTEM_IDENTIFIER/NAME``, the same from every host), ``name``, ``server_version``,
        ``server_major``, ``size`` and ``data_size`` (tables without their indexes) in bytes, ``standby``, ``preloads``
        (the server's shared libraries; None if this user may not know), ``seen_as`` (this host's address, as the server
        sees it; None through a Unix socket), ``ledger``.
    """
    system, name, version, number, size, data_size, standby, preloads, seen_as = connection.execute(
        _IDENTITY
    ).fetchone()
    return {
        "id": f"{system}/{name}",
        "system_identifier": system,
        "name": name,
        "server_version": version,
        "server_major": number // 10000,
        "size": size,
        "data_size": data_size,
        "standby": standby,
        "preloads": preloads,
        "seen_as": seen_as,
        "ledger": ledgers.read(connection),
    }


def answers(access: Access) -> bool:
    """Whether the server lets us in."""
    try:
        with session(access) as connection:
            return connection.execute("select 1").fetchone() is not None
    except RatchetError:
        return False


def sessions_with_snapshot(connection: Any, application_name: str) -> int:
    """How many sessions of an application hold a snapshot."""
    # What was seen of others once is kept until the end of the transaction: https://www.postgresql.org/docs/current/monitoring-stats.html
    connection.execute("select pg_stat_clear_snapshot()")
    # A snapshot keeps its xmin: https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ACTIVITY-VIEW
    return connection.execute(
        "select count(*) from pg_stat_activity where application_name = %s and backend_xmin is not null",
        (application_name,),
    ).fetchone()[0]


def tables_locked_by(connection: Any, application_name: str) -> int:
    """How many tables of the user's an application keeps from being changed."""
    return connection.execute(
        "select count(distinct l.relation) from pg_locks l join pg_stat_activity a using (pid) join pg_class c on c.oid = l.relation "
        "join pg_namespace n on n.oid = c.relnamespace where a.application_name = %s and a.datname = current_database() and l.granted "
        "and l.locktype = 'relation' and c.relkind = 'r' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'",
        (application_name,),
    ).fetchone()[0]


def refuse_pooler(connection: Any, access: Access) -> None:
    """Refuse a pooler: between two of its transactions the server's session may be another one, and snapshots and locks are gone.

    A pooler answers with a process id of its own making, for it is the one that cancels
    (https://www.postgresql.org/docs/current/protocol-message-formats.html, BackendKeyData); a server with that of the session.

    :raises RatchetError: when there is one between here and the server.
    """
    if connection.info.backend_pid != connection.execute("select pg_backend_pid()").fetchone()[0]:
        raise RatchetError(
            f"{access.host}:{access.port} (from {access.source}) is a pooler such as PgBouncer and not the server: no backup can be made through it",
            "Give the server's own address in runtime_database.dsn",
        )


def who_locks(access: Access) -> str:
    """What to do about a lock that was waited for in vain, with who keeps others from reading tables."""
    try:
        with session(access) as connection:
            rows = connection.execute(_LOCK_HOLDERS).fetchall()
    except RatchetError:
        rows = []
    holders = [
        f"pid {pid} ({printable(application or 'no application name', 60)}, {client or 'local'}, {state}) "
        f"{'holds' if granted else 'waits for'} {table} for {seconds or 0:.0f} s"
        for pid, application, client, state, seconds, table, granted in rows
    ]
    if not holders:
        return "Another session held a table and has let go of it by now: run again"
    return f"Let it end, or end it (select pg_terminate_backend(PID)), and run again: {'; '.join(holders)}"


def extensions(connection: Any) -> dict[str, str]:
    """Installed extensions and their versions."""
    return dict(connection.execute("select extname::text, extversion from pg_extension order by 1").fetchall())


def estimated_rows(connection: Any, most: int = 100) -> dict[str, int]:
    """The largest tables and about how many rows each has, by the statistics: a count would read them whole."""
    # What was written since the last analysis, only the running statistics know; after a crash, these begin at nothing:
    # https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ALL-TABLES-VIEW
    found = connection.execute(
        "select c.relname, sum(greatest(c.reltuples, s.n_live_tup))::bigint as rows from pg_class c "
        "join pg_namespace n on n.oid = c.relnamespace left join pg_stat_user_tables s on s.relid = c.oid "
        "where c.relkind = 'r' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema' "
        "group by 1 having sum(greatest(c.reltuples, s.n_live_tup)) > 0 order by 2 desc, 1 limit %s",
        (most,),
    )
    return dict(found.fetchall())

# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is busy in one Postgres database: who changes the schema, who waits for whom, and how far long commands are."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils import ledgers, postgres
from ansible_collections.ratchet.runtime.plugins.module_utils.database import Access
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.masking import MASK, mask, printable

# A session that holds or awaits an ACCESS EXCLUSIVE lock on a table is changing the schema, or is about to; so is one that builds
# an index, which may take a weaker lock. https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-TABLES
_SESSIONS = """
select a.pid, a.application_name, host(a.client_addr), a.state, a.wait_event_type,
       extract(epoch from clock_timestamp() - a.xact_start)::float,
       extract(epoch from clock_timestamp() - a.query_start)::float,
       pg_blocking_pids(a.pid),
       exists (select from pg_locks l where l.pid = a.pid and l.locktype = 'relation'
                  and l.mode = 'AccessExclusiveLock' and l.database = a.datid)
       {builds_index},
       a.backend_xid is not null,
       a.query
  from pg_stat_activity a
 where a.datname = current_database() and a.pid <> pg_backend_pid() and a.backend_type = 'client backend'
   and not starts_with(a.application_name, %s)
 order by a.xact_start nulls last
"""

_BUILDS_INDEX = (
    "or exists (select from pg_stat_progress_create_index i where i.pid = a.pid and i.command like 'CREATE INDEX%%')"
)

# Of any kind and database: an autovacuum or a dump may block, too. How long it has been in its state, or in its transaction if it works.
_BLOCKERS = """
select pid, application_name, host(client_addr), coalesce(state, backend_type),
       extract(epoch from clock_timestamp() - case when state = 'active' then xact_start else coalesce(state_change, xact_start) end)::float,
       xact_start::text, pg_blocking_pids(pid)
  from pg_stat_activity where pid = any(%s)
"""

# What each view counts in the phases that take long: https://www.postgresql.org/docs/current/progress-reporting.html
_PROGRESS = {
    12: """
select pid, command, phase, relid, case when blocks_total > 0 and blocks_done < blocks_total or tuples_total = 0 then blocks_done else tuples_done end,
       case when blocks_total > 0 and blocks_done < blocks_total or tuples_total = 0 then blocks_total else tuples_total end,
       array[lockers_done, blocks_done, tuples_done, partitions_done]
  from pg_stat_progress_create_index where datname = current_database()
union all
select pid, command, phase, relid, heap_blks_scanned, heap_blks_total,
       array[heap_blks_scanned, heap_tuples_scanned, heap_tuples_written, index_rebuild_count]
  from pg_stat_progress_cluster where datname = current_database()
union all
select pid, 'VACUUM', phase, relid, heap_blks_scanned, heap_blks_total, array[heap_blks_scanned, heap_blks_vacuumed, index_vacuum_count]
  from pg_stat_progress_vacuum where datname = current_database()
""",
    13: """
union all
select pid, 'ANALYZE', phase, relid, sample_blks_scanned, sample_blks_total,
       array[sample_blks_scanned, ext_stats_computed, child_tables_done]
  from pg_stat_progress_analyze where datname = current_database()
""",
    14: """
union all
select pid, command, type, relid, case when bytes_total > 0 then bytes_processed else tuples_processed end, bytes_total,
       array[bytes_processed, tuples_processed]
  from pg_stat_progress_copy where datname = current_database()
""",
}

# A migration may hold its own ledger locked until it is done (EF Core 9 does: https://github.com/npgsql/efcore.pg/pull/3275): whoever
# watches it doesn't wait for it for long.
_LEDGER_PATIENCE = "1s"

# https://www.postgresql.org/docs/current/sql-alterrole.html
_PASSWORD = re.compile(r"(\bpassword\s+)(?:E?'(?:[^']|'')*'?|\$\S+)", re.IGNORECASE)


def sessions(connection: Any) -> list[dict[str, Any]]:
    """The other sessions of this database, oldest transaction first; ``seconds`` are ages."""
    keys = (
        "pid",
        "application",
        "client",
        "state",
        "wait",
        "transaction_seconds",
        "query_seconds",
        "blocked_by",
        "changes_schema",
        "writes",
    )
    # The view is there since version 12.
    query = _SESSIONS.format(builds_index=_BUILDS_INDEX if connection.info.server_version >= 120000 else "")
    found = []
    for row in connection.execute(query, (postgres.APPLICATION_NAME,)).fetchall():
        session = dict(zip(keys, row))
        # Parallel workers wait beside their leader, so a pid may be there more than once.
        session["blocked_by"] = list(dict.fromkeys(session["blocked_by"]))
        session["application"] = printable(session["application"] or "", 60)
        found.append({**session, "query": _words(row[-1])})
    return found


def progress(access: Access) -> dict[str, Any]:
    """What a watcher needs; ``error`` when it can't be asked.

    :returns: ``ledger``, and ``ledger_held`` when it can't be read because it is locked; ``migrating``, the sessions that change the
        schema, and ``waiting``, others that wait for a lock, each with its ``blockers``; ``writing``, the pids that write and get
        on; ``commands``, the long commands of all those with how far they are; ``seen_as``, our own address.
    """
    try:
        with postgres.session(access) as connection:
            found = sessions(connection)
            migrating = [each for each in found if each["changes_schema"]]
            waiting = [each for each in found if each["blocked_by"] and not each["changes_schema"]]
            for each in (*migrating, *waiting):
                each["blockers"] = blockers(connection, each["blocked_by"])
            writing = [
                each["pid"] for each in found if each["writes"] and each["state"] == "active" and not each["blocked_by"]
            ]
            concerned = {*writing, *(each["pid"] for each in migrating)}
            concerned |= {pid for each in (*migrating, *waiting) for pid in (each["pid"], *each["blocked_by"])}
            ledger, held = _ledger(connection)
            return {
                "ledger": ledger,
                "ledger_held": held,
                "migrating": migrating,
                "waiting": waiting,
                "writing": writing,
                "commands": commands(connection, concerned),
                "seen_as": connection.execute("select host(inet_client_addr())").fetchone()[0],
            }
    except RatchetError as error:
        return {"error": error.reason}


def blockers(connection: Any, pids: Iterable[int]) -> list[dict[str, Any]]:
    """Who keeps others waiting; those who wait for nobody come first, for they are the cause.

    :returns: ``pid`` (0 is a prepared transaction, which has no process), ``application``, ``client``, ``state``, ``seconds`` (how
        long it has been so) and ``since`` (when its transaction began).
    """
    pids = list(pids)
    if not pids:
        return []
    found = []
    for pid, application, client, state, seconds, since, waits_for in connection.execute(_BLOCKERS, (pids,)).fetchall():
        known = {"pid": pid, "application": printable(application or "", 60), "client": client, "state": state}
        found.append((bool(waits_for), {**known, "seconds": seconds, "since": since}))
    if 0 in pids:
        nobody = {"pid": 0, "application": "", "client": None, "state": "a prepared transaction"}
        found.append((False, {**nobody, "seconds": None, "since": None}))
    return [blocker for _waits, blocker in sorted(found, key=lambda each: (each[0], -(each[1]["seconds"] or 0)))]


def commands(connection: Any, pids: set[int]) -> list[dict[str, Any]]:
    """How far the long commands of some sessions are.

    :returns: ``pid``, ``command``, ``phase``, ``table``, ``done`` and ``total`` (0 when it isn't known), and ``counters``, of which
        one at least rises as long as it gets on.
    """
    major = connection.info.server_version // 10000
    query = "".join(text for since, text in _PROGRESS.items() if major >= since)
    if not pids or not query:
        return []
    rows = connection.execute(
        "select pid, command, phase, relid::regclass::text, coalesce(done, 0), coalesce(total, 0), counters "
        f"from ({query}) p (pid, command, phase, relid, done, total, counters) where pid = any(%s) order by pid",
        (list(pids),),
    ).fetchall()
    keys = ("pid", "command", "phase", "table", "done", "total", "counters")
    return [{**dict(zip(keys, row)), "table": _words(row[3] or "")} for row in rows]


def _ledger(connection: Any) -> tuple[dict[str, Any] | None, bool]:
    import psycopg

    connection.execute(f"set lock_timeout = '{_LEDGER_PATIENCE}'")
    try:
        return ledgers.read(connection), False
    except psycopg.errors.LockNotAvailable:
        return None, True


def _words(text: str) -> str:
    """The beginning of a statement, on one line, without passwords."""
    line = printable(" ".join(_PASSWORD.sub(rf"\1'{MASK}'", mask(text)).split()), 10_000)
    return line if len(line) <= 100 else line[:97] + "..."

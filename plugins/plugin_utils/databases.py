# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fleet's databases: which hosts share one, where it is backed up, and what about it is in the way. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils import privileges, space
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.references import parse
from ansible_collections.ratchet.runtime.plugins.module_utils.sizes import readable
from ansible_collections.ratchet.runtime.plugins.plugin_utils import database_doubts, unfinished
from ansible_collections.ratchet.runtime.plugins.plugin_utils.plan import DatabasePlan
from ansible_collections.ratchet.runtime.plugins.plugin_utils.problems import Problems
from ansible_collections.ratchet.runtime.plugins.plugin_utils.profile import LowTraffic, Profile

# https://github.com/docker-library/postgres/pull/1259
_MOVED = 18


def group(
    fleet: Mapping[str, Mapping[str, Any]], upgrading: list[str], problems: Problems, verify: str = "read"
) -> dict[str, DatabasePlan]:
    """Law 5: hosts grouped by the identity of their database; one backup for each that is about to change."""
    groups: dict[str, list[str]] = {}
    refuse_errors(fleet, problems)
    for host, seen in fleet.items():
        database = seen["database"]
        if database and "error" in database:
            continue
        if database:
            groups.setdefault(database["id"], []).append(host)
        elif host in upgrading:
            problems.matter(
                "no_backup",
                f"{database_doubts.unnamed(seen)}, so there is nothing to back up",
                "Set runtime_database",
                host,
            )
    planned = {}
    for identity, hosts in groups.items():
        if any(host in upgrading for host in hosts):
            found = _database_plan(fleet, hosts, problems, verify)
            if found:
                planned[identity] = found
    return planned


def refuse(fleet: Mapping[str, Mapping[str, Any]], profile: Profile, problems: Problems) -> None:
    """Everything about the databases that is in the way of changing the runtime."""
    refuse_errors(fleet, problems)
    refuse_standbys(fleet, problems)
    refuse_unfinished_restores(fleet, problems)
    refuse_unreadable(fleet, problems)
    refuse_changed_servers(fleet, problems)
    refuse_moved_data(fleet, problems)
    refuse_long_transactions(fleet, problems)
    database_doubts.refuse_empty(fleet, problems)
    if profile.low_traffic:
        refuse_traffic(fleet, profile.low_traffic, problems)


def refuse_errors(fleet: Mapping[str, Mapping[str, Any]], problems: Problems) -> None:
    """Databases that can't be looked at."""
    for host, seen in fleet.items():
        if seen["database"] and "error" in seen["database"]:
            problems.add(RatchetError(seen["database"]["error"], seen["database"]["remedy"]), host)


def refuse_unreadable(fleet: Mapping[str, Mapping[str, Any]], problems: Problems) -> None:
    """Databases of which a backup would fail, told once for each user that sees them so."""
    for seen in fleet.values():
        database = seen["database"] or {}
        if database.get("unreadable"):
            problems.add(privileges.refusal(database["access"]["user"], database["name"], database["unreadable"]))


def _database_plan(
    fleet: Mapping[str, Mapping[str, Any]], hosts: list[str], problems: Problems, verify: str
) -> DatabasePlan | None:
    # Where the server's container is, its own pg_dump and its own network are.
    at_home = [host for host in hosts if fleet[host]["database"]["access"]["container"]]
    backup_host = (at_home or hosts)[0]
    database, store = fleet[backup_host]["database"], fleet[backup_host]["backup"]
    if not _fit(database, store, backup_host, problems):
        return None
    begun = next((each for host in hosts if (each := unfinished.deploy(fleet[host]))), {})
    head = (database["ledger"] or {}).get("head")
    return DatabasePlan(
        name=database["name"],
        server_version=database["server_version"],
        size=database["size"],
        head=head,
        head_before=begun.get("head_before") or head,
        backup_before=begun.get("backup"),
        hosts=hosts,
        backup_host=backup_host,
        directory=store["directory"],
        sidecar_image=database["sidecar_image"],
        space_needed=database["space_needed"],
        space_free=store["free"],
        trial=space.trial_size(database) if verify == "restore" else 0,
    )


def _fit(database: Mapping[str, Any], store: Mapping[str, Any] | None, backup_host: str, problems: Problems) -> bool:
    """Whether a backup of it can be planned; what is in the way is noted."""
    if not store:
        problems.add(RatchetError("there is no directory for the backup", "Set runtime_backup_dir"), backup_host)
        return False
    if "error" in store:
        problems.add(RatchetError(store["error"], store["remedy"]), backup_host)
        return False
    if store["free"] < database["space_needed"]:
        problems.add(
            RatchetError(
                f"the backup of {database['name']} may need {readable(database['space_needed'])}, but {store['directory']} has only "
                f"{readable(store['free'])} free",
                "Free some space there, or set runtime_backup_dir to a larger file system",
            ),
            backup_host,
        )
    return True


def refuse_standbys(fleet: Mapping[str, Mapping[str, Any]], problems: Problems) -> None:
    """A standby follows its primary: nothing can be written there."""
    for seen in fleet.values():
        if (seen["database"] or {}).get("standby"):
            problems.add(
                RatchetError(
                    f"the database {seen['database']['name']} is a standby, which can't be migrated",
                    "Name the primary in runtime_database",
                )
            )


def refuse_unfinished_restores(fleet: Mapping[str, Mapping[str, Any]], problems: Problems) -> None:
    """What is restored half-way decides first what the database holds."""
    for seen in fleet.values():
        database = seen["database"] or {}
        other = (database.get("restores") or {}).get("under_way")
        if other:
            problems.add(unfinished_restore(database["name"], other))


def unfinished_restore(name: str, other: Mapping[str, str]) -> RatchetError:
    """A restore that isn't finished, with how it is finished or given up."""
    return RatchetError(
        f"the restore of {other['backup']} into {name} isn't finished",
        f'Finish it (playbook restore with runtime_backup={other["backup"]}), or give it up: DROP DATABASE "{other["new"]}"',
    )


def refuse_changed_servers(fleet: Mapping[str, Mapping[str, Any]], problems: Problems) -> None:
    """Law 4: a file that names another Postgres than runs would have the next ``up`` replace the server under the data.

    The data directory of one major version can't be opened by another (https://www.postgresql.org/docs/current/upgrading.html).
    """
    for host, seen in fleet.items():
        database = seen["database"] or {}
        running, written = database.get("running_image"), database.get("written_image")
        if not running or not written or running == written:
            continue
        major = str(database["server_major"])
        tag = parse(written).tag or ""
        same = re.match(rf"(?:.*\bpg)?{major}(?!\d)", tag) is not None
        told = f"the compose file names {written} for the database {database['name']}, and {running} runs (PostgreSQL {database['server_version']})"
        if same:
            problems.matter(
                "database_image",
                told,
                "Restart the database by itself first, or restore the line: an upgrade of the runtime leaves the database's container alone",
                host,
            )
        else:
            problems.add(
                RatchetError(
                    told
                    + ": another major version can't open its data directory"
                    + _elsewhere(tag, database["server_major"]),
                    f"Restore the line to {running}; a new major version of Postgres is an upgrade of its own (pg_upgrade, or dump and restore)",
                ),
                host,
            )


def _elsewhere(tag: str, running: int) -> str:
    found = re.match(r"(?:.*\bpg)?(\d+)", tag)
    if not found or running >= _MOVED or int(found[1]) < _MOVED:
        return ""
    return f", and from {_MOVED} on the official image doesn't look for it in /var/lib/postgresql/data"


def refuse_moved_data(fleet: Mapping[str, Mapping[str, Any]], problems: Problems) -> None:
    """Law 4 again: a file that mounts something else where the data is would have the next ``up`` start on an empty database."""
    for host, seen in fleet.items():
        database = seen["database"] or {}
        data = database.get("data") or {}
        running, written = data.get("running"), data.get("written")
        if _where(running) == _where(written):
            continue
        problems.add(
            RatchetError(
                f"the compose file now has the data of the database {database['name']} in {_place(written, 'no volume of its own')}, while it is in "
                f"{_place(running, 'a volume without a name, or in the container itself')}: the next docker compose up would start on an "
                "empty database",
                "Restore the line (volumes, or PGDATA); moving the data is a step of its own, with the database stopped and a backup at hand",
            ),
            host,
        )


def _where(place: Mapping[str, str] | None) -> tuple[str, str] | None:
    return (place["source"], place["path"]) if place else None


def _place(place: Mapping[str, str] | None, otherwise: str) -> str:
    if not place:
        return otherwise
    inner = "" if place["path"] == "." else f", directory {place['path']}"
    return f"the {place['source']}{inner} (mounted at {place['target']})"


def refuse_traffic(fleet: Mapping[str, Mapping[str, Any]], quiet: LowTraffic, problems: Problems) -> None:
    """Where the vendor says that an upgrade wants low traffic, the sessions at work tell whether there is."""
    most: dict[str, tuple[str, int]] = {}
    for seen in fleet.values():
        database = seen["database"] or {}
        at_work = database.get("sessions_at_work") or 0
        if at_work > max(quiet.sessions, most.get(database.get("id"), ("", 0))[1]):
            most[database["id"]] = database["name"], at_work
    for name, at_work in most.values():
        problems.matter(
            "traffic",
            f"{'1 session is' if at_work == 1 else f'{at_work} sessions are'} at work in the database {name}, more than {quiet.sessions}: "
            + (quiet.why or "the vendor recommends a time of low traffic"),
            f"Run again at a quieter time{f' ({quiet.link})' if quiet.link else ''}",
        )


def refuse_long_transactions(fleet: Mapping[str, Mapping[str, Any]], problems: Problems) -> None:
    """A migration waits for every transaction that has touched its tables, and everything else then waits for the migration."""
    seen_databases = set()
    for seen in fleet.values():
        database = seen["database"] or {}
        if database.get("id") in seen_databases:
            continue
        seen_databases.add(database.get("id"))
        for each in database.get("long_transactions") or []:
            problems.matter(
                "long_transactions",
                f"the session {each['pid']} ({each['application'] or 'without a name'}{' from ' + each['client'] if each['client'] else ''}) in the "
                f"database {database['name']} has had a transaction open for a minute or more ({each['state']}): it may block the migration",
                "Let it end, or end it",
            )

# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks that need the whole fleet, before anything stops: reachable, one image for all, databases and room for their backups. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.sizes import readable
from ansible_collections.ratchet.runtime.plugins.plugin_utils.plan import DatabasePlan, Edit
from ansible_collections.ratchet.runtime.plugins.plugin_utils.problems import Problems


def refuse_unseen(fleet: Mapping[str, Mapping[str, Any]], problems: Problems) -> None:
    if not fleet:
        problems.add(
            RatchetError(
                "there is no host to upgrade", "Put hosts in the inventory's group runtime, or set runtime_hosts"
            )
        )
    for host, seen in fleet.items():
        if seen.get("unreachable"):
            problems.add(
                RatchetError(
                    f"the host can't be reached ({seen['unreachable']})",
                    "Bring it back, or take it out of the inventory if it is gone for good: a host that shares the database and isn't "
                    "looked at could run any version",
                ),
                host,
            )
        elif seen.get("failed"):
            problems.append(f"{host}: {seen['failed']}.")


def refuse_unwritable(
    fleet: Mapping[str, Mapping[str, Any]], changes: Mapping[str, list[Edit]], problems: Problems
) -> None:
    """An edit that would fail in the middle of the roll-out is refused now."""
    for host, edits in changes.items():
        for edit in edits:
            if edit.path in fleet[host].get("unwritable", []):
                problems.add(
                    RatchetError(
                        f"{edit.path} has to be changed, but Ansible's user can't write in its directory",
                        "Let Ansible connect as one who can, or set ansible_become: true",
                    ),
                    host,
                )


def target_digest(fleet: Mapping[str, Mapping[str, Any]], problems: Problems) -> str | None:
    """The one digest that the whole fleet will run."""
    digests: dict[str, list[str]] = {}
    for host, seen in fleet.items():
        target = seen["target"]
        platform = f"{seen['engine']['os']}/{seen['engine']['architecture']}"
        if target.get("error") and target["missing"]:
            problems.add(
                RatchetError(
                    f"{target['reference']} doesn't exist in its registry ({target['error']})",
                    "Look the version up in the vendor's list of tags; if the repository is private, log the hosts in first",
                )
            )
        elif target.get("error"):
            problems.add(
                RatchetError(
                    f"the registry can't be asked for {target['reference']} ({target['error']})",
                    "See to the registry or the way to it",
                ),
                host,
            )
        elif target["platforms"] and platform not in target["platforms"]:
            problems.add(
                RatchetError(
                    f"{target['reference']} is made for {', '.join(target['platforms'])}, and the host is {platform}",
                    "Ask for a version that is",
                ),
                host,
            )
        else:
            digests.setdefault(target["digest"], []).append(host)
    if len(digests) > 1:
        told = "; ".join(f"{', '.join(hosts)}: {digest}" for digest, hosts in digests.items())
        problems.add(
            RatchetError(
                f"the hosts see different images under the same tag ({told})",
                "Let all hosts use the same registry or mirror",
            )
        )
    return next(iter(digests), None)


def databases(
    fleet: Mapping[str, Mapping[str, Any]], upgrading: list[str], accept: tuple[str, ...], problems: Problems
) -> dict[str, DatabasePlan]:
    """Law 5: hosts grouped by the identity of their database; one backup for each that is about to change."""
    groups: dict[str, list[str]] = {}
    for host, seen in fleet.items():
        if seen["database"]:
            groups.setdefault(seen["database"]["id"], []).append(host)
        elif host in upgrading and "no_backup" not in accept:
            problems.add(
                RatchetError(
                    "no database was found: neither runtime_database nor the runtime's environment names one, so there is nothing to back up",
                    'Set runtime_database, or accept an upgrade without a backup with -e \'{"runtime_accept": ["no_backup"]}\'',
                ),
                host,
            )
    planned = {}
    for identity, hosts in groups.items():
        if any(host in upgrading for host in hosts):
            planned[identity] = _database_plan(fleet, hosts, problems)
    return planned


def _database_plan(fleet: Mapping[str, Mapping[str, Any]], hosts: list[str], problems: Problems) -> DatabasePlan:
    # Where the server's container is, its own pg_dump and its own network are.
    at_home = [host for host in hosts if fleet[host]["database"]["access"]["container"]]
    backup_host = (at_home or hosts)[0]
    database, store = fleet[backup_host]["database"], fleet[backup_host]["backup"]
    if database["standby"]:
        problems.add(
            RatchetError(
                f"the database {database['name']} is a standby, which can't be migrated",
                "Name the primary in runtime_database",
            )
        )
    if store["free"] < database["space_needed"]:
        problems.add(
            RatchetError(
                f"the backup of {database['name']} may need {readable(database['space_needed'])}, but {store['directory']} has only "
                f"{readable(store['free'])} free",
                "Free some space there, or set runtime_backup_dir to a larger file system",
            ),
            backup_host,
        )
    return DatabasePlan(
        name=database["name"],
        server_version=database["server_version"],
        size=database["size"],
        head=(database["ledger"] or {}).get("head"),
        hosts=hosts,
        backup_host=backup_host,
        directory=store["directory"],
        sidecar_image=database["sidecar_image"],
        space_needed=database["space_needed"],
        space_free=store["free"],
    )

# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The backup that takes a database's place: who has it, and who puts it there. Pure."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.plugin_utils import databases, problems

# How many backups are named to somebody who asks for one that isn't there.
_NAMED = 5


def find(stores: Mapping[str, Sequence[Mapping[str, Any]]], wanted: str) -> tuple[list[str], Mapping[str, Any]]:
    """Who has a backup, and its manifest.

    :param wanted: an id, or the absolute path of a backup on its host.
    :raises RatchetError: when nobody has it whole.
    """
    key = "path" if os.path.isabs(wanted) else "id"
    name = os.path.normpath(wanted) if key == "path" else wanted
    there = {host: each for host, found in stores.items() for each in found if each[key] == name}
    if not there:
        why = f"no host has a backup {wanted}" if wanted else "runtime_backup isn't set"
        choice = _choice(stores)
        if not choice:
            raise RatchetError(
                f"{why}, and there is none yet in runtime_backup_dir on any host",
                "Set runtime_backup_dir to where they are, or runtime_backup to the path of one",
            )
        raise RatchetError(
            why, f"{'Set runtime_backup to the id of one' if wanted else 'Set it to an id'}, such as {choice}"
        )
    whole = {host: each for host, each in there.items() if "error" not in each}
    if not whole:
        host, damaged = next(iter(there.items()))
        raise RatchetError(f"{host}: {damaged['error']}", damaged["remedy"])
    return list(whole), next(iter(whole.values()))


def work(backup: Mapping[str, Any], database: Mapping[str, Any], restored: str | None) -> dict[str, Any]:
    """What the host that restores has to know.

    :param restored: the name under which the old database is kept, if an interrupted run has put the backup in its place.
    """
    return {
        **{key: backup[key] for key in ("id", "path", "head", "host")},
        "database": database["id"],
        "head_before": database["head"],
        "restored": restored,
    }


def _choice(stores: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    """The newest backups, for somebody who has to name one."""
    found = {each["id"]: (each, host) for host, all in stores.items() for each in all if "error" not in each}
    newest = sorted(found.values(), key=lambda each: each[0]["started_at"], reverse=True)[:_NAMED]
    return "; ".join(
        f"{each['id']} (on {host}, of {each['started_at']}, {each['database']['name']} at head {each['head']})"
        for each, host in newest
    )


def holder(
    fleet: Mapping[str, Mapping[str, Any]],
    hosts: list[str],
    holders: list[str],
    manifest: Mapping[str, Any],
    told: problems.Problems,
) -> str:
    """The host that restores: it has the backup and reaches the database; where the server's container is, if it may be there."""
    fit = [host for host in holders if host in hosts]
    if hosts and not fit:
        told.add(
            RatchetError(
                f"the backup {manifest['id']} is on {', '.join(holders)}, which doesn't use the database",
                f"Copy {manifest['path']} to one of {', '.join(hosts)}, into its runtime_backup_dir, with its modes",
            )
        )
    at_home = [host for host in fit if fleet[host]["database"]["access"]["container"]]
    return next(iter([*at_home, *fit]), "")


def refuse_other_restore(target: Mapping[str, Any], manifest: Mapping[str, Any], told: problems.Problems) -> None:
    other = (target.get("restores") or {}).get("under_way")
    if other and other["backup"] != manifest["id"]:
        told.add(databases.unfinished_restore(target["name"], other))


def is_restored(
    fleet: Mapping[str, Mapping[str, Any]], hosts: list[str], target: Mapping[str, Any], manifest: Mapping[str, Any]
) -> str | None:
    """The name under which the old database is kept, if an interrupted run has put this backup in its place and started nothing since."""
    kept = (target.get("restores") or {}).get("kept") or []
    started = any(
        container["status"] == "running"
        for host in hosts
        for service in fleet[host]["services"]
        for container in service["containers"]
    )
    last = kept[-1] if kept else None
    return last["name"] if last and last["backup"] == manifest["id"] and not started else None


def described(manifest: Mapping[str, Any], holder: str, now: datetime | None) -> dict[str, Any]:
    began = datetime.fromisoformat(manifest["started_at"])
    return {
        **{key: manifest[key] for key in ("id", "path", "started_at", "head", "size", "verified", "without_data")},
        "host": holder,
        "age": (now - began).total_seconds() if now else None,
        "tables": len(manifest["tables"]),
        "rows": sum(manifest["tables"].values()),
    }

# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of a restore: which backup, from where, into which database, and who has to stop for it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.references import tag_of
from ansible_collections.ratchet.runtime.plugins.plugin_utils import (
    chosen_backup,
    databases,
    health_check,
    locks,
    order,
    preflight,
    problems,
    request,
    unfinished,
    variables,
)
from ansible_collections.ratchet.runtime.plugins.plugin_utils.profile import Profile


@dataclass(frozen=True)
class Wish:
    """What the operator asks for.

    :ivar backup: an id, or the absolute path of a backup on its host.
    """

    backup: str
    profile: Profile
    accept: tuple[str, ...] = ()
    limit: str = ""
    misspelt: Mapping[str, str] = field(default_factory=dict)
    watch: Mapping[str, Any] = field(default_factory=dict)
    now: datetime | None = None


def plan(
    fleet: Mapping[str, Mapping[str, Any]], stores: Mapping[str, Sequence[Mapping[str, Any]]], wish: Wish, run: str
) -> dict[str, Any]:
    """Plan the restore.

    :param fleet: observations by host.
    :param stores: the backups that each host has, as ``postgres_backup_info`` tells them.
    :returns: JSON-serialisable; ``hosts`` in the shape that the stages of an upgrade read, for those of the database's hosts
        with ``stops``.
    :raises Refusal: with everything that is in the way.
    """
    told = problems.Problems(wish.accept)
    preflight.refuse_unseen(fleet, told)
    variables.refuse_misspelt(wish.misspelt, told)
    request.refuse_unknown_ids(wish.accept, wish.profile, told)
    if wish.limit:
        told.matter("limit", f"--limit {wish.limit} hides hosts that may write to the database", "Run without it")
    fleet = {host: seen for host, seen in fleet.items() if "services" in seen}
    databases.refuse_errors(fleet, told)
    locks.refuse(fleet, told)
    found = told.attempt("", chosen_backup.find, stores, wish.backup)
    told.stop()
    holders, manifest = found
    hosts, target = _target(fleet, manifest, told)
    at = chosen_backup.holder(fleet, hosts, holders, manifest, told)
    told.stop()
    refuse_standby(target, told)
    chosen_backup.refuse_other_restore(target, manifest, told)
    made_for = _made_for(fleet, manifest["id"])
    written = {host: _written(fleet[host]) for host in hosts}
    _weigh_heads(target, manifest, made_for, set(written.values()), told)
    told.stop()
    chosen, restored = (
        chosen_backup.described(manifest, at, wish.now),
        chosen_backup.is_restored(fleet, hosts, target, manifest),
    )
    database = {key: target[key] for key in ("id", "name", "size", "server_version")} | {"head": _head(target)}
    return {
        "run": run,
        "backup": chosen,
        "made_for": made_for,
        "database": database,
        "restored": restored,
        "hosts": {
            host: {
                **_host(fleet[host], host, hosts, wish),
                "restores": host == at,
                "restore": chosen_backup.work(chosen, database, restored) if host == at else None,
            }
            for host in fleet
        },
        "databases": {},
        "strategy": "single_instance",
        "failure_action": "pause",
        "watch": dict(wish.watch),
        "matters": [asdict(each) for each in told.matters],
    }


def _target(
    fleet: Mapping[str, Mapping[str, Any]], manifest: Mapping[str, Any], told: problems.Problems
) -> tuple[list[str], Mapping[str, Any]]:
    """The hosts whose database it goes into, and that database."""
    using: dict[str, list[str]] = {}
    for host, seen in fleet.items():
        if seen["database"] and "error" not in seen["database"]:
            using.setdefault(seen["database"]["id"], []).append(host)
    of = manifest["database"]
    if of["id"] in using:
        hosts = using[of["id"]]
        return hosts, fleet[hosts[0]]["database"]
    same_name = [hosts for hosts in using.values() if fleet[hosts[0]]["database"]["name"] == of["name"]]
    if len(same_name) != 1:
        told.add(
            RatchetError(
                f"the backup is of the database {of['name']} on {of['host']}, which no host uses",
                "Restore it where that database is used (runtime_hosts, runtime_database)",
            )
        )
        return [], {}
    (hosts,) = same_name
    told.matter(
        "other_server",
        f"the backup is of a database {of['name']} on another server ({of['host']}) than {', '.join(hosts)} use now",
        "Make sure that it is the one",
    )
    return hosts, fleet[hosts[0]]["database"]


def refuse_standby(target: Mapping[str, Any], told: problems.Problems) -> None:
    if target["standby"]:
        told.add(
            RatchetError(
                f"the database {target['name']} is a standby, into which nothing can be restored",
                "Name the primary in runtime_database",
            )
        )


def _made_for(fleet: Mapping[str, Mapping[str, Any]], backup: str) -> dict[str, str] | None:
    """The deploy before which a backup was made: its versions."""
    for seen in fleet.values():
        for entry in unfinished.entries(seen):
            if (entry.get("backup") or {}).get("id") == backup:
                return {"from": entry["from"]["version"], "to": entry["to"]["version"]}
    return None


def _weigh_heads(
    target: Mapping[str, Any],
    manifest: Mapping[str, Any],
    made_for: Mapping[str, str] | None,
    written: set[str],
    told: problems.Problems,
) -> None:
    """Another schema than the present one is for another version, unless that is what the files name already."""
    then, now = manifest["head"], _head(target)
    if then == now or (made_for and written == {made_for["from"]}):
        return
    belongs = f" ({made_for['from']} ran on it)" if made_for else ""
    told.matter(
        "schema_head",
        f"the backup's schema is at {then}{belongs}, and the database is at {now}: {', '.join(sorted(written))}, which starts on it afterwards, "
        "will migrate it again, or not work on it",
        "Write the version of then into the project's files on every host first",
    )


def _host(seen: Mapping[str, Any], host: str, hosts: list[str], wish: Wish) -> dict[str, Any]:
    written, services = _written(seen), [service["name"] for service in seen["services"]]
    running = [each for service in seen["services"] for each in service["containers"]]
    return {
        # What the watch reads of a host that is at its version, and has to be seen well.
        "action": "confirm" if host in hosts else "none",
        "current": ", ".join(sorted({tag_of(each["reference"]) or "?" for each in running})) or "-",
        "target": written,
        "origin": written,
        "undo": [],
        "database": (seen["database"] or {}).get("id"),
        "project": seen["project"],
        "services": services,
        "replicas": order.replicas(seen),
        "followers": list(seen["project"].get("followers") or []),
        "images": [
            {"reference": image, "digest": None}
            for image in sorted({service["image"] for service in seen["services"]})
            if image not in {each["reference"] for each in running}
        ],
        "health": health_check.of(wish.profile, written, seen, wish.watch),
        "stops": host in hosts,
        "migrates": host in hosts[:1],
        "begun": None,
        "tolerates": False,
    }


def _written(seen: Mapping[str, Any]) -> str:
    """The version that starts: what the project's files name."""
    return tag_of(seen["services"][0]["image"]) or "latest"


def _head(database: Mapping[str, Any]) -> str | None:
    return (database.get("ledger") or {}).get("head")

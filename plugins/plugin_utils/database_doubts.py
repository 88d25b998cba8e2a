# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What isn't known of the fleet's databases, and what that costs: told before somebody counts on it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils.references import parse
from ansible_collections.ratchet.runtime.plugins.plugin_utils.plan import DatabasePlan, HostPlan
from ansible_collections.ratchet.runtime.plugins.plugin_utils.problems import Problems

_NOWHERE = "no database was found: neither runtime_database nor the runtime's environment names one"
_UNREAD = "are kept in no way that is known here"
# By the last part of an image's name: there are exporters, poolers and consoles that are called after it, too.
_SERVER = re.compile(r"postgres(ql)?|postgis|pgvector|timescaledb(-ha)?")


def unnamed(seen: Mapping[str, Any]) -> str:
    """That a host's database wasn't found, with the services of its project that look like one: who runs it beside the application forgets to say so."""
    runtime = {service["name"] for service in seen["services"]}
    images = seen["project"].get("images") or {}
    found = [name for name, image in images.items() if name not in runtime and _SERVER.fullmatch(_kind(image))]
    if not found:
        return _NOWHERE
    looks = " or ".join(f"{{service: {name}, name: DATABASE}}" for name in found)
    return f"{_NOWHERE} (one may be in the project: {looks})"


def _kind(image: str | None) -> str:
    return parse(image).name.rpartition("/")[2] if image else ""


def refuse_empty(fleet: Mapping[str, Mapping[str, Any]], problems: Problems) -> None:
    """A backup of the wrong database is proven as easily as one of the right one.

    Only rows that the server's statistics know of are known here, so an empty ledger alone or empty tables alone say nothing.
    """
    for seen in fleet.values():
        database = seen["database"] or {}
        if database.get("rows") == {} and not database["ledger"]:
            problems.matter(
                "no_backup",
                f"the database {database['name']} holds no rows and no ledger of migrations, so it is hardly the one that the runtime uses, and "
                "its backup would be one of nothing",
                "Name the right one in runtime_database, with name",
            )


def notes(databases: Iterable[DatabasePlan], hosts: Mapping[str, HostPlan], strategy: str) -> list[str]:
    """What can't be had without a schema head. Where old code works on the new schema anyway, nothing hangs on it."""
    if strategy == "rolling":
        return []
    unknown = {
        each.name: None for each in databases if not each.head and not all(hosts[host].tolerates for host in each.hosts)
    }
    if not unknown:
        return []
    return [
        f"The migrations of {', '.join(unknown)} {_UNREAD}, so nobody can tell whether the new version has migrated: a host that fails keeps it until "
        "you decide, and rollback restores the backup"
    ]


def told(fleet: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Why status has no schema head for a host."""
    hosts: dict[str, list[str]] = {}
    for host, seen in fleet.items():
        if "services" in seen and (why := _why(seen)):
            hosts.setdefault(why, []).append(host)
    return [f"{', '.join(names)}: {why}" for why, names in hosts.items()]


def _why(seen: Mapping[str, Any]) -> str:
    database = seen["database"]
    if not database:
        return unnamed(seen)
    if "error" in database:
        return f"{database['error']}. {database['remedy']}"
    return "" if database["ledger"] else f"no head, as the migrations of the database {database['name']} {_UNREAD}"

# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of a clean-up: which tables of which database go. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError


def plan(backups: Mapping[str, Any], found: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, Any]:
    """The plan of the backups, in which only those are made behind which something is dropped.

    :param backups: as ``backup_plan.plan`` makes it; ``found``: the tables, by the host that backs their database up.
    :raises RatchetError: when a database can't be backed up.
    """
    if backups["problems"]:
        raise RatchetError("; ".join(each.rstrip(".") for each in backups["problems"]), "Nothing was touched")
    hosts = {
        name: {**host, "backs_up": bool(found.get(name)), "action": "clean" if found.get(name) else "none"}
        for name, host in backups["hosts"].items()
    }
    return {**backups, "hosts": hosts}


def lines(made: Mapping[str, Any], found: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[str]:
    """What will be dropped, for the screen."""
    told = []
    for name, host in made["hosts"].items():
        tables = found.get(name) or []
        if tables:
            database = made["databases"][host["database"]]["name"]
            told.append(f"To be dropped from {database}, behind a backup of it:")
            told += [f"  {each['schema']}.{each['name']}: {each['rows']} rows" for each in tables]
    return told or ["Nothing is left to clean up."]


def done(tables: Sequence[Mapping[str, Any]], backup: Mapping[str, Any] | None) -> list[str]:
    """What was dropped, for the screen.

    :param backup: the manifest of the backup that was made before, where there is one.
    """
    names = ", ".join(f"{each['schema']}.{each['name']} ({each['rows']} rows)" for each in tables)
    if not backup:
        return [f"Dropped: {names}."]
    return [f"Dropped from {backup['database']['name']}: {names}. They are in the backup {backup['path']}."]

# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which locks may be removed by hand. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.ratchet.runtime.plugins.plugin_utils import locks
from ansible_collections.ratchet.runtime.plugins.plugin_utils.tables import table

UNREADABLE = "unreadable"


def alive(fleet: Mapping[str, Mapping[str, Any]]) -> set[str]:
    """The runs that give signs of life anywhere: who works on one host for long doesn't come to the others."""
    return {lease["run"] for _where, lease in locks.seen(fleet) if lease.get("standing") in ("live", "ours")}


def verdict(lease: Mapping[str, Any], named: str, alive: Collection[str] = ()) -> str:
    """``remove``, or why not: ``alive``, ``unproven`` (the operator has to name its run), ``unnamed`` (can't be read, and has to be named).

    :param lease: as observed, with its ``standing``.
    :param named: what the operator names: a run, or ``unreadable``.
    :param alive: the runs that give signs of life at other places.
    """
    standing = lease["standing"]
    if standing == "unreadable":
        return "remove" if named == UNREADABLE else "unnamed"
    if standing in ("live", "ours") or lease["run"] in alive:
        return "alive"
    if standing in ("dead", "expired"):
        return "remove"
    return "remove" if named == lease["run"] else "unproven"


def parts(fleet: Mapping[str, Mapping[str, Any]], host: str) -> dict[str, Mapping[str, Any]]:
    """By place what a host is to look at: its own lock, and that of its database, if it is the first to see it."""
    seen = fleet[host]
    found = {"host": seen["lock"]} if seen.get("lock") else {}
    database = seen.get("database") or {}
    first = next(
        (each for each, other in fleet.items() if (other.get("database") or {}).get("id", "") == database.get("id")), ""
    )
    if database.get("lock") and first == host:
        found["database"] = database["lock"]
    return found


def told(rows: Sequence[Mapping[str, Any]], pretend: bool) -> list[str]:
    """What was found where, and what became of it."""
    if not rows:
        return ["No lock is held"]
    words = {
        "removed": "would be removed" if pretend else "removed",
        "alive": "kept: it is alive",
        "unproven": "kept: not proven to be dead",
        "unnamed": "kept: can't be read",
        "changed": "kept: it has changed meanwhile",
        "unseen": "not looked at",
    }
    return table(
        [
            ("lock of", "held by", "outcome"),
            *((row["place"], row["held_by"], words.get(row["outcome"], row["outcome"])) for row in rows),
        ]
    )


def held_by(lease: Mapping[str, Any]) -> str:
    """Who holds it, as far as it can be told."""
    if "error" in lease:
        return str(lease["error"])
    return locks.who(lease) if "run" in lease else f"not readable: {lease['unreadable']}"


def left(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """What is still in the way, with what to do about it."""
    sentences = {}
    for row in rows:
        where, outcome = row["place"], row["outcome"]
        if outcome == "alive":
            told = f"the run {row['run']} is alive. Wait for its end, or end it where it runs"
        elif outcome == "unproven":
            told = f"nothing proves that the run {row['run']} is dead. If you know that it is: -e runtime_lock={row['run']}"
        elif outcome == "unnamed":
            told = f"the lock of {where} can't be read. Look at it, then: -e runtime_lock={UNREADABLE}"
        elif outcome == "changed":
            told = f"the lock of {where} has changed meanwhile. Run again"
        elif outcome == "removed":
            continue
        else:
            told = f"{where}: {row['held_by']}"
        sentences[told] = None
    return list(sentences)

# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Deploys, as the events of a journal tell of them: what happened, and which of them still stand. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.ratchet.runtime.plugins.plugin_utils import unfinished


def of_journal(entries: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The deploys of a host, oldest first, each put together from its events.

    :returns: the fields of the events, the later ones counting more where they say something; ``began`` and ``ended`` are the
        times of the first and the last.
    """
    found: dict[str, dict[str, Any]] = {}
    for number, entry in enumerate(entries):
        if not isinstance(entry, dict):
            continue
        id = str(entry.get("deploy") or f"?{number}")
        known = found.setdefault(id, {"began": entry.get("at"), "verb": "upgrade"})
        known.update(
            {key: value for key, value in entry.items() if value not in (None, "", [], {}) or key not in known}
        )
        known["ended"] = entry.get("at")
    for id, each in found.items():
        each["deploy"] = id
        if each.get("outcome") == "restored":
            each["verb"] = "restore"
    return list(found.values())


def standing(entries: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The deploys that brought a host to where it is, oldest first.

    What went back by itself is none, and neither is what a later rollback took back, or one that only started what was stopped.
    One that began and was never finished is.
    """
    found: list[dict[str, Any]] = []
    for each in of_journal(entry for entry in entries if unfinished.is_understood(entry)):
        if each["verb"] == "rollback":
            if each["outcome"] == "done":
                undone = set(each.get("undoes") or [])
                found = [other for other in found if other["deploy"] not in undone]
        elif each["outcome"] != "rolled_back" and not _only_started(each):
            # One that goes on with an unfinished one records the state before that as its own.
            found = [other for other in found if other["outcome"] == "done"]
            found.append(each)
    return found


def _only_started(deploy: Mapping[str, Any]) -> bool:
    """Whether it left a host with what was there before: containers that had been stopped run again, and there is nothing to take back."""
    before, after = deploy.get("from") or {}, deploy.get("to") or {}
    containers = before.get("containers") or []
    if deploy["outcome"] != "done" or not containers or before.get("version") != after.get("version"):
        return False
    if deploy.get("head_before") != deploy.get("head_after"):
        return False
    return all(
        each.get("reference") == after.get("reference")
        and (
            not after.get("digest") or any(str(known).endswith(after["digest"]) for known in each.get("digests") or [])
        )
        for each in containers
    )


def undone_by(fleet: Mapping[str, Iterable[Mapping[str, Any]]], to: str) -> list[str]:
    """Ids of the deploys that have to be taken back, oldest first, so that what ``to`` left is there again.

    :param fleet: the entries of each host's journal.
    :param to: id of a deploy; when empty, what brought the fleet to its last version is taken back, in however many runs that was.
    :returns: nothing when nothing was deployed since, or ``to`` is none that stands.
    """
    known = ids(fleet)
    if not to:
        return _last_move(fleet, known)
    return known[known.index(to) + 1 :] if to in known else []


def _last_move(fleet: Mapping[str, Iterable[Mapping[str, Any]]], known: list[str]) -> list[str]:
    """The last deploys that brought one host after another to the same version: a run that was killed, and the one that went on."""
    parts: dict[str, dict[str, str]] = {id: {} for id in known}
    for host, entries in fleet.items():
        for each in standing(entries):
            parts[each["deploy"]][host] = str((each.get("to") or {}).get("version"))
    move: list[str] = []
    hosts: set[str] = set()
    for id in reversed(known):
        other = hosts & {*parts[id]} or {*parts[id].values()} != {*parts[known[-1]].values()}
        if move and other:
            break
        move.insert(0, id)
        hosts |= {*parts[id]}
    return move


def last_rollback(fleet: Mapping[str, Iterable[Mapping[str, Any]]]) -> dict[str, Any] | None:
    """The newest finished rollback of any host, if nothing was deployed since it."""
    finished = [
        each
        for entries in fleet.values()
        for each in of_journal(entry for entry in entries if unfinished.is_understood(entry))
        if each["verb"] != "rollback" or each["outcome"] == "done"
    ]
    newest = max(finished, key=lambda each: (str(each.get("began") or ""), each["deploy"]), default=None)
    return newest if newest and newest["verb"] == "rollback" else None


def ids(fleet: Mapping[str, Iterable[Mapping[str, Any]]]) -> list[str]:
    """Ids of the deploys that stand on any host, oldest first."""
    began: dict[str, str] = {}
    for entries in fleet.values():
        for each in standing(entries):
            at = str(each.get("began") or "")
            began[each["deploy"]] = min(at, began.get(each["deploy"], at))
    return sorted(began, key=lambda id: (began[id], id))

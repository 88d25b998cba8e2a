# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a rehearsal says of the upgrade: from what happened to a verdict, with its reasons. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.ratchet.runtime.plugins.plugin_utils import crossings, witnesses
from ansible_collections.ratchet.runtime.plugins.plugin_utils.profile import Profile
from ansible_collections.ratchet.runtime.plugins.plugin_utils.profile_rehearsal import Check, Request
from ansible_collections.ratchet.runtime.plugins.plugin_utils.wording import counted

PASSED, WARNED, FAILED = "passed", "warned", "failed"
# What an operator may accept, by the reasons' ids; that a migration fails is no matter of opinion.
ACCEPTABLE = ("lost_rows", "unused_copy", "older_version", "failed_check")


@dataclass(frozen=True)
class Reason:
    """Why a rehearsal didn't just pass.

    :ivar kind: ``failed`` or ``warned``.
    :ivar text: one sentence without a full stop.
    """

    id: str
    kind: str
    text: str


def tables(before: Mapping[str, int], after: Mapping[str, int], profile: Profile) -> list[dict[str, Any]]:
    """Each table with its rows ``before`` and ``after`` (None where it isn't there), and whether a loss is ``benign``.

    ``moved`` are rows that the migration has put into another table, as the profile knows of it, and ``to`` says into which.
    """
    moved: dict[str, list[tuple[str, int]]] = {}
    for name, rows in after.items():
        origin, more = crossings.moved_from(profile, name), rows - before.get(name, 0)
        if origin and more > 0:
            moved.setdefault(origin, []).append((name, more))
    return [
        {
            "name": name,
            "before": before.get(name),
            "after": after.get(name),
            "benign": _is_benign(name, profile),
            "moved": sum(rows for _to, rows in moved.get(name, [])),
            "to": sorted(to for to, _rows in moved.get(name, [])),
        }
        for name in sorted({*before, *after})
    ]


def _is_benign(table: str, profile: Profile) -> bool:
    return crossings.is_benign(profile, table=table.rpartition(".")[2]) or profile.rehearsal.ignores(table)


def lost(found: Iterable[Mapping[str, Any]]) -> list[str]:
    """The tables that have lost rows, in words."""
    return [
        f"{each['name']} lost {_lacking(each)} of {each['before']} rows{'' if each['after'] is not None else ', and is gone'}"
        for each in found
        if not each["benign"] and _lacking(each) > 0
    ]


def moved(found: Iterable[Mapping[str, Any]]) -> list[str]:
    """The tables whose rows were put elsewhere, in words."""
    return [
        f"{counted(each['moved'], 'row')} of {each['name']} {'is' if each['moved'] == 1 else 'are'} moved to {', '.join(each['to'])}"
        for each in found
        if each["moved"]
    ]


def _lacking(table: Mapping[str, Any]) -> int:
    return (table["before"] or 0) - (table["after"] or 0) - table["moved"]


def check(wanted: Check, service: str, result: Mapping[str, Any]) -> dict[str, Any]:
    """One command of the profile, judged by its exit code and what it printed."""
    code = result["exit_code"]
    wrong = "no end within its time" if code is None else wanted.failure(code, "\n".join(result["said"]))
    return {
        "id": wanted.id,
        "what": " ".join(wanted.command),
        "service": service,
        "passed": not wrong,
        "error": wrong,
        "seconds": result["seconds"],
        "said": result["said"],
    }


def request(wanted: Request, answer: Mapping[str, Any]) -> dict[str, Any]:
    """One request of the profile, judged by its status and body."""
    doubt = witnesses.application(answer, {"status": wanted.status, "json": wanted.json})
    return {
        "what": f"{wanted.method} {wanted.path}",
        "expected": wanted.status,
        "status": answer.get("status"),
        "passed": doubt is None,
        "milliseconds": answer.get("milliseconds"),
        "error": doubt or "",
    }


def reasons(told: Mapping[str, Any], accepted: Collection[str] = ()) -> list[Reason]:
    """Everything that speaks against the upgrade, the gravest first.

    :param told: the rehearsal's report as far as it is known: ``migration``, ``tables``, ``checks``, ``requests``, ``older_version``.
    :param accepted: ids that the operator accepts: they only warn.
    """
    found = []
    migration = told["migration"]
    heads = told["database"]
    if migration["state"] != "stable":
        half = heads["head_before"] != heads["head_after"]
        left = f"; the schema has moved from {heads['head_before']} to {heads['head_after']} by then" if half else ""
        found.append(
            Reason(
                "migration",
                FAILED,
                f"{told['target']} is {migration['state']} on the copy: {migration['detail']}{left}",
            )
        )
    found += [Reason("lost_rows", FAILED, each) for each in lost(told["tables"])]
    # Who crashes may not have got that far.
    if not heads.get("visited", True) and migration["state"] != "crashed":
        where = "its database's address may stand where it isn't looked for, and then nothing of this says what the upgrade does"
        found.append(Reason("unused_copy", FAILED, f"{told['target']} was never in the copy: {where}"))
    older = told["older_version"]
    if older["asked"] and not older["passed"]:
        kind = FAILED if older["required"] else WARNED
        found.append(
            Reason("older_version", kind, f"{told['current']} doesn't work on the new schema: {older['said']}")
        )
    found += [
        Reason("failed_check", FAILED, f"{each['what']}: {each['error']}")
        for each in (*told["checks"], *told["requests"])
        if not each["passed"]
    ]
    found += [Reason("moved_rows", WARNED, each) for each in moved(told["tables"])]
    return [
        Reason(each.id, WARNED, each.text) if each.id in accepted and each.id in ACCEPTABLE else each for each in found
    ]


def verdict(found: Iterable[Reason]) -> str:
    """``failed`` if anything has, else ``warned`` if there is something to read, else ``passed``."""
    kinds = {each.kind for each in found}
    return FAILED if FAILED in kinds else WARNED if WARNED in kinds else PASSED


def estimate(told: Mapping[str, Any], hosts: int, single_instance: bool, monitor: float) -> dict[str, Any]:
    """How long the real run will take from when the first container stops, as rehearsed.

    :param told: as for :func:`reasons`.
    :param hosts: how many are upgraded; all but the first only start.
    :param monitor: seconds that each has to stay well.
    """
    migrates = told["migration"]["seconds"]
    start = told["migration"]["start"]
    parts = [
        {"name": "stop", "seconds": _STOP * (1 if single_instance else hosts)},
        {"name": "migrate", "seconds": round(max(0.0, migrates - start), 1)},
        {"name": "start", "seconds": round(start * hosts, 1)},
        {"name": "monitor", "seconds": monitor * hosts},
    ]
    many = f"{hosts} host{'s' if hosts > 1 else ''}"
    why = f"{migrates:.0f} s until {told['target']} was well on the copy, then the rest of {many}, {'all stopped first' if single_instance else 'one by one'}"
    return {"seconds": round(sum(each["seconds"] for each in parts)), "why": why, "parts": parts}


# Seconds in which an application usually ends that was asked to.
_STOP = 2.0

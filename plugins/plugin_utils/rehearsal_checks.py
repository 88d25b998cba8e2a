# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was asked of the new version in a rehearsal, of the old one on the new schema, and what both logged. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.ratchet.runtime.plugins.plugin_utils import duration
from ansible_collections.ratchet.runtime.plugins.plugin_utils.document import (
    Block,
    Column,
    Fold,
    Item,
    Items,
    Mark,
    Verbatim,
    Words,
    table,
)
from ansible_collections.ratchet.runtime.plugins.plugin_utils.wording import counted, joined, said

_PASSED, _FAILED = Mark("passed", "good"), Mark("failed", "bad")


def _result(each: Mapping[str, Any]) -> Mark:
    return _PASSED if each.get("passed") else _FAILED


def _flagged(entries: Sequence[Mapping[str, Any]]) -> dict[int, str]:
    return {place: "bad" for place, each in enumerate(entries) if not each.get("passed")}


def checks(entries: Sequence[Mapping[str, Any]]) -> list[Block]:
    """The profile's checks, and what they said; of those that failed, it is shown at once."""
    columns = [
        Column("check", "code"),
        Column("result"),
        Column("service"),
        Column("command", "code"),
        Column("time", "number"),
    ]
    rows = [
        (
            said(each.get("id")),
            _result(each),
            said(each.get("service")),
            said(each.get("what")),
            duration.measured(each.get("seconds")),
        )
        for each in entries
    ]
    words = [
        Fold(
            f"What {said(each.get('id'))} said", [Verbatim(text, said(each.get("what")))], opened=not each.get("passed")
        )
        for each in entries
        if (text := joined(each.get("said")))
    ]
    return [*table("Checks inside the new version", columns, rows, _flagged(entries)), *words]


def requests(entries: Sequence[Mapping[str, Any]], version: str = "the new version") -> list[Block]:
    """The requests that a version was asked to answer."""
    columns = [
        Column("request", "code"),
        Column("result"),
        Column("expected", "number"),
        Column("status", "number"),
        Column("time", "number"),
        Column("trouble"),
    ]
    rows = [
        (
            said(each.get("what")),
            _result(each),
            said(each.get("expected")),
            said(each.get("status")) or "none",
            f"{each['milliseconds']:,} ms" if each.get("milliseconds") is not None else "",
            said(each.get("error")),
        )
        for each in entries
    ]
    if not any(row[-1] for row in rows):
        columns, rows = columns[:-1], [row[:-1] for row in rows]
    return table(f"Requests to {version}", columns, rows, _flagged(entries))


def older_version(report: Mapping[str, Any]) -> list[Block]:
    """Whether the version of today still answers on the schema of the next one."""
    older = report.get("older_version") or {}
    if not older:
        return []
    why = said(older.get("why"))
    if not older.get("asked"):
        return [Words(f"It was not asked: {why}" if why else "It was not asked.")]
    current = said(report.get("current"))
    told = f"{current} {'answers' if older.get('passed') else 'does not answer'} on the new schema."
    # What fails without being needed is worth knowing, and no more.
    mark = _PASSED if older.get("passed") else _FAILED if older.get("required") else Mark("not needed", "quiet")
    answer = [Verbatim(text, f"What {current} said")] if (text := joined(older.get("said"))) else []
    asked = requests(entries, f"{current} on the new schema") if (entries := older.get("requests") or []) else []
    return [Items([Item(f"{told} Why it was asked: {why}." if why else told, mark)]), *answer, *asked]


def logs(logged: Mapping[str, Any]) -> list[Block]:
    """The last lines of each service, folded."""
    folds: list[Block] = []
    for service, lines in logged.items():
        text = joined(lines)
        if text:
            count = counted(text.count("\n") + 1, "line")
            folds.append(Fold(service, [Verbatim(text, f"Log of {service}")], count, heading=True))
    return folds

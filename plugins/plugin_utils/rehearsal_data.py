# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What became of the copy of the data in a rehearsal: rows per table, and the schema. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.ratchet.runtime.plugins.plugin_utils.document import (
    Block,
    Column,
    Fold,
    Item,
    Items,
    Mark,
    Words,
    table,
)
from ansible_collections.ratchet.runtime.plugins.plugin_utils.wording import counted, listed, number, said

_COLUMNS = (
    Column("table", "code"),
    Column("what it means"),
    Column("before", "number"),
    Column("after", "number"),
    Column("difference", "number"),
)
_UNCHANGED = "same"
_ADDED, _REMOVED, _CHANGED = Mark("added", "quiet"), Mark("removed", "warned"), Mark("changed", "quiet")


def lost(tables: Sequence[Mapping[str, Any]]) -> int:
    """How many rows were lost that shouldn't have been, over all tables."""
    return sum(_lacking(each) for each in tables if _kind(each) in ("lost", "gone"))


def rows(tables: Sequence[Mapping[str, Any]]) -> list[Block]:
    """The tables that differ, the worst first; those that don't are folded away."""
    order = ("gone", "lost", "moved", "benign", "new", "more", _UNCHANGED)
    ordered = sorted(tables, key=lambda each: (order.index(_kind(each)), said(each.get("name"))))
    differing = [each for each in ordered if _kind(each) != _UNCHANGED]
    same = [each for each in ordered if _kind(each) == _UNCHANGED]
    flagged = {place: mark.tone for place, each in enumerate(differing) if (mark := _meaning(each)).tone == "bad"}
    blocks = table("Tables whose rows differ", _COLUMNS, [_row(each) for each in differing], flagged)
    if tables and not differing:
        blocks = [Words("Every table has as many rows as before.")]
    unchanged = table(
        "Tables with as many rows as before",
        [Column("table", "code"), Column("rows", "number")],
        [(said(each.get("name")), number(each.get("before"))) for each in same],
    )
    return blocks + ([Fold("Tables with as many rows as before", unchanged, str(len(same)))] if same else [])


def _kind(each: Mapping[str, Any]) -> str:
    before, after = each.get("before"), each.get("after")
    if before is None:
        return "new"
    fewer = after is None or after < before
    if fewer and (each.get("benign") or (after is None and not before)):
        return "benign"
    if fewer and _lacking(each) <= 0:
        return "moved"
    if fewer:
        return "gone" if after is None else "lost"
    return "more" if after > before else _UNCHANGED


def _lacking(each: Mapping[str, Any]) -> int:
    """Rows that are neither where they were nor where the migration puts such rows."""
    return (each.get("before") or 0) - (each.get("after") or 0) - (each.get("moved") or 0)


def _row(each: Mapping[str, Any]) -> tuple[str | Mark, ...]:
    before, after = each.get("before"), each.get("after")
    difference = (after or 0) - (before or 0)
    return (
        said(each.get("name")),
        _meaning(each),
        number(before) or "none",
        number(after) or "none",
        # A minus sign, as wide as the plus.
        f"{difference:+,}".replace("-", "\N{MINUS SIGN}") if difference else "0",
    )


def _meaning(each: Mapping[str, Any]) -> Mark:
    after, kind = each.get("after"), _kind(each)
    if kind == "gone":
        return Mark(f"gone, with {counted(_lacking(each), 'row')}", "bad")
    if kind == "lost":
        return Mark(f"lost {counted(_lacking(each), 'row')}", "bad")
    if kind == "moved":
        return Mark(f"{counted(each['moved'], 'row')} moved to {listed(each.get('to') or [])}", "warned")
    if kind == "benign":
        return Mark("gone, as expected" if after is None else "fewer, as expected", "quiet")
    return {"new": Mark("new table", "quiet"), "more": Mark("more rows", "quiet")}.get(kind, Mark("the same", "quiet"))


def schema(changes: Mapping[str, Any]) -> list[Block]:
    """What was added to the schema, removed from it and changed in it."""
    entries = [
        Item(said(text), mark, code=True)
        for key, mark in (("removed", _REMOVED), ("changed", _CHANGED), ("added", _ADDED))
        for text in changes.get(key) or []
    ]
    if not entries:
        return [Words("The migration left the schema as it was.")]
    return [Items(entries)] if len(entries) <= 40 else [Items(entries[:30]), _rest(entries[30:])]


def _rest(entries: Sequence[Item]) -> Fold:
    return Fold("More changes of the schema", [Items(entries)], str(len(entries)))

# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The chart of a migration: the states that it went through, and how many migrations were applied when. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from ansible_collections.ratchet.runtime.plugins.plugin_utils import duration, time_axis
from ansible_collections.ratchet.runtime.plugins.plugin_utils.document import Block, Chart, Column, Fold, Legend, table
from ansible_collections.ratchet.runtime.plugins.plugin_utils.wording import counted, said

# The class and the pattern of every state of a watch; another one is drawn as the last.
STATES = {
    "starting": Legend("starting", "c1", 1),
    "migrating": Legend("migrating", "c2", 0),
    "healthy": Legend("healthy", "c3", 2),
    "stable": Legend("stable", "c4", 0),
    "unhealthy": Legend("unhealthy", "c5", 3),
    "stalled": Legend("stalled", "c6", 4),
    "crashed": Legend("crashed", "c7", 5),
    "unreachable": Legend("unreachable", "c8", 6),
    "stopped": Legend("stopped", "c9", 7),
}
_OTHER = Legend("another state", "c9", 7)
# Down, in pixels: the line of migrations is drawn between these.
_TOP, _BOTTOM = 58, 150


def of(timeline: Sequence[Mapping[str, Any]], seconds: float) -> list[Block]:
    """The chart and its table, or nothing where nothing was seen.

    :param timeline: what was seen: ``at`` in seconds, ``state``, ``detail`` and, where a ledger told, ``applied``.
    :param seconds: how long the migration took.
    """
    seen = sorted(timeline, key=_at)
    if not seen:
        return []
    whole = max(_at(seen[-1]) * 1.06, seconds, 0.1)
    bands = _bands(seen, whole)
    applied = [(_at(each), int(each["applied"])) for each in seen if each.get("applied") is not None]
    counts = [count for _at_, count in applied]
    least, most = min(counts, default=0), max(counts, default=0)
    told = (f"from {least:,} to " if least else "") + counted(most, "migration") + " applied"
    drawing = {
        "bands": bands,
        "ticks": time_axis.ticks(whole),
        "top": _TOP,
        "bottom": _BOTTOM,
        "height": _BOTTOM + 24 if most else 66,
        "steps": _steps(applied, (least, most), whole) if most else [],
        "most": told,
    }
    named = {each["legend"] for each in bands}
    legend = [each for each in (*STATES.values(), _OTHER) if each in named]
    chart = Chart(
        "states", "migration-chart", "The migration over time", _described(bands, told if most else ""), drawing, legend
    )
    rows = [
        (duration.measured(_at(each)), said(each.get("state")), said(each.get("applied")), said(each.get("detail")))
        for each in seen
    ]
    columns = [Column("after", "number"), Column("state"), Column("applied", "number"), Column("what was seen")]
    listed = table("What was seen, by the time since the new version was started", columns, rows)
    return [chart, Fold("The same as a table", listed, counted(len(rows), "line"))]


def _at(each: Mapping[str, Any]) -> float:
    return max(float(each.get("at") or 0), 0)


def _bands(seen: Sequence[Mapping[str, Any]], whole: float) -> list[dict[str, Any]]:
    """One band for each state, for as long as it lasted."""
    begun: list[tuple[float, str]] = []
    for each in seen:
        state = said(each.get("state"))
        if not begun or begun[-1][1] != state:
            begun.append((_at(each), state))
    ends = [*(start for start, _state in begun[1:]), whole]
    bands = []
    for (start, state), end in zip(begun, ends, strict=True):
        x, width = time_axis.share(start, whole), time_axis.share(end - start, whole)
        bands.append(
            {
                "x": x,
                # What lasted for no time is still to be seen.
                "width": max(width, 0.4),
                "name": state,
                "legend": STATES.get(state, _OTHER),
                "labelled": time_axis.fits(state, width),
                "from": duration.measured(start),
                "to": duration.measured(end),
            }
        )
    return bands


def _steps(applied: Sequence[tuple[float, int]], counts: tuple[int, int], whole: float) -> list[dict[str, float]]:
    """The line as steps: each lasts until the next count."""
    changed = [
        pair for pair, before in zip(applied, [None, *applied], strict=False) if not before or pair[1] != before[1]
    ]
    steps = []
    for (start, count), (end, following) in pairwise([*changed, (whole, changed[-1][1])]):
        steps.append(
            {
                "x": time_axis.share(start, whole),
                "end": time_axis.share(end, whole),
                "y": _height(count, *counts),
                "then": _height(following, *counts),
            }
        )
    return steps


def _height(count: int, least: int, most: int) -> float:
    """Where a count stands; the ledger of an old database begins high, so the ground is where this migration began."""
    return round(_BOTTOM - (_BOTTOM - _TOP) * (count - least) / max(most - least, 1), 1)


def _described(bands: Sequence[Mapping[str, Any]], applied: str) -> str:
    """The chart in words, for those who can't see it."""
    told = [f"{band['name']} from {band['from']} to {band['to']}" for band in bands[:12]]
    more = f", and {len(bands) - 12} more states" if len(bands) > 12 else ""
    return f"States: {', '.join(told)}{more}." + (f" {applied[:1].upper()}{applied[1:]}." if applied else "")

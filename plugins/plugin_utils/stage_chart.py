# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The chart of a run: one line per host with the stages that it went through; and a bar of what a time is made of. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import cycle
from typing import Any

from ansible_collections.ratchet.runtime.plugins.plugin_utils import duration, time_axis
from ansible_collections.ratchet.runtime.plugins.plugin_utils.document import Block, Chart, Column, Fold, Legend, table
from ansible_collections.ratchet.runtime.plugins.plugin_utils.wording import counted, said

# The class and the pattern of every stage, in the order in which a host goes through them.
STAGES = {
    "prepare": Legend("prepare", "c8", 1),
    "backup": Legend("backup", "c1", 2),
    "drain": Legend("drain", "c6", 4),
    "stop": Legend("stop", "c7", 5),
    "start": Legend("start", "c10", 1),
    "migrate": Legend("migrate", "c2", 0),
    "healthy": Legend("healthy", "c3", 2),
    "monitor": Legend("monitor", "c4", 6),
    "undrain": Legend("undrain", "c5", 3),
}
# In pixels: the place of one host, from the first line on.
_FIRST, _HOST, _BAR = 4, 46, 20
# Of stages that aren't listed above.
_OTHER_PATTERNS = (7, 0, 3, 5, 1)


def _legends(names: Iterable[str]) -> dict[str, Legend]:
    """How each of these stages is drawn, in the order in which a host goes through them; others come last."""
    met = dict.fromkeys(names)
    others = [name for name in met if name not in STAGES]
    patterns = zip(others, cycle(_OTHER_PATTERNS))
    return {
        **{name: legend for name, legend in STAGES.items() if name in met},
        **{name: Legend(name, "c9", pattern) for name, pattern in patterns},
    }


def of(hosts: Sequence[Mapping[str, Any]]) -> list[Block]:
    """The chart of all hosts and its table, or nothing where no stage was timed.

    :param hosts: each with ``name``, ``outcome`` and ``stages``: ``stage``, ``from`` and ``to`` in seconds.
    """
    timed = [host for host in hosts if host.get("stages")]
    if not timed:
        return []
    whole = max(float(stage.get("to") or stage.get("from") or 0) for host in timed for stage in host["stages"]) or 0.1
    legends = _legends(said(stage.get("stage")) for host in timed for stage in host["stages"])
    rows = [
        {
            "name": _short(said(host.get("name"))),
            "y": _FIRST + number * _HOST,
            "note": _short(said(host.get("outcome")), 14),
            "bars": [_bar(stage, whole, legends) for stage in host["stages"]],
        }
        for number, host in enumerate(timed)
    ]
    bottom = _FIRST + len(rows) * _HOST
    drawing = {"rows": rows, "bar": _BAR, "ticks": time_axis.ticks(whole), "bottom": bottom, "height": bottom + 24}
    told = f"{counted(len(rows), 'host')} in {duration.measured(whole)}. The table that follows has the times of every stage."
    chart = Chart(
        "stages", "timeline-chart", "What happened on each host, and when", told, drawing, [*legends.values()]
    )
    return [chart, Fold("The same as a table", _table(timed, [*legends]), counted(len(timed), "host"))]


def _short(text: str, most: int = 30) -> str:
    """``text`` as far as there is room for it on a phone; the table has it whole."""
    return text if len(text) <= most else f"{text[: most - 1]}\N{HORIZONTAL ELLIPSIS}"


def _bar(stage: Mapping[str, Any], whole: float, legends: Mapping[str, Legend]) -> dict[str, Any]:
    start = float(stage["from"] or 0)
    end = float(stage["to"] or start)
    name = said(stage.get("stage"))
    width = time_axis.share(end - start, whole)
    return {
        "x": time_axis.share(start, whole),
        "width": max(width, 0.3),
        "name": name,
        "legend": legends[name],
        "labelled": time_axis.fits(name, width),
        "took": duration.measured(end - start),
    }


def _table(hosts: Sequence[Mapping[str, Any]], names: Sequence[str]) -> list[Block]:
    """A row per host and a column per stage."""
    rows = [(said(host.get("name")), *(_times(host["stages"], name) for name in names)) for host in hosts]
    columns = [Column("host"), *(Column(name, "number") for name in names)]
    return table("When each stage began and ended, in seconds since the run began", columns, rows)


def _times(stages: Sequence[Mapping[str, Any]], name: str) -> str:
    return "; ".join(
        f"{float(each['from'] or 0):.1f} to {'?' if each['to'] is None else format(float(each['to']), '.1f')}"
        for each in stages
        if said(each.get("stage")) == name
    )


def shares(parts: Sequence[Mapping[str, Any]], id: str, title: str, column: str) -> list[Block]:
    """One bar of the parts that a time is made of, and its table.

    :param parts: each with ``name`` and ``seconds``.
    """
    timed = [(said(each.get("name")), float(each.get("seconds") or 0)) for each in parts]
    whole = sum(seconds for _name, seconds in timed)
    if whole <= 0:
        return []
    bars, legend, start = [], [], 0.0
    for number, (name, seconds) in enumerate(timed):
        known = STAGES.get(name)
        style = known or Legend(name, f"c{number % 10 + 1}", number % 8)
        width = time_axis.share(seconds, whole)
        took = duration.measured(seconds)
        bars.append(
            {
                "x": time_axis.share(start, whole),
                "width": width,
                "name": name,
                "legend": style,
                "labelled": time_axis.fits(name, width),
                "took": took,
            }
        )
        legend.append(Legend(f"{name} {took}", style.style, style.pattern))
        start += seconds
    told = ", ".join(f"{name} {duration.measured(seconds)}" for name, seconds in timed) + "."
    chart = Chart("shares", id, title, told, {"bars": bars, "height": 30}, legend)
    rows = [(name, duration.measured(seconds)) for name, seconds in timed]
    return [
        chart,
        Fold(
            "The same as a table",
            table(title, [Column(column), Column("time", "number")], rows),
            counted(len(rows), "line"),
        ),
    ]

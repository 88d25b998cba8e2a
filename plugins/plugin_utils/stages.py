# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When a run did what on a host: from the marks that the roles leave, and the times that results tell of themselves. Pure.

Stages: ``prepare``, ``backup``, ``copy``, ``before``, ``drain``, ``stop`` (where Compose replaces the containers, until the new ones were started),
``restore``, ``jobs``, ``start``, ``migrate`` (as long as a migration was seen), ``healthy`` (until the watch called it good), ``monitor``,
``smoke``, ``finish``, ``undrain``, ``after``, ``back``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

# A list of [stage, epoch seconds]: from then on the host is in that stage; in none when it is empty.
MARKS = "runtime_marks"
# What is registered with ``began`` and ``ended`` (epoch seconds), and the stage that it is.
_TIMED = {
    "runtime_backed_up": "backup",
    "runtime_copied": "copy",
    "runtime_checked": "prepare",
    "runtime_migrated": "migrate",
    "runtime_restored": "restore",
}
_WATCHES = ("runtime_watched_alone", "runtime_watched")
# While the host is watched; every other state is one of waiting until it is healthy.
_STAGE_OF = {"migrating": "migrate", "healthy": "monitor", "stable": "monitor"}
# The facts of a host that tell its stages.
FACTS = (MARKS, "runtime_prepared", *_TIMED, *_WATCHES)


def begin_of(run: str) -> float:
    """When a run began, in epoch seconds: its id says so."""
    return datetime.strptime(run.partition("-")[0], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()


def of_host(facts: Mapping[str, Any], since: float, until: float) -> list[dict[str, Any]]:
    """The stages of one host, in order.

    :param facts: the host's :data:`FACTS`; any may be missing, and what an earlier run or hop has left doesn't count.
    :param since: when the run began, ``until`` when it ended or what time it is, in epoch seconds.
    :returns: each with ``stage``, ``from`` and ``to`` in seconds since ``since``.
    """
    told = [*_marked(facts), *_timed(facts), *_watched(facts)]
    points = sorted((point for point in told if since <= point[0] <= until), key=lambda point: point[0])
    replaced = [at for name in _WATCHES if (at := _number((facts.get(name) or {}).get("replaced_at"))) is not None]
    spans: list[dict[str, Any]] = []
    for (at, stage), (end, _next) in pairwise([*points, (until, "")]):
        if not stage or end <= at:
            continue
        for moment in replaced:
            if stage == "start" and at < moment < end:
                spans.append({"stage": "stop", "from": at, "to": moment})
                at = moment
        if spans and spans[-1]["stage"] == stage and spans[-1]["to"] == at:
            spans[-1]["to"] = end
        else:
            spans.append({"stage": stage, "from": at, "to": end})
    return [
        {"stage": each["stage"], "from": round(each["from"] - since, 2), "to": round(each["to"] - since, 2)}
        for each in spans
    ]


def _marked(facts: Mapping[str, Any]) -> Iterator[tuple[float, str]]:
    marks = [(float(at), str(stage)) for stage, at in facts.get(MARKS) or []]
    yield from marks
    # All hosts are prepared at once, and the next mark of each comes after the slowest.
    took = _number((facts.get("runtime_prepared") or {}).get("seconds"))
    for (at, stage), (following, _next) in pairwise([*marks, (math.inf, "")]):
        if stage == "prepare" and took is not None and 0 <= took < following - at:
            yield at + took, ""


def _timed(facts: Mapping[str, Any]) -> Iterator[tuple[float, str]]:
    for name, stage in _TIMED.items():
        began, ended = _times(facts.get(name))
        if began is not None and ended is not None:
            yield began, stage
            yield ended, ""


def _watched(facts: Mapping[str, Any]) -> Iterator[tuple[float, str]]:
    for name in _WATCHES:
        began, ended = _times(facts.get(name))
        if began is None or ended is None:
            continue
        states = facts[name].get("states") or [["starting", 0.0]]
        for number, (state, seconds) in enumerate(states):
            stage = _STAGE_OF.get(state, "healthy")
            if number == 0:
                # A look takes its time. What it finds under way has been so since the watch began; what is good was called so when it ended.
                yield began, "healthy" if stage == "monitor" else stage
            yield began + seconds, stage
        yield ended, ""


def _times(result: Any) -> tuple[float | None, float | None]:
    """When a task began and ended; None for one that was skipped or whose host went away."""
    result = result or {}
    return _number(result.get("began")), _number(result.get("ended"))


def _number(value: Any) -> float | None:
    """What a host says may be anything."""
    fits = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return float(value) if fits else None

"""From two looks at the world (stdin: {"before": ..., "after": ..., "began": ..., "ended": ...}): when old and new brokers lived.

Usage: broker_lives.py rolled | alone. Times are the engines' own, of one machine and so of one clock; ``began`` and ``ended`` (seconds since 1970)
bound the run.

rolled: hosts went one after another, a proven backup was there before the first old broker ended, and the last old one had ended before the last
new one started, which migrates what it had written. alone: no old broker lived beside a new one, and one new one was there before the others.
"""

from __future__ import annotations

import itertools
import json
import sys
from typing import Any

SERVICE = "pact-broker"
looks = json.load(sys.stdin)
began, ended = (int(float(looks[key]) * 1e9) for key in ("began", "ended"))
hosts = sorted(looks["after"]["hosts"])
old = {host: looks["before"]["hosts"][host]["containers"][SERVICE]["id"] for host in hosts}


def events(host: str, action: str) -> list[tuple[int, str]]:
    """When brokers of a host had this event, and what the engine says of it."""
    found = []
    for line in looks["after"]["events"]:
        where, at, what = line.split(" ", 2)
        if (
            where == host
            and began <= int(at) <= ended
            and what.startswith(f"container {action} ")
            and f" service={SERVICE} " in f"{what} "
        ):
            found.append((int(at), what))
    return found


def ends() -> dict[str, int]:
    """When the old broker of each host ended."""
    return {host: max(at for at, what in events(host, "die") if old[host] in what) for host in hosts}


def starts() -> dict[str, int]:
    """When the new broker of each host started."""
    return {host: min(at for at, what in events(host, "start") if old[host] not in what) for host in hosts}


def backups(world: dict[str, Any]) -> list[int]:
    """When the manifests of the run's backups were written."""
    there = {path for host in looks["before"]["hosts"].values() for path in host["backups"]}
    return [
        file["mtime_ns"]
        for host in world["hosts"].values()
        for path, file in host["backups"].items()
        if path.endswith("manifest.json") and path not in there and began <= file["mtime_ns"] <= ended
    ]


ended_at, started_at = ends(), starts()
if sys.argv[1] == "alone":
    if max(ended_at.values()) >= min(started_at.values()):
        sys.exit(f"an old broker was still there when the first new one started: {ended_at}, {started_at}")
else:
    if max(ended_at.values()) >= max(started_at.values()):
        sys.exit(f"an old broker was still there when the last new one started: {ended_at}, {started_at}")
    order = sorted(hosts, key=ended_at.__getitem__)
    for one, next_one in itertools.pairwise(order):
        if started_at[one] >= ended_at[next_one]:
            sys.exit(f"{next_one} went before {one} was back: {ended_at}, {started_at}")
made = backups(looks["after"])
if len(made) != 1 or made[0] >= min(ended_at.values()):
    sys.exit(f"not one backup before the first old broker ended: {made}, {ended_at}")
print(f"old ended at {ended_at}, new started at {started_at}")

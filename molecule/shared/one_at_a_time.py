"""From two looks at the world (stdin: {"before": ..., "after": ...}): was there ever an old instance beside a new one?

Started and finished times are the engines' own, of one machine and so of one clock.
"""

from __future__ import annotations

import json
import sys

looks = json.load(sys.stdin)
hosts = sorted(looks["after"]["hosts"])
old = {host: looks["before"]["hosts"][host]["containers"]["web"]["id"] for host in hosts}
new = {host: looks["after"]["hosts"][host]["containers"]["web"]["id"] for host in hosts}


def when(host: str, action: str, container: str, first: bool) -> int:
    """When a container of a host first (or last) had this event, in nanoseconds since 1970."""
    events = (line.split(" ", 2) for line in looks["after"]["events"])
    times = [
        int(at)
        for where, at, what in events
        if where == host and what.startswith(f"container {action} ") and f" {container} " in what
    ]
    if not times:
        sys.exit(f"{host}: no {action} of {container[:12]} in the events")
    return min(times) if first else max(times)


stopped = {host: when(host, "die", old[host], first=False) for host in hosts}
started = {host: when(host, "start", new[host], first=True) for host in hosts}
first, *others = sorted(hosts, key=started.__getitem__)
healthy = when(first, "health_status: healthy", new[first], first=True)
if max(stopped.values()) >= min(started.values()):
    sys.exit(f"an old instance was still there when {first} started: {stopped}, {started}")
if others and min(started[host] for host in others) <= healthy:
    sys.exit(f"another host started before {first} was healthy: {started}, {healthy}")
print(f"{first} was alone from {started[first]} to {healthy}")

#!/usr/bin/env python3
"""From two looks at the world (stdin: {"before": ..., "after": ...}): was there ever an old instance beside a new one?

Started and finished times are the engines' own, of one machine and so of one clock.
"""

from __future__ import annotations

import json
import re
import sys
from datetime import datetime

looks = json.load(sys.stdin)
hosts = sorted(looks["after"]["hosts"])
old = {host: looks["before"]["hosts"][host]["containers"]["web"]["id"] for host in hosts}
new = {host: looks["after"]["hosts"][host]["containers"]["web"]["id"] for host in hosts}


def when(host: str, action: str, container: str, first: bool) -> datetime:
    """When a container of a host first (or last) had this event."""
    lines = [
        line
        for line in looks["after"]["events"]
        if line.startswith(host + " ") and f"container {action} {container}" in line
    ]
    if not lines:
        sys.exit(f"{host}: no {action} of {container[:12]} in the events")
    stamps = [re.search(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}", line) for line in lines]
    times = sorted(datetime.fromisoformat(stamp.group()) for stamp in stamps if stamp)
    return times[0] if first else times[-1]


stopped = {host: when(host, "die", old[host], first=False) for host in hosts}
started = {host: when(host, "start", new[host], first=True) for host in hosts}
first, *others = sorted(hosts, key=started.__getitem__)
healthy = when(first, "health_status: healthy", new[first], first=True)
if max(stopped.values()) >= min(started.values()):
    sys.exit(f"an old instance was still there when {first} started: {stopped}, {started}")
if others and min(started[host] for host in others) <= healthy:
    sys.exit(f"another host started before {first} was healthy: {started}, {healthy}")
print(f"{first} was alone from {started[first]} to {healthy}")

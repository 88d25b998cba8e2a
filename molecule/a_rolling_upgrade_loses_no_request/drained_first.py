"""From the engines' events and the balancer's own account: was every host drained when it stopped, and alone in that?

Usage: drained_first.py FILE, as watch_balancer.py wrote it; stdin: {"world": ..., "rolled": {"began": ..., "ended": ...}}.
All on one machine and so of one clock.
"""

from __future__ import annotations

import json
import sys
from typing import Any

given = json.load(sys.stdin)
began, ended = (int(float(given["rolled"][key]) * 1e9) for key in ("began", "ended"))
with open(sys.argv[1], encoding="utf-8") as file:
    account = [json.loads(line) for line in file]


def at(moment: int) -> dict[str, Any]:
    """What the balancer had said last before a moment."""
    return [each for each in account if each["answered"] <= moment][-1]["servers"]


def statuses(servers: dict[str, Any]) -> dict[str, str]:
    return {name: server["status"] for name, server in servers.items()}


# A host's first container that is told to end is the old one. Until it has ended, it may take some time, and the balancer may see it down.
stopped: dict[str, int] = {}
for line in given["world"]["events"]:
    host, moment, what = line.split(" ", 2)
    if what.startswith("container kill ") and "-web-" in what and began <= int(moment) <= ended:
        stopped.setdefault(host, int(moment))
if sorted(stopped) != ["app1", "app2", "app3"]:
    sys.exit(f"not every host was upgraded: {stopped}")
for host, moment in stopped.items():
    seen = at(moment)
    others = [name for name in seen if name != host]
    if seen[host]["status"] != "DRAIN" or seen[host]["sessions"]:
        sys.exit(f"{host} stopped when the balancer said {seen[host]}")
    if any(seen[name]["status"] != "UP" for name in others):
        sys.exit(f"{host} stopped when the others were {statuses(seen)}")
for each in account:
    if sum(server["status"] != "UP" for server in each["servers"].values()) > 1:
        sys.exit(f"more than one host was out: {statuses(each['servers'])}")
rolled = at(ended)
if any(server["status"] != "UP" for server in rolled.values()):
    sys.exit(f"not every host is back: {statuses(rolled)}")
repeated = {
    name: server for name, server in rolled.items() if any(server[key] for key in ("wretr", "wredis", "econ", "eresp"))
}
if repeated:
    sys.exit(f"requests met a host that wasn't there: {repeated}")
later = [each["servers"] for each in account if each["asked"] > ended]
if any(each[name]["status"] != "UP" for each in later for name in ("app2", "app3")):
    sys.exit("another host than the one that failed was touched")
if not any(each["app1"]["status"] == "DRAIN" for each in later):
    sys.exit("the host that failed wasn't drained")
print(f"{len(account)} changes in the balancer; stopped at {stopped}")

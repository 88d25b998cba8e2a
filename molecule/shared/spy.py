"""Look for the database password where it must not be, again and again, while an upgrade runs on the fleet.

On every host: the arguments of all processes, the arguments and the environment of the collection's own containers, and
files that others can read. Ends when OUT.stop exists or the seconds are over, and writes what was found to OUT.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HOSTS = ("ratchet-app1", "ratchet-app2", "ratchet-app3")

# The password comes in on stdin, so that the spy doesn't find itself.
SPY = r"""
import glob, json, os, stat, subprocess, sys
password = json.loads(sys.stdin.readline()).encode()
found = []
for path in glob.glob("/proc/[0-9]*/cmdline"):
    try:
        arguments = open(path, "rb").read()
    except OSError:
        continue
    if password in arguments:
        found.append("arguments of " + arguments.split(b"\0")[0].decode(errors="replace"))
ids = subprocess.run(["docker", "ps", "--all", "--quiet", "--filter", "label=ratchet.runtime.task"], capture_output=True, text=True).stdout.split()
for each in ids:
    if password in subprocess.run(["docker", "inspect", each], capture_output=True).stdout:
        found.append("docker inspect of the sidecar")
for root in ("/opt/sample", "/var/backups/ratchet", "/var/lib/ratchet", "/run/ratchet", "/tmp", "/root/.ansible"):
    for parent, _directories, names in os.walk(root):
        for name in names:
            path = os.path.join(parent, name)
            try:
                readable = os.lstat(path).st_mode & (stat.S_IRGRP | stat.S_IROTH)
                if readable and password in open(path, "rb").read(1 << 22):
                    found.append("file " + path)
            except OSError:
                continue
print(json.dumps({"found": found, "sidecars": len(ids)}))
"""


def look(host: str, password: str) -> dict:
    """One look at one host."""
    program = f"exec({SPY!r})"
    done = subprocess.run(
        ["docker", "exec", "--interactive", host, "python3", "-c", program],
        input=json.dumps(password) + "\n",
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def main() -> None:
    """Spy."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seconds", type=float, default=120)
    arguments = parser.parse_args()
    cache = os.environ.get("FLEET_CACHE") or os.path.join(
        os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "ratchet-fleet"
    )
    password = Path(cache, "postgres-password").read_text(encoding="utf-8").strip()
    stop = arguments.out.with_name(arguments.out.name + ".stop")
    stop.unlink(missing_ok=True)
    deadline = time.monotonic() + arguments.seconds
    looks, sidecars, found = 0, 0, set()
    with ThreadPoolExecutor() as pool:
        while time.monotonic() < deadline and not stop.exists():
            for seen in pool.map(lambda host: look(host, password), HOSTS):
                looks += 1
                sidecars += seen["sidecars"]
                found.update(seen["found"])
    arguments.out.write_text(
        json.dumps({"looks": looks, "sidecars": sidecars, "found": sorted(found)}), encoding="utf-8"
    )


if __name__ == "__main__":
    main()

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
from pathlib import Path

PREFIX = os.environ.get("FLEET_PREFIX", "ratchet")
HOSTS = tuple(f"{PREFIX}-app{number}" for number in (1, 2, 3))

# The password comes in on stdin, so that the spy doesn't find itself; when stdin ends, it tells what it has seen. It stays,
# as starting anew for each look would keep both processors from the upgrade. Short-lived processes are looked for most often.
SPY = r"""
import glob, json, os, select, stat, subprocess, sys
password = json.loads(sys.stdin.readline()).encode()
found, looks, sidecars = set(), 0, 0

def arguments():
    for path in glob.glob("/proc/[0-9]*/cmdline"):
        try:
            arguments = open(path, "rb").read()
        except OSError:
            continue
        if password in arguments:
            found.add("arguments of " + arguments.split(b"\0")[0].decode(errors="replace"))

def containers():
    ids = subprocess.run(["docker", "ps", "--all", "--quiet", "--filter", "label=ratchet.runtime.task"], capture_output=True, text=True).stdout.split()
    if ids and password in subprocess.run(["docker", "inspect", *ids], capture_output=True).stdout:
        found.add("docker inspect of the sidecar")
    return len(ids)

def files():
    for root in ("/opt/sample", "/var/backups/ratchet", "/var/lib/ratchet", "/run/ratchet", "/tmp", "/root/.ansible"):
        for parent, _directories, names in os.walk(root):
            for name in names:
                path = os.path.join(parent, name)
                try:
                    readable = os.lstat(path).st_mode & (stat.S_IRGRP | stat.S_IROTH)
                    if readable and password in open(path, "rb").read(1 << 22):
                        found.add("file " + path)
                except OSError:
                    continue

while not select.select([sys.stdin], [], [], 0.1)[0]:
    arguments()
    if looks % 4 == 0:
        sidecars += containers()
        files()
    looks += 1
print(json.dumps({"looks": looks, "sidecars": sidecars, "found": sorted(found)}))
"""


def send(host: str, password: str) -> subprocess.Popen[str]:
    """A spy to a host."""
    command = ["docker", "exec", "--interactive", host, "python3", "-c", f"exec({SPY!r})"]
    spy = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert spy.stdin
    spy.stdin.write(json.dumps(password) + "\n")
    spy.stdin.flush()
    return spy


def main() -> None:
    """Spy."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seconds", type=float, default=600)
    arguments = parser.parse_args()
    cache = os.environ.get("FLEET_CACHE") or os.path.join(
        os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "ratchet-fleet"
    )
    password = Path(cache, "postgres-password").read_text(encoding="utf-8").strip()
    stop = arguments.out.with_name(arguments.out.name + ".stop")
    stop.unlink(missing_ok=True)
    deadline = time.monotonic() + arguments.seconds
    spies = [send(host, password) for host in HOSTS]
    while time.monotonic() < deadline and not stop.exists():
        time.sleep(0.2)
    seen = [json.loads(spy.communicate(timeout=30)[0]) for spy in spies]
    told = {"looks": sum(each["looks"] for each in seen), "sidecars": sum(each["sidecars"] for each in seen)}
    found = sorted({each for one in seen for each in one["found"]})
    arguments.out.write_text(json.dumps({**told, "found": found}), encoding="utf-8")


if __name__ == "__main__":
    main()

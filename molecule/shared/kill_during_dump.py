"""Kill the shared database as soon as a backup's sidecar writes rows. Gives up after two minutes."""

from __future__ import annotations

import os
import subprocess
import sys
import time

PREFIX = os.environ.get("FLEET_PREFIX", "ratchet")
HOSTS = tuple(f"{PREFIX}-app{number}" for number in (1, 2, 3))

# Each host looks by itself, many times a second, and stops the dump there: one of this size is done in a second, and on a busy
# machine the command that kills the database takes longer.
LOOK = (
    "until find /var/backups/ratchet -path '*/.partial-*/data/*.dat*' -size +0 2>/dev/null | grep -q .; do sleep 0.02; done; "
    "pkill -STOP -x pg_dump"
)

looking = [subprocess.Popen(["docker", "exec", host, "timeout", "120", "sh", "-c", LOOK]) for host in HOSTS]
deadline = time.monotonic() + 120
while not any(each.poll() == 0 for each in looking):
    if time.monotonic() > deadline:
        sys.exit("no dump was seen")
    time.sleep(0.01)
subprocess.run(["docker", "kill", f"{PREFIX}-postgres"], check=True, stdout=subprocess.DEVNULL)
for each, host in zip(looking, HOSTS, strict=True):
    if each.poll() == 0:
        subprocess.run(["docker", "exec", host, "pkill", "-CONT", "-x", "pg_dump"], check=True)
    each.kill()

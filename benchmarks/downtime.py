# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long a host serves nothing while it is upgraded, beside a bare ``docker compose up``, in turns:
``make fleet && .venv/bin/python benchmarks/downtime.py``.

One host of the fleet, the images there, between two releases with the same schema: 1.1.0 to 1.1.1, and back by ``rollback``. From the
last good answer to the first one after it, asked 200 times a second from beside the host.
"""

from __future__ import annotations

import http.client
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HOST = "ratchet-app1"
ROUNDS = 5
PLAY = [ROOT / ".venv/bin/ansible-playbook", "-i", ROOT / ".fleet/inventory/hosts.yml"]
ONE = ["-e", "runtime_hosts=app1", "-e", "runtime_monitor=1"]
BARE = "sed -i 's/^RUNTIME_TAG=.*/RUNTIME_TAG={}/' .env && docker compose up --detach --no-deps --pull never web >/dev/null 2>&1"


class Watcher(threading.Thread):
    """Asks all the time, and remembers the longest gap between two good answers."""

    def __init__(self, address: str) -> None:
        super().__init__(daemon=True)
        self._address = address
        self._over = threading.Event()
        self.gap = 0.0

    def run(self) -> None:
        """Ask until told to stop."""
        last = time.monotonic()
        while not self._over.wait(0.005):
            if self._answers():
                now = time.monotonic()
                self.gap, last = max(self.gap, now - last), now

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection(self._address, 8080, timeout=0.2)
        try:
            connection.request("GET", "/health")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def stop(self) -> float:
        """The longest gap, in seconds, once it answers again."""
        while not self._answers():
            time.sleep(0.01)
        time.sleep(0.1)
        self._over.set()
        self.join()
        return self.gap


def run(*command: object) -> None:
    """Run one of the parts."""
    done = subprocess.run(
        [str(each) for each in command], cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(done.stdout + done.stderr)


def playbook(name: str, *arguments: str) -> None:
    """Run a playbook on the one host."""
    run(*PLAY, f"ratchet.runtime.{name}", *ONE, *arguments)


def bare(version: str) -> None:
    """What an operator does by hand."""
    run("docker", "exec", "-w", "/opt/sample", HOST, "sh", "-ec", BARE.format(version))


def gap(address: str, act: Callable[[], None]) -> float:
    """Seconds without an answer while ``act`` is at it."""
    watcher = Watcher(address)
    watcher.start()
    act()
    return watcher.stop()


def main() -> None:
    """Measure both ways in turns, so that whatever else the machine does meets them alike."""
    run(*PLAY, ROOT / "tests/fleet/deploy.yml", "-e", "fleet_version=1.1.0")
    told = subprocess.run(
        ["docker", "inspect", HOST, "--format", "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}"],
        capture_output=True,
        text=True,
        check=True,
    )
    address = told.stdout.strip()
    playbook("upgrade", "-e", "runtime_version=1.1.1")
    playbook("rollback")
    taken: dict[str, list[float]] = {"docker compose up": [], "upgrade": [], "rollback": []}
    for _round in range(ROUNDS):
        taken["docker compose up"].append(gap(address, lambda: bare("1.1.1")))
        bare("1.1.0")
        taken["upgrade"].append(gap(address, lambda: playbook("upgrade", "-e", "runtime_version=1.1.1")))
        taken["rollback"].append(gap(address, lambda: playbook("rollback")))
    least = statistics.median(taken["docker compose up"])
    for name, times in taken.items():
        median = statistics.median(times)
        print(
            f"{name:<18} {median:6.2f} s  ({min(times):.2f} to {max(times):.2f})  {median / least:5.2f} times, {median - least:+.2f} s"
        )


if __name__ == "__main__":
    main()

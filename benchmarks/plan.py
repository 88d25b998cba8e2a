# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long a plan takes by the number of hosts, in one run: ``make fleet && .venv/bin/python benchmarks/plan.py``.

The fleet's hosts stand in for more: an inventory with several names for each. All work, the controller's and the hosts',
is done by this one machine, so many real hosts can only be faster.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
SIZES = (1, 3, 12)
ROUNDS = 3


def inventory(size: int, directory: Path) -> Path:
    """The fleet's inventory with ``size`` hosts."""
    content = yaml.safe_load((ROOT / ".fleet/inventory/hosts.yml").read_text())
    real = list(content["runtime"]["hosts"].values())
    content["runtime"]["hosts"] = {f"host{number}": real[number % len(real)] for number in range(size)}
    path = directory / f"{size}.yml"
    path.write_text(yaml.safe_dump(content))
    return path


def seconds(path: Path) -> float:
    """One plan."""
    command = [ROOT / ".venv/bin/ansible-playbook", "-i", path, "ratchet.runtime.plan", "-e", "runtime_version=2.0.0"]
    began = time.monotonic()
    done = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    return time.monotonic() - began


def main() -> None:
    """Measure in turns, so that whatever else the machine does meets all sizes alike."""
    with tempfile.TemporaryDirectory() as directory:
        paths = {size: inventory(size, Path(directory)) for size in SIZES}
        taken: dict[int, list[float]] = {size: [] for size in SIZES}
        for _round in range(ROUNDS):
            for size, path in paths.items():
                taken[size].append(seconds(path))
    least = {size: statistics.median(times) for size, times in taken.items()}
    for size, median in least.items():
        print(f"{size:>3} hosts  {median:5.1f} s  {median / least[SIZES[0]]:4.1f} times one host")


if __name__ == "__main__":
    main()

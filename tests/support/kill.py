# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""End a process and all that it started at once, as a power cut does: no handler of theirs runs."""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path


def kill_all(pid: int) -> None:
    """Kill a process and its descendants. Their group isn't enough: Ansible's workers have sessions of their own."""
    with contextlib.suppress(ProcessLookupError, FileNotFoundError):
        # Whoever is stopped starts no more.
        os.kill(pid, signal.SIGSTOP)
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                kill_all(int(child))
        os.kill(pid, signal.SIGKILL)

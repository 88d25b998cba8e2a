# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who runs this on the controller, and whether who ran something else here is still alive."""

from __future__ import annotations

import getpass
import multiprocessing
import os
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible_collections.ratchet.runtime.plugins.plugin_utils import operator

# A sign of life that is younger, in seconds, is proof enough: it is given at least this often.
FRESH = 60
_NAMES = ("awx", "tower")


def me(variables: Mapping[str, Any]) -> dict[str, Any]:
    """The owner of what this run locks: the process that all its tasks share, also over several plays and hops.

    :param variables: a task's, in which AWX tells about the job.
    """
    parent = multiprocessing.parent_process()
    pid = (parent.pid if parent else None) or os.getpid()
    return {
        "user": _word(_user()),
        **_machine(),
        "pid": pid,
        "started": _started(pid) or "",
        "job": _job(variables),
    }


def standing(lease: Mapping[str, Any], owner: Mapping[str, Any]) -> str:
    """What is known of who holds a lease: ``ours``, ``live``, ``dead``, ``expired``, ``unreadable``, or ``held``, as nothing is proven.

    :param lease: as ``lease.described`` tells it.
    :param owner: as :func:`me` tells it.
    """
    if "unreadable" in lease:
        return "unreadable"
    theirs = lease["owner"]
    # In another container or after another boot, the same pid is somebody else's.
    if theirs["started"] and all(theirs[key] == owner[key] for key in ("controller", "boot", "namespace")):
        if _started(theirs["pid"]) != theirs["started"]:
            return "dead"
        return "ours" if theirs["pid"] == owner["pid"] else "live"
    if lease["expired"]:
        return "expired"
    # A clock that was set back makes signs of life of the future: they prove nothing.
    return "live" if -FRESH < lease["age"] < FRESH else "held"


def judged(lease: Mapping[str, Any] | None, owner: Mapping[str, Any]) -> dict[str, Any] | None:
    """A lease with its ``standing``; what keeps one from being read stays as it is."""
    if not lease or "error" in lease:
        return dict(lease) if lease else None
    return {**lease, "standing": standing(lease, owner)}


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user without a name, as in some containers
        return str(os.getuid())


def _machine() -> dict[str, str]:
    """This boot of this machine or container; empty where there is no /proc, and then no process is proven to be gone."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        namespace = os.readlink("/proc/self/ns/pid")
    except OSError:
        boot = namespace = ""
    return {"controller": _word(platform.node()), "boot": boot, "namespace": namespace}


def _started(pid: int) -> str | None:
    """When a process began, in ticks since the boot; None when there is none, or it only waits to be buried."""
    try:
        # The name in parentheses may hold anything: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else fields[19]


def _job(variables: Mapping[str, Any]) -> dict[str, str]:
    """AWX's job, as it tells its jobs about themselves, by extra variables, and where the run can be looked at."""
    found = {
        key: _word(str(variables[f"{name}_{long}"]))
        for name in reversed(_NAMES)
        for key, long in (("id", "job_id"), ("user", "user_name"))
        if variables.get(f"{name}_{long}")
    }
    where = operator.url(variables)
    return {**found, "url": _word(where)} if where else found


def _word(text: str) -> str:
    """As a lease takes it."""
    return "".join(each for each in text if each.isprintable())[:200]

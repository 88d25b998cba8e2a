# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A process on the host that tidies up a rehearsal when nobody is heard of it any more: its controller was killed, or lost the host.

It does nothing else, and ends when there is nothing left to tidy up.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils import atomic

# Seconds without a sign of life; one is given every 15 seconds at most.
EXPIRY = 120.0
_LOOK = 5.0


def path_of(state_dir: str, rehearsal: str) -> str:
    """The file that tells of a rehearsal; its age is that of the last sign of life."""
    return os.path.join(state_dir, "rehearsal", f"{rehearsal}.json")


def others(state_dir: str, rehearsal: str) -> list[dict[str, Any]]:
    """The rehearsals that were heard of lately, but for this one: each with ``id``, ``database``, ``owner`` and ``age`` in seconds."""
    folder, found = os.path.join(state_dir, "rehearsal"), []
    for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
        path = os.path.join(folder, name)
        try:
            age = time.time() - os.stat(path).st_mtime
            with open(path, encoding="utf-8") as file:
                told = json.load(file)
        except (OSError, ValueError):
            continue
        if age < EXPIRY and isinstance(told, dict) and told.get("id") != rehearsal:
            found.append({**told, "age": round(age)})
    return found


def beat(state_dir: str, rehearsal: str) -> bool:
    """A sign of life.

    :returns: whether somebody is there to hear it.
    """
    try:
        os.utime(path_of(state_dir, rehearsal))
    except FileNotFoundError:
        return False
    return True


def watch(state_dir: str, told: dict[str, Any], tidy: Callable[[], None]) -> None:
    """Leave a process behind that calls ``tidy`` when no sign of life comes for :data:`EXPIRY` seconds.

    :param told: who rehearses what, with its ``id``.
    :param tidy: uses nothing that is open now, and imports nothing: a module's files are gone when it has ended.
    """
    path = path_of(state_dir, told["id"])
    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    atomic.write(path, json.dumps(told, sort_keys=True).encode())
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        return
    # The child's child belongs to nobody, and no terminal's end reaches it.
    os.setsid()
    if os.fork():
        os._exit(0)
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)
    os.chdir("/")
    try:
        _wait(path)
        tidy()
        forget(state_dir, told["id"])
    finally:
        os._exit(0)


def forget(state_dir: str, rehearsal: str) -> None:
    """The rehearsal is over: its caretaker, if there is one, goes too."""
    try:
        os.unlink(path_of(state_dir, rehearsal))
    except FileNotFoundError:
        pass


def _wait(path: str) -> None:
    """Until the file is gone, or too old."""
    while True:
        try:
            age = time.time() - os.stat(path).st_mtime
        except FileNotFoundError:
            os._exit(0)
        if age > EXPIRY:
            return
        time.sleep(_LOOK)

# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A process on the host that tidies up a rehearsal when nobody is heard of it any more: its controller was killed, or lost the host.

It does nothing else, and ends when there is nothing left to tidy up.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils import atomic
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError

# Seconds without a sign of life; one is given with every call, and every 15 seconds of it.
EXPIRY = 120.0
_SIGN = 15.0
_LOOK = 5.0


def path_of(state_dir: str, rehearsal: str) -> str:
    """The file that tells of a rehearsal; its age is that of the last sign of life."""
    return os.path.join(state_dir, "rehearsal", f"{rehearsal}.json")


def claim(state_dir: str, told: Mapping[str, Any], over: str = "") -> dict[str, Any] | None:
    """Begin to rehearse a database, unless somebody else does already.

    :param told: who rehearses what: ``id``, ``database`` and ``owner``.
    :param over: the rehearsal, by its id, that is known to be dead: it counts no more.
    :returns: None, or the other rehearsal that was heard of lately, with its ``age`` in seconds.
    """
    with _alone(state_dir):
        others = [
            each for each in _known(state_dir) if each["database"] == told["database"] and each["id"] != told["id"]
        ]
        for each in others:
            if each["age"] < EXPIRY and each["id"] != over:
                return each
        for each in others:
            forget(state_dir, each["id"])
        atomic.write(path_of(state_dir, told["id"]), json.dumps(told, sort_keys=True).encode())
    return None


def _known(state_dir: str) -> list[dict[str, Any]]:
    """All rehearsals that this host has a file of."""
    folder, found = os.path.join(state_dir, "rehearsal"), []
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        try:
            age = time.time() - os.stat(path).st_mtime
            with open(path, encoding="utf-8") as file:
                told = json.load(file)
        except (OSError, ValueError):
            continue
        if isinstance(told, dict) and {"id", "database", "owner"} <= {*told}:
            found.append({**told, "age": round(age)})
    return found


@contextlib.contextmanager
def _alone(state_dir: str) -> Iterator[None]:
    """Nobody begins a rehearsal on this host or tidies one up meanwhile. The kernel lets go of it when its holder dies."""
    folder = os.path.join(state_dir, "rehearsal")
    os.makedirs(folder, mode=0o700, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def beat(state_dir: str, rehearsal: str) -> bool:
    """A sign of life.

    :returns: whether somebody is there to hear it.
    """
    try:
        os.utime(path_of(state_dir, rehearsal))
    except FileNotFoundError:
        return False
    return True


@contextlib.contextmanager
def heard(state_dir: str, rehearsal: str) -> Iterator[None]:
    """Signs of life as long as this call is at work: large tables are counted for minutes.

    :raises RatchetError: when the rehearsal isn't there any more.
    """
    if not beat(state_dir, rehearsal):
        raise RatchetError(
            "the rehearsal was tidied up, as nothing was heard of its run any more", "Run again", over=True
        )
    done = threading.Event()

    def give() -> None:
        while not done.wait(_SIGN):
            beat(state_dir, rehearsal)

    giver = threading.Thread(target=give, daemon=True)
    giver.start()
    try:
        yield
    finally:
        done.set()
        giver.join()


def watch(state_dir: str, rehearsal: str, tidy: Callable[[], None]) -> None:
    """Leave a process behind that calls ``tidy`` when no sign of life comes for :data:`EXPIRY` seconds.

    :param rehearsal: as it was claimed.
    :param tidy: uses nothing that is open now, and imports nothing: a module's files are gone when it has ended.
    """
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
        while _is_heard_of(state_dir, rehearsal, tidy):
            time.sleep(_LOOK)
    finally:
        os._exit(0)


def forget(state_dir: str, rehearsal: str) -> None:
    """The rehearsal is over: its caretaker, if there is one, goes too."""
    try:
        os.unlink(path_of(state_dir, rehearsal))
    except FileNotFoundError:
        pass


def _is_heard_of(state_dir: str, rehearsal: str, tidy: Callable[[], None]) -> bool:
    """Whether somebody may still rehearse; who hasn't been heard of for too long is tidied up after.

    :returns: false when there is nothing left to do.
    """
    path = path_of(state_dir, rehearsal)
    try:
        if time.time() - os.stat(path).st_mtime <= EXPIRY:
            return True
        with _alone(state_dir):
            # Who begins meanwhile has forgotten this one, and removes what it has left.
            if time.time() - os.stat(path).st_mtime <= EXPIRY:
                return True
            tidy()
            forget(state_dir, rehearsal)
    except FileNotFoundError:
        return False
    except Exception:  # noqa: BLE001  # An engine that is being restarted answers the next time.
        return True
    return False

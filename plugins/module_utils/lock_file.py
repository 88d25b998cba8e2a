# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lock on a host: a file beside the journal, which is compared and replaced by one process at a time."""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat
import time
from collections.abc import Callable, Iterator
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils import atomic, lease
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError

# Seconds; whoever compares and replaces takes milliseconds.
_PATIENCE = 3.0


def path_of(state_dir: str, project: str) -> str:
    """Of a Compose project, whose name is safe as a file name by Compose's own rule."""
    return os.path.join(state_dir, "lock", f"{project}.json")


def read(path: str) -> str | None:
    """What is there, at most as much as shows that it is too much.

    :raises RatchetError: when this user may not know, or it isn't a file.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except PermissionError:
        raise RatchetError(
            f"Ansible's user may not read the lock {path}",
            "Connect as the one who ran the last upgrade, or set ansible_become: true",
        ) from None
    except OSError as error:
        raise _no_file(path) from error
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise _no_file(path)
        return os.read(handle, lease.MOST + 1).decode("utf-8", errors="surrogateescape")
    finally:
        os.close(handle)


def _no_file(path: str) -> RatchetError:
    return RatchetError(f"the lock {path} isn't a file", "Look at it, and remove it")


def described(state_dir: str, project: str) -> dict[str, Any] | None:
    """The lease on this host, for an observation."""
    return lease.described(read(path_of(state_dir, project)), time.time())


def exchange(state_dir: str, project: str, decide: Callable[[str | None, float], str | None]) -> None:
    """Replace what is there by what ``decide`` makes of it and of this host's clock; None removes it. Nobody comes in between.

    :raises RatchetError: when nothing can be written there.
    """
    path = path_of(state_dir, project)
    try:
        with _alone(os.path.dirname(path)):
            before = read(path)
            after = decide(before, time.time())
            if after is None and before is not None:
                os.unlink(path)
                atomic.sync_directory(os.path.dirname(path))
            elif after is not None and after != before:
                atomic.write(path, after.encode())
    except OSError as error:
        raise RatchetError(
            f"the lock {path} can't be written: {error.strerror or error}",
            "See that Ansible's user may write in runtime_state_dir (or set ansible_become: true), and that there is space",
        ) from error


@contextlib.contextmanager
def _alone(directory: str) -> Iterator[None]:
    """Be the only one at the locks of this host. The directory itself is locked: the files in it come and go."""
    os.makedirs(directory, mode=0o700, exist_ok=True)
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        until = time.monotonic() + _PATIENCE
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > until:
                    raise RatchetError(
                        f"another process holds on to {directory}", "See what it is (fuser), then run again"
                    ) from None
                time.sleep(0.02)
        yield
    finally:
        os.close(handle)

# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reach what only a container's own network reaches, where this host has no address: for a moment, this thread goes in there."""

from __future__ import annotations

import contextlib
import ctypes
import os
from collections.abc import Iterator

from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError

# https://man7.org/linux/man-pages/man2/setns.2.html
_NETWORK = 0x40000000


@contextlib.contextmanager
def of(pid: int | None) -> Iterator[None]:
    """The network of a process, for this thread and for what it opens there; an open connection stays what it is afterwards.

    :param pid: of the process as this host counts; None leaves everything as it is.
    :raises RatchetError: when this user may not, or the process has ended (the engine then says 0).
    """
    if pid is None:
        yield
        return
    with contextlib.ExitStack() as stack:
        own = stack.enter_context(open("/proc/thread-self/ns/net", "rb"))
        try:
            other = stack.enter_context(open(f"/proc/{pid}/ns/net", "rb"))
            _enter(other.fileno())
        except OSError as error:
            raise RatchetError(
                f"the throwaway server's network can't be entered: {error.strerror}",
                "Let Ansible be root on the host whose engine is used (ansible_become), and run again",
            ) from None
        try:
            yield
        finally:
            _enter(own.fileno())


def _enter(file: int) -> None:
    if ctypes.CDLL(None, use_errno=True).setns(file, _NETWORK):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))

# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes that are whole or not there: temporary file, fsync, rename, fsync of the directory (law 9)."""

from __future__ import annotations

import os
import tempfile


def write(path: str, content: bytes, like: str | None = None, mode: int = 0o600) -> None:
    """Write a file in one step.

    :param like: an existing file whose owner and mode the new one gets; otherwise it is the caller's.
    :param mode: of a file that is like no other.
    """
    temporary = beside(path, content, like, mode)
    try:
        os.rename(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
    sync_directory(os.path.dirname(path))


def beside(path: str, content: bytes, like: str | None = None, mode: int = 0o600) -> str:
    """Write what is to take the place of a file next to it, to its last byte; the parameters are those of :func:`write`.

    :returns: the path of what was written.
    """
    handle, temporary = tempfile.mkstemp(prefix=".ratchet-", dir=os.path.dirname(path))
    try:
        with os.fdopen(handle, "wb") as file:
            if like is not None:
                status = os.stat(like)
                os.fchown(file.fileno(), status.st_uid, status.st_gid)
                mode = status.st_mode & 0o7777
            os.fchmod(file.fileno(), mode)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except BaseException as error:
        os.unlink(temporary)
        if isinstance(error, OSError) and not error.filename:
            error.filename = path
        raise
    return temporary


def rename_directory(source: str, destination: str) -> None:
    """Give a finished directory its final name; both are in the same parent."""
    sync_directory(source)
    os.rename(source, destination)
    sync_directory(os.path.dirname(destination))


def sync_directory(path: str) -> None:
    """Make the names in a directory survive a power cut."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Room for backups and images: what is free on a host's file systems, and what a dump may take."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.sizes import readable

# A bare archive of an empty database takes some kilobytes; compression is not counted on.
_OVERHEAD = 1024 * 1024
# An empty throwaway server with its write-ahead log.
_SERVER = 512 * 1024 * 1024


def dump_size(identity: Mapping[str, Any]) -> int:
    """Bytes that a dump of this database takes at most, in ordinary circumstances."""
    return identity["data_size"] + _OVERHEAD


def trial_size(identity: Mapping[str, Any]) -> int:
    """Bytes that a throwaway server with this database takes at most, in ordinary circumstances."""
    return identity["size"] + _SERVER


def restored_size(identity: Mapping[str, Any]) -> int:
    """Bytes that this database takes beside the one whose place it is to have, in ordinary circumstances."""
    return identity["size"] + _OVERHEAD


def refuse_small(directory: str, identity: Mapping[str, Any]) -> None:
    """Refuse a dump that may not fit.

    :raises RatchetError: with both figures.
    """
    needed, there = dump_size(identity), free(directory)
    if there < needed:
        raise RatchetError(
            f"a backup of {identity['name']} may need {readable(needed)}, but {directory} has only {readable(there)} free",
            "Free some space there, or set runtime_backup_dir to a larger file system",
        )


def free(directory: str) -> int:
    """Bytes free for this user in ``directory``, or in the nearest parent that exists.

    :raises RatchetError: when no directory can be there.
    """
    status = os.statvfs(_nearest(directory))
    return status.f_bavail * status.f_frsize


def file_system(directory: str) -> int:
    """The identity of the file system that ``directory`` is or would be on."""
    return os.stat(_nearest(directory)).st_dev


def _nearest(directory: str) -> str:
    """``directory``, or the nearest parent that exists."""
    if not os.path.isabs(directory):
        raise RatchetError(
            f"the backup directory {directory!r} isn't an absolute path", "Set runtime_backup_dir to one"
        )
    while not os.path.lexists(directory):
        directory = os.path.dirname(directory)
    if not os.path.isdir(directory):
        raise RatchetError(
            f"{directory} is not a directory, so no backup can be put there", "Set runtime_backup_dir to one"
        )
    return directory

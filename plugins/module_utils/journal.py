# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal: what was deployed on this host, one line of JSON per event, only ever appended to."""

from __future__ import annotations

import json
import os
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError

DIRECTORY = "/var/lib/ratchet"
# How much of it an observation carries; the plan needs the newest deploys only.
RECENT = 40


# What is kept in this way, each in a directory of its own.
DEPLOYS, REHEARSALS = "journal", "rehearsals"


def path_of(state_dir: str, project: str, of: str = DEPLOYS) -> str:
    """The journal of a Compose project, whose name is unique on an engine and safe as a file name by Compose's own rule."""
    return os.path.join(state_dir, of, f"{project}.jsonl")


def read(state_dir: str, project: str, last: int = 0, of: str = DEPLOYS) -> list[dict[str, Any]]:
    """The entries, oldest first; the newest ``last`` of them, 0 for all.

    :param of: deploys, or rehearsals.

    A last line that isn't whole was being written when the host went down: what it would have said did not happen.

    :raises RatchetError: when an earlier line can't be read; guessing at a journal would defeat it.
    """
    path = path_of(state_dir, project, of)
    if os.path.exists(path) and not os.path.isfile(path):
        # A pipe would be waited for without an end.
        raise RatchetError(f"the journal {path} isn't a file", "Look at it, and remove it")
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            *lines, _torn = file.read().split("\n")
    except (FileNotFoundError, NotADirectoryError):
        return []
    except PermissionError:
        raise RatchetError(
            f"Ansible's user may not read the journal {path}",
            "Connect as the one who ran the last upgrade, or set ansible_become: true",
        ) from None
    entries = []
    for number, line in enumerate(lines, start=1):
        if not line:
            continue
        try:
            entry = json.loads(line)
        except (ValueError, RecursionError):
            entry = None
        if not isinstance(entry, dict):
            raise RatchetError(
                f"line {number} of the journal {path} isn't JSON", "Look at it, and remove that line if it is garbage"
            )
        entries.append(entry)
    return entries[-last:]


def append(state_dir: str, project: str, entry: dict[str, Any], of: str = DEPLOYS) -> bool:
    """Add ``entry`` unless an entry of the same deploy with the same outcome is there; on disk when this returns.

    :returns: whether it was added.
    """
    for known in read(state_dir, project, of=of):
        if (known.get("deploy"), known.get("outcome")) == (entry.get("deploy"), entry.get("outcome")):
            return False
    path = path_of(state_dir, project, of)
    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        size = os.fstat(handle).st_size
        torn = size > 0 and os.pread(handle, 1, size - 1) != b"\n"
        line = json.dumps(entry, sort_keys=True) + "\n"
        if torn:
            # The half line of an interrupted write is cut off: it was never an entry.
            whole = os.pread(handle, size, 0).rfind(b"\n") + 1
            os.ftruncate(handle, whole)
        os.write(handle, line.encode())
        os.fsync(handle)
    finally:
        os.close(handle)
    return True


def projects(state_dir: str) -> list[str]:
    """The projects that have a journal here."""
    directory = os.path.join(state_dir, "journal")
    try:
        names = sorted(os.listdir(directory))
    except (FileNotFoundError, NotADirectoryError):
        return []
    except PermissionError:
        raise RatchetError(
            f"Ansible's user may not read the journals in {directory}",
            "Connect as the one who ran the last upgrade, or set ansible_become: true",
        ) from None
    return [name[: -len(".jsonl")] for name in names if name.endswith(".jsonl")]


def backups(state_dir: str) -> set[str]:
    """Ids of all backups that any journal here names: the way back of a deploy."""
    made = [entry.get("backup") for project in projects(state_dir) for entry in read(state_dir, project)]
    return {backup["id"] for backup in made if isinstance(backup, dict) and backup.get("id")}

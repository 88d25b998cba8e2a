# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A support bundle as a file on the controller, whole or not there, and for its owner only."""

from __future__ import annotations

import io
import os
import tarfile
import time
from collections.abc import Mapping

from ansible_collections.ratchet.runtime.plugins.module_utils import atomic
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError

# A page is what people look at first; what else may lie beside it isn't the run's.
_PAGES = ("report.html", "report.md", "report.json")
_KINDS = ("upgrade-", "rollback-")
# Folders of rehearsals begin in the same way.
_REHEARSAL = "upgrade-test-"


def write(directory: str, files: Mapping[str, bytes], now: float) -> str:
    """Pack ``files`` into a new file in ``directory``, which is made where it is missing, and return its path.

    :raises RatchetError: when it can't be written.
    """
    name = f"ratchet-bundle-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime(now))}"
    path = os.path.join(directory, f"{name}.tar.gz")
    try:
        os.makedirs(directory, exist_ok=True)
        atomic.write(path, packed(name, files, now), mode=0o600)
    except OSError as error:
        raise RatchetError(
            f"the bundle can't be written: {error.filename or path}: {error.strerror or error}",
            "Make room for it, or name a directory on the controller in runtime_bundle_dir",
        ) from error
    return path


def packed(folder: str, files: Mapping[str, bytes], now: float) -> bytes:
    """The files in one folder, as tar.gz; nothing in it tells who made it."""
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w:gz") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(f"{folder}/{name}")
            entry.size, entry.mode, entry.mtime = len(content), 0o600, int(now)
            archive.addfile(entry, io.BytesIO(content))
    return whole.getvalue()


def last_run(reports: str) -> dict[str, bytes]:
    """The page of the newest run below ``reports``; nothing where there is none, or it can't be read."""
    try:
        runs = [each for each in os.scandir(reports) if _is_run(each)]
        newest = max(runs, key=lambda each: each.stat().st_mtime)
        found = {}
        for name in _PAGES:
            with open(os.path.join(newest.path, name), "rb") as file:
                found[name] = file.read()
    except (OSError, ValueError):
        return {}
    return found


def _is_run(entry: os.DirEntry[str]) -> bool:
    named = entry.name.startswith(_KINDS) and not entry.name.startswith(_REHEARSAL)
    return named and entry.is_dir(follow_symlinks=False)

# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Backups in a directory: each is a directory of its own with a manifest, and has its final name only when it is proven."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shutil
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils import atomic
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError

DIRECTORY = "/var/backups/ratchet"
# How many proven backups of a database are kept.
KEEP = 5
# The format of manifests that this version writes and reads.
FORMAT = 2
PARTIAL = ".partial-"
MANIFEST = "manifest.json"

_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,120}")
_BLOCK = 1024 * 1024


@contextmanager
def only_one(directory: str) -> Iterator[None]:
    """Hold the directory's lock: a second run waits its turn (a rerun after a lost connection, mostly)."""
    os.makedirs(directory, mode=0o700, exist_ok=True)
    handle = os.open(os.path.join(directory, ".lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def write_manifest(directory: str, manifest: Mapping[str, Any]) -> None:
    """Write the manifest of a backup, whole or not at all."""
    atomic.write(os.path.join(directory, MANIFEST), json.dumps(manifest, indent=1).encode())


def read_manifest(directory: str) -> dict[str, Any]:
    """The manifest of one backup, with ``path``.

    :raises RatchetError: when it isn't there, isn't JSON, or is of a format that this version doesn't know.
    """
    path = os.path.join(directory, MANIFEST)
    content = b""
    try:
        with open(path, "rb") as file:
            content = file.read()
    except FileNotFoundError:
        raise RatchetError(
            f"there is no backup in {directory}",
            "See what there is: the module postgres_backup_info tells it, or the playbook restore without runtime_backup",
        ) from None
    except PermissionError:
        raise RatchetError(
            f"Ansible's user may not read {path}", "Connect as the one who made it, or set ansible_become: true"
        ) from None
    except OSError:
        pass  # what can't be read is as damaged as what can't be understood
    return {**understood(content, path), "path": directory}


def understood(content: bytes, path: str) -> dict[str, Any]:
    """A manifest, from the bytes of its file.

    :param path: where that is, for the message.
    :raises RatchetError: when it isn't JSON, or is of a format that this version doesn't know.
    """
    try:
        manifest = json.loads(content)
    except (ValueError, RecursionError):
        manifest = None
    if not isinstance(manifest, dict) or not isinstance(manifest.get("files", {}), dict):
        raise RatchetError(f"{path} is damaged", "Use another backup")
    if manifest.get("format") != FORMAT:
        raise RatchetError(
            f"{path} is of the format {manifest.get('format')!r}, and this version knows {FORMAT}",
            "Use the version of the collection that made it",
        )
    if not isinstance(manifest.get("id"), str) or not is_id(manifest["id"]):
        raise RatchetError(f"{path} is damaged", "Use another backup")
    return manifest


def is_id(text: str) -> bool:
    """Whether a backup may be called so: it is also the name of its directory."""
    return _ID.fullmatch(text) is not None


def is_inside(name: str) -> bool:
    """Whether a name in a manifest is that of a file in the backup's own directory, and not of its manifest."""
    plain = os.path.normpath(name) == name and not name.startswith(("/", "..")) and "\0" not in name
    return plain and name not in (".", MANIFEST)


def path_of(directory: str, wanted: str) -> str:
    """Where the backup ``wanted``, an id or an absolute path, is.

    :raises RatchetError: when it is neither.
    """
    if os.path.isabs(wanted):
        return os.path.normpath(wanted)
    if not is_id(wanted):
        raise RatchetError(
            f"{wanted!r} is neither the id of a backup nor an absolute path",
            "Give one of the ids that the module postgres_backup_info tells, or the playbook restore without runtime_backup",
        )
    return os.path.join(directory, wanted)


def backups(directory: str) -> list[dict[str, Any]]:
    """The manifests of all finished backups, oldest first; a damaged one has ``id``, ``path`` and ``error`` only."""
    found = []
    for name in sorted(os.listdir(directory)) if os.path.isdir(directory) else []:
        path = os.path.join(directory, name)
        if not is_id(name) or not os.path.isdir(path):
            continue
        try:
            found.append(read_manifest(path))
        except RatchetError as error:
            found.append({"id": name, "path": path, "error": error.reason, "remedy": error.remedy})
    return sorted(found, key=lambda each: each.get("started_at", ""))


def partial(directory: str) -> list[dict[str, Any]]:
    """The manifests of backups that are still being made, as far as they can be read."""
    found = []
    for name in sorted(os.listdir(directory)):
        if name.startswith(PARTIAL):
            try:
                found.append(read_manifest(os.path.join(directory, name)))
            except RatchetError:
                continue
    return found


def damage(manifest: Mapping[str, Any], thorough: bool = True) -> list[str]:
    """What is wrong with the files of a backup, each by its name; nothing when every byte is as it was proven.

    :param thorough: whether the files are read; otherwise only their sizes tell.
    """
    wrong = []
    for name, told in sorted(manifest["files"].items()):
        path = os.path.join(manifest["path"], name)
        if not is_inside(name):
            wrong.append(f"{name} isn't a name of a file in it")
        elif not os.path.isfile(path):
            wrong.append(f"{name} is missing")
        elif os.path.getsize(path) != told["size"]:
            wrong.append(f"{name} has {os.path.getsize(path)} bytes, and had {told['size']}")
        elif thorough and checksum(path) != told["sha256"]:
            wrong.append(f"{name} has another content")
    if checksum_of(manifest["files"]) != manifest.get("sha256"):
        wrong.append(f"{MANIFEST} was edited")
    return wrong


def refuse_damaged(found: list[dict[str, Any]]) -> None:
    """Refuse backups that aren't as they were proven.

    :raises RatchetError: naming the files, with all of them as ``damage``.
    """
    damaged = {each["id"]: [each["error"]] if "error" in each else damage(each) for each in found}
    damaged = {id: wrong for id, wrong in damaged.items() if wrong}
    if damaged:
        told = "; ".join(f"{id}: {', '.join(wrong[:5])}" for id, wrong in damaged.items())
        raise RatchetError(
            f"what was proven is there no longer: {told}",
            "Use another backup, look at the disk, and make a new one now",
            damage=damaged,
        )


def checksum_of(files: Mapping[str, Mapping[str, Any]]) -> str:
    """SHA-256 over the lines that ``sha256sum`` prints for all files, by their names."""
    lines = [f"{files[path]['sha256']}  {path}" for path in sorted(files)]
    return hashlib.sha256("\n".join(lines).encode("utf-8", errors="surrogateescape")).hexdigest()


def checksum(path: str) -> str:
    """SHA-256 of a file."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def checksums(manifest: Mapping[str, Any]) -> dict[str, str]:
    """SHA-256 of every file that a copy of a backup has to have, its manifest among them."""
    files = {name: told["sha256"] for name, told in manifest["files"].items()}
    return {**files, MANIFEST: checksum(os.path.join(manifest["path"], MANIFEST))}


def superfluous(
    found: list[dict[str, Any]], database_id: str, keep: int, named: Collection[str]
) -> list[dict[str, Any]]:
    """The backups of a database that may go: all but the newest ``keep`` and those that something still needs.

    :param found: as :func:`backups` tells them. Damaged ones are left to a person.
    :param keep: at least 1 is kept: the newest proven one.
    :param named: ids that a journal names.
    """
    own = [each for each in found if "error" not in each and each["database"]["id"] == database_id]
    return [each for each in own[: -max(1, keep)] if each["id"] not in named]


def sweep(directory: str, keep: str | None) -> None:
    """Remove what killed runs left half-made, but for ``keep``."""
    for name in os.listdir(directory):
        path = os.path.join(directory, name)
        if name.startswith(PARTIAL) and path != keep:
            shutil.rmtree(path, ignore_errors=True)


def remove(manifest: Mapping[str, Any]) -> None:
    """Remove a backup; it stops being one at once, also if this is interrupted."""
    directory, name = os.path.split(manifest["path"])
    going = os.path.join(directory, PARTIAL + name)
    os.rename(manifest["path"], going)
    shutil.rmtree(going, ignore_errors=True)

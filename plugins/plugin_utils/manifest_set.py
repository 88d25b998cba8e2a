# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The manifests on the controller: found, read, and written all together or not at all."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from ansible_collections.ratchet.runtime.plugins.module_utils import atomic, splice
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.plugin_utils.manifest_file import LARGEST
from ansible_collections.ratchet.runtime.plugins.plugin_utils.problems import Problems

_ENDINGS = (".yml", ".yaml")
# A directory with more is somebody's home, and not a folder of manifests.
MOST = 1000


def read(wanted: Sequence[str], problems: Problems) -> dict[str, bytes]:
    """The manifests by absolute path, in order; what is wrong with any is added to ``problems``.

    :param wanted: absolute paths of files, and of directories, of which all YAML files count.
    """
    contents: dict[str, bytes] = {}
    paths = list(islice(_found(wanted, problems), MOST + 1))
    if len(paths) > MOST:
        problems.add(
            RatchetError(f"there are more than {MOST} YAML files", "Name the directory of the manifests alone")
        )
        return {}
    for path in dict.fromkeys(paths):
        content = problems.attempt("", _read, path)
        if content is not None:
            contents[path] = content
    return contents


def _found(wanted: Sequence[str], problems: Problems) -> Iterator[str]:
    for path in wanted:
        if os.path.isdir(path) and not os.path.islink(path):
            empty = True
            for each in _inside(path, problems):
                empty = False
                yield each
            if empty:
                problems.add(RatchetError(f"{path} holds no file that ends in .yml or .yaml", "Name the manifests"))
        else:
            yield path


def _inside(directory: str, problems: Problems) -> Iterator[str]:
    def refuse(error: OSError) -> None:
        problems.add(_unreadable(error.filename, error))

    for folder, folders, names in os.walk(directory, onerror=refuse):
        # .git and its like are no place of manifests.
        folders[:] = sorted(each for each in folders if not each.startswith("."))
        for name in sorted(names):
            path = os.path.join(folder, name)
            if name.endswith(_ENDINGS) and not name.startswith(".") and not _leads_to(path, directory):
                yield path


def _leads_to(path: str, directory: str) -> bool:
    """Whether it is a link to what is found in the directory anyway."""
    return os.path.islink(path) and os.path.realpath(path).startswith(os.path.realpath(directory) + os.sep)


def _read(path: str) -> bytes:
    try:
        status = os.lstat(path)
        if stat.S_ISLNK(status.st_mode):
            raise RatchetError(f"{path} is a symbolic link", f"Name what it points to: {os.path.realpath(path)}")
        if not stat.S_ISREG(status.st_mode):
            raise RatchetError(f"{path} isn't a file", "Name files, or directories that hold them")
        if status.st_size > LARGEST:
            raise RatchetError(
                f"{path} has {status.st_size:,} bytes, more than any manifest", "Name the manifests alone"
            )
        if status.st_nlink > 1:
            raise RatchetError(
                f"{path} is one of {status.st_nlink} names of the same file, and the others would keep what is in it",
                "Let it be a file by itself",
            )
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise _unreadable(path, error) from error


def refuse_unwritable(paths: Sequence[str], problems: Problems) -> None:
    """What would keep this user from writing, found before anything is written."""
    for path in paths:
        if not (os.access(os.path.dirname(path), os.W_OK | os.X_OK) and os.access(path, os.W_OK)):
            problems.add(
                RatchetError(f"{path} can't be written by this user", "Run as one who may write it, and its directory")
            )


def write(changes: Mapping[str, tuple[str, Sequence[splice.Splice]]]) -> None:
    """Make all changes or none.

    :param changes: by path, the SHA-256 that the file has to have, and what becomes of it.
    :raises RatchetError: when a file isn't as planned any more, or can't be written; then all are as they were.
    """
    staged: dict[str, str] = {}
    kept: dict[str, str] = {}
    done: list[str] = []
    try:
        for path, (before, splices) in changes.items():
            content = _read(path)
            if splice.checksum(content) != before:
                raise RatchetError(f"{path} was changed since the plan was made", "Look at the change, then run again")
            # Both before the first file changes: afterwards the disk may be full.
            staged[path] = atomic.beside(path, splice.spliced(content, list(splices)), like=path)
            kept[path] = atomic.beside(path, content, like=path)
        for path, temporary in staged.items():
            os.rename(temporary, path)
            done.append(path)
    except BaseException as error:
        for path in done:
            os.rename(kept[path], path)
        if isinstance(error, OSError):
            raise _unreadable(error.filename or "a manifest", error, "written") from error
        raise
    finally:
        for temporary in (*staged.values(), *kept.values()):
            if os.path.lexists(temporary):
                os.unlink(temporary)
    for directory in {os.path.dirname(path) for path in done}:
        atomic.sync_directory(directory)


def _unreadable(path: str, error: OSError, what: str = "read") -> RatchetError:
    return RatchetError(
        f"{path} can't be {what}: {error.strerror}", "Mend that, then run again: no manifest was changed"
    )

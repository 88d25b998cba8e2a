# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A copy of a backup on the controller, put together from pieces: it has its name only when every file is what was proven."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import IO, Any

from ansible_collections.ratchet.runtime.plugins.module_utils import atomic, pieces, space, store
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.sizes import readable

_SHA256 = re.compile(r"[0-9a-f]{64}")
# Pieces in one question, which small files would fill up endlessly.
_MANY = 500


@dataclass(frozen=True)
class Piece:
    """A part of a file; ``offset`` and ``size`` in bytes."""

    name: str
    offset: int
    size: int


@dataclass
class _Arriving:
    """A file that is being written."""

    file: IO[bytes]
    digest: Any
    resumed: bool


@contextmanager
def writing(place: str) -> Iterator[None]:
    """What the controller's disk says, in words.

    :param place: what is written there.
    """
    try:
        yield
    except OSError as error:
        raise RatchetError(
            f"{place} can't be written on the controller: {error.strerror or error}",
            "Nothing was stopped, and the backup on the host is as it was. Make room or name a directory that this user may write to, and run again",
        ) from error


def refuse_place(directory: str, what: str = "copy") -> None:
    """Refuse a directory that this user could not put a copy in.

    :param directory: an absolute path on the controller; it may be missing.
    :param what: what is to be put there, for the message.
    """
    nearest = directory
    while not os.path.lexists(nearest):
        nearest = os.path.dirname(nearest)
    if not os.path.isdir(nearest) or not os.access(nearest, os.W_OK | os.X_OK):
        why = "may not be written to by this user" if os.path.isdir(nearest) else "isn't a directory"
        raise RatchetError(f"{nearest} on the controller {why}, so no {what} can be put in {directory}", "Name another")


@dataclass
class Copy:
    """A copy that is there, or is being made. What comes from the host is believed in nothing.

    :ivar directory: where copies live on the controller.
    :ivar content: the manifest's file, byte for byte.
    """

    directory: str
    content: bytes
    manifest: dict[str, Any]
    _done: set[str] = field(default_factory=set)
    _have: dict[str, int] = field(default_factory=dict)
    _arriving: dict[str, _Arriving] = field(default_factory=dict)

    @classmethod
    def of(cls, directory: str, content: bytes) -> Copy:
        """The copy of the backup with this manifest.

        :raises RatchetError: when the manifest names what no backup holds, such as files outside of it.
        """
        manifest = store.understood(content, f"the host's {store.MANIFEST}")
        files = manifest.get("files") or {}
        fit = all(store.is_inside(name) and _is_told(told) for name, told in files.items())
        if not files or not fit or store.checksum_of(files) != manifest.get("sha256"):
            raise RatchetError(
                f"the {store.MANIFEST} of {manifest['id']} was edited, or isn't finished", "Use another backup"
            )
        return cls(directory, content, manifest)

    @property
    def path(self) -> str:
        """Where it is when it is whole."""
        return os.path.join(self.directory, self.manifest["id"])

    @property
    def partial(self) -> str:
        """Where it grows."""
        return os.path.join(self.directory, store.PARTIAL + self.manifest["id"])

    def is_there(self) -> bool:
        """Whether it is there, with every byte.

        :raises RatchetError: when something else has its name.
        """
        if not os.path.lexists(self.path):
            return False
        with writing(self.path):
            try:
                found = store.read_manifest(self.path)
                with open(os.path.join(self.path, store.MANIFEST), "rb") as file:
                    wrong = store.damage(found) if file.read() == self.content else [f"another {store.MANIFEST}"]
            except RatchetError as error:
                wrong = [error.reason]
        if wrong:
            raise RatchetError(
                f"{self.path} on the controller isn't the backup {self.manifest['id']}: {', '.join(wrong[:5])}",
                "Move it away, look at the disk under it, and run again",
            )
        return True

    def begin(self) -> None:
        """Make a place for it, or see what an interrupted run has left there."""
        with writing(self.partial):
            os.makedirs(self.partial, mode=0o700, exist_ok=True)
            # Written first, so that what is left of an interrupted copy says what it is.
            atomic.write(os.path.join(self.partial, store.MANIFEST), self.content)
            for name, told in self.manifest["files"].items():
                path = os.path.join(self.partial, name)
                os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
                self._have[name], whole = _kept(path, told)
                if whole:
                    self._done.add(name)
            free = space.free(self.directory)
        needed = self.size - self.received
        if free < needed:
            raise RatchetError(
                f"the copy of {self.manifest['id']} needs {readable(needed)} more, but {self.directory} on the controller has only "
                f"{readable(free)} free",
                "Nothing was stopped, and the backup on the host is as it was. Make room, or name another directory, and run again",
            )

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(told["size"] for told in self.manifest["files"].values())

    @property
    def received(self) -> int:
        """Bytes that are here."""
        return sum(self._have.values())

    def questions(self) -> Iterator[list[Piece]]:
        """What to ask the host for, one answer after the other, until nothing is left."""
        while left := [name for name in sorted(self.manifest["files"]) if name not in self._done]:
            files = [(name, self._have[name], self.manifest["files"][name]["size"]) for name in left]
            yield from batches(files)

    def receive(self, asked: Sequence[Piece], contents: Sequence[bytes]) -> None:
        """Write what the host answered.

        :raises RatchetError: when it isn't what was asked for, a file isn't what was proven, or can't be written.
        """
        if [len(each) for each in contents] != [piece.size for piece in asked]:
            raise RatchetError("the host answered something else than it was asked for", "Run again")
        for piece, content in zip(asked, contents, strict=True):
            path = os.path.join(self.partial, piece.name)
            with writing(path):
                arriving = self._arriving.get(piece.name) or self._open(path, piece)
                arriving.file.write(content)
                arriving.digest.update(content)
                self._have[piece.name] += len(content)
                if self._have[piece.name] == self.manifest["files"][piece.name]["size"]:
                    self._close(path, piece.name)

    def _open(self, path: str, piece: Piece) -> _Arriving:
        """Go on with a file where it was left."""
        # O_NOFOLLOW: nothing is written through a link.
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        file = os.fdopen(handle, "r+b")
        file.truncate(piece.offset)
        digest = hashlib.sha256()
        while block := file.read(pieces.MOST):
            digest.update(block)
        self._arriving[piece.name] = _Arriving(file, digest, resumed=piece.offset > 0)
        return self._arriving[piece.name]

    def _close(self, path: str, name: str) -> None:
        """Put a whole file on the disk, and believe it or not."""
        arrived = self._arriving.pop(name)
        with arrived.file:
            arrived.file.flush()
            os.fsync(arrived.file.fileno())
        if arrived.digest.hexdigest() == self.manifest["files"][name]["sha256"]:
            self._done.add(name)
            return
        os.unlink(path)
        self._have[name] = 0
        # What an interrupted run left of it may have been bad: once more, all of it.
        if not arrived.resumed:
            raise RatchetError(
                f"{name} of the backup {self.manifest['id']} isn't what was proven",
                "Nothing was stopped. postgres_backup_info with verify tells whether the host's disk is to blame; make a new backup",
            )

    def finish(self) -> None:
        """Give it its name."""
        with writing(self.path):
            for directory, _directories, _names in os.walk(self.partial):
                atomic.sync_directory(directory)
            atomic.rename_directory(self.partial, self.path)
            self._sweep()

    def _sweep(self) -> None:
        """Remove what interrupted runs left of older copies of the same database."""
        for each in store.partial(self.directory):
            if _database(each) is not None and _database(each) == _database(self.manifest):
                shutil.rmtree(each["path"], ignore_errors=True)

    def close(self) -> None:
        """Let go of what is open."""
        for each in self._arriving.values():
            with suppress(OSError):
                each.file.close()


def batches(files: Sequence[tuple[str, int, int]], most: int = pieces.MOST) -> Iterator[list[Piece]]:
    """Files as pieces, of which as many are asked for at once as ``most`` bytes hold.

    :param files: of each the name, how many bytes are here, and how many it has.
    """
    batch: list[Piece] = []
    room = most
    for name, offset, size in files:
        while True:
            piece = Piece(name, offset, min(size - offset, room))
            batch.append(piece)
            offset, room = offset + piece.size, room - piece.size
            if not room or len(batch) == _MANY:
                yield batch
                batch, room = [], most
            if offset == size:
                break
    if batch:
        yield batch


def _kept(path: str, told: Mapping[str, Any]) -> tuple[int, bool]:
    """How many bytes of a file are here already and may be right, and whether it is whole and right."""
    here = os.path.getsize(path) if os.path.isfile(path) else 0
    if here < told["size"]:
        return here, False
    whole = here == told["size"] and os.path.isfile(path) and store.checksum(path) == told["sha256"]
    return (here, True) if whole else (0, False)


def _database(manifest: Mapping[str, Any]) -> Any:
    database = manifest.get("database")
    return database.get("id") if isinstance(database, Mapping) else None


def _is_told(told: Any) -> bool:
    return (
        isinstance(told, Mapping)
        and isinstance(told.get("size"), int)
        and not isinstance(told["size"], bool)
        and told["size"] >= 0
        and _SHA256.fullmatch(str(told.get("sha256"))) is not None
    )

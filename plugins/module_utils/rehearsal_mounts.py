# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a rehearsal mounts in the place of production's directories and volumes: they are seen as they are, and never written.

A directory becomes the lower layer of an overlay, whose upper layer takes what is written and goes with the rehearsal:
https://docs.kernel.org/filesystems/overlayfs.html. Through a bind mount, also a read-only
one, a socket leads to the server that listens there; through an overlay it doesn't. So what may hold one is never bound.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

DIRECTORY, FILE, SOCKETS, MISSING, OTHER = "directory", "file", "directory with sockets", "missing", "other"
# Where a host shows itself and its services rather than files.
_OF_THE_HOST = ("/dev", "/proc", "/run", "/sys", "/var/run")
# They part the options of an overlay, and of its layers.
_UNFIT = (",", ":", "\\")
# The kernel takes one page.
_LONGEST = 4000
# How many entries are looked at for a socket.
_ENTRIES = 20_000


@dataclass(frozen=True)
class Overlay:
    """A directory of production under a layer of the rehearsal's own."""

    volume: str
    source: str
    upper: str
    work: str

    def options(self) -> str:
        return f"lowerdir={self.source},upperdir={self.upper},workdir={self.work}"

    def make(self) -> None:
        """Make its two directories, and hide the sockets that the source holds: up to Linux 4.18 they would lead to their server.

        The upper one has the owner and mode of the source, which is what the application sees.
        """
        os.makedirs(self.work, 0o700, exist_ok=True)
        os.makedirs(self.upper, 0o700, exist_ok=True)
        _as(self.source, self.upper)
        for path in _sockets(self.source)[0]:
            at = self.upper
            for name in os.path.relpath(os.path.dirname(path), self.source).split("/"):
                at = os.path.normpath(os.path.join(at, name))
                if not os.path.isdir(at):
                    os.mkdir(at, 0o700)
                    _as(os.path.join(self.source, os.path.relpath(at, self.upper)), at)
            hidden = os.path.join(at, os.path.basename(path))
            if not os.path.lexists(hidden):
                os.mknod(hidden, stat.S_IFCHR, os.makedev(0, 0))


def _as(source: str, directory: str) -> None:
    """Give ``directory`` the mode, times, attributes and owner of ``source``."""
    shutil.copystat(source, directory)
    status = os.stat(source)
    os.chown(directory, status.st_uid, status.st_gid)


def kind_of(path: str) -> str:
    """What ``path`` is on this host: one of the words above. What can't be looked into may be anything."""
    try:
        mode = os.stat(path).st_mode
    except (FileNotFoundError, NotADirectoryError):
        return MISSING
    except OSError:
        return OTHER
    if stat.S_ISREG(mode):
        return FILE
    if not stat.S_ISDIR(mode):
        return OTHER
    found, all_seen = _sockets(path)
    return DIRECTORY if all_seen and not found else SOCKETS


def _sockets(directory: str) -> tuple[list[str], bool]:
    """The sockets below ``directory``, and whether all of it was looked at."""
    seen, unread, found = 0, [], []
    for folder, _folders, files in os.walk(directory, onerror=unread.append):
        for path in (os.path.join(folder, name) for name in files):
            try:
                if stat.S_ISSOCK(os.lstat(path).st_mode):
                    found.append(path)
            except OSError:
                pass  # it went away meanwhile
        seen += 1 + len(files)
        if seen > _ENTRIES:
            return found, False
    return found, not unread


def plain(text: str) -> str:
    """A value as it is; Compose renders it so that it can be read again."""
    return text.replace("$$", "$")


def escaped(text: str) -> str:
    """A value as Compose has to read it."""
    return text.replace("$", "$$")


class Copies:
    """The mounts of a rehearsal's services, and the volumes behind them. Two services that share a directory still do.

    :param root: the directory below which the upper layers lie.
    :param mountpoints: where the volumes of this host lie, by their names; None where that is no directory here.
    :param kind: what a path is (``kind_of``).
    """

    def __init__(self, root: str, mountpoints: Mapping[str, str | None], kind: Callable[[str], str]) -> None:
        self.root = os.path.normpath(root)
        self.notes: list[str] = []
        self._mountpoints = mountpoints
        self._kind = kind
        self._overlays: dict[str, Overlay] = {}
        self._empty: dict[str, str] = {}

    @property
    def overlays(self) -> list[Overlay]:
        return [*self._overlays.values()]

    def volumes(self, labels: Mapping[str, str]) -> dict[str, Any]:
        """The volumes of the Compose project."""
        found: dict[str, Any] = {}
        for each in self.overlays:
            options = {"type": "overlay", "device": "overlay", "o": escaped(each.options())}
            found[each.volume] = {"driver": "local", "driver_opts": options, "labels": dict(labels)}
        return {**found, **{each: {"driver": "local", "labels": dict(labels)} for each in self._empty.values()}}

    def is_file(self, path: str) -> bool:
        return self._kind(plain(path)) == FILE

    def mount(self, service: str, mount: Mapping[str, Any], project: Mapping[str, Any]) -> dict[str, Any] | None:
        """A mount of a rendered service as it is in the rehearsal; None if it isn't there.

        :param project: the rendered project, which names its volumes.
        """
        kind, source = mount.get("type"), mount.get("source") or ""
        if kind == "volume" and source:
            return self._of_volume(service, mount, (project.get("volumes") or {}).get(source) or {})
        if kind == "bind" and source:
            return self._of_bind(service, mount, os.path.normpath(plain(source)))
        if kind in ("volume", "tmpfs"):
            return {key: mount[key] for key in ("type", "target", "read_only", "volume", "tmpfs") if key in mount}
        return self._dropped(service, mount, f"a mount of the type {kind}")

    def _of_volume(self, service: str, mount: Mapping[str, Any], volume: Mapping[str, Any]) -> dict[str, Any]:
        name = volume.get("name") or mount["source"]
        path = self._mountpoints.get(name)
        path = os.path.normpath(path) if path else ""
        overlay = self._overlay(path) if path and self._kind(path) in (DIRECTORY, SOCKETS) else None
        kept = {key: mount[key] for key in ("type", "target", "read_only") if key in mount}
        if overlay:
            return {**kept, "source": overlay.volume, "volume": mount.get("volume") or {}}
        if name not in self._empty:
            self.notes.append(f"The volume {name} can't be shown to the rehearsal: {service} has an empty one")
        # Without a subpath, which would have to be there.
        return {**kept, "source": self._empty.setdefault(name, f"empty-{_called(name)}")}

    def _of_bind(self, service: str, mount: Mapping[str, Any], path: str) -> dict[str, Any] | None:
        kind = self._kind(path)
        kept = {key: mount[key] for key in ("target", "read_only") if key in mount}
        if kind == MISSING:
            return self._dropped(service, mount, f"{path}, which isn't there")
        if kind == OTHER or (kind != FILE and any(_within(path, each) for each in _OF_THE_HOST)):
            return self._dropped(service, mount, f"{path}, which leads to the host or one of its services")
        overlay = self._overlay(path) if kind != FILE else None
        if overlay:
            # Docker would copy what the image has there into an empty volume, and into no bind mount.
            return {"type": "volume", "source": overlay.volume, **kept, "volume": {"nocopy": True}}
        if kind == SOCKETS or _within(self.root, path) or _within(path, self.root):
            return self._dropped(service, mount, f"{path}, which can't be shown to the rehearsal without its sockets")
        if not mount.get("read_only"):
            self.notes.append(f"{service} can't write {path}, and reads what production has there")
        # Not the older way of telling it, which parts source and target by a colon.
        how = {"create_host_path": False}
        return {"type": "bind", "source": escaped(path), **kept, "read_only": True, "bind": how}

    def _overlay(self, path: str) -> Overlay | None:
        """The overlay over ``path``; None where there can be none."""
        if path in self._overlays:
            return self._overlays[path]
        upper, work = (os.path.join(self.root, _called(path), name) for name in ("upper", "work"))
        overlay = Overlay(f"copy-{_called(path)}", path, upper, work)
        # No layer of an overlay may lie in another.
        if _within(self.root, path) or _within(path, self.root) or len(overlay.options()) > _LONGEST:
            return None
        if any(each in one for each in _UNFIT for one in (path, self.root)):
            return None
        self._overlays[path] = overlay
        return overlay

    def _dropped(self, service: str, mount: Mapping[str, Any], what: str) -> None:
        self.notes.append(f"{service} has nothing at {plain(mount.get('target') or '')}: in production it is {what}")


def _called(source: str) -> str:
    """A word for ``source`` that is the same whatever else is started: a part may be started again with more services."""
    return hashlib.sha256(os.fsencode(source)).hexdigest()[:12]


def _within(path: str, directory: str) -> bool:
    return path == directory or path.startswith(directory.rstrip("/") + "/")

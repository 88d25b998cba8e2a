# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an image has installed, read from its file system alone: nothing of it runs, and it needs neither shell nor package manager."""

from __future__ import annotations

import io
import json
import re
import tarfile
from collections.abc import Callable, Iterator
from email.parser import HeaderParser
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils.engine import Engine
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.masking import printable
from ansible_collections.ratchet.runtime.plugins.module_utils.sidecar import TASK_LABEL

TASK = "packages"
MANAGERS = ("pip", "npm", "gem", "deb", "apk")
# Debian's database of everything is 5 MB; a package's own description is a page.
_LARGEST = 64 * 1024 * 1024

# https://packaging.python.org/en/latest/specifications/recording-installed-packages/
_PIP = re.compile(r"(?:^|/)(?:site|dist)-packages/[^/]+\.(?:dist-info/METADATA|egg-info/PKG-INFO|egg-info)\Z")
# https://packaging.python.org/en/latest/specifications/direct-url/
_PIP_ORIGIN = re.compile(r"(?:^|/)(?:site|dist)-packages/([^/]+\.dist-info)/direct_url\.json\Z")
# https://docs.npmjs.com/cli/v11/configuring-npm/folders
_NPM = re.compile(r"(?:^|/)node_modules/((?:@[^/]+/)?[^/@.][^/]*)/package\.json\Z")
# https://guides.rubygems.org/command-reference/#gem-environment: one file of this name for each gem that is installed.
_GEM = re.compile(r"(?:^|/)specifications/(?:default/)?([^/]+?)-(\d[^/-]*)(?:-[^/]+)?\.gemspec\Z")
# https://man7.org/linux/man-pages/man1/dpkg.1.html#FILES, and the files of distroless images.
_DEB = re.compile(r"^var/lib/dpkg/(?:status|status\.d/[^/.]+)\Z")
# https://wiki.alpinelinux.org/wiki/Apk_spec#Installed_Database_V2
_APK = re.compile(r"^(?:usr/)?lib/apk/db/installed\Z")


def of_image(engine: Engine, reference: str) -> dict[str, Any]:
    """The packages of an image that is on this host.

    :returns: ``id`` of the image; ``packages``, name to version by package manager (:data:`MANAGERS`), several versions of one name
        joined by commas; ``freeze``, the lines that ``pip freeze`` would print.
    :raises RatchetError: when the image isn't there, or the engine can't read it.
    """
    import docker

    local = engine.local_image(reference)
    if not local:
        raise RatchetError(f"the image {reference} isn't on this host", f"Pull it first: docker pull {reference}")
    # Never started; what it is told to run doesn't matter, but some images name nothing.
    try:
        container = engine.client.containers.create(local["id"], command=["-"], labels={TASK_LABEL: TASK})
        try:
            found = read(container.export())
        finally:
            container.remove(force=True, v=True)
    except docker.errors.APIError as error:
        raise RatchetError(
            f"the engine can't read the image {reference}: {printable(str(error.explanation or error), 300)}",
            "See the engine's log",
        ) from error
    return {"id": local["id"], **found}


def read(archive: Iterator[bytes]) -> dict[str, Any]:
    """``packages`` and ``freeze`` of a root file system, as the engine exports it: a tar archive in pieces."""
    collection = _Collection()
    with tarfile.open(fileobj=io.BufferedReader(_Pieces(archive), 1024 * 1024), mode="r|") as tar:
        for member in tar:
            for pattern, take in collection.readers:
                match = pattern.search(member.name) if member.isfile() else None
                if match and member.size <= _LARGEST:
                    take(match, (tar.extractfile(member) or io.BytesIO()).read().decode(errors="replace"))
    return collection.described()


class _Pieces(io.RawIOBase):
    """Pieces of bytes as a file to be read once."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        super().__init__()
        self._pieces = iter(pieces)
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest:
            try:
                self._rest = next(self._pieces)
            except StopIteration:
                return 0
        taken = self._rest[: len(buffer)]
        buffer[: len(taken)] = taken
        self._rest = self._rest[len(taken) :]
        return len(taken)


class _Collection:
    """What was found so far; each reader gets the match of a file's name, and its content."""

    def __init__(self) -> None:
        self._versions: dict[str, dict[str, set[str]]] = {manager: {} for manager in MANAGERS}
        self._origins: dict[str, str] = {}
        self._installed: dict[str, tuple[str, str]] = {}
        self.readers: list[tuple[re.Pattern[str], Callable[[re.Match[str], str], None]]] = [
            (_PIP, self._pip),
            (_PIP_ORIGIN, self._pip_origin),
            (_NPM, self._npm),
            (_GEM, self._gem),
            (_DEB, self._deb),
            (_APK, self._apk),
        ]

    def described(self) -> dict[str, Any]:
        """The result."""
        packages = {
            manager: {name: ", ".join(sorted(versions)) for name, versions in sorted(found.items())}
            for manager, found in self._versions.items()
        }
        lines = {
            f"{name} @ {self._origins[place]}" if place in self._origins else f"{name}=={version}"
            for place, (name, version) in self._installed.items()
        }
        return {"packages": packages, "freeze": sorted(lines, key=str.lower)}

    def _add(self, manager: str, name: Any, version: Any) -> bool:
        fit = isinstance(name, str) and isinstance(version, str) and bool(name and version)
        if fit:
            clean = " ".join(printable(name, 200).split())
            self._versions[manager].setdefault(clean, set()).add(" ".join(printable(version, 200).split()))
        return fit

    def _pip(self, match: re.Match[str], text: str) -> None:
        headers = HeaderParser().parsestr(text)
        if self._add("pip", headers["Name"], headers["Version"]):
            place = match.string.rpartition("/")[0] if match.string.endswith(("METADATA", "PKG-INFO")) else match.string
            self._installed[place] = (printable(headers["Name"], 200), printable(headers["Version"], 200))

    def _pip_origin(self, match: re.Match[str], text: str) -> None:
        said = _json(text)
        url = said.get("url")
        if not isinstance(url, str):
            return
        git, archive = said.get("vcs_info") or {}, said.get("archive_info") or {}
        if git.get("vcs"):
            url = f"{git['vcs']}+{url}@{git.get('commit_id', '')}"
        elif archive.get("hash"):
            url += f"#{archive['hash']}"
        self._origins[match.string.rpartition("/")[0]] = " ".join(printable(url, 500).split())

    def _npm(self, match: re.Match[str], text: str) -> None:
        said = _json(text)
        # Folders of that name that are no package have a file without a version, or with another package's name.
        if said.get("name") == match[1]:
            self._add("npm", match[1], said.get("version"))

    def _gem(self, match: re.Match[str], _text: str) -> None:
        self._add("gem", match[1], match[2])

    def _deb(self, _match: re.Match[str], text: str) -> None:
        for paragraph in re.split(r"\n\n+", text):
            fields = dict(re.findall(r"^(Package|Version|Status): (.*)$", paragraph, re.MULTILINE))
            # Distroless images name no status; what was removed keeps its configuration.
            if fields.get("Status", "install ok installed").endswith(" installed"):
                self._add("deb", fields.get("Package"), fields.get("Version"))

    def _apk(self, _match: re.Match[str], text: str) -> None:
        for paragraph in text.split("\n\n"):
            fields = dict(re.findall(r"^([PV]):(.*)$", paragraph, re.MULTILINE))
            self._add("apk", fields.get("P"), fields.get("V"))


def _json(text: str) -> dict[str, Any]:
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}

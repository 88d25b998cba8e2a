# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists of installed packages: what ``pip freeze`` prints, or names with versions as other package managers have them. Pure.

https://pip.pypa.io/en/stable/cli/pip_freeze/ and, for ``NAME @ URL``,
https://packaging.python.org/en/latest/specifications/version-specifiers/#direct-references
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.masking import mask, printable

_PINNED = re.compile(r"(?P<name>[A-Za-z0-9][\w.+/@-]*?)={2,3}(?P<version>\S+)\Z")
_DIRECT = re.compile(r"(?P<name>[A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])? @ (?P<url>\S+)\Z")
_EDITABLE = re.compile(r"-e (?P<url>\S+)\Z")
# What pip writes above an editable package that no version control knows.
_LOCAL = re.compile(r"# Editable install with no version control \((?P<name>[\w.-]+)==(?P<version>[^)\s]+)\)\Z")
# https://packaging.python.org/en/latest/specifications/binary-distribution-format/#file-name-convention
_WHEEL = re.compile(r"[^-/]+-(?P<version>[^-/]+)(?:-\d[^-/]*)?-[^-/]+-[^-/]+-[^-/]+\.whl\Z")
_SDIST = re.compile(r".+-(?P<version>\d[^-/]*)\.(?:tar\.gz|zip)\Z")


@dataclass(frozen=True)
class Package:
    """One installed package.

    :ivar version: as it is written; empty where only a place is known.
    :ivar origin: where it comes from, if that isn't an index; without a login.
    :ivar digest: checksum or commit that the origin names; empty where it names none.
    """

    name: str
    version: str
    origin: str = ""
    digest: str = ""

    @property
    def key(self) -> str:
        """The name as Python's indexes compare it: https://packaging.python.org/en/latest/specifications/name-normalization/"""
        return re.sub(r"[-_.]+", "-", self.name).lower()

    def __str__(self) -> str:
        return self.version or self.origin


def read(listed: Any) -> dict[str, Package]:
    """The packages of a list, by their keys.

    :param listed: the text or the lines of ``pip freeze``, or a mapping of names to versions.
    :raises RatchetError: for a line that isn't understood, or a package that is listed twice with different versions.
    """
    if isinstance(listed, Mapping):
        found = [Package(str(name), str(version)) for name, version in listed.items()]
    else:
        found = list(_lines(listed.splitlines() if isinstance(listed, str) else listed))
    packages: dict[str, Package] = {}
    for raw in found:
        package = _harmless(raw)
        known = packages.setdefault(package.key, package)
        if known != package:
            raise RatchetError(
                f"the package {package.name} is listed twice, as {known} and as {package}",
                "Compare lists of one environment each",
            )
    return packages


def pins(listed: Any, beginning: str) -> str:
    """``NAME==VERSION`` lines of the packages whose names begin so, for a requirements file; the others can't be pinned so.

    :param beginning: of the names, as indexes compare them; without one, there is nothing to pin.
    :raises RatchetError: as :func:`read`.
    """
    wanted = Package(beginning, "").key
    found = [package for key, package in sorted(read(listed).items()) if wanted and key.startswith(wanted)]
    return "".join(f"{each.name}=={each.version}\n" for each in found if _is_pinned(each))


def _is_pinned(package: Package) -> bool:
    """Whether ``NAME==VERSION`` says it all, and nothing but that."""
    return (
        bool(re.fullmatch(r"[A-Za-z0-9][\w.-]*==[\w.+!-]+", f"{package.name}=={package.version}"))
        and not package.origin
    )


def _harmless(package: Package) -> Package:
    """Anybody may have made the image: nothing of its packages may forge output."""
    parts = (package.name, package.version, package.origin)
    name, version, origin = (" ".join(printable(text, 300).split()) for text in parts)
    return Package(name, version, origin, package.digest)


def _lines(lines: Iterable[Any]) -> Iterable[Package]:
    local: Package | None = None
    for number, raw in enumerate(lines, 1):
        line = str(raw).strip()
        told = _LOCAL.match(line)
        if told:
            local = Package(told["name"], told["version"], "editable")
        elif line.startswith("-e ") and local:  # its place on disk says nothing more
            yield local
            local = None
        elif line and not line.startswith(("#", "--")):
            yield _line(line, number)


def _line(line: str, number: int) -> Package:
    for pattern, make in ((_PINNED, _pinned), (_DIRECT, _direct), (_EDITABLE, _editable)):
        match = pattern.match(line)
        package = make(match) if match else None
        if package:
            return package
    raise RatchetError(
        f"line {number} of the list of packages isn't understood: {mask(line)[:120]}",
        "Give what pip freeze prints, or a mapping of names to versions",
    )


def _pinned(match: re.Match[str]) -> Package:
    return Package(match["name"], match["version"])


def _direct(match: re.Match[str]) -> Package:
    parts = urlsplit(match["url"])
    file = unquote(parts.path.rpartition("/")[2])
    known = _WHEEL.match(file) or _SDIST.match(file)
    commit = parts.path.rpartition("@")[2] if "@" in parts.path else ""
    digest = next((each for each in parts.fragment.split("&") if re.match(r"(?:sha\d+|md5)=", each)), commit)
    return Package(match["name"], known["version"] if known else "", _without_login(match["url"]), digest)


def _editable(match: re.Match[str]) -> Package | None:
    parts = urlsplit(match["url"])
    named = re.search(r"(?:^|&)egg=([\w.-]+)", parts.fragment)
    if not named:
        return None
    commit = parts.path.rpartition("@")[2] if "@" in parts.path else ""
    return Package(named[1], "", _without_login(match["url"]), commit)


def _without_login(url: str) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], fragment="", query="").geturl()

# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the lines of ``sha256sum`` say of a copy that is somewhere else. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

# "*" is for what was read as binary; a backslash in front says that the name is escaped:
# https://www.gnu.org/software/coreutils/manual/html_node/cksum-output-modes.html
_LINE = re.compile(r"(?P<escaped>\\?)(?P<checksum>[0-9A-Fa-f]{64}) [ *](?P<name>.+)", re.DOTALL)
_ESCAPED = re.compile(r"\\(.?)", re.DOTALL)
_MEANT = {"\\": "\\", "n": "\n", "r": "\r"}


def parse(line: str) -> tuple[str, str] | None:
    """The name and the checksum in one line, without its line break; None when it is something else."""
    match = _LINE.fullmatch(line)
    if not match:
        return None
    name = match["name"]
    if match["escaped"]:
        if any(each not in _MEANT for each in _ESCAPED.findall(name)):
            return None
        name = _ESCAPED.sub(lambda found: _MEANT[found[1]], name)
    return name, match["checksum"].lower()


def wrong(lines: Iterable[str], expected: Mapping[str, str]) -> list[str]:
    """What is wrong with a copy, each by the name of its file; nothing when every file is there with its checksum.

    Commands tell names from where they look: all of a copy are below one directory, whichever that is. What else there
    is doesn't matter.

    :param expected: the checksums by name.
    """
    depth = max(name.count("/") for name in expected) + 1
    found: dict[str, dict[str, set[str]]] = {"": {}}
    for name, checksum in filter(None, map(parse, lines)):
        parts = name.rsplit("/", depth)
        for start in range(len(parts)):
            known = "/".join(parts[start:])
            if known in expected:
                found.setdefault("/".join(parts[:start]), {}).setdefault(known, set()).add(checksum)
    return min((_differences(each, expected) for each in found.values()), key=len)


def _differences(found: Mapping[str, set[str]], expected: Mapping[str, str]) -> list[str]:
    told = []
    for name, checksum in sorted(expected.items()):
        if name not in found:
            told.append(f"{name} is missing")
        elif len(found[name]) > 1:
            told.append(f"{name} is there more than once, with different contents")
        elif found[name] != {checksum}:
            told.append(f"{name} has another content")
    return told

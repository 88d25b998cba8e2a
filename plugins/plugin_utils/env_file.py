# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a variable's value stands in a Compose ``.env`` file.

Syntax: https://docs.docker.com/compose/how-tos/environment-variables/variable-interpolation/#env-file-syntax
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_LINE = re.compile(
    r"""^[ \t]*(?:export[ \t]+)?(?P<name>[A-Za-z_][A-Za-z0-9_.-]*)[ \t]*[=:][ \t]*
        (?:"(?P<double>[^"\r\n]*)"|'(?P<single>[^'\r\n]*)'|(?P<bare>[^\r\n]*?))
        (?:[ \t]+\#[^\r\n]*)?[ \t]*\r?$""",
    re.MULTILINE | re.VERBOSE,
)


@dataclass(frozen=True)
class Scalar:
    """A value in a text: its characters are ``text[start:start + len(value)]``; ``line`` counts from 1."""

    value: str
    start: int
    line: int


def find(text: str, variable: str) -> Scalar | None:
    """The definition of ``variable`` that counts (the last), or None."""
    found = None
    for match in _LINE.finditer(text):
        if match["name"] == variable:
            group = next(name for name in ("double", "single", "bare") if match[name] is not None)
            found = Scalar(match[group], match.start(group), text.count("\n", 0, match.start(group)) + 1)
    return found

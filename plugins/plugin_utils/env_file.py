# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a variable's value stands in the env files of a Compose project.

Syntax: https://docs.docker.com/compose/how-tos/environment-variables/variable-interpolation/#env-file-syntax
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ansible_collections.ratchet.runtime.plugins.plugin_utils.interpolation import expand
from ansible_collections.ratchet.runtime.plugins.plugin_utils.places import Origin, Piece, Scalar

_BLANK = re.compile(r"(?:\s+|#[^\n]*)+")
_NAME = re.compile(r"(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_.-]*)[ \t]*[=:][ \t]*")
_REST_OF_LINE = re.compile(r"[^\n]*")
_QUOTED = {'"': re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL), "'": re.compile(r"'((?:[^'\\]|\\.)*)'", re.DOTALL)}


@dataclass(frozen=True)
class Definition:
    """One ``NAME=value``. ``quote`` is what encloses the value: ``"``, ``'`` or nothing."""

    name: str
    scalar: Scalar
    quote: str


def definitions(text: str) -> Iterator[Definition]:
    """Everything that the file defines, in its order; a value in quotes may go over several lines."""
    at = 1 if text.startswith("\ufeff") else 0
    while at < len(text):
        blank = _BLANK.match(text, at)
        if blank:
            at = blank.end()
            continue
        name = _NAME.match(text, at)
        if not name:  # a bare name: its value comes from the environment
            at = _REST_OF_LINE.match(text, at).end()  # type: ignore[union-attr]
            continue
        quote = text[name.end() : name.end() + 1]
        quoted = _QUOTED[quote].match(text, name.end()) if quote in _QUOTED else None
        if quoted:
            value, start, at = quoted[1], quoted.start(1), quoted.end()
        else:
            line = _REST_OF_LINE.match(text, name.end())
            value, start, at = line[0].partition(" #")[0].rstrip(), line.start(), line.end()  # type: ignore[index,union-attr]
        yield Definition(name[1], Scalar(value, start, text.count("\n", 0, start) + 1), quote if quoted else "")


def find(text: str, variable: str) -> Scalar | None:
    """The definition of ``variable`` that counts (the last), or None."""
    found = [each.scalar for each in definitions(text) if each.name == variable]
    return found[-1] if found else None


class Environment:
    """The variables of some env files, as Compose reads them: a later file beats an earlier one.

    A value may name variables of earlier files, then of earlier lines. What the process's own environment holds isn't known here.
    """

    def __init__(self, files: Iterable[tuple[str, str]], outer: Environment | None = None) -> None:
        """Read ``files`` (path and text); ``outer`` is the including project's environment, which beats them all."""
        self._outer = outer
        self._values: dict[str, list[Piece]] = {}
        for path, text in files:
            here: dict[str, list[Piece]] = {}
            for each in definitions(text):
                here[each.name] = self._value(each, path, here)
            self._values.update(here)

    def lookup(self, name: str) -> list[Piece] | None:
        """The pieces of a variable's value, or None."""
        outer = self._outer.lookup(name) if self._outer else None
        return self._values.get(name) if outer is None else outer

    def _value(self, definition: Definition, path: str, here: dict[str, list[Piece]]) -> list[Piece]:
        origin = Origin(path, definition.scalar, f"{definition.name}=", definition.name)

        def earlier(name: str) -> list[Piece] | None:
            known = self.lookup(name)
            return here.get(name) if known is None else known

        value = definition.scalar.value
        if "\\" in value and definition.quote:
            return [Piece(value, variable=definition.name)]  # escapes: what it says isn't what is written
        if definition.quote == "'" or not value:
            return [Piece(value, origin)]
        return expand(origin, earlier)

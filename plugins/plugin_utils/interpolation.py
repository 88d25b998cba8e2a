# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Variables in a value, replaced by what they stand for, piece by piece. Pure.

Compose: https://docs.docker.com/reference/compose-file/interpolation/
Dockerfile: https://docs.docker.com/reference/dockerfile/#environment-replacement
"""

from __future__ import annotations

import re
from collections.abc import Callable

from ansible_collections.ratchet.runtime.plugins.plugin_utils.places import Origin, Piece, joined, undefined

Lookup = Callable[[str], list[Piece] | None]

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OPERATOR = re.compile(r":?[-?+]")


def expand(origin: Origin, lookup: Lookup, dollar_escape: bool = True) -> list[Piece]:
    """The pieces of ``origin``'s value with its variables replaced.

    :param lookup: a variable's pieces, or None where nothing defines it.
    :param dollar_escape: whether ``$$`` means one dollar, as in Compose.
    """
    return _Expansion(origin, lookup, dollar_escape).of(0, len(origin.scalar.value))


class _Expansion:
    def __init__(self, origin: Origin, lookup: Lookup, dollar_escape: bool) -> None:
        self.origin, self.text, self.lookup, self.dollar_escape = origin, origin.scalar.value, lookup, dollar_escape

    def of(self, at: int, end: int) -> list[Piece]:
        pieces: list[Piece] = []
        while at < end:
            dollar = self.text.find("$", at, end)
            stop = end if dollar < 0 else dollar
            if stop > at:
                pieces.append(Piece(self.text[at:stop], self.origin, at))
            if stop < end:
                found, stop = self._variable(stop, end)
                pieces += found
            at = stop
        return pieces

    def _variable(self, at: int, end: int) -> tuple[list[Piece], int]:
        """What the dollar at ``at`` begins, and where it ends."""
        if self.dollar_escape and self.text.startswith("$$", at):
            return [Piece("$")], at + 2
        braced = self.text.startswith("${", at)
        name = _NAME.match(self.text, at + 2 if braced else at + 1, end)
        close = self._closing(at + 2, end) if braced else 0
        if not name or (braced and close < 0):
            return [Piece("$")], at + 1  # Compose refuses this; a Dockerfile takes it as it is
        if not braced:
            return self._value(name[0]), name.end()
        operator = _OPERATOR.match(self.text, name.end(), close)
        if operator:
            return self._choice(name[0], operator[0], operator.end(), close), close + 1
        if name.end() < close:  # ${x#pattern} and the like: the whole stays opaque
            return [Piece(self.text[at : close + 1], variable=name[0])], close + 1
        return self._value(name[0]), close + 1

    def _closing(self, at: int, end: int) -> int:
        depth = 1
        while at < end:
            if self.text.startswith("${", at):
                depth, at = depth + 1, at + 1
            elif self.text[at] == "}":
                depth -= 1
                if not depth:
                    return at
            at += 1
        return -1

    def _value(self, name: str) -> list[Piece]:
        value = self.lookup(name)
        return [undefined(name)] if value is None else [piece.put_in_for(name) for piece in value]

    def _choice(self, name: str, operator: str, at: int, close: int) -> list[Piece]:
        value = self.lookup(name)
        there = value is not None and (bool(joined(value)) or ":" not in operator)
        if operator.endswith("+"):
            return [piece.put_in_for(name) for piece in self.of(at, close)] if there else []
        if there:
            return self._value(name)
        if operator.endswith("-"):
            return [piece.put_in_for(name) for piece in self.of(at, close)]
        return [undefined(name)]

# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Text that remembers where each of its pieces is written. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Scalar:
    """A value in a text: its characters are ``text[start:start + len(value)]``; ``line`` counts from 1."""

    value: str
    start: int
    line: int


@dataclass(frozen=True)
class Origin:
    """A scalar in a file, which can be edited there.

    :ivar label: what stands before it when it is shown: ``TAG=``, ``web: image: ``.
    :ivar variable: the variable that it defines; empty for anything but a definition.
    """

    path: str
    scalar: Scalar
    label: str
    variable: str = ""

    @property
    def place(self) -> str:
        """For messages."""
        return f"{self.path} line {self.scalar.line}"


@dataclass(frozen=True)
class Piece:
    """Some characters of a value.

    :ivar origin: where they are written, character by character; None for what isn't written as such (an escape).
    :ivar offset: where they begin in the origin's scalar.
    :ivar variable: the variable that they were put in for, by its value or by a default; empty for what stands there itself.
    """

    text: str
    origin: Origin | None = None
    offset: int = 0
    variable: str = ""

    @property
    def start(self) -> int:
        """The position in the origin's file, in characters."""
        return (self.origin.scalar.start if self.origin else 0) + self.offset

    def cut(self, first: int, last: int) -> Piece:
        """The characters from ``first`` up to but without ``last``."""
        return replace(self, text=self.text[first:last], offset=self.offset + first)

    def put_in_for(self, variable: str) -> Piece:
        """The same piece as part of a variable's value; the innermost variable stays."""
        return self if self.variable else replace(self, variable=variable)


def undefined(variable: str) -> Piece:
    """What a variable that nothing defines is replaced by: nothing, but it is remembered."""
    return Piece("", variable=variable)


def undefined_in(pieces: Iterable[Piece]) -> list[str]:
    """The variables that nothing defines."""
    return [piece.variable for piece in pieces if not piece.text and not piece.origin and piece.variable]


def joined(pieces: Iterable[Piece]) -> str:
    """The whole text."""
    return "".join(piece.text for piece in pieces)


def span(pieces: Iterable[Piece], first: int, last: int) -> list[Piece]:
    """The pieces of ``joined(pieces)[first:last]``."""
    cuts, at = [], 0
    for piece in pieces:
        begin, end = max(first - at, 0), min(last - at, len(piece.text))
        if begin < end:
            cuts.append(piece.cut(begin, end))
        at += len(piece.text)
    return cuts

# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The instructions of a Dockerfile: lines put together, comments and heredocs left out. Pure.

Syntax: https://docs.docker.com/reference/dockerfile/
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ansible_collections.ratchet.runtime.plugins.plugin_utils.places import Scalar

_DIRECTIVE = re.compile(r"[ \t]*#[ \t]*([A-Za-z][A-Za-z0-9]*)[ \t]*=[ \t]*(.+?)\s*$")
_KEYWORD = re.compile(r"\s*([A-Za-z]+)\s*")
_LINE = re.compile(r"[^\n]*\n?")
_HEREDOC = re.compile(r"(?:^|\s)\d*<<(?P<tabs>-?)(?P<quote>[\"']?)(?P<end>[^\s\"'<]+)(?P=quote)(?=\s|$)")
_WITH_HEREDOCS = frozenset({"RUN", "COPY", "ADD"})


@dataclass(frozen=True)
class Instruction:
    """One instruction. ``places`` has the position in the file of each character of ``text``, which comes after the keyword."""

    keyword: str
    text: str
    places: tuple[int, ...]
    line: int

    def scalar(self, first: int, last: int, file: str) -> Scalar | None:
        """Where ``text[first:last]`` stands; None when it goes over the end of a line."""
        if first == last or self.places[last - 1] - self.places[first] != last - first - 1:
            return None
        start = self.places[first]
        return Scalar(self.text[first:last], start, file.count("\n", 0, start) + 1)


def instructions(text: str) -> Iterator[Instruction]:
    """All instructions in their order."""
    escape = _escape(text)
    continued = re.compile(rf"(.*?){re.escape(escape)}[ \t]*\r?\n?\Z", re.DOTALL)
    at = 1 if text.startswith("\ufeff") else 0
    while at < len(text):
        characters: list[int] = []
        begin, goes_on = at, True
        while goes_on and at < len(text):
            line = _LINE.match(text, at)[0]  # type: ignore[index]
            bare = line.strip()
            goes_on = bool(characters) if not bare or bare.startswith("#") else False
            if bare and not bare.startswith("#"):
                more = continued.match(line)
                goes_on = bool(more)
                characters += range(at, at + len(more[1] if more else line.rstrip("\r\n")))
            at += len(line)
        logical = "".join(text[place] for place in characters)
        keyword = _KEYWORD.match(logical)
        if keyword:
            rest = keyword.end()
            yield Instruction(
                keyword[1].upper(), logical[rest:], tuple(characters[rest:]), text.count("\n", 0, begin) + 1
            )
            if keyword[1].upper() in _WITH_HEREDOCS:
                at = _after_heredocs(text, at, logical[rest:])


def _escape(text: str) -> str:
    """The escape character: parser directives come before everything else."""
    for line in text.removeprefix("\ufeff").splitlines():
        directive = _DIRECTIVE.match(line)
        if not directive:
            break
        if directive[1].lower() == "escape":
            return directive[2]
    return "\\"


def _after_heredocs(text: str, at: int, logical: str) -> int:
    for heredoc in _HEREDOC.finditer(logical):
        tabs = r"\t*" if heredoc["tabs"] else ""
        end = re.compile(rf"^{tabs}{re.escape(heredoc['end'])}\r?$\n?", re.MULTILINE).search(text, at)
        if end:  # otherwise it only looks like one, in quotes for example
            at = end.end()
    return at

# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The images that a Dockerfile's stages are made from, and where they are written. Pure.

FROM: https://docs.docker.com/reference/dockerfile/#from
ARG before FROM: https://docs.docker.com/reference/dockerfile/#understand-how-arg-and-from-interact
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.plugin_utils.dockerfile_lines import Instruction, instructions
from ansible_collections.ratchet.runtime.plugins.plugin_utils.interpolation import expand
from ansible_collections.ratchet.runtime.plugins.plugin_utils.places import Origin, Piece, Scalar, joined

_ARGUMENT = re.compile(r"""(?P<name>[A-Za-z_]\w*)(?:=(?P<value>(?:"[^"]*"|'[^']*'|[^\s"'])*))?(?:\s+|$)""")
_REMOTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://|git@|github\.com/")


@dataclass(frozen=True)
class Stage:
    """One FROM.

    :ivar pieces: what it is made from, variables replaced.
    :ivar name: from ``AS``, in lower case; empty without.
    :ivar parent: number of the earlier stage that it is made from; None when it is made from an image.
    """

    origin: Origin
    pieces: list[Piece]
    name: str
    parent: int | None

    @property
    def place(self) -> str:
        """For messages."""
        return self.origin.place


class Dockerfile:
    """A parsed Dockerfile. ``arguments``: the build arguments given from outside, which beat the defaults of ARG."""

    def __init__(self, path: str, text: str, arguments: Mapping[str, Sequence[Piece]] | None = None) -> None:
        self.path, self._text = path, text
        self._given = arguments or {}
        self.stages: list[Stage] = []
        values: dict[str, list[Piece]] = {}
        for instruction in instructions(text):
            if instruction.keyword == "ARG" and not self.stages:  # later ones aren't seen by FROM
                self._declare(instruction, values)
            elif instruction.keyword == "FROM":
                self.stages.append(self._stage(instruction, values))

    def base(self, target: str = "") -> Stage:
        """The stage whose FROM names the image below the final stage, or below ``target``.

        :raises RatchetError: when there is no such stage, or it is made from nothing.
        """
        stage = self._target(target)
        while stage.parent is not None:
            stage = self.stages[stage.parent]
        if joined(stage.pieces) == "scratch":
            raise RatchetError(
                f"{stage.place} builds on scratch, so there is no base image to upgrade",
                "Set runtime_services to services that are built from the runtime's image",
            )
        return stage

    def images(self) -> list[Stage]:
        """The stages that are made from an image."""
        return [stage for stage in self.stages if stage.parent is None and joined(stage.pieces) != "scratch"]

    def _target(self, target: str) -> Stage:
        if not self.stages:
            raise RatchetError(
                f"{self.path} has no FROM", "See that it is the Dockerfile that the service is built from"
            )
        if not target:
            return self.stages[-1]
        for number, stage in enumerate(self.stages):
            if target.lower() == stage.name or target == str(number):
                return stage
        raise RatchetError(
            f"{self.path} has no stage {target!r}, which build: target: names", "Name a stage that is there"
        )

    def _declare(self, instruction: Instruction, values: dict[str, list[Piece]]) -> None:
        for match in _ARGUMENT.finditer(instruction.text):
            name = match["name"]
            if name in self._given:
                values[name] = list(self._given[name])
            elif match["value"] is not None:
                first, last = match.span("value")
                values[name] = self._value(instruction, first, last, f"ARG {name}=", name, values)[1]

    def _stage(self, instruction: Instruction, values: Mapping[str, list[Piece]]) -> Stage:
        words = [word for word in re.finditer(r"\S+", instruction.text) if not word[0].startswith("--")]
        if not words:
            raise RatchetError(f"{self.path} line {instruction.line} is a FROM without an image", "Mend the file")
        label = f"FROM {instruction.text[: words[0].start()]}"
        origin, pieces = self._value(instruction, *words[0].span(), label, "", values)
        name = words[2][0].lower() if len(words) > 2 and words[1][0].lower() == "as" else ""
        earlier = {stage.name: number for number, stage in enumerate(self.stages) if stage.name}
        return Stage(origin, pieces, name, earlier.get(joined(pieces).lower()))

    def _value(
        self,
        instruction: Instruction,
        first: int,
        last: int,
        label: str,
        variable: str,
        values: Mapping[str, list[Piece]],
    ) -> tuple[Origin, list[Piece]]:
        """A word with its quotes taken off and its variables replaced."""
        quote = instruction.text[first] if first < last and instruction.text[first] in "\"'" else ""
        if quote and last - first > 1 and instruction.text[last - 1] == quote:
            first, last = first + 1, last - 1
        word = instruction.text[first:last]
        scalar = instruction.scalar(first, last, self._text)
        origin = Origin(self.path, scalar or Scalar(word, 0, instruction.line), label, variable)
        if not scalar or any(character in word for character in "\\`\"'"):
            return origin, [Piece(word, variable=variable)]  # broken over lines, escaped or quoted in parts
        if quote == "'":
            return origin, [Piece(word, origin)]
        return origin, expand(origin, values.get, dollar_escape=False)


def path_of(service: str, build: Mapping[str, Any]) -> str:
    """The Dockerfile's path on the host.

    :param build: the service's ``build`` as Compose renders it.
    :raises RatchetError: when it isn't a file there.
    """
    if build.get("dockerfile_inline"):
        raise RatchetError(
            f"the Dockerfile of {service!r} stands in the compose file (dockerfile_inline)",
            "Put it in a file of its own and name that in dockerfile:",
        )
    context = str(build.get("context") or ".")
    if _REMOTE.match(context):
        raise RatchetError(
            f"{service!r} is built from {context!r}, which isn't a directory on the host",
            "Keep a copy on the host and build from that",
        )
    return posixpath.normpath(posixpath.join(context, str(build.get("dockerfile") or "Dockerfile")))

# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One place in one file that decides an image: what is written there, and how much of the reference it is. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.references import parse
from ansible_collections.ratchet.runtime.plugins.module_utils.splice import checksum
from ansible_collections.ratchet.runtime.plugins.plugin_utils.places import Piece, joined, span


@dataclass(frozen=True)
class Source:
    """One place in one file that decides a service's image.

    :ivar start: position of ``text`` in the file, in characters.
    :ivar holds: ``reference`` (the whole image), ``tag``, or ``digest`` (of an image whose tag is written elsewhere).
    :ivar variable: name of the variable that is defined there (in an env file, by ARG); empty for anything else.
    :ivar before: SHA-256 of the file.
    :ivar prefix: what stands before ``text`` in the tag or digest and stays; ``suffix``: what stands after it.
    :ivar around: what stands before and after ``text`` when the place is shown.
    :ivar reference: the whole image that it is part of.
    :ivar name_at: where the image's name is written; empty where the text holds it, too.
    :ivar shared_with: other services of the project whose image would change with it.
    :ivar also: further places that have to change with it.
    """

    service: str
    path: str
    line: int
    start: int
    text: str
    holds: str
    variable: str
    before: str
    prefix: str = ""
    suffix: str = ""
    around: tuple[str, str] = ("", "")
    reference: str = ""
    name_at: str = ""
    shared_with: tuple[str, ...] = ()
    also: tuple[Source, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The source as a module result."""
        lists = {"around": list(self.around), "shared_with": list(self.shared_with)}
        return {**asdict(self), **lists, "also": [each.as_dict() for each in self.also]}

    @property
    def places(self) -> tuple[Source, ...]:
        """This place and those that change with it."""
        return (self, *self.also)


def from_pieces(service: str, where: str, pieces: list[Piece], contents: Mapping[str, bytes | None]) -> Source:
    """The place to edit of an image that is put together from ``pieces``.

    :param where: the place of the whole, for messages.
    :raises RatchetError: when no single place holds the tag.
    """
    image = joined(pieces)
    reference = parse(image)
    pieces = [piece for piece in pieces if piece.text]
    if len(pieces) == 1:
        return _source(service, pieces[0], "reference", image, contents, where)
    if not reference.tag:
        raise RatchetError(
            f"the image of {service!r} in {where} has no tag that could be edited: {image!r}",
            "Write it as NAME:TAG, or NAME:TAG@DIGEST if it is to be pinned",
        )
    name_end = len(reference.name)
    tag_end = name_end + 1 + len(reference.tag)
    names = [piece.origin.place for piece in span(pieces, 0, name_end) if piece.origin]
    also: tuple[Source, ...] = ()
    if reference.digest:
        also = (_part(service, pieces, (tag_end + 1, len(image)), "digest", contents, where),)
    source = _part(service, pieces, (name_end + 1, tag_end), "tag", contents, where)
    return replace(source, name_at=names[-1] if names else where, also=also)


def _part(
    service: str,
    pieces: list[Piece],
    bounds: tuple[int, int],
    holds: str,
    contents: Mapping[str, bytes | None],
    where: str,
) -> Source:
    """The one piece that holds the tag or digest; beside a variable's value there may be fixed text."""
    cuts = span(pieces, *bounds)
    chosen = cuts if len(cuts) == 1 else [cut for cut in cuts if cut.variable]
    if len(chosen) != 1:
        parts = ", ".join(f"${cut.variable}" if cut.variable else repr(cut.text) for cut in cuts)
        raise RatchetError(
            f"the image of {service!r} in {where} has a {holds} made of several parts ({parts}), and how a version is spread over them can't be told",
            "Put the whole into one variable, or write it as a literal",
        )
    at = cuts.index(chosen[0])
    source = _source(service, chosen[0], holds, joined(pieces), contents, where)
    return replace(source, prefix=joined(cuts[:at]), suffix=joined(cuts[at + 1 :]))


def _source(
    service: str, piece: Piece, holds: str, image: str, contents: Mapping[str, bytes | None], where: str
) -> Source:
    origin = piece.origin
    if origin is None:
        said = "is written with escapes or patterns, so it can't be edited in place"
        if piece.variable:
            said = f"comes from ${piece.variable}, which no env file of the project defines in just these characters"
        raise RatchetError(
            f"the {piece.text!r} in the image of {service!r} in {where} {said}",
            f"Define {piece.variable or 'it'} in .env, in plain characters, and nowhere else",
        )
    value, end = origin.scalar.value, piece.offset + len(piece.text)
    return Source(
        service=service,
        path=origin.path,
        line=origin.scalar.line,
        start=piece.start,
        text=piece.text,
        holds=holds,
        variable=origin.variable,
        before=checksum(contents[origin.path] or b""),
        around=(origin.label + value[: piece.offset], value[end:]),
        reference=image,
    )

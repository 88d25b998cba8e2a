# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Replace some characters of a text file and not one byte more."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass

from ansible_collections.ratchet.runtime.plugins.module_utils import atomic
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError


@dataclass(frozen=True)
class Splice:
    """``old`` at character ``start`` of a UTF-8 text becomes ``new``."""

    start: int
    old: str
    new: str


def checksum(content: bytes) -> str:
    """The SHA-256 by which a plan recognises a file."""
    return hashlib.sha256(content).hexdigest()


def spliced(content: bytes, splices: list[Splice]) -> bytes:
    """``content`` with all splices made.

    :raises ValueError: when ``old`` isn't where it should be.
    """
    text = content.decode("utf-8")
    for splice in sorted(splices, key=lambda each: each.start, reverse=True):
        end = splice.start + len(splice.old)
        if text[splice.start : end] != splice.old:
            raise ValueError(f"{splice.old!r} isn't at character {splice.start}")
        text = text[: splice.start] + splice.new + text[end:]
    return text.encode("utf-8")


def after(path: str, before: str, splices: list[Splice]) -> bytes | None:
    """What a file whose checksum is ``before`` will be with the splices made.

    :returns: None when they were made already.
    :raises RatchetError: when the file is neither as planned nor as it would be afterwards.
    """
    with open(path, "rb") as file:
        content = file.read()
    if checksum(content) == before:
        return spliced(content, splices)
    if _undone(content, splices, before):
        return None
    raise RatchetError(
        f"{path} was changed since the plan was made", "Look at the change, then run again: the plan is made anew"
    )


def undone(path: str, before: str, splices: list[Splice]) -> bytes | None:
    """What a file in which the splices were made was before, when its checksum was ``before``.

    :returns: None when it is so already.
    :raises RatchetError: when the file is neither as it was nor as the splices have left it.
    """
    with open(path, "rb") as file:
        content = file.read()
    if checksum(content) == before:
        return None
    try:
        was = spliced(content, _inverse(splices))
    except (ValueError, UnicodeDecodeError):
        was = b""
    if checksum(was) != before:
        raise RatchetError(
            f"{path} was changed since the new version was written into it",
            "Write the old version into it by hand, and keep what else was changed",
        )
    return was


def write(path: str, content: bytes) -> bytes:
    """Replace a file's content in one step, keeping owner and mode.

    :returns: what was in it.
    """
    path = os.path.realpath(path)  # a link stays one; what it points to is replaced
    with open(path, "rb") as file:
        old = file.read()
    if old != content:
        atomic.write(path, content, like=path)
    return old


def _undone(content: bytes, splices: list[Splice], before: str) -> bool:
    """Whether ``content`` is the planned file with the splices made: an interrupted run got that far."""
    try:
        return checksum(spliced(content, _inverse(splices))) == before
    except (ValueError, UnicodeDecodeError):
        return False


def _inverse(splices: list[Splice]) -> list[Splice]:
    """The splices that undo these."""
    inverse, shift = [], 0
    for splice in sorted(splices, key=lambda each: each.start):
        inverse.append(Splice(splice.start + shift, splice.new, splice.old))
        shift += len(splice.new) - len(splice.old)
    return inverse

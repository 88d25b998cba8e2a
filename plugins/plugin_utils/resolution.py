# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which full version a request for "the newest" stands for, among a registry's tags. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.plugin_utils import versions
from ansible_collections.ratchet.runtime.plugins.plugin_utils.schemes.version import Version

# What may change, by name: the change must be below all of these levels.
_KEPT = {"patch": ("major", "minor"), "minor": ("major",), "newest": ()}
_NUMBERS = re.compile(r"v?(\d+(?:\.\d+)*)(?:\.x)?\Z", re.IGNORECASE | re.ASCII)
# The only word that says "the newest release" everywhere: some publishers' `stable` is behind, and `edge` is none.
_NEWEST = "latest"
# Numbers that make a full version of a partial tag or of a word, in one scheme or another.
_FILLINGS = (".1", ".1.1", ".1.1.1")
_STAND_INS = ("1.1.1", "1.1.1.1", "2000.1.1")


def newest(tags: Iterable[str], scheme: str, like: Version, within: str) -> str | None:
    """The newest of ``tags`` that ``like`` may become: of the same variant, and not older.

    :param within: ``patch`` (the numbers of ``like`` above the patch stay), ``minor`` (those above the minor stay) or
        ``newest`` (any may change); the scheme's ``LEVELS`` say which number is what.
    :returns: None when no tag qualifies. Pre-releases qualify only if ``like`` is one. Of several spellings of the same
        version, the one that is spelled like ``like``.
    :raises RatchetError: for an unknown ``within`` or scheme.
    """
    if within not in _KEPT:
        raise RatchetError(f"there is no range of versions {within!r}", f"Use one of: {', '.join(_KEPT)}")
    kept = _prefix(like, _kept_numbers(scheme, within))

    def qualifies(version: Version) -> bool:
        return (
            version.variant == like.variant
            and version.key >= like.key
            and (like.prerelease or not version.prerelease)
            and _prefix(version, len(kept)) == kept
        )

    return _highest(tags, scheme, qualifies, like.text)


def since(tags: Iterable[str], scheme: str, like: Version) -> list[str]:
    """All releases that are newer than ``like`` and of its variant, oldest first; one spelling of each.

    Pre-releases count only if ``like`` is one.
    """
    found = {
        version.key: version.text
        for version in _versions(tags, scheme)
        if version.variant == like.variant and version.key > like.key and (like.prerelease or not version.prerelease)
    }
    return [found[key] for key in sorted(found)]


def matching(asked: str, tags: Iterable[str], scheme: str, variant: str) -> str | None:
    """The newest full release that a partial or floating tag stands for.

    ``12.5`` is the newest of that line, ``latest`` the newest of all. A variant in ``asked`` (``2.9-python3.11``) goes
    before ``variant``, which is that of what runs. A full version stands for itself, in whatever spelling it exists.

    :returns: None when there is no such release, or ``asked`` is neither numbers nor ``latest``: what ``edge``, ``lts`` or
        ``1-rc`` stand for isn't known.
    :raises RatchetError: for an unknown scheme.
    """
    full = _parse(asked, scheme)
    if full:
        return _highest(tags, scheme, lambda version: _same(version, full), asked)
    partial = _partial(asked, scheme)
    if partial is None:
        return None
    wanted, own = partial
    start = versions.SCHEMES[scheme].UNWRITTEN

    def qualifies(version: Version) -> bool:
        # As long as `asked`, even where the tag has fewer numbers: 1.0 asks for 1.0.0, not for 1.1.0.
        written = _prefix(version, start + len(wanted))[start:]
        return version.variant == (own or variant) and not version.prerelease and written == wanted

    return _highest(tags, scheme, qualifies, asked)


def _highest(tags: Iterable[str], scheme: str, qualifies: Callable[[Version], bool], spelled: str) -> str | None:
    found = [version for version in _versions(tags, scheme) if qualifies(version)]
    if not found:
        return None
    top = max(version.key for version in found)
    spellings = [version.text for version in found if version.key == top]
    # The text itself at last, so that the order in which a registry lists its tags changes nothing.
    return max(spellings, key=lambda text: (text == spelled, _shape(text) == _shape(spelled), text))


def _versions(tags: Iterable[str], scheme: str) -> Iterator[Version]:
    for tag in tags:
        version = _parse(tag, scheme)
        if version:
            yield version


def _parse(tag: str, scheme: str) -> Version | None:
    try:
        return versions.parse(tag, scheme)
    except RatchetError:
        if scheme not in versions.SCHEMES:
            raise
        return None


def _kept_numbers(scheme: str, within: str) -> int:
    levels = versions.SCHEMES[scheme].LEVELS
    return next((place for place, level in enumerate(levels) if level not in _KEPT[within]), len(levels))


def _prefix(version: Version, length: int) -> tuple[int, ...]:
    return (version.release + (0,) * length)[:length]


def _same(version: Version, other: Version) -> bool:
    return version.variant == other.variant and version.key == other.key


def _partial(asked: str, scheme: str) -> tuple[tuple[int, ...], str] | None:
    """The numbers that ``asked`` fixes, none for ``latest``, and the variant that it names, if any.

    The variant is that of the full version which ``asked`` becomes with some number filled in.
    """
    pieces = asked.split("-")
    place = next((place for place, piece in enumerate(pieces) if piece == _NEWEST or _NUMBERS.match(piece)), None)
    if place is None:
        return None
    before, after = pieces[:place], [piece for piece in pieces[place + 1 :] if piece != _NEWEST]
    match = _NUMBERS.match(pieces[place])
    written = match.group(1) if match else ""
    numbers = tuple(int(number) for number in written.split(".")) if match else ()
    if not before and not after:
        return numbers, ""
    for filled in (written + filling for filling in _FILLINGS) if match else _STAND_INS:
        version = _parse("-".join([*before, filled, *after]), scheme)
        if version and not version.prerelease:
            return numbers, version.variant
    return None


def _shape(text: str) -> str:
    return re.sub("[0-9]+", "0", text)

# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Semantic Versioning 2.0.0 as image tags carry it: ``[v]MAJOR.MINOR.PATCH[-prerelease][-variant]``.

Source: https://semver.org/spec/v2.0.0.html. Two departures, both because of how images are tagged:

- A suffix that isn't a known kind of pre-release (``1.2.3-alpine``) is a variant of the release, not a pre-release.
- The number at the end of an identifier orders as a number (``rc2`` before ``rc10``), as every vendor means it.
"""

from __future__ import annotations

import re

from ansible_collections.ratchet.runtime.plugins.plugin_utils.schemes.version import Unordered, Version

NAME = "semver"
LEVELS = ("major", "minor", "patch")

_FULL = re.compile(r"v?(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-(.+))?\Z")
_PARTIAL = re.compile(r"v?\d+(?:\.\d+)?(?:-.+)?\Z")
_PRERELEASE = re.compile(
    r"(?:alpha|beta|rc|pre|preview|prerelease|dev|snapshot|nightly|canary|next|milestone|a|b|m)[.]?(?:\d[\w.]*)?\Z",
    re.IGNORECASE,
)
_TOKEN = re.compile(r"\d+|[^\d.]+")


def parse(tag: str) -> Version:
    """Parse a full version.

    :raises Unordered: when the tag is floating (``latest``), partial (``1.2``) or can't be told apart.
    """
    match = _FULL.match(tag)
    if not match:
        if _PARTIAL.match(tag):
            raise Unordered("a partial version, which moves with every release of its line")
        raise Unordered("not a version in the form MAJOR.MINOR.PATCH")
    release = tuple(int(number) for number in match.groups()[:3])
    prerelease, variant = _split_suffix(match.group(4))
    # A final release has no identifiers and is above each of its pre-releases (semver, item 11.3).
    order = (1, ()) if prerelease is None else (0, _identifiers(prerelease))
    return Version(text=tag, key=(release, order), release=release, variant=variant)


def _split_suffix(suffix: str | None) -> tuple[str | None, str]:
    if suffix is None:
        return None, ""
    first, _dash, rest = suffix.partition("-")
    if _PRERELEASE.match(first):
        return first, rest
    if first.replace(".", "").isdigit():
        # 1.2.3-1 is a pre-release by the letter of semver and a rebuild by the habit of packagers.
        raise Unordered("ambiguous: a bare number after the version is a pre-release to some and a rebuild to others")
    return None, suffix


def _identifiers(prerelease: str) -> tuple[tuple[int, int, str], ...]:
    # Numbers are below words at the same place (semver, item 11.4.3).
    tokens = _TOKEN.findall(prerelease.lower())
    return tuple((0, int(token), "") if token.isdigit() else (1, 0, token) for token in tokens)

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

from ansible_collections.ratchet.runtime.plugins.plugin_utils.schemes import suffixes
from ansible_collections.ratchet.runtime.plugins.plugin_utils.schemes.version import Unordered, Version

NAME = "semver"
LEVELS = ("major", "minor", "patch")
EXAMPLE = "1.4.2"
UNWRITTEN = 0

_FULL = re.compile(r"v?(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-(.+))?\Z", re.ASCII)
_PARTIAL = re.compile(r"v?\d+(?:\.\d+)?(?:\.x)?(?:-.+)?\Z", re.ASCII)
_TOKEN = re.compile(r"[0-9]+|[^0-9.]+")


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
    prerelease, variant = suffixes.split(match.group(4))
    # A final release has no identifiers and is above each of its pre-releases (semver, item 11.3).
    order = (1, ()) if prerelease is None else (0, identifiers(prerelease))
    return Version(tag, (release, order), release, variant, prerelease is not None)


def identifiers(prerelease: str) -> tuple[tuple[int, int, str], ...]:
    """The comparable parts of a pre-release; numbers are below words at the same place (semver, item 11.4.3)."""
    tokens = _TOKEN.findall(prerelease.lower())
    return tuple((0, int(token), "") if token[0] in "0123456789" else (1, 0, token) for token in tokens)

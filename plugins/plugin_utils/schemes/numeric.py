# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Dotted numbers of any length, two at least: ``[v]N.N[.N...][a|b|rc|i|p][N][-prerelease][-variant]``.

PostgreSQL ``17.2-alpine3.20`` and ``17rc1``, Checkmk ``2.5.0b1`` and ``2.5.0p9``, Metabase ``v0.46.6.1``.

- Missing numbers are zeros: ``1.2`` is the same version as ``1.2.0``, and older than ``1.2.1``. Where ``1.2`` is a tag
  that moves along with 1.2.x, as in most repositories with three numbers, use the scheme semver: it refuses ``1.2``.
- ``p`` (Checkmk's patches, https://docs.checkmk.com/latest/en/cmk_versions.html) comes after its release,
  everything else before it.
- The first four numbers name a change: major, minor, patch, patch. The number behind ``p`` counts as the fourth.
"""

from __future__ import annotations

import re

from ansible_collections.ratchet.runtime.plugins.plugin_utils.schemes import suffixes
from ansible_collections.ratchet.runtime.plugins.plugin_utils.schemes.version import Unordered, Version

NAME = "numeric"
LEVELS = ("major", "minor", "patch", "patch")
EXAMPLE = "17.2"
UNWRITTEN = 0

_FULL = re.compile(
    r"[vV]?(\d+(?:\.\d+)*)(?:(?:\.?((?:alpha|beta|rc|[abi])\d+))|p(\d+))?(?:-(.+))?\Z", re.IGNORECASE | re.ASCII
)
_PARTIAL = re.compile(r"v?\d+(?:\.\d+)*\.x(?:-.+)?\Z", re.ASCII)
_PATCHED = 6


def parse(tag: str) -> Version:
    """Parse two numbers or more, or one number and its pre-release (``17rc1``).

    :raises Unordered: when the tag is one number (``17``), no number, or can't be told apart.
    """
    match = _FULL.match(tag)
    if not match:
        if _PARTIAL.match(tag):
            raise Unordered("a partial version, which moves with every release of its line")
        raise Unordered("not a version in the form NUMBER.NUMBER")
    dotted, inline, patch, suffix = match.groups()
    numbers = tuple(int(number) for number in dotted.split("."))
    prerelease, variant = suffixes.split(suffix)
    stage = suffixes.stage(suffixes.only_one(inline, prerelease))
    if len(numbers) == 1 and not inline:
        raise Unordered("a partial version, which moves with every release of its line")
    if patch and stage != suffixes.FINAL:
        raise Unordered(f"a pre-release ({prerelease}) of a patch (p{patch}), whose place in the order isn't known")
    order = (_PATCHED, int(patch)) if patch else stage
    release = numbers + (0,) * (3 - len(numbers)) + ((int(patch),) if patch else ())
    return Version(tag, (_without_zeros(numbers), order), release, variant, order < suffixes.FINAL)


def _without_zeros(numbers: tuple[int, ...]) -> tuple[int, ...]:
    end = len(numbers)
    while end and numbers[end - 1] == 0:
        end -= 1
    return numbers[:end]

# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What follows the numbers of a tag: a pre-release, a variant, both or neither. Shared by the schemes."""

from __future__ import annotations

import re

from ansible_collections.ratchet.runtime.plugins.plugin_utils.schemes.version import Unordered

_PRERELEASE = re.compile(
    r"(?:alpha|beta|rc|pre|preview|prerelease|dev|snapshot|nightly|canary|next|milestone|a|b|m)[.]?(?:\d[\w.]*)?\Z",
    re.IGNORECASE | re.ASCII,
)
_STAGE = re.compile(r"(dev|alpha|beta|rc|[abi](?=\d))[.]?(\d*)\Z", re.IGNORECASE | re.ASCII)
# In the order in which a release matures. i is Checkmk's innovation release, which comes before its betas:
# https://docs.checkmk.com/latest/en/cmk_versions.html
_RANKS = {"dev": 0, "i": 1, "a": 2, "alpha": 2, "b": 3, "beta": 3, "rc": 4}

Stage = tuple[int, int]
FINAL: Stage = (5, 0)


def split(suffix: str | None) -> tuple[str | None, str]:
    """Split what follows the first dash into the pre-release, None for a release, and the variant.

    :raises Unordered: when the suffix begins with a bare number, which means two things.
    """
    if suffix is None:
        return None, ""
    first, _dash, rest = suffix.partition("-")
    if _PRERELEASE.match(first):
        return first, rest
    if re.fullmatch(r"[\d.]+", first, re.ASCII):
        # 1.2.3-1 is a pre-release by the letter of semver and a rebuild by the habit of packagers.
        raise Unordered("ambiguous: a bare number after the version is a pre-release to some and a rebuild to others")
    return None, suffix


def stage(prerelease: str | None) -> Stage:
    """The rank and number of a pre-release (``rc2``, ``beta``, ``b10``) where only a few kinds have an order.

    :raises Unordered: for a kind whose place is unknown (``nightly``).
    """
    if prerelease is None:
        return FINAL
    match = _STAGE.match(prerelease)
    if not match:
        raise Unordered(f"a kind of pre-release ({prerelease}) whose place in the order isn't known")
    return _RANKS[match.group(1).lower()], int(match.group(2) or 0)


def only_one(inline: str | None, suffix: str | None) -> str | None:
    """The pre-release, which may be written behind the numbers (``b1``) or behind a dash (``-b1``), not both.

    :raises Unordered: when it is written twice.
    """
    if inline and suffix:
        raise Unordered(f"two pre-releases at once ({inline} and {suffix})")
    return inline or suffix

# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every scheme turns a tag into."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Version:
    """A tag that its scheme could order.

    ``key`` is comparable with the keys of the same scheme and the same variant, and with nothing else; ``variant`` is
    what may not change silently (``alpine``); ``release`` holds the numbers of which the first that differs names the
    change, by the scheme's ``LEVELS``; ``prerelease`` tells a release candidate from a release.
    """

    text: str
    key: tuple[Any, ...]
    release: tuple[int, ...]
    variant: str = ""
    prerelease: bool = False


class Unordered(ValueError):
    """A tag that a scheme can't order; its text says why, as the end of the sentence "TAG is ..."."""

# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ways to run a product that can't be upgraded from here, told by a file that gives them away. Pure."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Mapping

from ansible_collections.ratchet.runtime.plugins.plugin_utils.profile import OutOfScope, Profile


def places(directory: str, profiles: Iterable[Profile]) -> list[str]:
    """The files to look into, in a directory without a Compose project."""
    return sorted({_place(directory, each) for profile in profiles for each in profile.out_of_scope if each.found_by})


def told(directory: str, profiles: Iterable[Profile], contents: Mapping[str, bytes | None]) -> str:
    """What runs there instead, why it can't be upgraded from here, and what to do; empty where no file gives it away.

    :param contents: of :func:`places`; None for a file that isn't there.
    """
    for profile in profiles:
        for each in profile.out_of_scope:
            content = contents.get(_place(directory, each)) if each.found_by else None
            if content and re.search(each.found_by["says"], content.decode(errors="replace"), re.MULTILINE):
                named = f"{_place(directory, each)} names {profile.title}"
                return f"{named}, and {each.what} can't be upgraded from here: {each.why}{f' ({each.link})' if each.link else ''}"
    return ""


def _place(directory: str, each: OutOfScope) -> str:
    return posixpath.join(directory, each.found_by.get("file", ""))

# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a rehearsal's timeline says of the real run: how long until all is well, and how much of that was no migration. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def well(timeline: Sequence[Mapping[str, Any]], act: float) -> float:
    """When the last container began to be well, in seconds; the monitor period isn't part of it.

    :param timeline: of a rehearsal that came to a good end: ``at`` in seconds, and ``state``.
    :param act: when its last act began. What ran before, such as a migration's command, was well at that very moment.
    """
    return next(each["at"] for each in timeline if each["at"] > act and each["state"] in ("healthy", "stable"))


def start(timeline: Sequence[Mapping[str, Any]], acts: Sequence[float], seconds: float, by_application: bool) -> float:
    """How many of ``seconds`` any other host needs, too.

    :param acts: when each act began; the first one is the migration, unless the application migrates when it starts.
    """
    if not by_application:
        return round(max(0.0, seconds - acts[1]), 1) if len(acts) > 1 else 0.0
    moved = [each["at"] for each in timeline if each["state"] == "migrating" and each["at"] <= seconds]
    return round(max(0.0, seconds - (moved[-1] - moved[0] if moved else 0.0)), 1)

# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A maintenance window: ``22:00-04:00 Europe/Amsterdam``, every day. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError

_FORM = re.compile(r"\s*([01]\d|2[0-3]):([0-5]\d)\s*-\s*([01]\d|2[0-3]):([0-5]\d)\s+([A-Za-z][A-Za-z0-9_+/-]*)\s*\Z")


@dataclass(frozen=True)
class Window:
    """Open from ``start`` to before ``end`` by the clocks of ``zone``; over midnight when it ends before it starts."""

    start: time
    end: time
    zone: ZoneInfo

    def is_open(self, now: datetime) -> bool:
        """Whether the window is open at ``now``, which must know its zone."""
        clock = now.astimezone(self.zone).time()
        if self.start <= self.end:
            return self.start <= clock < self.end
        return clock >= self.start or clock < self.end

    def opens_at(self, now: datetime) -> datetime:
        """When it opens next, by its own clocks.

        Where the clocks are changed an hour comes twice or not at all, so instants are compared, not clocks.
        """
        today = now.astimezone(self.zone).date()
        openings = [
            datetime.combine(today + timedelta(days=days), self.start.replace(fold=fold), self.zone).astimezone(UTC)
            for days in range(3)
            for fold in (0, 1)
        ]
        return min(each for each in openings if each > now and self.is_open(each)).astimezone(self.zone)


def parse(text: str) -> Window:
    """Parse a window. The zone is required: a window without one moves with whoever looks at the clock.

    :raises RatchetError: when it isn't one.
    """
    match = _FORM.match(text)
    how = "Write it as HH:MM-HH:MM ZONE, for example 22:00-04:00 Europe/Amsterdam"
    if not match:
        # Of -e name=value, Ansible takes what stands before the first space.
        quoted = (
            '; on the command line as -e \'{"runtime_window": "22:00-04:00 Europe/Amsterdam"}\''
            if " " not in text.strip()
            else ""
        )
        raise RatchetError(f"runtime_window: {text!r} isn't a window", how + quoted)
    start, end = time(int(match[1]), int(match[2])), time(int(match[3]), int(match[4]))
    if start == end:
        raise RatchetError(f"runtime_window: {text!r} has no length", f"{how}; leave it out to allow any time")
    try:
        zone = ZoneInfo(match[5])
    except (KeyError, OSError, ValueError) as error:
        raise RatchetError(
            f"runtime_window: the time zone {match[5]!r} isn't known on the controller",
            f"{how}; or install tzdata there",
        ) from error
    return Window(start, end, zone)

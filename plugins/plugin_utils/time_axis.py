# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The axis of time of a chart. Across, everything is in percent of the width, so that one drawing fits every screen. Pure."""

from __future__ import annotations

from typing import Any

from ansible_collections.ratchet.runtime.plugins.plugin_utils import duration

_STEPS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400)
# As many labels as a phone has room for.
_MOST_TICKS = 5
# On a phone, a character takes this much of the width, in percent.
_CHARACTER = 2.6


def share(seconds: float, whole: float) -> float:
    """``seconds`` in percent of the width, within the drawing whatever the clocks said."""
    return round(min(max(100 * seconds / whole, 0), 100), 3) if whole > 0 else 0


def ticks(whole: float) -> list[dict[str, Any]]:
    """Round times to label the axis with: ``x``, ``label`` and ``anchor``, on which side of ``x`` the label stands."""
    step = next((each for each in _STEPS if whole / each < _MOST_TICKS), whole / (_MOST_TICKS - 1))
    count = int(whole / step) + 1 if step > 0 else 1
    return [_tick(step * number, whole) for number in range(count)]


def _tick(seconds: float, whole: float) -> dict[str, Any]:
    x = share(seconds, whole)
    anchor = "start" if x < 5 else "end" if x > 92 else "middle"
    return {"x": x, "label": duration.measured(seconds) if seconds else "0", "anchor": anchor}


def fits(text: str, width: float) -> bool:
    """Whether ``text`` can stand in a bar of ``width`` percent, on a phone too."""
    return len(text) * _CHARACTER + 2 <= width

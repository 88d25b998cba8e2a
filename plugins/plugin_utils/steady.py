# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The watch of a version that has nothing to migrate: who is unhealthy then won't be well by waiting. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.ratchet.runtime.plugins.plugin_utils import witnesses
from ansible_collections.ratchet.runtime.plugins.plugin_utils.watching import Sight, Watch


class Steady(Watch):
    """As a watch, but that a health check which has given up is a verdict."""

    def see(self, probe: Mapping[str, Any], now: float) -> Sight:
        """Take in one probe."""
        sight = super().see(probe, now)
        if sight.verdict is None and any(each["health"] == "unhealthy" for each in probe["containers"]):
            said = witnesses.application(probe["http"], self._expect.health)
            return Sight("unhealthy", f"its health check has given up{f': {said}' if said else ''}", "bad")
        return sight

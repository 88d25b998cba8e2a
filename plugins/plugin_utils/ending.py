# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The watch of containers that are to end, such as a migration's command: well is who ends with exit code 0. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.ratchet.runtime.plugins.plugin_utils import migration_words
from ansible_collections.ratchet.runtime.plugins.plugin_utils.watching import Sight, Watch, head_of


class Ending(Watch):
    """As a watch, for what ends."""

    def see(self, probe: Mapping[str, Any], now: float) -> Sight:
        """Take in one probe."""
        probe = self._with_ledger(probe)
        ended = [each for each in probe["containers"] if each["status"] in ("exited", "dead")]
        for each in ended:
            if each["exit_code"] != 0 or each["error"]:
                words = migration_words.exit_code(each["exit_code"], each["oom_killed"])
                error = f", {each['error']}" if each["error"] else ""
                return Sight("crashed", f"{each['name']} exits with code {words}{error}", "bad")
        if {each["service"] for each in ended} >= {*self._expect.services}:
            head = head_of(probe)
            return Sight("stable", f"ended well{f', head {head}' if head else ''}", "good")
        return self._in_progress(probe, "it runs", now)

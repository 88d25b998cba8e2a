# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tell how far the backup is while it is made, and where it is as soon as there is one: whatever fails later, it was read."""

from __future__ import annotations

from typing import Any

from ansible_collections.ratchet.runtime.plugins.plugin_utils import tables
from ansible_collections.ratchet.runtime.plugins.plugin_utils.controller import PatientAction


class ActionModule(PatientAction):
    """The module's result, announced."""

    what = "backup"

    def tell(self, made: dict[str, Any]) -> list[str]:
        """Where it is, and what it replaces."""
        lines = [tables.backup(made["backup"])] if made.get("backup") else []
        if made.get("removed"):
            lines.append(f"Older backups removed: {', '.join(made['removed'])}")
        return lines

# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tell how far the restore is, and under which name the old database is kept."""

from __future__ import annotations

from typing import Any

from ansible_collections.ratchet.runtime.plugins.plugin_utils import back_tables
from ansible_collections.ratchet.runtime.plugins.plugin_utils.controller import PatientAction


class ActionModule(PatientAction):
    """The module's result, announced."""

    what = "restore"

    def tell(self, made: dict[str, Any]) -> list[str]:
        """What is where."""
        return back_tables.restored(made["restored"]) if made.get("restored") else []

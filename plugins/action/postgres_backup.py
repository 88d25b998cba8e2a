# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Say where the backup is as soon as there is one: whatever fails later, the operator has read it."""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase
from ansible_collections.ratchet.runtime.plugins.plugin_utils import tables
from ansible_collections.ratchet.runtime.plugins.plugin_utils.controller import say


class ActionModule(ActionBase):
    """The module's result, announced."""

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Back up."""
        super().run(tmp, task_vars)
        made = self._execute_module(module_args=self._task.args, task_vars=task_vars)
        made.pop("invocation", None)
        if made.get("backup"):
            say([tables.backup(made["backup"])])
        return made

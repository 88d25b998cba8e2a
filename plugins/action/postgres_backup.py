# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tell how far the backup is while it is made, and where it is as soon as there is one: whatever fails later, it was read."""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase
from ansible_collections.ratchet.runtime.plugins.plugin_utils import tables
from ansible_collections.ratchet.runtime.plugins.plugin_utils.controller import say

# Seconds between two lines about a backup that takes its time.
_PATIENCE = 15.0


class ActionModule(ActionBase):
    """The module's result, announced. The work is the Docker daemon's; each call of the module waits for a while."""

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Back up."""
        super().run(tmp, task_vars)
        arguments = {"patience": _PATIENCE, **self._task.args}
        while True:
            made = self._execute_module(module_args=arguments, task_vars=task_vars)
            made.pop("invocation", None)
            if not made.get("under_way") or "patience" in self._task.args:
                break
            arguments["resumes"] = made["under_way"]["id"]
            say([tables.under_way((task_vars or {}).get("inventory_hostname", ""), made["under_way"])])
        if made.get("backup"):
            say([tables.backup(made["backup"])])
            if made.get("removed"):
                say([f"Older backups removed: {', '.join(made['removed'])}"])
        return made

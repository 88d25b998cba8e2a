# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Confirm that what runs on a host is what was deployed."""

from __future__ import annotations

from typing import Any, ClassVar

from ansible_collections.ratchet.runtime.plugins.plugin_utils import confirmation
from ansible_collections.ratchet.runtime.plugins.plugin_utils.controller import (
    ControllerAction,
    observations,
    profile_of,
)


class ActionModule(ControllerAction):
    """Ask the host what the profile says, and judge."""

    _requires_connection = True
    argument_spec: ClassVar[dict[str, Any]] = {
        "plan": {"type": "dict", "required": True},
        "profile": {"type": "raw"},
        "observed": {"type": "str", "default": "runtime_observed"},
        "database": {"type": "dict", "default": {}, "no_log": True},
    }

    def act(self, arguments: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        """Confirm one host."""
        if self._task.check_mode:
            return {"skipped": True, "msg": "nothing was deployed in check mode"}
        name = task_vars["inventory_hostname"]
        host = arguments["plan"]["hosts"][name]
        fleet = observations(task_vars, arguments["observed"])
        profile, _notes = profile_of(arguments["profile"], fleet, task_vars)
        asked = confirmation.asked(profile, host["target"], host["migrates"])
        if not any(asked.values()):
            return {"skipped": True, "msg": f"the profile {profile.name} knows nobody to ask"}
        place = {
            "project": host["project"]["name"],
            "project_dir": host["project"]["directory"],
            "services": host["services"],
            "database": arguments["database"],
        }
        answer = self._execute_module(
            module_name="ratchet.runtime.confirm", module_args={**place, **asked}, task_vars=task_vars
        )
        if answer.get("failed") or answer.get("unreachable"):
            return answer
        found = confirmation.judge(profile, host["target"], answer)
        if found["wrong"]:
            return {"failed": True, "msg": "; ".join(found["wrong"])}
        return {"changed": False, "confirmed": found}

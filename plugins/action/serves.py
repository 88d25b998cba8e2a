# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Look whether a host of the plan is healthy at this moment."""

from __future__ import annotations

from typing import Any, ClassVar

from ansible_collections.ratchet.runtime.plugins.plugin_utils import drain
from ansible_collections.ratchet.runtime.plugins.plugin_utils.controller import ControllerAction


class ActionModule(ControllerAction):
    """One probe, on the host that the task is delegated to, and a judgement that never fails."""

    _requires_connection = True
    argument_spec: ClassVar[dict[str, Any]] = {
        "plan": {"type": "dict", "required": True},
        "host": {"type": "str", "required": True},
    }

    def act(self, arguments: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        """Probe, and judge."""
        host = arguments["plan"]["hosts"][arguments["host"]]
        doubt = drain.doubt(self._ask(host, task_vars), host)
        return {"changed": False, "serves": doubt is None, "doubt": doubt}

    def _ask(self, host: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        from ansible.errors import AnsibleConnectionFailure

        asked = {
            "project": host["project"]["name"],
            "project_dir": host["project"]["directory"],
            "services": host["services"],
            "url": host["health"]["url"],
        }
        try:
            return self._execute_module(
                module_name="ratchet.runtime.runtime_probe", module_args=asked, task_vars=task_vars
            )
        except AnsibleConnectionFailure:
            return {"msg": "it can't be reached"}

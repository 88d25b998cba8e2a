# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Decide what is cleaned up."""

from __future__ import annotations

from typing import Any, ClassVar

from ansible_collections.ratchet.runtime.plugins.plugin_utils import cleaning
from ansible_collections.ratchet.runtime.plugins.plugin_utils.controller import ControllerAction, say


class ActionModule(ControllerAction):
    """What the hosts have found, on top of the plan of the backups."""

    plans: ClassVar[bool] = True
    argument_spec: ClassVar[dict[str, Any]] = {
        "plan": {"type": "dict", "required": True},
        "found": {"type": "str", "default": "runtime_leftovers"},
    }

    def act(self, arguments: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        """Plan, print, return."""
        known = {host: task_vars["hostvars"][host].get(arguments["found"]) or {} for host in arguments["plan"]["hosts"]}
        found = {host: each.get("tables") or [] for host, each in known.items()}
        made = cleaning.plan(arguments["plan"], found)
        say(["", *cleaning.lines(made, found), ""])
        return {"changed": False, "plan": made}

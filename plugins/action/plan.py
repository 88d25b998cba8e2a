# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make the plan, print it, and hand it to the stages."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Any, ClassVar

from ansible_collections.ratchet.runtime.plugins.plugin_utils import planner, tables, variables
from ansible_collections.ratchet.runtime.plugins.plugin_utils.controller import ControllerAction, observations, say


class ActionModule(ControllerAction):
    """One pure function between the observations and the plan."""

    argument_spec: ClassVar[dict[str, Any]] = {
        "observed": {"type": "str", "default": "runtime_observed"},
        "version": {"type": "str", "required": True},
        "strategy": {"type": "str", "default": "auto"},
        "accept": {"type": "list", "elements": "str", "default": []},
        "backup": {
            "type": "dict",
            "default": {},
            "options": {
                "jobs": {"type": "int", "default": 0},
                "verify": {"type": "str", "choices": ["read"], "default": "read"},
            },
        },
        "watch": {
            "type": "dict",
            "default": {},
            "options": {
                "url": {"type": "str", "default": ""},
                "expect": {
                    "type": "dict",
                    "default": {},
                    "options": {"status": {"type": "int", "default": 200}, "json": {"type": "dict", "default": {}}},
                },
                "monitor": {"type": "float", "default": 10.0},
                "stall_timeout": {"type": "float", "default": 600.0},
            },
        },
    }

    def act(self, arguments: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        """Plan, print, return."""
        fleet = observations(task_vars, arguments["observed"])
        request = planner.Request(
            version=arguments["version"],
            strategy=arguments["strategy"],
            accept=tuple(arguments["accept"]),
            misspelt=variables.misspelt(task_vars),
            limit=task_vars.get("ansible_limit") or "",
            backup=arguments["backup"],
            watch=arguments["watch"],
        )
        run = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}"
        content = planner.plan(fleet, request, run).as_dict()
        say(["", *tables.plan(content), ""])
        return {"changed": False, "plan": content}

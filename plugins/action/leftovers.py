# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find or drop the tables that a profile knows not to matter."""

from __future__ import annotations

from typing import Any, ClassVar

from ansible_collections.ratchet.runtime.plugins.plugin_utils import cleaning
from ansible_collections.ratchet.runtime.plugins.plugin_utils.controller import (
    ControllerAction,
    observations,
    profile_of,
    say,
)


class ActionModule(ControllerAction):
    """What the profile says goes to the host."""

    _requires_connection = True
    argument_spec: ClassVar[dict[str, Any]] = {
        "state": {"type": "str", "choices": ["listed", "absent"], "default": "listed"},
        "project_dir": {"type": "path", "required": True},
        "services": {"type": "list", "elements": "str", "default": []},
        "tables": {"type": "list", "elements": "dict", "default": []},
        "patterns": {"type": "list", "elements": "str", "default": []},
        "database": {"type": "dict", "default": {}, "no_log": True},
        "profile": {"type": "raw"},
        "observed": {"type": "str", "default": "runtime_observed"},
    }

    def act(self, arguments: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        """Ask the host."""
        asked = dict(arguments)
        if not asked["patterns"]:
            fleet = observations(task_vars, asked["observed"])
            profile, _notes = profile_of(asked["profile"], fleet, task_vars)
            asked["patterns"] = list(profile.benign.tables)
        if not asked["patterns"]:
            return {"changed": False, "tables": []}
        answer = self._execute_module(module_name="ratchet.runtime.leftovers", module_args=asked, task_vars=task_vars)
        if answer.get("changed") and not self._task.check_mode:
            made = (task_vars.get("runtime_backed_up") or {}).get("backup")
            say(cleaning.done(answer["tables"], made))
        return answer

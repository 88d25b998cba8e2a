# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Judge a change of version; what runs is looked up on the host if it isn't given."""

from __future__ import annotations

from typing import Any, ClassVar

from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.plugin_utils import versions
from ansible_collections.ratchet.runtime.plugins.plugin_utils.controller import ControllerAction


class ActionModule(ControllerAction):
    """The ratchet as a task of its own."""

    _requires_connection = True
    argument_spec: ClassVar[dict[str, Any]] = {
        "current": {"type": "str"},
        "project_dir": {"type": "str"},
        "services": {"type": "list", "elements": "str", "default": []},
        "target": {"type": "str", "required": True},
        "scheme": {"type": "str", "choices": sorted(versions.SCHEMES), "default": "semver"},
        "refuse": {"type": "bool", "default": True},
    }
    constraints: ClassVar[dict[str, Any]] = {
        "mutually_exclusive": [("current", "project_dir")],
        "required_one_of": [("current", "project_dir")],
    }

    def act(self, arguments: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        """Judge, and refuse if asked to."""
        current = arguments["current"]
        if not current:
            looked = self._execute_module(
                module_args={key: arguments[key] for key in ("project_dir", "services")}, task_vars=task_vars
            )
            if "containers" not in looked:
                return looked
            current = versions.running(looked["containers"], arguments["scheme"])
        judgement = versions.judge(current, arguments["target"], arguments["scheme"])
        if judgement.verdict == "refused" and arguments["refuse"]:
            raise RatchetError(judgement.reason, judgement.remedy, **judgement.as_dict())
        return {"changed": False, **judgement.as_dict()}

# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Print what was deployed where, by whom, and why."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from ansible_collections.ratchet.runtime.plugins.plugin_utils import deploys, history_table
from ansible_collections.ratchet.runtime.plugins.plugin_utils.controller import ControllerAction, observations, say


class ActionModule(ControllerAction):
    """The journals of all hosts, as one table or as JSON."""

    argument_spec: ClassVar[dict[str, Any]] = {
        "journals": {"type": "str", "default": "runtime_journal"},
        "output": {"type": "str", "choices": ["table", "json"], "default": "table"},
    }

    def act(self, arguments: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        """Put the events of each deploy together, and print them."""
        rows, troubles = [], []
        for host, read in observations(task_vars, arguments["journals"]).items():
            if "journals" not in read:
                troubles.append(f"{host}: {read.get('unreachable') or read.get('failed')}")
            for project, journal in (read.get("journals") or {}).items():
                if "error" in journal:
                    troubles.append(f"{host}: {journal['error']}. {journal['remedy']}.")
                rows += [
                    {"host": host, "project": project, **each}
                    for each in deploys.of_journal(journal.get("entries") or [])
                ]
        rows.sort(key=lambda each: (str(each.get("began") or ""), each["deploy"], each["host"]))
        say(
            json.dumps(rows, indent=2).splitlines()
            if arguments["output"] == "json"
            else ["", *history_table.of(rows), ""]
        )
        return {"changed": False, "deploys": rows, **({"failed": True, "msg": "\n".join(troubles)} if troubles else {})}

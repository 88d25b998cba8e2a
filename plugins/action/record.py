# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write into a host's journal what the plan does to it."""

from __future__ import annotations

import time
from typing import Any, ClassVar

from ansible_collections.ratchet.runtime.plugins.plugin_utils import operator, stages, unfinished
from ansible_collections.ratchet.runtime.plugins.plugin_utils.controller import ControllerAction


class ActionModule(ControllerAction):
    """The entry is made of the plan here; the module appends it there."""

    _requires_connection = True
    argument_spec: ClassVar[dict[str, Any]] = {
        "plan": {"type": "dict", "required": True},
        "state_dir": {"type": "str", "required": True},
        "outcome": {"type": "str", "choices": list(unfinished.OUTCOMES), "required": True},
        "watched": {"type": "dict", "default": {}},
    }

    def act(self, arguments: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        """Record one event of this host's deploy."""
        plan = arguments["plan"]
        host = plan["hosts"][task_vars["inventory_hostname"]]
        made = _rollback(plan, host) if "undoes" in plan else self._upgrade(plan, host, task_vars)
        entry = {
            **made,
            "outcome": arguments["outcome"],
            "profile": plan["profile"],
            "services": host["services"],
            "database": host["database"],
            "edits": [{key: edit[key] for key in ("path", "line", "old", "new")} for edit in host["edits"]],
            "by": operator.of(task_vars),
            "description": plan["description"],
            "accepted": [matter["id"] for matter in plan["matters"] if matter["accepted"]],
            "head_after": arguments["watched"].get("head"),
            "seconds": arguments["watched"].get("seconds"),
            "state": arguments["watched"].get("state"),
            "run": plan["run"],
            "stages": stages.of_host(task_vars, stages.begin_of(plan["run"]), time.time()),
        }
        project = {"state_dir": arguments["state_dir"], "project": host["project"]["name"], "entry": entry}
        return self._execute_module(module_name="ratchet.runtime.journal", module_args=project, task_vars=task_vars)

    def _upgrade(self, plan: dict[str, Any], host: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        database = plan["databases"].get(host["database"]) or {}
        begun = host["begun"] or {}
        return {
            # A deploy that an earlier run began is finished under its own name, and from the state before it.
            "deploy": begun.get("deploy") if host["action"] == "confirm" and begun else plan["run"],
            "verb": "upgrade",
            "from": begun.get("from") or _before(host),
            "to": {"version": host["target"], "reference": host["reference"], "digest": host["digest"]},
            "head_before": begun.get("head_before") or database.get("head_before"),
            "backup": begun.get("backup") or database.get("backup_before") or self._backup(database, task_vars),
        }

    def _backup(self, database: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any] | None:
        """Where this run's backup of the host's database is."""
        if not database:
            return None
        at = database["backup_host"]
        there = task_vars["hostvars"][at]
        made = (there.get("runtime_backed_up") or {}).get("backup")
        copy = (there.get("runtime_copied") or {}).get("copied") or {}
        told = {"copied_to": copy["place"]} if made and copy.get("id") == made["id"] else {}
        return {"host": at, "id": made["id"], "path": made["path"], **told} if made else None


def _rollback(plan: dict[str, Any], host: dict[str, Any]) -> dict[str, Any]:
    way = plan["ways"].get(host["database"]) or {}
    return {
        "deploy": plan["run"],
        "verb": "rollback",
        "undoes": host["undoes"],
        "way": way.get("way", "image"),
        "from": {"version": host["current"], "containers": host["running"]},
        "to": {"version": host["target"], "reference": host["reference"], "digest": None},
        "head_before": way.get("head"),
    }


def _before(host: dict[str, Any]) -> dict[str, Any]:
    """What runs before a deploy; built images are known by their id alone, so their names are kept with it."""
    images = {"images": host["named"]} if host["named"] else {}
    return {"version": host["current"], "containers": host["running"], **images}

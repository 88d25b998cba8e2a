# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Remove the locks of runs that are dead."""

from __future__ import annotations

from typing import Any, ClassVar

from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.plugin_utils import locks, unlocking
from ansible_collections.ratchet.runtime.plugins.plugin_utils.controller import ControllerAction, observations, say


class ActionModule(ControllerAction):
    """Each host removes what it may; then one tells what was there."""

    _requires_connection = True
    argument_spec: ClassVar[dict[str, Any]] = {
        "tell": {"type": "bool", "default": False},
        "named": {"type": "str", "default": ""},
        "state_dir": {"type": "str", "required": True},
        "database": {"type": "dict", "default": {}, "no_log": True},
    }

    def act(self, arguments: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        """Remove, or tell."""
        fleet = observations(task_vars, "runtime_observed")
        if arguments["tell"]:
            return self._tell(fleet, task_vars)
        host = task_vars["inventory_hostname"]
        seen = fleet[host]
        if "services" not in seen:
            return {"changed": False, "locks": [_unseen(host, str(next(iter(seen.values()), "no answer")))]}
        rows = []
        database = seen.get("database") or {}
        if database.get("error"):
            rows.append(_unseen(locks.place("database", host), database["error"]))
        for kind, lease in unlocking.parts(fleet, host).items():
            where = locks.place(kind, host, database.get("name", ""))
            if "error" in lease:
                rows.append(_unseen(where, lease["error"]))
                continue
            outcome = unlocking.verdict(lease, arguments["named"], unlocking.alive(fleet))
            if outcome == "remove":
                outcome = self._removed(kind, lease, seen, arguments, task_vars)
            told = {"run": lease.get("run"), "standing": lease["standing"], "held_by": unlocking.held_by(lease)}
            rows.append({"place": where, "outcome": outcome, **told})
        return {"changed": any(row["outcome"] == "removed" for row in rows), "locks": rows}

    def _removed(
        self,
        kind: str,
        lease: dict[str, Any],
        seen: dict[str, Any],
        arguments: dict[str, Any],
        task_vars: dict[str, Any],
    ) -> str:
        """Just that one: whoever has taken or renewed it meanwhile keeps it."""
        asked = {
            "state": "released",
            "places": [kind],
            "instead_of": [lease["token"]],
            "state_dir": arguments["state_dir"],
            "database": arguments["database"],
            "project": seen["project"]["name"],
            "project_dir": seen["project"]["directory"],
            "services": [service["name"] for service in seen["services"]],
        }
        answer = self._execute_module(module_name="ratchet.runtime.lock", module_args=asked, task_vars=task_vars)
        if "released" not in answer:
            return str(answer.get("msg", "no answer")).strip().rstrip(".")
        return "removed" if kind in answer["released"] else (answer["notes"] or ["changed"])[0]

    def _tell(self, fleet: dict[str, dict[str, Any]], task_vars: dict[str, Any]) -> dict[str, Any]:
        rows = [
            row
            for host in fleet
            for row in (task_vars["hostvars"][host].get("runtime_unlocked") or {}).get("locks")
            or ([] if "services" in fleet[host] else [_unseen(host, str(next(iter(fleet[host].values()), "")))])
        ]
        say(["", *unlocking.told(rows, self._task.check_mode), ""])
        left = unlocking.left(rows)
        if left:
            raise RatchetError("; ".join(left), "Nothing else was touched", locks=rows)
        return {"changed": False, "locks": rows}


def _unseen(where: str, why: str) -> dict[str, Any]:
    return {"place": where, "outcome": "unseen", "run": None, "standing": None, "held_by": why}

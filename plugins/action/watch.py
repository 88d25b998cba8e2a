# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Watch a host with live progress."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, ClassVar

from ansible_collections.ratchet.runtime.plugins.plugin_utils import going_back, tables
from ansible_collections.ratchet.runtime.plugins.plugin_utils.controller import ControllerAction, say
from ansible_collections.ratchet.runtime.plugins.plugin_utils.heartbeat import Heartbeat
from ansible_collections.ratchet.runtime.plugins.plugin_utils.watching import Expectation, Sight, Watch, head_of

# A line is printed when something changes and at least this often, in seconds.
HEARTBEAT = 15
# How long one probe may wait on the host for a change, in seconds.
PATIENCE = 5


class ActionModule(ControllerAction):
    """Probe, judge, print; again."""

    _requires_connection = True
    argument_spec: ClassVar[dict[str, Any]] = {
        "plan": {"type": "dict", "required": True},
        "image_ids": {"type": "list", "elements": "str", "default": []},
        "database": {"type": "dict", "default": {}, "no_log": True},
        "trouble": {"type": "str", "default": ""},
        "back": {"type": "bool", "default": False},
        "state": {"type": "str", "default": "not started"},
    }

    def act(self, arguments: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        """Watch until the verdict."""
        if self._task.check_mode and not arguments["trouble"]:
            return {"skipped": True, "msg": "there is nothing to watch in check mode"}
        self._host = task_vars["inventory_hostname"]
        plan = arguments["plan"]
        host = _as_before(plan["hosts"][self._host]) if arguments["back"] else plan["hosts"][self._host]
        watch = Watch(
            Expectation(
                services=host["services"],
                image_ids=set(arguments["image_ids"]),
                health=host["health"]["expect"],
                head=None if arguments["back"] else _settled_head(plan, self._host, task_vars),
                monitor=plan["watch"]["monitor"],
                stall_timeout=plan["watch"]["stall_timeout"],
            )
        )
        asked = {
            "project": host["project"]["name"],
            "project_dir": host["project"]["directory"],
            "services": host["services"],
            "database": arguments["database"],
            "url": host["health"]["url"],
        }
        started = time.monotonic()
        if arguments["trouble"]:
            sight, probe = Sight(arguments["state"], arguments["trouble"].strip(), "bad"), self._ask(asked, task_vars)
        else:
            sight, probe = self._until_verdict(watch, asked, task_vars)
        seconds = round(time.monotonic() - started, 1)
        result = {"changed": False, "state": sight.state, "head": head_of(probe), "seconds": seconds}
        if sight.verdict == "good":
            return result
        obstacle = going_back.obstacle(plan, host, probe)
        return {
            **result,
            "failed": True,
            "logs": probe.get("logs", {}),
            "obstacle": obstacle,
            "msg": _message(self._host, plan, host, sight, probe, _backup_path(plan, host, task_vars)),
        }

    def _until_verdict(
        self, watch: Watch, asked: dict[str, Any], task_vars: dict[str, Any]
    ) -> tuple[Sight, dict[str, Any]]:
        started = time.monotonic()
        heart = Heartbeat(self, task_vars, asked["database"])
        probe: dict[str, Any] = {}
        printed, printed_at, sight = None, 0.0, Sight("starting", "")
        while True:
            patience = watch.patience(PATIENCE, time.monotonic())
            answer = self._ask({**asked, "seen": probe.get("signature", ""), "patience": patience}, task_vars)
            now = time.monotonic()
            if "containers" in answer:
                probe = answer
                sight = watch.see(probe, now)
            else:
                sight = watch.unreachable(str(answer.get("msg", "no answer")).strip(), now)
            if (sight.state, sight.detail) != printed or now - printed_at >= HEARTBEAT:
                say([_line(self._host, sight, now - started)])
                printed, printed_at = (sight.state, sight.detail), now
            if sight.verdict:
                return sight, probe
            say([line for line in [heart.beat()] if line])

    def _ask(self, asked: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        # A connection that breaks raises here; it says nothing of the application.
        from ansible.errors import AnsibleConnectionFailure

        began = time.monotonic()
        try:
            return self._execute_module(
                module_name="ratchet.runtime.runtime_probe", module_args=asked, task_vars=task_vars
            )
        except AnsibleConnectionFailure as error:
            # Not to hammer a host that refuses at once.
            time.sleep(max(0.0, 1 - (time.monotonic() - began)))
            return {"msg": str(error)}


def _settled_head(plan: Mapping[str, Any], this: str, task_vars: Mapping[str, Any]) -> str | None:
    """The head that the migrating host of the same database settled on; None on that host itself."""
    database = plan["hosts"][this]["database"]
    for name, host in plan["hosts"].items():
        if host["migrates"] and host["database"] == database and name != this:
            return (task_vars["hostvars"][name].get("runtime_watched") or {}).get("head")
    return None


def _line(host: str, sight: Sight, seconds: float) -> str:
    return f"{host}  {sight.state:<9} {int(seconds) // 60:02d}:{int(seconds) % 60:02d}  {sight.detail}".rstrip()


def _as_before(host: Mapping[str, Any]) -> dict[str, Any]:
    """A host's part of the plan for the version that it has again."""
    return {
        **host,
        "action": "back",
        "target": host["origin"],
        "health": host["health_before"],
    }


def _message(
    this: str, plan: Mapping[str, Any], host: Mapping[str, Any], sight: Sight, probe: Mapping[str, Any], backup: str
) -> str:
    """What happened, what state the fleet is in, and what to do: the words for 3 a.m."""
    lines = [f"{this} is {sight.state} on {host['target']}: {sight.detail}."]
    for name, log in (probe.get("logs") or {}).items():
        lines += [f"The end of the log of {name}:", *(f"  | {line}" for line in log)]
    outputs = {
        each["health_output"]
        for each in probe.get("containers", [])
        if each.get("health_output") and each["health"] != "healthy"
    }
    lines += [f"Its health check says: {output}" for output in sorted(outputs)]
    goes_back = _goes_back(plan, host, probe)
    lines += _others(this, plan, host, goes_back)
    if sight.state == "stalled" and (probe.get("database") or {}).get("migrating"):
        lines.append("A migration that still runs was left alone; run the same command again to watch it further.")
    if goes_back:
        return "\n".join([*lines, *_moved(plan, host, probe, backup), goes_back])
    return "\n".join([*lines, *_way_back(plan, host, probe, backup)])


def _moved(plan: Mapping[str, Any], host: Mapping[str, Any], probe: Mapping[str, Any], backup: str) -> list[str]:
    """What has become of the database of a host that goes back all the same."""
    before, found = (plan["databases"].get(host["database"]) or {}).get("head_before"), head_of(probe)
    if not before or not found or before == found:
        return []
    told = f"The database has been migrated from {before} to {found}, which {host['origin']} works on, as the profile or runtime_strategy says."
    return [told, *([f"The state before is in the backup {backup}."] if backup else [])]


def _others(this: str, plan: Mapping[str, Any], host: Mapping[str, Any], goes_back: str) -> list[str]:
    order = list(plan["hosts"])
    later = [name for name in order[order.index(this) + 1 :] if plan["hosts"][name]["action"] == "upgrade"]
    if not later or plan["failure_action"] == "continue":
        return []
    if plan["strategy"] == "rolling" or host["action"] == "confirm":
        return [f"Not touched, still on their old version: {', '.join(later)}."]
    if goes_back and host["migrates"]:
        return [
            f"Stopped before the migration, and started again on their old version after this host: {', '.join(later)}."
        ]
    return [f"Stopped before the migration, and not started again: {', '.join(later)}."]


def _goes_back(plan: Mapping[str, Any], host: Mapping[str, Any], probe: Mapping[str, Any]) -> str:
    """What the run does next with this host; empty when it leaves it as it is."""
    if plan["failure_action"] != "rollback" or host["action"] != "upgrade" or going_back.obstacle(plan, host, probe):
        return ""
    return f"This host goes back to {host['origin']} now (runtime_failure_action)."


def _way_back(plan: Mapping[str, Any], host: Mapping[str, Any], probe: Mapping[str, Any], backup: str) -> list[str]:
    if host["action"] != "upgrade":
        return []
    lines = [f"To go back to {host['origin']} on this host:", *(f"  {step}" for step in host["undo"])]
    before = (plan["databases"].get(host["database"]) or {}).get("head_before")
    found = head_of(probe)
    if before and found and found != before:
        lines.append(
            f"But the database has been migrated from {before} to {found}: {host['origin']} may not work on it."
        )
        lines.append(
            "To go back on all hosts, and to see what becomes of the database: ansible-playbook ratchet.runtime.rollback"
        )
    return [*lines, f"The state before is in the backup {backup}."] if backup else lines


def _backup_path(plan: Mapping[str, Any], host: Mapping[str, Any], task_vars: Mapping[str, Any]) -> str:
    """Where this run's backup of the host's database is, and its copy."""
    database = plan["databases"].get(host["database"])
    if not database:
        return ""
    if database["backup_before"]:
        return tables.whereabouts(database["backup_before"])
    there = task_vars["hostvars"][database["backup_host"]]
    made = (there.get("runtime_backed_up") or {}).get("backup")
    copy = (there.get("runtime_copied") or {}).get("copied") or {}
    if not made:
        return ""
    return tables.whereabouts({"host": database["backup_host"], "path": made["path"], "copied_to": copy.get("place")})

# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Take the lock of a fleet, all of it or nothing; give signs of life; let go of it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, ClassVar

from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.plugin_utils import (
    heartbeat,
    lock_owner,
    lock_parts,
    locks,
    operator,
    run_end,
)
from ansible_collections.ratchet.runtime.plugins.plugin_utils.controller import ControllerAction, progress_of, say

# Seconds; a watch polls every five.
_LEAST = 20


# What machines are told of.
_TOLD = ("upgrade", "rollback", "restore")


class ActionModule(ControllerAction):
    """Who may be taken over is decided here, where processes can be looked at; the module writes."""

    _requires_connection = True
    argument_spec: ClassVar[dict[str, Any]] = {
        "state": {"type": "str", "choices": ["taken", "settled", "renewed", "released"], "required": True},
        "plan": {"type": "dict", "required": True},
        "verb": {"type": "str", "default": ""},
        "first": {"type": "bool", "default": False},
        "host": {"type": "str", "default": ""},
        "expiry": {"type": "float", "default": 900},
        "state_dir": {"type": "str", "required": True},
        "ends": {"type": "bool", "default": False},
        "database": {"type": "dict", "default": {}, "no_log": True},
    }

    def act(self, arguments: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        """Do the part of one host."""
        if self._task.check_mode:
            return {"skipped": True, "msg": "nothing is locked in check mode"}
        plan = arguments["plan"]
        if not lock_parts.needed(plan):
            return {"skipped": True, "msg": "nothing is locked, as nothing is touched"}
        self._vars = task_vars
        self._host = arguments["host"] or task_vars["inventory_hostname"]
        self._database = arguments["database"]
        self._asked = {
            **lock_parts.part(plan, self._host),
            "verb": arguments["verb"],
            "expiry": arguments["expiry"],
            "state_dir": arguments["state_dir"],
            "owner": lock_owner.me(task_vars),
        }
        return getattr(self, f"_{arguments['state']}")(plan, arguments)

    def _of(self, host: str, name: str) -> dict[str, Any]:
        return self._vars["hostvars"][host].get(name) or {}

    def _ask(self, state: str, **more: Any) -> dict[str, Any]:
        asked = {**self._asked, "state": state, "database": self._database, **more}
        answer = self._execute_module(module_name="ratchet.runtime.lock", module_args=asked, task_vars=self._vars)
        answer.pop("invocation", None)
        return answer

    def _taken(self, plan: Mapping[str, Any], arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Those go first whose part decides; the others only when all of them have it."""
        keepers = lock_parts.keepers(plan)
        if arguments["first"] != (self._host in keepers):
            return {"skipped": True, "msg": "it is not this host's turn"}
        if arguments["expiry"] < _LEAST:
            raise RatchetError(
                f"runtime_lock_expiry: {arguments['expiry']:g} seconds are less than a run may be silent",
                f"Give at least {_LEAST}",
            )
        if not arguments["first"] and not all(self._of(host, "runtime_locked_first").get("held") for host in keepers):
            return {"skipped": True, "msg": "another run holds the lock"}
        answer, refused = self._ask_over_the_dead()
        if "held" in answer:
            say(
                [
                    locks.taken_over(locks.place(place, self._host), lease, lease["standing"])
                    for place, lease in self._judged(answer["over"]).items()
                    if "unreadable" not in lease
                ]
            )
            say([f"Not locked: {note}; so it is locked on the hosts only" for note in answer["notes"]])
            return {"changed": False, "held": answer["held"]}
        if refused:
            return {"changed": False, "refused": refused}
        # Not a failure of this task: whatever is wrong on any host is told at once.
        return {"changed": False, "trouble": str(answer.get("msg", "no answer")).strip().rstrip(".")}

    def _ask_over_the_dead(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Ask for the lock, in the place of whoever is found dead; what is in the way of that."""
        gone = {lease["token"] for lease in self._observed() if lease and lease.get("standing") == "dead"}
        while True:
            answer = self._ask("taken", instead_of=sorted(gone))
            refused = self._judged(answer.get("refused"))
            dead = {lease["token"] for lease in refused.values() if lease["standing"] == "dead"} - gone
            if not dead:
                return answer, refused
            gone |= dead

    def _observed(self) -> list[Any]:
        seen = self._of(self._host, "runtime_observed")
        return [seen.get("lock"), (seen.get("database") or {}).get("lock")]

    def _judged(self, leases: Mapping[str, Any] | None) -> dict[str, Any]:
        owner = self._asked["owner"]
        return {place: lock_owner.judged(lease, owner) or {} for place, lease in (leases or {}).items()}

    def _settled(self, plan: Mapping[str, Any], arguments: Mapping[str, Any]) -> dict[str, Any]:
        """All of it or nothing, told once; who holds a part lets go of it when the run ends."""
        parts = {
            host: self._of(host, "runtime_locked_first" if host in lock_parts.keepers(plan) else "runtime_locked_next")
            for host in plan["hosts"]
        }
        refused = [
            (locks.place(place, host), lease)
            for host, found in parts.items()
            for place, lease in (found.get("refused") or {}).items()
        ]
        problems = [f"{host}: {found['trouble']}" for host, found in parts.items() if found.get("trouble")]
        problems += [f"{error.reason}. {error.remedy}" for error in locks.refusals(refused)]
        if problems:
            if self._host != next(iter(self._vars["ansible_play_hosts"]), None):
                return {"changed": False}
            raise RatchetError("; ".join(problems), "Nothing was touched", problems=problems)
        keeper = next(
            host
            for host, each in plan["hosts"].items()
            if host in lock_parts.keepers(plan) and each["database"] == plan["hosts"][self._host]["database"]
        )
        # Dropping tables has no end that is told.
        if self._host == next(iter(plan["hosts"])) and self._asked["verb"] in _TOLD:
            progress_of(self, self._vars).tell(
                "started",
                **run_end.planned(plan, self._asked["verb"]),
                by=operator.of(self._vars),
                description=plan.get("description"),
            )
        # Whichever host of a database is at work renews its lock.
        places = [
            place for place in ("database", "host") if place == "host" or place in (parts[keeper].get("held") or [])
        ]
        return {"changed": False, "renew": {**self._asked, "places": places}, "beat": time.monotonic()}

    def _renewed(self, _plan: Mapping[str, Any], _arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Who has lost the lock goes no further."""
        held = self._vars.get("runtime_locked") or {}
        if not held.get("renew"):
            return {"skipped": True, "msg": "nothing is locked"}
        stage = self._templar.template(self._vars.get("runtime_stage") or {})
        if stage:
            progress_of(self, self._vars).tell(
                "stage", host=self._host, stage=stage.get("tasks_from") or stage.get("role")
            )
        if time.monotonic() - held["beat"] < heartbeat.interval(held["renew"]["expiry"]):
            return {"changed": False, "renew": held["renew"], "beat": held["beat"]}
        answer = heartbeat.renewed(self, held["renew"], self._database, self._vars)
        for place, lease in self._judged(answer.get("lost")).items():
            now = f"{locks.who(lease)} has it" if "run" in lease else "it was removed"
            raise RatchetError(
                f"this run has lost the lock of {locks.place(place, self._host)}: {now}",
                "Find out who works on this fleet, and run again when they are done. This run goes no further; what runs where is told by "
                "ansible-playbook ratchet.runtime.status",
            )
        if "lost" not in answer:
            # A moment without the database or the host: what really is wrong shows where it is needed.
            say([f"{self._host}: the lock could not be renewed: {str(answer.get('msg', 'no answer')).strip()}"])
        return {"changed": False, "renew": held["renew"], "beat": time.monotonic()}

    def _tell_of_the_end(self, plan: Mapping[str, Any]) -> None:
        """Of a run that ends here; once, by the first host that has failed."""
        facts = {host: self._vars["hostvars"][host] for host in plan["hosts"]}
        wrong = run_end.troubles(facts)
        if self._host == next(iter(wrong), None):
            hosts = run_end.by_host(plan, facts)
            progress_of(self, self._vars).tell(
                "failed", reason="\n".join(f"{host}: {text}" for host, text in wrong.items()), hosts=hosts
            )

    def _released(self, plan: Mapping[str, Any], arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Never a reason to fail: what is left expires."""
        if arguments["ends"]:
            self._tell_of_the_end(plan)
        if not any(self._of(self._host, name).get("held") for name in ("runtime_locked_first", "runtime_locked_next")):
            return {"skipped": True, "msg": "nothing is locked"}
        answer = self._ask("released")
        if "released" not in answer:
            why = str(answer.get("msg", "no answer")).strip()
            say([f"{self._host}: the lock could not be released, and expires by itself: {why}"])
        return {"changed": False}

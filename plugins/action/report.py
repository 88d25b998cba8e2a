# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Print what runs where, and what a run did."""

from __future__ import annotations

from typing import Any, ClassVar

from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.plugin_utils import (
    back_tables,
    confirmation,
    database_doubts,
    jobs,
    locks,
    run_end,
    running,
    standing,
    tables,
)
from ansible_collections.ratchet.runtime.plugins.plugin_utils.controller import (
    ControllerAction,
    observations,
    profile_of,
    progress_of,
    say,
)
from ansible_collections.ratchet.runtime.plugins.plugin_utils.profile import Profile


class ActionModule(ControllerAction):
    """The last word of a run is what the hosts show, not what the run believes."""

    argument_spec: ClassVar[dict[str, Any]] = {
        "observed": {"type": "str", "default": "runtime_observed"},
        "before": {"type": "str"},
        "plan": {"type": "dict"},
        "profile": {"type": "raw"},
    }

    def act(self, arguments: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        """Print the tables, and hold the fleet against the plan; tell whoever listens how the run has ended."""
        try:
            result = self._told(arguments, task_vars)
        except RatchetError as error:
            self._tell_of_the_end(arguments, task_vars, str(error))
            raise
        self._tell_of_the_end(arguments, task_vars, str(result.get("msg") or ""))
        return result

    def _tell_of_the_end(self, arguments: dict[str, Any], task_vars: dict[str, Any], reason: str) -> None:
        plan = arguments["plan"] or task_vars.get("runtime_plan")
        if not arguments["before"] or not plan or self._task.check_mode:
            return  # nothing was done
        facts = {host: task_vars["hostvars"][host] for host in plan["hosts"]}
        wrong = reason or "\n".join(run_end.troubles(facts).values())
        progress_of(self, task_vars).tell(
            "failed" if wrong else "finished",
            hosts=run_end.by_host(plan, facts),
            **({"reason": wrong} if wrong else {}),
        )

    def _told(self, arguments: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        after = observations(task_vars, arguments["observed"])
        if arguments["before"] and self._task.check_mode:
            say(["", "Only checked (--check): nothing was stopped or changed"])
        elif arguments["before"]:
            say(
                [
                    "",
                    "Before",
                    *tables.fleet(observations(task_vars, arguments["before"])),
                    "After",
                    *tables.fleet(after),
                ]
            )
        else:
            profile, _notes = profile_of(arguments["profile"], after, task_vars)
            say(
                [
                    "",
                    *tables.fleet(after),
                    *database_doubts.told(after),
                    *tables.set_aside(after),
                    *standing.behind(jobs.apart(after, profile), profile),
                    *locks.told(after),
                ]
            )
        made = [(task_vars["hostvars"][host].get("runtime_backed_up") or {}).get("backup") for host in after]
        copied = [(task_vars["hostvars"][host].get("runtime_copied") or {}).get("copied") for host in after]
        lines = [*(tables.backup(each) for each in made if each), *(tables.copied(each) for each in copied if each)]
        say([*lines, ""])
        failed = {host: text for host in after if (text := task_vars["hostvars"][host].get("runtime_trouble"))}
        if arguments["plan"] and failed:
            return {"failed": True, "msg": run_end.in_words(arguments["plan"], failed, task_vars["hostvars"])}
        if arguments["plan"]:
            databases = [seen["database"] for seen in after.values() if seen.get("database")]
            heads = {each["id"]: (each["ledger"] or {}).get("head") for each in databases}
            say(self._confirmed(arguments, after, task_vars))
            say([*back_tables.way_back(arguments["plan"], heads), *tables.afterwards(arguments["plan"]), ""])
        found = self._versions(arguments, after, task_vars)
        if arguments["plan"]:
            others = [host for host, each in arguments["plan"]["hosts"].items() if found.get(host) != each["target"]]
            if others:
                told = ", ".join(run_end.runs(host, found.get(host), after.get(host) or {}) for host in others)
                raise RatchetError(
                    f"not every host runs {arguments['plan']['version']}, as far as can be seen: {told}",
                    "Somebody or something else changes these hosts; find it, then run again"
                    if any(found.get(host) for host in others)
                    else "See to these hosts, then run the same command again",
                    fleet=found,
                )
        return {"changed": False, "fleet": found}

    def _confirmed(
        self, arguments: dict[str, Any], fleet: dict[str, dict[str, Any]], task_vars: dict[str, Any]
    ) -> list[str]:
        """What the new version has said of itself."""
        profile, _notes = profile_of(arguments["profile"], fleet, task_vars)
        known = {host: task_vars["hostvars"][host].get("runtime_confirmed") or {} for host in fleet}
        found = {host: each["confirmed"] for host, each in known.items() if each.get("confirmed")}
        databases = {host: (seen.get("database") or {}).get("name", "") for host, seen in fleet.items()}
        return confirmation.lines(found, profile, databases)

    def _versions(
        self, arguments: dict[str, Any], fleet: dict[str, dict[str, Any]], task_vars: dict[str, Any]
    ) -> dict[str, str | None]:
        """What each host runs, by the tag: for what floats, status has no better word."""
        profile, _notes = profile_of(arguments["profile"], fleet, task_vars)
        return {host: _version(seen, profile) for host, seen in jobs.apart(fleet, profile).items()}


def _version(seen: dict[str, Any], profile: Profile) -> str | None:
    try:
        return running.highest(
            [each for service in seen.get("services", []) for each in service["containers"]], profile
        ).text
    except RatchetError:
        return None

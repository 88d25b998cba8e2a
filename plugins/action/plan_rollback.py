# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Decide what is taken back on which host, and what becomes of the database."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Any, ClassVar

from ansible_collections.ratchet.runtime.plugins.module_utils.masking import printable
from ansible_collections.ratchet.runtime.plugins.plugin_utils import (
    back_tables,
    health_check,
    jobs,
    progress,
    report_place,
    rollback_plan,
    rollback_wish,
    run_end,
    variables,
)
from ansible_collections.ratchet.runtime.plugins.plugin_utils.controller import (
    ControllerAction,
    hooks_of,
    observations,
    profile_of,
    progress_of,
    say,
)
from ansible_collections.ratchet.runtime.plugins.plugin_utils.problems import refuse_open


class ActionModule(ControllerAction):
    """One pure function between the observations, the journals and the rollback."""

    plans: ClassVar[bool] = True
    argument_spec: ClassVar[dict[str, Any]] = {
        "observed": {"type": "str", "default": "runtime_observed"},
        "stored": {"type": "str", "default": "runtime_stored"},
        "journals": {"type": "str", "default": "runtime_journal"},
        "deploy": {"type": "str", "default": ""},
        "way": {"type": "str", "default": "auto"},
        "description": {"type": "str", "default": ""},
        "profile": {"type": "raw"},
        "accept": {"type": "list", "elements": "str", "default": []},
        "hooks": {"type": "raw"},
        "report_dir": {"type": "str", "default": ""},
        "progress": progress.SPEC,
        "watch": health_check.WATCH,
    }

    def act(self, arguments: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        """Plan, print, return."""
        fleet = observations(task_vars, arguments["observed"])
        profile, _notes = profile_of(arguments["profile"], fleet, task_vars)
        fleet = jobs.apart(fleet, profile)
        called, troubles = hooks_of(arguments["hooks"], task_vars, self._loader)
        now = datetime.now(UTC)
        wish = rollback_wish.Wish(
            profile=profile,
            deploy=arguments["deploy"],
            way=arguments["way"],
            description=printable(arguments["description"], 500),
            accept=tuple(arguments["accept"]),
            limit=task_vars.get("ansible_limit") or "",
            misspelt=variables.misspelt(task_vars),
            hooks=called,
            troubles=(
                *report_place.troubles(arguments["report_dir"]),
                *progress.troubles(**arguments["progress"]),
                *troubles,
            ),
            watch=health_check.complete(arguments["watch"]),
            now=now,
        )
        hostvars = task_vars["hostvars"]
        stores = {host: (hostvars[host].get(arguments["stored"]) or {}).get("backups") or [] for host in fleet}
        journals = {
            host: _entries(hostvars[host].get(arguments["journals"]) or {}, seen) for host, seen in fleet.items()
        }
        made = rollback_plan.plan(fleet, journals, stores, wish, f"{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}")
        say(["", *back_tables.rollback(made), ""])
        refuse_open(made["matters"])
        progress_of(self, task_vars, made["run"]).tell("planned", **run_end.planned(made, "rollback"))
        return {"changed": False, "plan": made}


def _entries(read: dict[str, Any], seen: dict[str, Any]) -> list[dict[str, Any]]:
    """The journal of the project that a host runs."""
    return (read.get("journals") or {}).get((seen.get("project") or {}).get("name"), {}).get("entries") or []

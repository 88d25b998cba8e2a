# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Decide what is restored where, and who stops for it."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Any, ClassVar

from ansible_collections.ratchet.runtime.plugins.plugin_utils import (
    back_tables,
    health_check,
    jobs,
    restoration,
    variables,
)
from ansible_collections.ratchet.runtime.plugins.plugin_utils.controller import (
    ControllerAction,
    observations,
    profile_of,
    say,
)
from ansible_collections.ratchet.runtime.plugins.plugin_utils.problems import refuse_open


class ActionModule(ControllerAction):
    """One pure function between the observations and the restore."""

    plans: ClassVar[bool] = True
    argument_spec: ClassVar[dict[str, Any]] = {
        "observed": {"type": "str", "default": "runtime_observed"},
        "stored": {"type": "str", "default": "runtime_stored"},
        "backup": {"type": "str", "default": ""},
        "profile": {"type": "raw"},
        "accept": {"type": "list", "elements": "str", "default": []},
        "watch": health_check.WATCH,
    }

    def act(self, arguments: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        """Plan, print, return."""
        fleet = observations(task_vars, arguments["observed"])
        profile, _notes = profile_of(arguments["profile"], fleet, task_vars)
        fleet = jobs.apart(fleet, profile)
        now = datetime.now(UTC)
        wish = restoration.Wish(
            backup=arguments["backup"],
            profile=profile,
            accept=tuple(arguments["accept"]),
            limit=task_vars.get("ansible_limit") or "",
            misspelt=variables.misspelt(task_vars),
            watch=health_check.complete(arguments["watch"]),
            now=now,
        )
        stores = {
            host: (task_vars["hostvars"][host].get(arguments["stored"]) or {}).get("backups") or [] for host in fleet
        }
        made = restoration.plan(fleet, stores, wish, f"{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}")
        say(["", *back_tables.restoration(made), ""])
        refuse_open(made["matters"])
        return {"changed": False, "plan": made}

# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Decide which host backs up which database."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Any, ClassVar

from ansible_collections.ratchet.runtime.plugins.plugin_utils import (
    backup_plan,
    copies,
    copy_request,
    problems,
    request,
    tables,
    variables,
)
from ansible_collections.ratchet.runtime.plugins.plugin_utils.controller import ControllerAction, observations, say


class ActionModule(ControllerAction):
    """One pure function between the observations and the backups."""

    plans: ClassVar[bool] = True
    argument_spec: ClassVar[dict[str, Any]] = {
        "observed": {"type": "str", "default": "runtime_observed"},
        "jobs": {"type": "int", "default": 0},
        "verify": {"type": "str", "choices": ["read", "restore"], "default": "restore"},
        "keep": {"type": "int", "default": 5},
        "off_host": {"type": "raw", "no_log": True},
    }

    def act(self, arguments: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        """Plan, print, return."""
        run = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}"
        how = {key: arguments[key] for key in ("jobs", "verify", "keep")}
        asked = copy_request.from_here(arguments["off_host"])
        wrong = problems.Problems()
        variables.refuse_misspelt(variables.misspelt(task_vars), wrong)
        request.refuse_backup(how, asked, copy_request.troubles(asked), wrong)
        wrong.stop()
        how["off_host"] = copies.told(asked)
        made = backup_plan.plan(observations(task_vars, arguments["observed"]), how, run)
        say(["", *tables.backups(made), ""])
        return {"changed": False, "plan": made}

# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write a run's page on the controller, and leave its result for the next job of a workflow."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from typing import Any, ClassVar

from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.plugin_utils import (
    approval,
    artifacts,
    operator,
    report_folder,
    run_account,
)
from ansible_collections.ratchet.runtime.plugins.plugin_utils.controller import (
    ControllerAction,
    observations,
    profile_of,
    say,
)


class ActionModule(ControllerAction):
    """What the hosts have told, put together here. The run's outcome is never this task's."""

    argument_spec: ClassVar[dict[str, Any]] = {
        "plan": {"type": "dict", "required": True},
        "directory": {"type": "str", "required": True},
        "observed": {"type": "str", "default": "runtime_observed"},
        "profile": {"type": "raw"},
    }

    def act(self, arguments: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        """Collect, write, and leave."""
        if self._task.check_mode:
            return {"skipped": True, "msg": "nothing is done in check mode"}
        directory = approval.absolute(arguments["directory"]) if arguments["directory"] else ""
        folder, made, warnings = "", {}, []
        try:
            made = _account(arguments, task_vars)
            folder = report_folder.write(directory, made)["folder"] if directory else ""
        # By now everything is done, and what it did stays true whatever is wrong with its page.
        except Exception as error:  # noqa: BLE001  # pylint: disable=broad-exception-caught
            where = (
                f"The run's page could not be written into {directory}"
                if directory
                else "The run's result could not be told"
            )
            warnings = [f"{where}: {error}"]
        if folder:
            say([f"The run's page: {os.path.join(folder, 'report.html')}"])
        told = {**({"folder": folder} if folder else {}), **({"warnings": warnings} if warnings else {})}
        return {"changed": False, **told, **(artifacts.left(artifacts.of_run(made, folder)) if made else {})}


def _account(arguments: Mapping[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
    plan = arguments["plan"]
    facts = {host: _facts(task_vars["hostvars"][host]) for host in plan["hosts"]}
    by = operator.in_words(operator.of(task_vars))
    return run_account.of(plan, facts, by, _title(arguments, task_vars), time.time())


def _facts(host: Mapping[str, Any]) -> dict[str, Any]:
    return {name: host[name] for name in run_account.FACTS if name in host}


def _title(arguments: Mapping[str, Any], task_vars: Mapping[str, Any]) -> str:
    """The product's name; the Compose project's where nothing is known of the product."""
    fleet = observations(task_vars, arguments["observed"])
    try:
        profile, _notes = profile_of(arguments["profile"], fleet, task_vars)
        if profile.name != "generic":
            return profile.title
    except RatchetError:
        pass
    return str(next(iter(arguments["plan"]["hosts"].values()))["project"]["name"])

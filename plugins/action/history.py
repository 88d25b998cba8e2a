# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Print what was deployed where, by whom, and why."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from ansible_collections.ratchet.runtime.plugins.module_utils import atomic
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.plugin_utils import approval, deploys, history_table
from ansible_collections.ratchet.runtime.plugins.plugin_utils.controller import ControllerAction, observations, say


def _write(path: str, lines: list[str]) -> None:
    """Whole or not at all, for whoever reads it meanwhile."""
    try:
        atomic.write(path, ("\n".join(lines) + "\n").encode(), mode=0o644)
    except OSError as error:
        raise RatchetError(
            f"runtime_output_file: {path} can't be written: {error.strerror}",
            "Name a file in a directory that is there",
        ) from error


class ActionModule(ControllerAction):
    """The journals of all hosts, as one table or as JSON."""

    argument_spec: ClassVar[dict[str, Any]] = {
        "journals": {"type": "str", "default": "runtime_journal"},
        "output": {"type": "str", "choices": ["table", "json"], "default": "table"},
        "file": {"type": "str", "default": ""},
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
        as_json = arguments["output"] == "json"
        lines = json.dumps(rows, indent=2).splitlines() if as_json else ["", *history_table.of(rows), ""]
        if arguments["file"]:
            _write(approval.absolute(arguments["file"]), [line for line in lines if line])
        else:
            say(lines)
        return {"changed": False, "deploys": rows, **({"failed": True, "msg": "\n".join(troubles)} if troubles else {})}

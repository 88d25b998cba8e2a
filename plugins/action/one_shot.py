# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tell what the command says while it runs, and give up on it when nothing moves any more: neither what it says nor the database."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.plugin_utils import tables, watching
from ansible_collections.ratchet.runtime.plugins.plugin_utils.controller import HEARTBEAT, PatientAction

# What is for the action alone.
_OWN = ("database", "stall_timeout")


class ActionModule(PatientAction):
    """The module's result, announced."""

    what = "runs"
    # A step of a migration is told soon after it began: most are shorter than the heartbeat.
    patience = 3.0
    _told: tuple[str, float] = ("", 0.0)
    _moved_at: float | None = None
    _progress: Any = None

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Run it, without what only the watching needs."""
        self._watched = {name: self._task.args.pop(name) for name in _OWN if name in self._task.args}
        self._host = (task_vars or {}).get("inventory_hostname", "")
        return super().run(tmp, task_vars)

    def tell(self, made: dict[str, Any]) -> list[str]:
        """That it has ended, and its last words; it may have been too quick for more."""
        if "seconds" not in made:
            return []
        command = " ".join(self._task.args.get("argv") or []) or self._task.args["service"]
        ended = {"seconds": made["seconds"], "doing": f"{command}: {made['log'][-1] if made.get('log') else 'no word'}"}
        return [tables.under_way(self._host, "ended well after", ended)]

    def is_news(self, under_way: Mapping[str, Any]) -> bool:
        """Whether it says something new, or the same for long enough."""
        said, at = self._told
        now = time.monotonic()
        if under_way["doing"] == said and now - at < HEARTBEAT:
            return False
        self._told = (under_way["doing"], now)
        return True

    def stalled(self, under_way: Mapping[str, Any], task_vars: dict[str, Any]) -> str:
        """Whether it has said nothing new, and the database hasn't moved, for too long."""
        patience = float(self._watched.get("stall_timeout") or 0)
        found, now = (under_way["doing"], self._database(task_vars)), time.monotonic()
        if self._moved_at is None or found != self._progress:
            self._moved_at, self._progress = now, found
        if not patience or now - self._moved_at < patience:
            return ""
        told = RatchetError(
            f"nothing has moved for {now - self._moved_at:.0f} s; last: {under_way['doing']}",
            f"It was left running: look at its log (docker logs {under_way['id'][:12]}), and run the same command again to wait for it further",
        )
        return str(told)

    def _database(self, task_vars: dict[str, Any]) -> Any:
        """What moves in the database, if it can be looked into."""
        from ansible.errors import AnsibleConnectionFailure

        if not self._watched.get("stall_timeout"):
            return None
        project = self._task.args["project"]
        asked = {
            "project": project["name"],
            "project_dir": project["directory"],
            "services": [self._task.args["service"]],
            "database": self._watched.get("database") or {},
        }
        try:
            probe = self._execute_module(
                module_name="ratchet.runtime.runtime_probe", module_args=asked, task_vars=task_vars
            )
        except AnsibleConnectionFailure:
            return None
        if "containers" not in probe:
            return None
        writing = (probe.get("database") or {}).get("writing")
        # Who writes all the time is at it, whatever it writes.
        return time.monotonic() if writing else watching.progress(probe)

# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Watch the rollouts of applied manifests to their end."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, ClassVar

from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.plugin_utils import cluster, rollout_state
from ansible_collections.ratchet.runtime.plugins.plugin_utils.controller import HEARTBEAT, ControllerAction, say
from ansible_collections.ratchet.runtime.plugins.plugin_utils.manifest_file import Workload
from ansible_collections.ratchet.runtime.plugins.plugin_utils.rollout_state import State

# Seconds between two looks.
_PAUSE = 1.0


class ActionModule(ControllerAction):
    """Ask the cluster until every workload has its new pods, or one never will."""

    _requires_connection = True
    argument_spec: ClassVar[dict[str, Any]] = {
        "workloads": {"type": "list", "elements": "dict", "required": True},
        "version": {"type": "str", "required": True},
        "cluster": {"type": "raw", "required": True},
        "stall_timeout": {"type": "float", "default": 600.0},
    }

    def act(self, arguments: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        """Watch one after another: they go on side by side meanwhile."""
        place = dict(arguments["cluster"])
        seen = {}
        for each in arguments["workloads"]:
            workload = Workload(**each)
            seen[str(workload)] = self._watch(workload, place, arguments, task_vars).words
        return {"changed": False, "rollouts": seen}

    def _watch(
        self, workload: Workload, place: Mapping[str, str], arguments: Mapping[str, Any], task_vars: dict[str, Any]
    ) -> State:
        """Judge and tell, whenever something changes and every so often."""
        began = moved = told = time.monotonic()
        before = ""
        while True:
            state = self._look(workload, place, task_vars)
            now = time.monotonic()
            if state.words != before or now - told >= HEARTBEAT:
                say([f"{workload}  {now - began:.0f} s  {state.words}"])
                moved, told, before = now if state.words != before else moved, now, state.words
            if state.done:
                return state
            trouble = state.trouble
            if not trouble and now - moved > arguments["stall_timeout"]:
                trouble = f"nothing has moved for {arguments['stall_timeout']:g} seconds ({state.words})"
            if trouble:
                raise RatchetError(
                    f"{workload} doesn't come up with {arguments['version']}: {trouble}",
                    "The cluster was left as it is: old pods that are still there go on serving. Mend the cause and run again, or, if the new "
                    "version has not migrated the database, write the old version into the manifests and apply them (kubectl rollout undo "
                    "would leave the manifests behind)",
                )
            time.sleep(_PAUSE)

    def _look(self, workload: Workload, place: Mapping[str, str], task_vars: dict[str, Any]) -> State:
        answer = self._ask(cluster.question(workload, place), task_vars)
        found = answer.get("resources") or []
        if answer.get("failed"):
            # A rollout goes on while nobody looks.
            return State(False, cluster.unanswered(answer).reason)
        if not found:
            raise RatchetError(
                f"{workload} isn't in the cluster", "Somebody has removed it since: apply the manifests again"
            )
        asked = cluster.pods_of(found[0], place)
        return rollout_state.of(found[0], (self._ask(asked, task_vars).get("resources") or []) if asked else [])

    def _ask(self, asked: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        return self._execute_module(module_name="kubernetes.core.k8s_info", module_args=asked, task_vars=task_vars)

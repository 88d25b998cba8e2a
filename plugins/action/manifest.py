# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write another version into Kubernetes manifests on the controller: planned, printed, and all of it or nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar

from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.plugin_utils import (
    approval,
    cluster,
    manifest_file,
    manifest_plan,
    manifest_product,
    manifest_set,
    manifest_table,
    variables,
)
from ansible_collections.ratchet.runtime.plugins.plugin_utils.controller import ControllerAction, base_directory, say
from ansible_collections.ratchet.runtime.plugins.plugin_utils.manifest_file import Image
from ansible_collections.ratchet.runtime.plugins.plugin_utils.problems import Problems, Refusal, refuse_unread
from ansible_collections.ratchet.runtime.plugins.plugin_utils.request import Request


class ActionModule(ControllerAction):
    """One pure function between the manifests and their edits."""

    plans: ClassVar[bool] = True
    _requires_connection = True
    argument_spec: ClassVar[dict[str, Any]] = {
        "paths": {"type": "list", "elements": "str", "required": True},
        "version": {"type": "str", "required": True},
        "profile": {"type": "raw"},
        "accept": {"type": "list", "elements": "str", "default": []},
        "window": {"type": "str", "default": ""},
        "cluster": {"type": "raw"},
    }

    def act(self, arguments: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        """Read, plan, print, write."""
        place = cluster.parse(arguments["cluster"])
        if place is not None:
            cluster.refuse_missing()
        contents, images = self._read(arguments["paths"])
        profile = arguments["profile"]
        chosen, notes, ours = manifest_product.of(images, profile or None, base_directory(profile, task_vars))
        problems = Problems()
        manifest_product.refuse_overlays(contents, ours, problems)
        problems.stop()
        asked = Request(
            version=arguments["version"],
            profile=chosen,
            accept=tuple(arguments["accept"]),
            window=arguments["window"] if place is not None else "",
            now=datetime.now(UTC),
            misspelt=variables.misspelt(task_vars),
            notes=tuple(notes),
        )
        contents = {path: content for path, content in contents.items() if any(each.path == path for each in ours)}
        live = self._live(ours, place, task_vars)
        plan = manifest_plan.plan(contents, ours, asked, live, place is not None)
        manifest_set.refuse_unwritable([each.path for each in plan["edits"]], problems)
        problems.stop()
        say(["", *manifest_table.of(plan, place), ""])
        refuse_unread(plan)
        if plan["edits"] and not self._task.check_mode:
            manifest_set.write({each.path: (each.before, each.splices) for each in plan["edits"]})
        result = {
            "changed": bool(plan["edits"]),
            "plan": manifest_plan.told(plan),
            "paths": list(contents),
            "cluster": place,
        }
        if self._task.diff:
            result["diff"] = [{"prepared": each.diff} for each in plan["edits"]]
        return result

    def _read(self, wanted: list[str]) -> tuple[dict[str, bytes], list[Image]]:
        """The manifests and all their images; a file that is named has to hold one.

        :raises Refusal: with everything that can't be read.
        """
        problems = Problems()
        if not wanted:
            raise RatchetError("no manifest was named", "Name files or directories in runtime_manifests")
        paths = [approval.absolute(path) for path in wanted]
        contents = manifest_set.read(paths, problems)
        found: list[Image] = []
        for path, content in contents.items():
            here = problems.attempt("", manifest_file.find, path, content)
            if here == [] and path in paths:
                problems.add(
                    RatchetError(
                        f"{path} names no image",
                        "Leave it out, or name the manifest that does (compose files are for the playbook upgrade)",
                    )
                )
            found += here or []
        problems.stop()
        return contents, found

    def _live(self, images: list[Image], place: dict[str, str] | None, task_vars: dict[str, Any]) -> dict[str, str]:
        """What the cluster runs now, by who runs it: a manifest may be behind it."""
        if place is None:
            return {}
        problems, found = Problems(), {}
        for workload in dict.fromkeys(each.workload for each in images if each.workload and each.workload.name):
            asked = cluster.question(workload, place)
            answer = self._execute_module(
                module_name="kubernetes.core.k8s_info", module_args=asked, task_vars=task_vars
            )
            if answer.get("failed"):
                problems.add(cluster.unanswered(answer))
            containers = [each.container for each in images if each.workload == workload]
            found |= cluster.images(workload, answer.get("resources") or [], containers)
        if problems:
            raise Refusal([*problems])
        return found

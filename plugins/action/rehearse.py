# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rehearse an upgrade on a host, with live progress, and tell what it came to."""

from __future__ import annotations

import base64
import os
import posixpath
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar

from ansible_collections.ratchet.runtime.plugins.module_utils.references import parse
from ansible_collections.ratchet.runtime.plugins.plugin_utils import (
    artifacts,
    jobs,
    lock_owner,
    operator,
    package_comparison,
    rehearsal_script,
    rehearsal_words,
    report_folder,
    report_place,
    upgraded_dockerfile,
    versions,
)
from ansible_collections.ratchet.runtime.plugins.plugin_utils.controller import (
    ControllerAction,
    observations,
    profile_of,
    say,
)
from ansible_collections.ratchet.runtime.plugins.plugin_utils.rehearsal_performance import Performance
from ansible_collections.ratchet.runtime.plugins.plugin_utils.rehearsal_script import Script
from ansible_collections.ratchet.runtime.plugins.plugin_utils.rehearsal_stage import Stage


class ActionModule(ControllerAction):
    """Copy, start, watch, ask, remove: what the hosts do is in the modules, what it means in the core."""

    _requires_connection = True
    argument_spec: ClassVar[dict[str, Any]] = {
        "plan": {"type": "dict", "required": True},
        "host": {"type": "dict", "required": True},
        "backup": {"type": "str", "required": True},
        "backup_dir": {"type": "str", "required": True},
        "report_dir": {"type": "str", "default": ""},
        "registry": {"type": "dict", "default": {}, "no_log": True},
        "profile": {"type": "raw"},
        "database": {"type": "dict", "default": {}, "no_log": True},
        "observed": {"type": "str", "default": "runtime_observed"},
        "accept": {"type": "list", "elements": "str", "default": []},
        "state_dir": {"type": "str", "required": True},
    }

    def act(self, arguments: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        """Rehearse, leave nothing, and report."""
        if self._task.check_mode:
            return {"changed": False, "skipped": True, "msg": "a rehearsal is no prediction: it runs, or it doesn't"}
        self._arguments, self._variables = arguments, task_vars
        self._name = task_vars["inventory_hostname"]
        self._plan, self._host = arguments["plan"], arguments["host"]
        self._is_spare = self._name not in self._plan["hosts"]
        self._refuse_place()
        self._at = datetime.now(UTC)
        fleet = observations(task_vars, arguments["observed"])
        self._profile, _notes = profile_of(arguments["profile"], fleet, task_vars)
        script = rehearsal_script.of(self._host, jobs.apart(fleet, self._profile)[self._observed()], self._profile)
        self._stage = Stage(self._name, self._ask, self._place(), self._original())
        self._image = self._pulled()
        try:
            told = self._performance(script).give(self._backup(), lock_owner.me(task_vars))
        finally:
            self._stage.remove()
        return self._report(told)

    def _performance(self, script: Script) -> Performance:
        accept = self._arguments["accept"]
        return Performance(self._name, self._stage, script, self._plan, self._host, self._profile, self._image, accept)

    def _backup(self) -> dict[str, Any]:
        return {
            "backup": self._arguments["backup"],
            "directory": self._arguments["backup_dir"],
            "jobs": self._plan["backup"]["jobs"],
        }

    def _place(self) -> dict[str, Any]:
        database = self._host["database"]
        id = rehearsal_script.id_of(self._plan["run"], database)
        return {"id": id, "database_id": database, "state_dir": self._arguments["state_dir"]}

    def _original(self) -> dict[str, Any]:
        return {
            "project_dir": self._host["project"]["directory"],
            "services": self._host["services"],
            "database": self._arguments["database"],
        }

    def _refuse_place(self) -> None:
        """Refuse a place where the report can't be put, before hours go by: the same versions may have been rehearsed by another user."""
        folder = report_folder.name({"kind": "rehearsal", **{key: self._host[key] for key in ("current", "target")}})
        parent = self._arguments["report_dir"] or os.getcwd()
        for trouble in report_place.troubles(os.path.join(parent, folder)):
            raise trouble

    def _observed(self) -> str:
        """The host whose observation tells of the services."""
        return self._plan["databases"][self._host["database"]]["backup_host"] if self._is_spare else self._name

    def _pulled(self) -> str:
        """Have the new version's image on the host, and return its id; on a spare host also those that run elsewhere."""
        reference, digest = self._host["reference"], self._host["digest"]
        # By its digest, so that no tag of this host stands for another image than before.
        exact = parse(reference).pinned(digest) if digest else reference
        old = [
            {"reference": each["digests"][0]} for each in self._host["running"] if self._is_spare and each["digests"]
        ]
        wanted = {"images": [{"reference": exact}, *old], "registry": self._arguments["registry"]}
        return self._stage.must("image_present", wanted)["ids"][exact]

    def _dockerfile(self) -> dict[str, Any] | None:
        """The Dockerfile beside the compose file with the new version, where there is one that builds on the runtime's image."""
        path = posixpath.join(self._host["project"]["directory"], "Dockerfile")
        read = self._execute_module(
            module_name="ansible.legacy.slurp", module_args={"src": path}, task_vars=self._variables
        )
        if read.get("failed"):
            return None
        reference = self._host["running"][0]["reference"]
        content = base64.b64decode(read["content"])
        return upgraded_dockerfile.of(path, content, reference, self._host["target"], self._profile)

    def _report(self, told: dict[str, Any]) -> dict[str, Any]:
        """Write the report, and tell it in a few lines."""
        current = self._host["running"][0]
        # Why they aren't known is told there, and keeps nobody from upgrading.
        before, after = (self._ask("image_packages", {"image": id}) for id in (current["image_id"], self._image))
        product = self._profile.packages
        report = {
            "kind": "rehearsal",
            "id": self._plan["run"],
            "at": self._at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "by": operator.in_words(operator.of(self._variables)),
            # What no profile knows is called by its image.
            "title": self._profile.title if self._profile.images else parse(self._host["reference"]).repository,
            "host": self._name,
            "change": self._plan["change"],
            "downward": versions.judge(told["current"], told["target"], self._profile.scheme).relation == "older",
            "images": {
                "current": _image(current["reference"], current["image_id"], (current["digests"] or [""])[0]),
                "target": _image(self._host["reference"], self._image, self._host["digest"]),
            },
            "considerations": self._plan["considerations"],
            **told,
            "packages": package_comparison.of(before, after, product),
            "dockerfile": self._dockerfile(),
        }
        extra = package_comparison.files(before, after, product)
        folder = report_folder.write(self._arguments["report_dir"] or os.getcwd(), report, extra)["folder"]
        say(["", *rehearsal_words.lines(report, folder), ""])
        return {
            "changed": False,
            "rehearsal": report,
            "entry": rehearsal_words.entry(report, self._host),
            "folder": folder,
            "message": rehearsal_words.message(report, folder),
            **artifacts.left(artifacts.of_rehearsal(report, folder), aggregate=True),
        }

    def _ask(self, module: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        # A connection that breaks raises here; the rehearsal goes on without it for a while.
        from ansible.errors import AnsibleConnectionFailure

        began = time.monotonic()
        try:
            return self._execute_module(
                module_name=f"ratchet.runtime.{module}", module_args=dict(arguments), task_vars=self._variables
            )
        except AnsibleConnectionFailure as error:
            # Not to hammer a host that refuses at once.
            time.sleep(max(0.0, 1 - (time.monotonic() - began)))
            return {"failed": True, "msg": str(error)}


def _image(reference: str, id: str, digest: str | None) -> dict[str, Any]:
    # The engine tells a digest with its repository.
    return {"reference": reference, "id": id, "digest": (digest or "").rpartition("@")[2] or None}

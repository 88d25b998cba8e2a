# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write what the plan says into this host's files; the diff is the plan's own."""

from __future__ import annotations

from typing import Any

from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase

_PROJECT = ("directory", "files", "env_files", "env_file_options", "profiles", "images", "dockerfiles")


class ActionModule(ActionBase):
    """The module does the writing; the diff is made here, of the changed lines alone."""

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Edit the files of one host."""
        super().run(tmp, task_vars)
        project = self._task.args["project"]
        edits, undo = self._task.args["edits"], boolean(self._task.args.get("undo", False))
        asked = {
            "edits": [{key: edit[key] for key in ("path", "before", "splices")} for edit in edits],
            "project": {key: project[key] for key in _PROJECT if key in project},
            "undo": undo,
        }
        if undo:
            asked["project"]["images"] = dict.fromkeys(asked["project"]["images"], "")
        result = self._execute_module(module_args=asked, task_vars=task_vars)
        if self._task.diff:
            written = result.get("written", [])
            result["diff"] = [
                {
                    "before_header": edit["path"],
                    "after_header": edit["path"],
                    "before": edit["new" if undo else "old"] + "\n",
                    "after": edit["old" if undo else "new"] + "\n",
                }
                for edit in edits
                if edit["path"] in written
            ]
        return result

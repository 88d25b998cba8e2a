# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find, beside what the module sees on the host, where the image is written; what it needs for that goes no further."""

from __future__ import annotations

import base64
from typing import Any

from ansible.plugins.action import ActionBase
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.plugin_utils import image_source


class ActionModule(ActionBase):
    """The module's result with ``sources``, and without the files' contents."""

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Look at the host in one call, and locate the image on the controller, where there is a YAML parser."""
        super().run(tmp, task_vars)
        seen = self._execute_module(module_args={**self._task.args, "with_files": True}, task_vars=task_vars)
        contents = {path: base64.b64decode(text) for path, text in seen.pop("contents", {}).items()}
        # The engine and the database of whoever looks are theirs; nothing of the arguments is worth repeating.
        seen.pop("invocation", None)
        if seen.get("failed") or seen.get("unreachable"):
            return seen
        project = seen["project"]
        try:
            seen["sources"] = [
                image_source.locate(
                    service["name"], service["image"], project["files"], project["env_files"], contents
                ).as_dict()
                for service in seen["services"]
            ]
        except RatchetError as error:
            return {"failed": True, "msg": str(error), **error.details}
        return seen

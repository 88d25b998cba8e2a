# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pack a support bundle on the controller."""

from __future__ import annotations

import os
import platform
import time
from typing import Any, ClassVar

from ansible import release
from ansible_collections.ratchet.runtime.plugins.module_utils.sizes import readable
from ansible_collections.ratchet.runtime.plugins.plugin_utils import approval, bundle, bundle_file, collection_versions
from ansible_collections.ratchet.runtime.plugins.plugin_utils.controller import ControllerAction, observations, say


class ActionModule(ControllerAction):
    """The hosts have masked what is secret; here it is only put together."""

    argument_spec: ClassVar[dict[str, Any]] = {
        "evidence": {"type": "str", "default": "runtime_evidence"},
        "directory": {"type": "path", "default": "."},
        "reports": {"type": "path", "default": ""},
    }

    def act(self, arguments: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        """Pack, and tell where it is."""
        now = time.time()
        found = observations(task_vars, arguments["evidence"])
        parts = {host: each.get("evidence", each) for host, each in found.items()}
        pages = bundle_file.last_run(approval.absolute(arguments["reports"])) if arguments["reports"] else {}
        files = bundle.contents(parts, _controller(now), pages)
        told = [f"  couldn't be looked at: {each}" for each in bundle.troubles(parts)]
        if self._task.check_mode:
            return {"changed": True, "msg": f"{len(files)} files would be packed into {arguments['directory']}"}
        path = bundle_file.write(approval.absolute(arguments["directory"] or "."), files, now)
        size = os.path.getsize(path)
        say(
            [
                "",
                f"Support bundle: {path} ({readable(size)}, {len(files)} files)",
                *told,
                "  Secrets are masked as far as they can be known: look through it before you hand it on.",
                "",
            ]
        )
        return {
            "changed": True,
            "bundle": {"path": path, "size": size, "files": sorted(files), "troubles": bundle.troubles(parts)},
        }


def _controller(now: float) -> dict[str, Any]:
    return {
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now)),
        "ansible_core": release.__version__,
        "python": platform.python_version(),
        "system": platform.platform(),
        "collection": collection_versions.version_of("ratchet.runtime"),
        "collections": {
            name: collection_versions.version_of(name)
            for name in ("community.docker", "community.library_inventory_filtering_v1", "kubernetes.core")
        },
    }

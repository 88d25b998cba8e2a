# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Wait between two batches."""

from __future__ import annotations

import time
from typing import Any, ClassVar

from ansible_collections.ratchet.runtime.plugins.plugin_utils import duration
from ansible_collections.ratchet.runtime.plugins.plugin_utils.controller import ControllerAction, say
from ansible_collections.ratchet.runtime.plugins.plugin_utils.heartbeat import Heartbeat

# How long it is silent about the lock, in seconds.
_BREATH = 5


class ActionModule(ControllerAction):
    """The time that was asked for, with signs of life."""

    _requires_connection = True
    argument_spec: ClassVar[dict[str, Any]] = {
        "seconds": {"type": "float", "required": True},
        "database": {"type": "dict", "default": {}, "no_log": True},
    }

    def act(self, arguments: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        """Wait."""
        heart = Heartbeat(self, task_vars, arguments["database"])
        until = time.monotonic() + arguments["seconds"]
        say([f"The next batch begins in {duration.readable(round(arguments['seconds']))} (update_config.delay)"])
        while (left := until - time.monotonic()) > 0:
            time.sleep(min(_BREATH, left))
            say([line for line in [heart.beat()] if line])
        return {"changed": False, "waited": arguments["seconds"]}

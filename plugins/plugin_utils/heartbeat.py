# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The signs of life of a run, given while something else is waited for."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ansible_collections.ratchet.runtime.plugins.plugin_utils import lock_owner

if TYPE_CHECKING:
    from ansible.plugins.action import ActionBase


def interval(expiry: float) -> float:
    """Seconds between two signs of life: few enough that several may be lost."""
    return min(float(lock_owner.FRESH), expiry / 4)


class Heartbeat:
    """Renews what this host holds of the run's lock, when it is time.

    What goes wrong with it is told, and keeps nobody from anything: the next stage looks whether the lock is still held.

    :param database: where the database is, as the task was given it; it isn't part of what is remembered, as it may hold a password.
    """

    def __init__(self, action: ActionBase, task_vars: Mapping[str, Any], database: Any = None) -> None:
        self._action = action
        self._task_vars = task_vars
        self._database = database or {}
        held = task_vars.get("runtime_locked") or {}
        self._held = held if held.get("renew") else None
        self._troubled = False
        # Seconds; who waits for longer is late.
        self.interval = interval(self._held["renew"]["expiry"]) if self._held else math.inf

    def beat(self) -> str:
        """Renew if it is time.

        :returns: what went wrong, once; mostly nothing.
        """
        if not self._held or time.monotonic() - self._held["beat"] < self.interval:
            return ""
        self._held = {**self._held, "beat": time.monotonic()}
        answer = renewed(self._action, self._held["renew"], self._database, self._task_vars)
        wrong = "" if "lost" in answer and not answer["lost"] else str(answer.get("msg") or "it isn't held any more")
        said, self._troubled = ("" if self._troubled else wrong), bool(wrong)
        return f"The lock could not be renewed: {said}" if said else ""


def renewed(
    action: ActionBase, renew: Mapping[str, Any], database: Mapping[str, Any], task_vars: Mapping[str, Any]
) -> dict[str, Any]:
    """What the host answers to a sign of life; a host that doesn't answer is a ``msg``."""
    from ansible.errors import AnsibleConnectionFailure

    try:
        return action._execute_module(
            module_name="ratchet.runtime.lock",
            module_args={**renew, "state": "renewed", "database": database},
            task_vars=task_vars,
        )
    except AnsibleConnectionFailure as error:
        return {"msg": str(error)}

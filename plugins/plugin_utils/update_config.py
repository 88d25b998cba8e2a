# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the project's files say of a roll-out (``deploy.update_config``), for what the operator leaves open. Pure.

https://github.com/compose-spec/compose-spec/blob/main/deploy.md#update_config
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.ratchet.runtime.plugins.plugin_utils.health_check import MONITOR

# What holds where nobody says anything. Compose would pause after a failure; here the old version is at hand.
DEFAULTS = {"serial": 1, "monitor": MONITOR, "failure_action": "rollback"}
_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(h|ms|m|us|s|ns)")


@dataclass(frozen=True)
class Rollout:
    """How to roll out.

    :ivar serial: as ``runtime_serial``; ``monitor`` in seconds; ``failure_action`` as in Compose.
    :ivar notes: what the files say and isn't followed.
    """

    serial: Any
    monitor: float
    failure_action: str
    notes: list[str] = field(default_factory=list)


def settle(fleet: Mapping[str, Mapping[str, Any]], serial: Any, monitor: float | None, failure_action: str) -> Rollout:
    """What the operator says, else what the files of the first host say, else what is usual.

    :param serial: empty when the operator leaves it open; likewise ``monitor`` (None) and ``failure_action``.
    """
    said = next((each for seen in fleet.values() for each in _of_host(seen)), {})
    found = {
        "serial": _parallelism(said.get("parallelism")),
        "monitor": seconds(said.get("monitor")),
        "failure_action": said.get("failure_action") or None,
    }
    chosen = {key: DEFAULTS[key] if value is None else value for key, value in found.items()}
    notes = []
    if (said.get("order") or "stop-first") != "stop-first":
        notes.append(f"the compose file asks for order {said['order']}: here the old container is always stopped first")
    if seconds(said.get("delay")):
        notes.append(
            "the compose file asks for a delay between batches: here the next one begins when the last is seen to be well"
        )
    return Rollout(
        serial=chosen["serial"] if serial in (None, "") else serial,
        monitor=chosen["monitor"] if monitor is None else monitor,
        failure_action=failure_action or chosen["failure_action"],
        notes=notes,
    )


def _of_host(seen: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [service["update_config"] for service in seen.get("services", []) if service.get("update_config")]


def _parallelism(value: Any) -> Any:
    """Compose's 0 is all at once."""
    return "100%" if value == 0 else value


def seconds(text: Any) -> float | None:
    """A duration as Compose renders it (``1m30s``), in seconds; None for what isn't one."""
    parts = _DURATION.findall(text) if isinstance(text, str) else []
    if not parts or "".join(number + unit for number, unit in parts) != text:
        return None
    return sum(float(number) * _UNITS[unit] for number, unit in parts)

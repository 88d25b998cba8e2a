# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the project's files say of a roll-out (``deploy.update_config``), for what the operator leaves open. Pure.

https://github.com/compose-spec/compose-spec/blob/main/deploy.md#update_config
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.ratchet.runtime.plugins.plugin_utils.health_check import MONITOR
from ansible_collections.ratchet.runtime.plugins.plugin_utils.order import STOP_FIRST

# What holds where nobody says anything. Compose would pause after a failure; here the old version is at hand.
DEFAULTS = {"serial": 1, "monitor": MONITOR, "failure_action": "rollback", "order": STOP_FIRST, "delay": 0.0}
_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(h|ms|m|us|s|ns)")


@dataclass(frozen=True)
class Rollout:
    """How to roll out.

    :ivar serial: as ``runtime_serial``; ``monitor`` in seconds; ``failure_action`` as in Compose.
    :ivar delay: seconds between two batches.
    :ivar order: ``start-first`` or ``stop-first``; ``order_asked`` is whether the operator said so, and not the files.
    """

    serial: Any
    monitor: float
    failure_action: str
    delay: float = 0.0
    order: str = STOP_FIRST
    order_asked: bool = False


def settle(
    fleet: Mapping[str, Mapping[str, Any]], serial: Any, monitor: float | None, failure_action: str, order: str = ""
) -> Rollout:
    """What the operator says, else what the files of the first host say, else what is usual.

    :param serial: empty when the operator leaves it open; likewise ``monitor`` (None), ``failure_action`` and ``order``.
    """
    said = next((each for seen in fleet.values() for each in _of_host(seen)), {})
    found = {
        "serial": _parallelism(said.get("parallelism")),
        "monitor": seconds(said.get("monitor")),
        "failure_action": said.get("failure_action") or None,
        "order": said.get("order") or None,
        "delay": seconds(said.get("delay")),
    }
    chosen = {key: DEFAULTS[key] if value is None else value for key, value in found.items()}
    return Rollout(
        serial=chosen["serial"] if serial in (None, "") else serial,
        monitor=chosen["monitor"] if monitor is None else monitor,
        failure_action=failure_action or chosen["failure_action"],
        delay=chosen["delay"],
        order=order or chosen["order"],
        order_asked=bool(order),
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

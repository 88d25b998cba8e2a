# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether new containers start beside the old ones, in Compose's words ``start-first`` or ``stop-first``, and how many. Pure.

https://github.com/compose-spec/compose-spec/blob/main/deploy.md#update_config (``order``)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Mapping
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError

START_FIRST, STOP_FIRST = "start-first", "stop-first"
ORDERS = (STOP_FIRST, START_FIRST)


def refuse(order: str) -> None:
    """Nothing else than Compose's own words.

    :raises RatchetError: for any other.
    """
    if order not in ORDERS:
        raise RatchetError(f"runtime_order: {order!r} isn't an order", f"Use one of: {', '.join(ORDERS)}")


def obstacle(seen: Mapping[str, Any], strategy: str, url: str, repeats: bool = False) -> RatchetError | None:
    """Why nothing new can start beside the old on this host; None when it can.

    :param repeats: whether every start migrates the data that older instances have written, so that one has to come after their end.
    :param url: the health URL. With ``{SERVICE}`` for its host, each container is asked by itself.
    """
    if strategy != "rolling":
        return RatchetError(
            "start-first lets old and new run side by side, which the strategy single_instance forbids",
            "Use stop-first, or say with runtime_strategy=rolling that they may",
        )
    if repeats:
        return RatchetError(
            "start-first lets an old instance go on writing after the last start, which is what migrates the data of old instances",
            "Use stop-first, so that the last old instance is away before the last new one starts",
        )
    for service in seen["services"]:
        if service.get("sole"):
            return RatchetError(
                f"start-first needs room for a second container of {service['name']}, but {service['sole']}",
                "Put a proxy of the project in front and take that out, or use stop-first",
            )
    if url and "{" not in url:
        return RatchetError(
            f"start-first needs an answer of the new containers, and {url} is answered by old or new",
            f"Write the service for the host: runtime_health_url=http://{{{seen['services'][0]['name']}}}:PORT/PATH",
        )
    return None


def replicas(seen: Mapping[str, Any]) -> dict[str, int]:
    """How many containers each service is to have: as the file says, else as many as somebody has scaled it to.

    Those that an earlier run has started beside them, or has left there, run another image and are no more replicas.
    """
    found = {}
    for service in seen["services"]:
        alike = Counter(each["image_id"] for each in service["containers"]).values()
        said = service.get("replicas")
        found[service["name"]] = max(alike, default=1) if said is None else int(said)
    return found


def beside(seen: Mapping[str, Any], replaces: Container[str]) -> dict[str, int]:
    """How many containers each service has while those in ``replaces`` (ids) run beside the new ones."""
    wanted = replicas(seen)
    return {
        service["name"]: wanted[service["name"]] + sum(1 for each in service["containers"] if each["id"] in replaces)
        for service in seen["services"]
    }

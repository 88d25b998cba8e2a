# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which host of the fleet an address is, as the server of a database sees it. Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from typing import Any


def fleet_addresses(hosts: Iterable[str], observed: str, hostvars: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Names of hosts by their addresses.

    What the server itself told when the host was observed is right also behind a NAT, where several hosts may share one; the address
    that Ansible goes by is the next best. A host whose server is on its own engine is seen as that engine's network, which says
    nothing elsewhere.

    :param observed: the variable in which each host has registered its observation.
    """
    told: dict[str, list[str]] = {}
    guessed: dict[str, str] = {}
    for host in hosts:
        known = hostvars.get(host, {})
        database = (known.get(observed) or {}).get("database") or {}
        if database.get("seen_as") and not (database.get("access") or {}).get("container"):
            told.setdefault(database["seen_as"], []).append(host)
        address = str(known.get("ansible_host") or host)
        if _is_address(address):
            guessed.setdefault(address, host)
    return {**guessed, **{address: " or ".join(names) for address, names in told.items()}}


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True

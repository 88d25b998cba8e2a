# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which services of a rendered Compose project are there in a rehearsal, and under which names they and the database are known."""

from __future__ import annotations

import ipaddress
from collections.abc import Container, Iterable, Mapping
from typing import Any


def database_names(services: Mapping[str, Any], host: str, service: str) -> list[str]:
    """The names, but no addresses, by which services reach the database.

    :param host: as the application has it.
    :param service: the one that is the database; empty if it is none of the project.
    """
    found = {host.strip("[]")}
    if service in services:
        found |= {service, *aliases(service, services)}
    return sorted(each for each in found if each and not _is_address(each))


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host.lower() == "localhost"
    return True


def aliases(name: str, services: Mapping[str, Any]) -> set[str]:
    """The names, beside its own, under which others reach a service."""
    service = services[name]
    found = {service.get("container_name"), service.get("hostname")}
    for network in (service.get("networks") or {}).values():
        found |= {*((network or {}).get("aliases") or [])}
    for other in services.values():
        for link in other.get("links") or []:
            target, _colon, alias = link.partition(":")
            found |= {alias} if target == name else set()
    return {each for each in found if each} - {name}


def partner(mode: Any) -> str:
    """The service in ``service:NAME``; empty for any other mode."""
    kind, _colon, name = str(mode or "").partition(":")
    return name if kind == "service" else ""


def needs(service: Mapping[str, Any]) -> list[str]:
    """The services that a service asks for, or whose namespaces it shares."""
    links = [link.partition(":")[0] for link in service.get("links") or []]
    shared = [partner(service.get(key)) for key in ("network_mode", "ipc", "pid")]
    return sorted({*(service.get("depends_on") or {}), *links, *shared} - {""})


def choose(
    services: Mapping[str, Any], wanted: Iterable[str], runtime: Container[str], never: Container[str]
) -> tuple[list[str], list[str]]:
    """The services to start: ``wanted`` and whatever they need; and what of that isn't started.

    :param runtime: services that get the new version. Another one of their image would be the old version, and isn't started.
    :param never: services that aren't started, whoever needs them.
    """
    old = {each["image"] for name, each in services.items() if name in runtime and each.get("image")}
    waiting, there, left_out = [*wanted], [], []
    while waiting:
        name = waiting.pop(0)
        if name in there or name in left_out or name not in services:
            continue
        service = services[name]
        # A provider is a program that Compose starts on this host.
        if name in never or service.get("provider") or (name not in runtime and service.get("image") in old):
            left_out.append(name)
            continue
        there.append(name)
        waiting += needs(service)
    return sorted(there), sorted(left_out)

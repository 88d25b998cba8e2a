# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One service of a Compose project as ``docker compose config`` renders it, and how it hangs together with others.

https://github.com/compose-spec/compose-spec/blob/main/05-services.md
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils import mounts

# A service in the place of a URL's host.
SERVICE_HOST = re.compile(r"(?P<scheme>https?://)\{(?P<service>[^{}/]+)\}")
# What of another service a service may share, by ``service:NAME``.
_SHARED = ("network_mode", "ipc", "pid")


@dataclass(frozen=True)
class Service:
    """One service of the rendered project.

    :ivar ports: pairs of container port and published port.
    :ivar environment: holds secrets and never leaves the host.
    :ivar mounts: None where the file alone doesn't tell them.
    :ivar replicas: how many containers the file asks for; None where it doesn't say.
    :ivar sole: why no second container can run beside one; empty when it can.
    :ivar profiles: the Compose profiles that switch it on.
    :ivar after: services that have to run to their end before it starts (``service_completed_successfully``).
    :ivar shares: services whose namespaces it shares: made anew, they leave it without.
    :ivar restarts_with: services after whose recreation it is to be restarted (``depends_on``, ``restart``).
    :ivar build: how its image is built from a Dockerfile; None where the image is pulled. Its arguments may be secrets.
    """

    name: str
    image: str | None
    ports: tuple[tuple[int, int], ...] = ()
    environment: dict[str, str] = field(default_factory=dict, repr=False)
    update_config: dict[str, Any] = field(default_factory=dict)
    mounts: tuple[mounts.Mount, ...] | None = None
    replicas: int | None = None
    sole: str = ""
    profiles: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    shares: tuple[str, ...] = ()
    restarts_with: tuple[str, ...] = ()
    build: dict[str, Any] | None = field(default=None, repr=False)


def of_rendered(name: str, project: Mapping[str, Any]) -> Service:
    """The service ``name`` of a rendered project."""
    rendered = project["services"][name]
    ports = tuple(
        (int(port["target"]), int(port["published"]))
        for port in rendered.get("ports") or []
        if str(port.get("published", "")).isdigit()
    )
    deploy = rendered.get("deploy") or {}
    needs = rendered.get("depends_on") or {}
    return Service(
        name,
        rendered.get("image"),
        ports,
        {key: value for key, value in (rendered.get("environment") or {}).items() if value is not None},
        deploy.get("update_config") or {},
        mounts.of_service(rendered, project),
        replicas=rendered.get("scale", deploy.get("replicas")),
        sole=_sole(rendered),
        profiles=tuple(rendered.get("profiles") or ()),
        after=_where(needs, "condition", "service_completed_successfully"),
        shares=tuple(sorted({each for key in _SHARED for each in [_partner(rendered.get(key))] if each})),
        restarts_with=_where(needs, "restart", True),
        # With an image beside it, Compose would rather pull that.
        build=None if rendered.get("image") else rendered.get("build"),
    )


def _where(needs: Mapping[str, Any], key: str, value: Any) -> tuple[str, ...]:
    return tuple(sorted(name for name, how in needs.items() if (how or {}).get(key) == value))


def _partner(mode: Any) -> str:
    """The service in ``service:NAME``; empty for any other mode."""
    kind, _colon, name = str(mode or "").partition(":")
    return name if kind == "service" else ""


def _sole(rendered: Mapping[str, Any]) -> str:
    """The first reason why a second container can't run beside one."""
    if rendered.get("container_name"):
        return f"its container has a fixed name ({rendered['container_name']})"
    for port in rendered.get("ports") or []:
        if str(port.get("published", "")).isdigit() and int(port["published"]):
            return f"it publishes the port {port['published']} of the host"
    mode = str(rendered.get("network_mode") or "")
    if mode == "host" or mode.startswith(("service:", "container:")):
        return f"it uses a network of others (network_mode: {mode})"
    for network in (rendered.get("networks") or {}).values():
        if any((network or {}).get(key) for key in ("ipv4_address", "ipv6_address", "mac_address")):
            return "it has a fixed address in a network"
    return ""

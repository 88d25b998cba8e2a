# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the sessions of a database come from: which of them are this host's, and which service of it that is."""

from __future__ import annotations

from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils.database import Access
from ansible_collections.ratchet.runtime.plugins.module_utils.engine import SERVICE_LABEL, Container, Engine


def place(engine: Engine, access: Access, testimony: dict[str, Any]) -> None:
    """Write ``here`` and ``service`` into the sessions of a testimony (``activity.progress``) that wait, and into their blockers.

    Addresses on Docker's networks are the same on many hosts: they say something only if the server is on this engine, too. A server
    elsewhere sees the host itself, and tells as which address (``seen_as``).
    """
    waiting = [*testimony.get("migrating", []), *testimony.get("waiting", [])]
    sessions = [*waiting, *(blocker for each in waiting for blocker in each["blockers"])]
    if not sessions:
        return
    owners = _owners(engine.containers()) if access.container else {}
    for session in sessions:
        client = session["client"]
        owner = owners.get(client or "")
        session["service"] = (owner.labels.get(SERVICE_LABEL) or owner.name) if owner else None
        # Without an address it is a process beside the server.
        local = access.container is not None if client is None else client == testimony["seen_as"]
        session["here"] = bool(owner) or (local and session["pid"] != 0)


def _owners(containers: list[Container]) -> dict[str, Container]:
    return {
        endpoint[key]: container
        for container in containers
        if container.running
        for endpoint in container.networks.values()
        for key in ("IPAddress", "GlobalIPv6Address")
        if endpoint.get(key)
    }

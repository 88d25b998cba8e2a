# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What of a Compose project moves with the runtime's services, as the compose file says."""

from __future__ import annotations

from collections.abc import Iterable

from ansible_collections.ratchet.runtime.plugins.module_utils.compose import Project
from ansible_collections.ratchet.runtime.plugins.module_utils.compose_service import Service


def is_job(project: Project, service: Service) -> bool:
    """Whether ``service`` runs to its end before others start, instead of staying."""
    return any(service.name in each.after for each in project.services.values())


def followers(project: Project, services: Iterable[Service]) -> list[dict[str, str]]:
    """Other services to be made anew (``recreate``) or restarted (``restart``) once ``services`` have been.

    :returns: each with ``service`` and ``how``, in an order in which that can be done.
    """
    changed = {service.name for service in services}
    others = [each for name, each in sorted(project.services.items()) if name not in changed]
    found: list[dict[str, str]] = []
    while True:
        for each in others:
            how = "recreate" if changed & {*each.shares} else "restart" if changed & {*each.restarts_with} else ""
            if how and each.name not in changed:
                break
        else:
            return found
        changed.add(each.name)
        found.append({"service": each.name, "how": how})

# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Services of the runtime's image that run to their end before the others start, such as Airflow's ``airflow-init``. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.ratchet.runtime.plugins.plugin_utils.profile import Profile


def apart(fleet: Mapping[str, Mapping[str, Any]], profile: Profile) -> dict[str, dict[str, Any]]:
    """The observations with such services in ``jobs`` instead of in ``services``; of those, nobody expects that they run.

    They are told by the compose file (others wait for their end), or by the profile. What the file wants none of
    (``replicas: 0``) and nobody has started gets the image likewise.
    """
    return {host: _apart(seen, profile) if "services" in seen else dict(seen) for host, seen in fleet.items()}


def _apart(seen: Mapping[str, Any], profile: Profile) -> dict[str, Any]:
    jobs = [
        each
        for each in seen["services"]
        if each.get("job") or each["name"] in profile.services.one_shot or _is_off(each)
    ]
    staying = [each for each in seen["services"] if each not in jobs]
    if not staying:  # who names nothing else means it
        return {**seen, "jobs": []}
    return {**seen, "services": staying, "jobs": jobs}


def _is_off(service: Mapping[str, Any]) -> bool:
    return service.get("replicas") == 0 and not service["containers"]


def to_run(seen: Mapping[str, Any], but: str = "") -> list[str]:
    """The jobs that the compose file has run before the runtime's services start, other than ``but``, each after those it waits for."""
    waiting = {each["name"]: {*(each.get("after") or [])} for each in seen.get("jobs") or [] if each.get("job")}
    found: list[str] = []
    while waiting:
        # Compose refuses circles.
        ready = next((name for name, after in waiting.items() if not after & {*waiting}), next(iter(waiting)))
        del waiting[ready]
        found.append(ready)
    return [name for name in found if name != but]

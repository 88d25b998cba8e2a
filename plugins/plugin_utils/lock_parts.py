# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which host holds which part of a run's lock. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def needed(plan: Mapping[str, Any]) -> bool:
    """Whether the plan touches anything, or watches what an earlier run has touched."""
    return any(host["action"] != "none" for host in plan["hosts"].values())


def keepers(plan: Mapping[str, Any]) -> dict[str, str]:
    """By host the id of the database whose lock it holds, empty for none: the hosts that go first, so that of two runs one wins.

    It is the host that backs up or restores, as that one is sure to reach the database as its owner does.
    """
    found: dict[str, str] = {}
    for host, each in plan["hosts"].items():
        found.setdefault(each["database"] or "", host)
    for host, each in plan["hosts"].items():
        if each["database"] and (each.get("backs_up") or each.get("restores")):
            found[each["database"]] = host
    return {host: identity for identity, host in found.items()}


def part(plan: Mapping[str, Any], host: str) -> dict[str, Any]:
    """What a host needs to know for its part."""
    each = plan["hosts"][host]
    return {
        "run": plan["run"],
        "project": each["project"]["name"],
        "project_dir": each["project"]["directory"],
        "services": each["services"],
        "places": ["database", "host"] if keepers(plan).get(host) else ["host"],
    }

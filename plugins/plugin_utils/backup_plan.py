# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of a backup for its own sake: which host backs up which database. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from ansible_collections.ratchet.runtime.plugins.plugin_utils import databases, preflight, target
from ansible_collections.ratchet.runtime.plugins.plugin_utils.problems import Problems


def plan(fleet: Mapping[str, Mapping[str, Any]], how: Mapping[str, Any], run: str) -> dict[str, Any]:
    """Plan a backup of each database, once.

    What can't be backed up keeps nothing else from it: it is one of the ``problems``, for the end of the run.

    :param fleet: observations by host.
    :param how: ``jobs``, ``verify`` and ``keep``.
    :returns: JSON-serialisable; ``hosts``, ``databases`` and ``backup`` in the shape that the stage of an upgrade reads.
    """
    problems = Problems()
    preflight.refuse_unseen(fleet, problems)
    seen = {host: each for host, each in fleet.items() if "services" in each}
    groups = databases.group(seen, list(seen), problems, how["verify"])
    target.refuse_small_stores(seen, [], groups, problems)
    makers = {each.backup_host: identity for identity, each in groups.items()}
    return {
        "run": run,
        "backup": dict(how),
        "databases": {identity: asdict(each) for identity, each in groups.items()},
        "hosts": {
            host: {
                "project": each["project"],
                "services": [service["name"] for service in each["services"]],
                "database": makers.get(host),
                "backs_up": host in makers,
            }
            for host, each in seen.items()
        },
        "problems": [*problems, *(f"{matter.reason}. {matter.remedy}." for matter in problems.open)],
    }

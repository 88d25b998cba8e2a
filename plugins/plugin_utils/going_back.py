# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a host on which the new version failed may simply have its old one again. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.ratchet.runtime.plugins.plugin_utils.watching import head_of


def obstacle(plan: Mapping[str, Any], host: Mapping[str, Any], probe: Mapping[str, Any]) -> str | None:
    """What keeps a host from going back by its image and files alone; None when nothing does.

    :param probe: the last one, as ``module_utils.health.probe`` returns it.
    """
    if host["begun"]:
        return "an earlier run began this deploy, and what was before it is in that run's record"
    if "containers" not in probe:
        return "the host doesn't answer"
    testimony = probe.get("database")
    if not host["database"] and not testimony:
        return None
    if not testimony or "error" in testimony:
        return "the database doesn't answer, so whether it was migrated isn't known"
    if testimony["migrating"]:
        return "a migration still runs, and ending it in the middle could leave the database half-migrated"
    if (testimony["ledger"] or {}).get("dirty"):
        return "a migration of the database has ended half-way"
    before, now = (plan["databases"].get(host["database"]) or {}).get("head_before"), head_of(probe)
    # Where both may run side by side, the hosts that were not touched run the old version on this very schema.
    if host["tolerates"] or plan["strategy"] == "rolling":
        return None
    if not before or not now:
        return "whether the database was migrated isn't known: its migrations are kept in no way that is known here"
    if before != now:
        return f"the database has been migrated from {before} to {now}, and {host['origin']} may not work on it"
    return None

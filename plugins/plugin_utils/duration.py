# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long an upgrade will take, roughly, and why. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.ratchet.runtime.plugins.plugin_utils.plan import DatabasePlan

# Dumping and reading back a database, in bytes a second: what modest servers do; larger ones are faster.
_BACKUP_RATE = 20_000_000
# What a host takes beside its monitor period, in seconds: editing, recreating, starting.
_HOST = 15


def estimate(
    upgrading: Sequence[str],
    databases: Mapping[str, DatabasePlan],
    watch: Mapping[str, Any],
    crossed: Sequence[Mapping[str, Any]],
    rehearsed: float | None = None,
) -> dict[str, Any]:
    """Seconds, and the parts they are made of.

    A consideration's own estimate counts once, as each database is migrated once, and the longest counts.

    :param rehearsed: seconds that the migration took when it was rehearsed: then nothing is guessed.
    """
    if not upgrading:
        return {"seconds": 0, "why": []}
    parts = {
        "backup": sum(database.size for database in databases.values()) / _BACKUP_RATE,
        f"{len(upgrading)} host{'s' if len(upgrading) > 1 else ''}": len(upgrading)
        * (_HOST + float(watch.get("monitor", 0))),
    }
    migration = max((each.get("seconds") or 0 for each in crossed), default=0)
    if rehearsed is not None:
        parts["migration, as rehearsed,"] = rehearsed
    elif migration:
        parts["migration"] = migration
    return {
        "seconds": round(sum(parts.values())),
        "why": [f"{name} {readable(seconds)}" for name, seconds in parts.items()],
    }


def readable(seconds: float) -> str:
    """``45 s``, ``12 min``, ``1 h 30 min``."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 90:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min"


def measured(seconds: float | None) -> str:
    """``0.4 s``, ``12.3 s``, ``2 min 5 s``, ``1 h 2 min``: a time that was taken; empty for None."""
    if seconds is None:
        return ""
    if seconds < 60:
        return f"{seconds:.1f}".removesuffix(".0") + " s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s".removesuffix(" 0 s")
    return f"{whole // 3600} h {whole % 3600 // 60} min"

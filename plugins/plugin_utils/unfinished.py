# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A deploy that began on a host and was not finished: killed, failed, or still to be confirmed. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils.references import tag_of

# What a journal may say of a deploy. One that has failed is as unfinished as before; one that went back is over.
OUTCOMES = ("started", "failed", "rolled_back", "done")


def entries(seen: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The entries of a host's journal that can be understood, oldest first."""
    found = (seen.get("journal") or {}).get("entries") or []
    return [entry for entry in found if is_understood(entry)]


def is_understood(entry: Any) -> bool:
    """Whether an entry of a journal tells of a deploy in words that are known here."""
    if not isinstance(entry, dict) or entry.get("outcome") not in OUTCOMES:
        return False
    sides = [entry.get("from"), entry.get("to")]
    return all(isinstance(side, dict) and isinstance(side.get("version"), str) for side in sides)


def deploy(seen: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The unfinished deploy of a host that still matters; the first of several in a row, which knows the state before them.

    It matters while the host runs what it began to deploy, or the schema isn't as it was before: then it may have
    migrated, whatever runs now. Who went back by hand, with the data, has undone it.
    """
    begun: Mapping[str, Any] | None = None
    for entry in entries(seen):
        if entry["outcome"] in ("done", "rolled_back"):
            begun = None
        elif entry["outcome"] == "failed" or entry.get("verb") == "rollback":
            # Who goes back begins anew by what is seen; it leaves nothing half-deployed.
            continue
        elif begun is None:
            begun = entry
        else:
            # The newest target, on the oldest state.
            begun = {**begun, "to": entry["to"], "deploy": entry.get("deploy"), "at": entry.get("at")}
    if begun is None:
        return None
    tags = {tag_of(each["reference"]) for service in seen["services"] for each in service["containers"]}
    ledger = (seen["database"] or {}).get("ledger") or {}
    unmoved = begun.get("head_before") is not None and ledger.get("head") == begun["head_before"]
    return begun if begun["to"]["version"] in tags or not unmoved else None

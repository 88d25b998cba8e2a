# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run says of a host that isn't well: what happened, what state the fleet is in, and what to do. The words for 3 a.m. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from ansible_collections.ratchet.runtime.plugins.plugin_utils import going_back, migration_words
from ansible_collections.ratchet.runtime.plugins.plugin_utils.watching import Sight, head_of


def of(
    this: str,
    plan: Mapping[str, Any],
    host: Mapping[str, Any],
    sight: Sight,
    probe: Mapping[str, Any],
    addresses: Mapping[str, str],
    backup: str,
    batch: Collection[str] = (),
) -> str:
    """The message.

    :param addresses: which host an address belongs to, for who blocks a migration.
    :param backup: where the state before is; empty where there is none.
    :param batch: the hosts of this host's batch: those that are upgraded at the same time speak for themselves.
    """
    lines = [f"{this} is {sight.state} on {host['target']}: {sight.detail}."]
    for name, log in (probe.get("logs") or {}).items():
        lines += [f"The end of the log of {name}:", *(f"  | {line}" for line in log)]
    outputs = {
        each["health_output"]
        for each in probe.get("containers", [])
        if each.get("health_output") and each["health"] != "healthy"
    }
    lines += [f"Its health check says: {output}" for output in sorted(outputs)]
    lines += migration_words.advice(probe.get("database") or {}, this, addresses)
    if sight.state == "unreachable":
        lines.append(
            "What has become of it isn't known. When it can be reached again, run the same command again: it looks, and goes on from there."
        )
    if sight.state == "stopped":
        lines.append("Run the same command again: it starts what is stopped, and goes on from there.")
    lines += _asked(host, sight, probe)
    goes_back = _goes_back(plan, host, probe)
    lines += _others(this, plan, host, goes_back, batch)
    if sight.state == "stalled" and (probe.get("database") or {}).get("migrating"):
        lines.append("A migration that still runs was left alone; run the same command again to watch it further.")
    if goes_back:
        return "\n".join([*lines, *_moved(plan, host, probe, backup), goes_back])
    return "\n".join([*lines, *_way_back(plan, host, probe, backup)])


def _asked(host: Mapping[str, Any], sight: Sight, probe: Mapping[str, Any]) -> list[str]:
    """Where the answer came from that was never good: as often as the application, the question is wrong."""
    url, answer = host["health"]["url"], probe.get("http")
    if sight.state != "stalled" or not url or not answer or (probe.get("database") or {}).get("migrating"):
        return []
    return [
        f"That was asked at {url}: see that runtime_health_url and runtime_health_expect are right for {host['target']}."
    ]


def _moved(plan: Mapping[str, Any], host: Mapping[str, Any], probe: Mapping[str, Any], backup: str) -> list[str]:
    """What has become of the database of a host that goes back all the same."""
    before, found = (plan["databases"].get(host["database"]) or {}).get("head_before"), head_of(probe)
    if not before or not found or before == found:
        return []
    told = f"The database has been migrated from {before} to {found}, which {host['origin']} works on, as the profile or runtime_strategy says."
    return [told, *([f"The state before is in the backup {backup}."] if backup else [])]


def _others(
    this: str, plan: Mapping[str, Any], host: Mapping[str, Any], goes_back: str, batch: Collection[str]
) -> list[str]:
    """What has become of the hosts whose turn doesn't come any more."""
    if plan["failure_action"] == "continue":
        return []
    hosts, order = plan["hosts"], list(plan["hosts"])
    later = [each for each in order[order.index(this) + 1 :] if hosts[each]["action"] == "upgrade"]
    # Who is only watched is, before any other is stopped; who migrates goes before the rest of its batch.
    if host["action"] != "confirm":
        first = host["migrates"] and host["action"] == "upgrade"
        later = [each for each in later if each not in batch or (first and not hosts[each]["migrates"])]
    # A database whose first host has not had its turn is as it was.
    kept = {hosts[each]["database"] for each in later if hosts[each]["migrates"]}
    kept |= {host["database"]} if goes_back and host["migrates"] else set()
    found: dict[str, list[str]] = {}
    for each in later:
        if host["action"] == "confirm" or not hosts[each]["stops"]:
            became = "Not touched, still on their old version"
        elif hosts[each]["database"] in kept:
            became = "Stopped before the migration, and started again on their old version after this host"
        else:
            became = "Stopped before the migration, and not started again"
        found.setdefault(became, []).append(each)
    return [f"{became}: {', '.join(names)}." for became, names in found.items()]


def _goes_back(plan: Mapping[str, Any], host: Mapping[str, Any], probe: Mapping[str, Any]) -> str:
    """What the run does next with this host; empty when it leaves it as it is."""
    if plan["failure_action"] != "rollback" or host["action"] != "upgrade" or going_back.obstacle(plan, host, probe):
        return ""
    if host["project"].get("stack"):
        return f"The stack and its file go back to {host['origin']} now, as its failure_action says."
    return f"This host goes back to {host['origin']} now (runtime_failure_action)."


def _way_back(plan: Mapping[str, Any], host: Mapping[str, Any], probe: Mapping[str, Any], backup: str) -> list[str]:
    if host["action"] != "upgrade":
        return []
    before = (plan["databases"].get(host["database"]) or {}).get("head_before")
    found = head_of(probe)
    moved = before and found and found != before
    why = going_back.obstacle(plan, host, probe)
    runs = (probe.get("database") or {}).get("migrating")
    # That it was migrated is told with what to do about it.
    lines = (
        [f"What is in the way of simply going back: {why}."] if why and not (moved and "migrated from" in why) else []
    )
    when = ", once no migration runs any more" if runs else ""
    lines += [f"To go back to {host['origin']} on this host{when}:", *(f"  {step}" for step in host["undo"])]
    if moved:
        lines.append(
            f"But the database has been migrated from {before} to {found}: {host['origin']} may not work on it."
        )
    if moved or (why and not runs and "containers" in probe):
        lines.append(
            "To go back on all hosts, and to see what becomes of the database: ansible-playbook ratchet.runtime.rollback"
        )
    return [*lines, f"The state before is in the backup {backup}."] if backup else lines

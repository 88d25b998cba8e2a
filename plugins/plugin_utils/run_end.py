# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a run ended: in words, and where each of its hosts is. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# What fails before the roles keep anything in runtime_trouble.
_EARLY = ("runtime_prepared", "runtime_checked", "runtime_backed_up", "runtime_copied", "runtime_locked")
_NEXT = (
    "Once that is mended, run the same command again: it leaves alone what is finished, and goes on with what isn't."
)
# The facts of a host that tell how it ended.
FACTS = (
    *_EARLY,
    "runtime_trouble",
    "runtime_outcome",
    "runtime_recorded",
    "runtime_stopped",
    "runtime_went_back",
    "runtime_started_again",
    "runtime_failure",
)


def troubles(facts: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """What went wrong, by host.

    :param facts: the :data:`FACTS` of each host; any may be missing.
    """
    found = {host: each.get("runtime_trouble") or _early(each) for host, each in facts.items()}
    return {host: str(text) for host, text in found.items() if text}


def _early(facts: Mapping[str, Any]) -> str:
    for name in _EARLY:
        result = facts.get(name) or {}
        if result.get("failed") or result.get("unreachable"):
            return str(result.get("msg") or "no reason given")
    return ""


def in_words(plan: Mapping[str, Any], failed: Mapping[str, str], facts: Mapping[str, Mapping[str, Any]]) -> str:
    """The last words of an upgrade in which something went wrong: what, and where each host is.

    :param failed: as :func:`troubles` tells them.
    """
    states: dict[str, list[str]] = {}
    for host, each in plan["hosts"].items():
        if each["action"] == "upgrade":
            states.setdefault(_became(each, host in failed, facts[host]), []).append(host)
    where = [f"{', '.join(hosts)}: {state}" for state, hosts in states.items()]
    told = any("same command again" in each for each in failed.values())
    return "\n".join(
        [
            f"The upgrade to {plan['version']} failed on {', '.join(failed)}.",
            *failed.values(),
            *(["Where the hosts are:", *where] if where else []),
            *([] if told else [_NEXT]),
        ]
    )


def _became(host: Mapping[str, Any], failed: bool, facts: Mapping[str, Any]) -> str:
    if facts.get("runtime_went_back"):
        return f"back on {host['origin']}"
    if facts.get("runtime_started_again"):
        return f"stopped for a while, started again on {host['origin']}"
    if began(facts) and (facts.get("runtime_failure") or {}).get("state") == "unreachable":
        return f"not known, as it can't be reached; it was to get {host['target']}"
    if began(facts):
        return f"left on {host['target']}, not well" if failed else f"upgraded to {host['target']}"
    if facts.get("runtime_stopped"):
        return "stopped, not upgraded"
    return f"not touched, on {host['current']}"


def runs(host: str, version: str | None, seen: Mapping[str, Any]) -> str:
    """What a host was seen to run in the end, or why that isn't known."""
    trouble = seen.get("unreachable") or seen.get("failed")
    if trouble:
        return f"{host} could not be looked at ({trouble})"
    return f"{host} runs {version or 'what no version can be told of'}"


def began(facts: Mapping[str, Any]) -> bool:
    """Whether the deploy was recorded, and so may have begun; a host that was lost by then was not touched."""
    recorded = facts.get("runtime_recorded") or {}
    return bool(recorded) and not recorded.get("unreachable")


def planned(plan: Mapping[str, Any], verb: str) -> dict[str, Any]:
    """What machines are told of a plan."""
    return {
        "verb": verb,
        "version": plan.get("version"),
        "current": plan.get("current"),
        "change": plan.get("change"),
        "changes": plan.get("changes"),
        "fingerprint": plan.get("fingerprint"),
        "hosts": {
            host: {"action": each.get("action"), "from": each.get("current"), "to": each.get("target")}
            for host, each in plan["hosts"].items()
        },
        "to_accept": sorted({matter["id"] for matter in plan.get("matters") or [] if not matter["accepted"]}),
    }


def by_host(plan: Mapping[str, Any], facts: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """What machines are told of each host when a run has ended."""
    return {
        host: {
            "outcome": of_host(each, facts[host]) if "action" in each else None,
            "from": each.get("current"),
            "to": each.get("target"),
        }
        for host, each in plan["hosts"].items()
    }


def of_host(host: Mapping[str, Any], facts: Mapping[str, Any]) -> str:
    """A word or two about one host: ``upgraded``, ``rolled back``, ``confirmed``, ``failed`` and so on.

    :param host: its part of the plan.
    """
    outcome, takes_back = facts.get("runtime_outcome"), "undoes" in host
    if facts.get("runtime_went_back"):
        return "rolled back"
    if facts.get("runtime_started_again"):
        return "started again"
    if outcome == "rolled_back":
        return "rolled back" if host["undoes"] else "confirmed"
    if outcome == "upgraded":
        return "upgraded" if host["action"] == "upgrade" or host["begun"] else "confirmed"
    if host["action"] == "none":
        return "nothing to do"
    watched_only = host["action"] == "confirm"
    if began(facts) or (facts.get("runtime_trouble") and (takes_back or watched_only)):
        return "failed"
    return "stopped" if facts.get("runtime_stopped") else "not touched"

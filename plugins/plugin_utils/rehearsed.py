# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether just this upgrade was rehearsed, and what that came to. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from ansible_collections.ratchet.runtime.plugins.plugin_utils.plan import DatabasePlan, HostPlan
from ansible_collections.ratchet.runtime.plugins.plugin_utils.problems import Problems
from ansible_collections.ratchet.runtime.plugins.plugin_utils.rehearsal_verdict import FAILED, PASSED, WARNED

# As the journal's entries tell the time.
_TIME = "%Y-%m-%dT%H:%M:%SZ"
# What clocks may differ by: a rehearsal that is to come was none.
_AHEAD = timedelta(hours=1)


def of(
    fleet: Mapping[str, Mapping[str, Any]], hosts: Mapping[str, HostPlan], databases: Mapping[str, DatabasePlan]
) -> dict[str, dict[str, Any]]:
    """The newest rehearsal of each database's part of the plan, whatever its outcome: of these images, from these, on this schema.

    :param fleet: observations, in which each host tells the rehearsals that it knows of.
    """
    found = {}
    for id in databases:
        own = _upgraded(hosts, id)
        fits = [each for each in _of_target(fleet, own, databases[id], id) if not _strangers(each, own)]
        if fits:
            found[id] = max(fits, key=lambda each: each["at"])
    return found


def refuse(
    fleet: Mapping[str, Mapping[str, Any]],
    hosts: Mapping[str, HostPlan],
    databases: Mapping[str, DatabasePlan],
    days: int,
    now: datetime | None,
    problems: Problems,
    rolling: bool = False,
) -> None:
    """Let the operator accept that there is no passed rehearsal of this upgrade that is younger than ``days``; 0 asks for none.

    :param rolling: whether the version before will run beside the new one, which a rehearsal for a single instance doesn't ask about.
    """
    rehearsals = of(fleet, hosts, databases)
    for id, database in databases.items() if days > 0 and now else ():
        own = _upgraded(hosts, id)
        if not own:
            continue
        told = rehearsals.get(id)
        why = ""
        if not told:
            why = _missing(_of_target(fleet, own, database, id), own)
        elif told["outcome"] == FAILED:
            why = f"was rehearsed on {told['at']}, and that failed ({'; '.join(told.get('reasons') or []) or 'no reason kept'})"
        elif _age(told, now) < -_AHEAD:
            why = f"was rehearsed on {told['at']}, by a clock that goes wrong"
        elif _age(told, now) > timedelta(days=days):
            why = f"was rehearsed last on {told['at']}, more than {days} days ago"
        elif rolling and not told.get("rolling"):
            why = f"was rehearsed on {told['at']} without the version before beside it (runtime_strategy)"
        if why:
            problems.matter(
                "not_rehearsed",
                f"the upgrade of the database {database.name} {why} (runtime_require_rehearsal: {days})",
                "Run ansible-playbook ratchet.runtime.rehearse with the same variables first",
            )


def told(rehearsals: Mapping[str, Mapping[str, Any]], databases: Mapping[str, DatabasePlan]) -> list[str]:
    """What the plan says of them."""
    return [
        f"The upgrade of the database {databases[id].name} was rehearsed on {each['at']}: {each['outcome']}"
        f"{', ' + '; '.join(each['reasons']) if each.get('reasons') else ''}"
        for id, each in rehearsals.items()
    ]


def migration(rehearsals: Iterable[Mapping[str, Any]]) -> float | None:
    """Seconds until the slowest of them was well; None where none was."""
    known = [float(each["seconds"]) for each in rehearsals if each["outcome"] != FAILED and each.get("seconds")]
    return max(known, default=None)


def _entries(seen: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """What a host knows of rehearsals, as far as it can be understood."""
    for entry in (seen.get("rehearsals") or {}).get("entries") or []:
        needed = (
            _are_texts(entry.get("from")) and _are_texts(entry.get("reasons", [])) and isinstance(entry.get("to"), dict)
        )
        known = entry.get("outcome") in (PASSED, WARNED, FAILED)
        if needed and known and all(isinstance(entry.get(key), str) for key in ("at", "database")):
            yield entry


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _upgraded(hosts: Mapping[str, HostPlan], database: str) -> dict[str, HostPlan]:
    return {name: host for name, host in hosts.items() if host.database == database and host.action == "upgrade"}


def _of_target(
    fleet: Mapping[str, Mapping[str, Any]], hosts: Mapping[str, HostPlan], database: DatabasePlan, id: str
) -> list[dict[str, Any]]:
    """The known rehearsals of what these hosts get, on this schema, wherever they began."""
    gets = {(host.digest, host.reference) for host in hosts.values()}
    return [
        entry
        for seen in fleet.values()
        for entry in _entries(seen)
        if (entry["database"], entry.get("head_before")) == (id, database.head)
        and gets == {(entry["to"].get("digest"), entry["to"].get("reference"))}
    ]


def _strangers(entry: Mapping[str, Any], hosts: Mapping[str, HostPlan]) -> list[str]:
    """Hosts that run an image from which the rehearsal didn't begin."""
    return [
        name
        for name, host in sorted(hosts.items())
        if not {container["image_id"] for container in host.running} <= {*entry["from"]}
    ]


def _missing(known: list[dict[str, Any]], hosts: Mapping[str, HostPlan]) -> str:
    """Why none of them counts. One tag can be two images on two hosts, which nobody sees who looks at versions."""
    if not known:
        return "wasn't rehearsed from what runs now, on its schema"
    last = max(known, key=lambda each: each["at"])
    return f"was rehearsed on {last['at']} from another image than the one on {', '.join(_strangers(last, hosts))}"


def _age(entry: Mapping[str, Any], now: datetime) -> timedelta:
    try:
        return now - datetime.strptime(entry["at"], _TIME).replace(tzinfo=UTC)
    except ValueError:
        return timedelta.max

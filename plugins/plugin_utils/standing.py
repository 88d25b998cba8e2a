# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the fleet stands: law 2's current version, the highest of containers, journals and schema heads. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils import compose_by_hand
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.plugin_utils import crossings, running, unfinished, versions
from ansible_collections.ratchet.runtime.plugins.plugin_utils.problems import Problems
from ansible_collections.ratchet.runtime.plugins.plugin_utils.profile import Profile
from ansible_collections.ratchet.runtime.plugins.plugin_utils.schemes.version import Version


@dataclass(frozen=True)
class Standing:
    """Where the fleet stands.

    :ivar hosts: what each host's containers run, as text.
    :ivar highest: the version that a request is compared with; empty when it can't be told.
    :ivar because: who says so, as the end of the sentence "VERSION runs ...".
    :ivar running: the highest version among the containers alone.
    :ivar lowest: the lowest version that a host runs: where its way begins, and what runs beside the new one.
    """

    hosts: dict[str, str] = field(default_factory=dict)
    highest: str = ""
    because: str = ""
    running: str = ""
    lowest: str = ""
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Claim:
    """Somebody who says that the fleet, or its data, is at a version."""

    version: Version
    because: str


def of(fleet: Mapping[str, Mapping[str, Any]], profile: Profile, problems: Problems) -> Standing:
    """Find the current version of the fleet; what keeps it from being told is added to ``problems``."""
    found = {host: problems.attempt(host, _of_host, seen, profile) for host, seen in fleet.items()}
    told = {host: version for host, version in found.items() if version}
    hosts = {host: version.text for host, version in told.items()}
    if len(told) < len(fleet):
        return Standing(hosts)
    if not fleet:
        return Standing()
    notes = [f"{host}: {lie}" for host, seen in fleet.items() for lie in _lies(seen, profile)]
    notes += behind(fleet, profile)
    top = problems.attempt("", versions.highest, list(hosts.values()), profile.scheme)
    if not top:
        return Standing(hosts, notes=notes)
    claims = [_Claim(told[host], f"on {_those(hosts, text)}") for host, text in hosts.items() if text == top][:1]
    containers = claims[0].version
    claims += _by_journals(fleet, profile, containers, problems)
    claims += _by_heads(fleet, profile)
    highest = max(claims, key=lambda claim: claim.version.key)
    lowest = min(told.values(), key=lambda version: version.key)
    return Standing(hosts, highest.version.text, highest.because, top, lowest.text, notes)


def behind(fleet: Mapping[str, Mapping[str, Any]], profile: Profile) -> list[str]:
    """Hosts that run less than their database's schema stands for: such a version may look well and do nothing.

    Where the profile says that old code works on the newer schema, nothing is told.
    """
    told = []
    recorded = _recorded_heads(fleet, profile.scheme)
    for host, seen in fleet.items():
        claim = _by_head(seen, profile, recorded)
        try:
            lowest, where = _lowest(seen, profile)
        except (RatchetError, KeyError, ValueError):
            continue  # what can't be told is told elsewhere
        if not claim or lowest.key >= claim.version.key:
            continue
        if crossings.way_back(profile, lowest.text, claim.version.text).by != "image":
            told.append(
                f"{host} runs {lowest.text}{where}, while the schema of its database is that of {claim.version.text} or later ({claim.because}): "
                "it may look well and do nothing. Upgrade it as well, or take the database back with it (rollback, restore)"
            )
    return told


def _lowest(seen: Mapping[str, Any], profile: Profile) -> tuple[Version, str]:
    """The lowest version among a host's containers, and in which services, unless all run it: one old scheduler among new ones is enough."""
    found = {
        each["name"]: running.versions_of(each["containers"], profile)
        for each in seen["services"]
        if each["containers"]
    }
    lowest = min((version for each in found.values() for version in each), key=lambda version: version.key)
    names = [name for name, each in found.items() if lowest.key in [version.key for version in each]]
    return lowest, "" if len(names) == len(found) else f" in {', '.join(names)}"


def _those(hosts: Mapping[str, str], text: str) -> str:
    return ", ".join(host for host, each in hosts.items() if each == text)


def _of_host(seen: Mapping[str, Any], profile: Profile) -> Version:
    """The version that a host runs: the highest among its containers."""
    for service in seen["services"]:
        name, project = service["name"], seen["project"]
        if not service["containers"]:
            raise RatchetError(
                f"the service {name!r} of {project['directory']} has no container, so what ran last isn't known",
                f"Start it as it is: {compose_by_hand.command(project, f'up --detach {name}')}",
            )
    return running.highest(_containers(seen), profile)


def _containers(seen: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [container for service in seen["services"] for container in service["containers"]]


def _lies(seen: Mapping[str, Any], profile: Profile) -> Iterator[str]:
    for container in _containers(seen):
        lies = running.of_container(container, profile).lies
        if lies:
            yield lies


def _deploys(seen: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The finished deploys of a host's journal, oldest first."""
    return [entry for entry in unfinished.entries(seen) if entry["outcome"] == "done"]


def _by_journals(
    fleet: Mapping[str, Mapping[str, Any]], profile: Profile, containers: Version, problems: Problems
) -> list[_Claim]:
    """The last deploy of each host, also one that began and may have migrated before it failed."""
    claims = []
    for host, seen in fleet.items():
        journal = seen.get("journal") or {}
        if "error" in journal:
            problems.add(RatchetError(journal["error"], journal["remedy"]), host)
        for last in _deploys(seen)[-1:]:
            version = _parsed(last["to"]["version"], profile.scheme)
            if not version:
                continue
            if version.key > containers.key and problems.accepts("journal"):
                continue  # who went back by hand, with the data, knows better than the journal
            claims.append(_Claim(version, f"by the journal of {host} (deployed at {last.get('at')})"))
        begun = unfinished.deploy(seen)
        version = _parsed(begun["to"]["version"], profile.scheme) if begun else None
        if begun and version and not problems.accepts("journal"):
            told = f"by the journal of {host}: a deploy began at {begun.get('at')}, was not finished, and may have migrated the database"
            claims.append(_Claim(version, told))
    return claims


def _by_heads(fleet: Mapping[str, Mapping[str, Any]], profile: Profile) -> list[_Claim]:
    """What the databases' schema heads stand for: by the profile, else by the first version that a journal saw with them."""
    recorded = _recorded_heads(fleet, profile.scheme)
    claims = [_by_head(seen, profile, recorded) for seen in fleet.values()]
    return [claim for claim in claims if claim]


def _by_head(
    seen: Mapping[str, Any], profile: Profile, recorded: Mapping[tuple[str | None, str | None], Version]
) -> _Claim | None:
    database = seen.get("database") or {}
    ledger = database.get("ledger") or {}
    text = crossings.version_of_heads(profile, ledger.get("heads") or [])
    version = _parsed(text, profile.scheme) if text else recorded.get((database.get("id"), ledger.get("head")))
    return (
        _Claim(version, f"by the schema head {ledger['head']} of the database {database['name']}") if version else None
    )


def _recorded_heads(
    fleet: Mapping[str, Mapping[str, Any]], scheme: str
) -> dict[tuple[str | None, str | None], Version]:
    """The lowest version that any journal has seen with a database at a head.

    A deploy that moved the head tells more than one that found it: what a host ran when another had migrated already is
    older than the database.
    """
    found: dict[tuple[str | None, str | None], Version] = {}
    moved: dict[tuple[str | None, str | None], Version] = {}
    for seen in fleet.values():
        for entry in unfinished.entries(seen):
            for side, head in (("from", "head_before"), ("to", "head_after")):
                version = _parsed((entry.get(side) or {}).get("version") or "", scheme)
                key = (entry.get("database"), entry.get(head))
                moves = head == "head_after" and entry.get("head_before") not in (None, key[1])
                # What has failed, or went back, tells of the schema only what it has made of it.
                if entry["outcome"] == "started" or (entry["outcome"] != "done" and not moves):
                    continue
                lowest = moved if moves else found
                if version and key[1] and (key not in lowest or version.key < lowest[key].key):
                    lowest[key] = version
    return {**found, **moved}


def _parsed(text: str, scheme: str) -> Version | None:
    try:
        return versions.parse(text, scheme)
    except RatchetError:
        return None

# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a profile says of one upgrade: stops, considerations, strategy, repository, way back. Pure.

Bounds hold for all variants of a scheme: 12.5.0-base crosses what 12.5.0 crosses. A pre-release has what its release has
(3.0.0-rc1 has crossed 3.0.0), but it isn't enough where a release is asked for (2.7.0-rc1 is no 2.7.0).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.references import Reference
from ansible_collections.ratchet.runtime.plugins.module_utils.references import parse as parse_reference
from ansible_collections.ratchet.runtime.plugins.plugin_utils import versions
from ansible_collections.ratchet.runtime.plugins.plugin_utils.profile import (
    Compatible,
    Consideration,
    Duration,
    Health,
    Image,
    Incompatible,
    Migration,
    Profile,
    WayBack,
    Witness,
)
from ansible_collections.ratchet.runtime.plugins.plugin_utils.profile_rehearsal import Rehearsal
from ansible_collections.ratchet.runtime.plugins.plugin_utils.profiles import matches

ROLLING, SINGLE = "rolling", "single_instance"


@dataclass(frozen=True)
class Facts:
    """What was observed of the runtime and matters to considerations.

    :ivar env: names of the variables in the runtime's environment, of all hosts together.
    :ivar rows: estimated rows by table; a schema in the name doesn't matter.
    """

    env: frozenset[str] = frozenset()
    rows: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Stop:
    """A version that can't be skipped: any from ``at_least`` up to, not including, ``before``."""

    id: str
    at_least: str
    before: str
    why: str
    link: str = ""


def considerations(profile: Profile, current: str, target: str, facts: Facts) -> list[Consideration]:
    """What the operator should know about this upgrade, with the seconds it may take where the profile says so.

    A crossing fires once: from below it to it or above. A range fires when the target lies in it. Neither fires for
    a version that runs already.
    """
    if not _key(profile, current) < _key(profile, target):
        return []
    return [
        replace(each, seconds=_seconds(each.time, facts.rows) if each.time else None)
        for each in profile.considerations
        if (not each.env or each.env in facts.env)
        and (not each.crossing or _crosses(profile, each.crossing, current, target))
        and _within(profile, each.since, each.before, target)
    ]


def required_stops(profile: Profile, current: str, target: str) -> list[Stop]:
    """The versions to go through, lowest first; each is above the one before it and below ``target``."""
    stops: dict[Any, Stop] = {}
    for each in profile.required_stops:
        least = _key(profile, each.at_least)
        if _key(profile, current) >= least or not _crosses(profile, each.crossing, current, target):
            continue
        stop = Stop(each.id, each.at_least, each.crossing, each.why, each.link)
        other = stops.get(least)
        if other:  # one halt serves both; what comes first decides how far it may go
            first = min(stop, other, key=lambda known: _key(profile, known.before))
            stop = replace(first, why="; ".join(dict.fromkeys((first.why, stop.why, other.why))))
        stops[least] = stop
    return [stops[least] for least in sorted(stops)]


def incompatible(profile: Profile, current: str, target: str) -> Incompatible | None:
    """The range between both versions that older code doesn't survive, if there is one."""
    low, high = sorted((current, target), key=lambda tag: _key(profile, tag))
    return next((each for each in profile.incompatible if _touched(profile, each, low, high)), None)


def strategy(profile: Profile, current: str, target: str) -> tuple[str, str]:
    """``rolling`` or ``single_instance``, and why, for an operator to read."""
    low, high = sorted((current, target), key=lambda tag: _key(profile, tag))
    range_ = incompatible(profile, current, target)
    if range_:
        return SINGLE, _because(f"{current} to {target} crosses {range_.id}: {range_.why}", range_.link)
    for shared in profile.compatible:
        if _is_one_of(profile, shared, low) and _is_one_of(profile, shared, high):
            return ROLLING, _because(f"{current} and {target} may run side by side: {shared.why}", shared.link)
    return SINGLE, (
        f"whether {current} and {target} may run side by side isn't known (profile {profile.name}); "
        "set runtime_strategy=rolling if the vendor says so"
    )


def version_of_heads(profile: Profile, heads: Iterable[str]) -> str | None:
    """The version that the database is at least at: the highest that any of its schema heads is known from."""
    known = [profile.heads[head] for head in heads if head in profile.heads]
    return max(known, key=lambda tag: _key(profile, tag)) if known else None


def repository(profile: Profile, reference: Reference, target: str) -> str:
    """The repository in which ``target`` lives, for what runs ``reference`` now.

    An image that the profile doesn't know (built by the operator) stays where it is. A mirror is kept if it can hold
    the target under the path that it has.

    :raises RatchetError: when the vendor has moved and it isn't known where the mirror keeps the new repository.
    """
    here = [(image, how) for image in profile.images if (how := matches(image.image, reference))]
    there = [image for image in profile.images if _within(profile, image.since, image.before, target)]
    if not here or any(image in there for image, _how in here):
        return reference.name
    if not there:
        raise RatchetError(
            f"the profile {profile.name} knows no repository that holds {target}",
            "Look it up at the vendor's and add it to the profile's images",
        )
    same_registry = [each for each in there if parse_reference(each.image).registry == reference.registry]
    if same_registry or any(how == "exact" for _image, how in here):
        return (same_registry or there)[0].image
    return _in_mirror(here[0][0], there, reference, target)


def _in_mirror(here: Image, there: list[Image], reference: Reference, target: str) -> str:
    path = parse_reference(here.image).repository
    if any(parse_reference(each.image).repository == path for each in there):
        return reference.name
    raise RatchetError(
        f"{reference.name} mirrors {here.image}, but the vendor keeps {target} in {there[0].image}, "
        "and where the mirror has that isn't known",
        f"Mirror it, and add its repository to the profile: images: [{{image: ..., from: {there[0].since or target}}}]",
    )


def way_back(profile: Profile, older: str, newer: str) -> WayBack:
    """How to go from ``newer`` back to ``older``; outside of what the profile knows only a restore is safe."""
    back = profile.back
    # The command is the newer image's own; what it goes down to may be older than the command.
    below = replace(back, since=back.down_to or back.since)
    if _is_one_of(profile, below, older) and _is_one_of(profile, back, newer):
        return replace(
            back, first=tuple(each for each in back.first if _within(profile, each.since, each.before, newer))
        )
    return WayBack("restore", why=f"the profile {profile.name} knows of no other way from {newer} back to {older}")


def health(profile: Profile, tag: str) -> Health | None:
    """Where the version ``tag`` says how it is."""
    return _latest(profile, profile.health, tag)


def migration(profile: Profile, target: str) -> Migration:
    """Who migrates to the version ``target``, and how."""
    return _latest(profile, profile.migrates, target) or profile.migrates[0]


def witnesses(profile: Profile, tag: str) -> list[Witness]:
    """What tells the version of a running ``tag``."""
    return [each for each in profile.version if _within(profile, each.since, each.before, tag)]


def rehearsal(profile: Profile, tag: str) -> Rehearsal:
    """How ``tag`` is rehearsed: the checks and requests that hold for it."""
    known = profile.rehearsal
    checks, requests = (
        tuple(each for each in entries if _within(profile, each.since, each.before, tag))
        for entries in (known.checks, known.requests)
    )
    return replace(known, checks=checks, requests=requests)


def application_version(profile: Profile, tag: str) -> str | None:
    """The version (as far as it is known, mostly its minor) of the application in the image ``tag``."""
    found = profile.application.versions
    known = [start for start in found if _reaches(profile, tag, start)]
    return found[max(known, key=lambda start: _key(profile, start))] if known else None


def in_order(profile: Profile, services: Iterable[str]) -> list[str]:
    """``services`` as they are to be started: those that the profile orders first, then the others as they come."""
    order = profile.services.order
    return sorted(services, key=lambda name: order.index(name) if name in order else len(order))


def moved_from(profile: Profile, table: str) -> str:
    """The table whose rows a migration has moved to ``table``, in the same schema; empty if it is no such table."""
    schema, dot, name = table.rpartition(".")
    for each in profile.benign.moved:
        found = re.fullmatch(each, name)
        if found:
            return f"{schema}{dot}{found['table']}"
    return ""


def is_benign(profile: Profile, table: str = "", line: str = "") -> bool:
    """Whether a table's name or a line of a log is known to mean nothing."""
    name = table.rpartition(".")[2]
    return (bool(table) and any(re.fullmatch(each, name) for each in profile.benign.tables)) or (
        bool(line) and any(re.search(each, line) for each in profile.benign.logs)
    )


def _seconds(time: Duration, rows: Mapping[str, int]) -> int:
    counted = {name.rpartition(".")[2]: count for name, count in rows.items()}
    if time.per_million_rows and not any(table in counted for table in time.per_million_rows):
        return max(time.at_least, time.without_counts)
    by_rows = sum(rate * counted.get(table, 0) / 1e6 for table, rate in time.per_million_rows.items())
    return max(time.at_least, math.ceil(by_rows), 0 if time.per_million_rows else time.without_counts)


def _crosses(profile: Profile, bound: str, current: str, target: str) -> bool:
    return not _reaches(profile, current, bound) and _reaches(profile, target, bound)


def _within(profile: Profile, since: str, before: str, tag: str) -> bool:
    return (not since or _reaches(profile, tag, since)) and not (before and _reaches(profile, tag, before))


def _reaches(profile: Profile, tag: str, bound: str) -> bool:
    """Whether ``tag`` is at ``bound`` or above it, or a pre-release of it."""
    found, wanted = versions.parse(tag, profile.scheme), versions.parse(bound, profile.scheme)
    return found.key >= wanted.key or (found.prerelease and found.release == wanted.release)


def _touched(profile: Profile, range_: Incompatible, low: str, high: str) -> bool:
    return _key(profile, low) < _key(profile, range_.until) and _key(profile, high) > _key(profile, range_.since)


def _is_one_of(profile: Profile, shared: Compatible | WayBack, tag: str) -> bool:
    """Whether the promise of ``shared`` holds for ``tag``; the pre-releases at its edges are on neither side."""
    excepted = shared.unless_tag and re.search(shared.unless_tag, tag)
    enough = not shared.since or _key(profile, tag) >= _key(profile, shared.since)
    return not excepted and enough and _within(profile, "", shared.before, tag)


def _latest(profile: Profile, entries: tuple[Any, ...], tag: str) -> Any:
    """The last entry that applies; profiles list them upwards."""
    return next((each for each in reversed(entries) if not each.since or _reaches(profile, tag, each.since)), None)


def _because(sentence: str, link: str) -> str:
    return f"{sentence.rstrip('.')} ({link})" if link else sentence.rstrip(".")


def _key(profile: Profile, tag: str) -> Any:
    return versions.parse(tag, profile.scheme).key

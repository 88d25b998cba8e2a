# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a fleet is behind the newest version that its registry has. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.plugin_utils import crossings, running, versions
from ansible_collections.ratchet.runtime.plugins.plugin_utils.profile import Profile
from ansible_collections.ratchet.runtime.plugins.plugin_utils.schemes.version import Version
from ansible_collections.ratchet.runtime.plugins.plugin_utils.wording import counted

_FIRST_YEAR = 2012


def behind(fleet: Mapping[str, str | None], newest: str, profile: Profile) -> list[str]:
    """The hosts that run something older, or something that can't be told.

    :param fleet: what each host runs.
    """
    return [host for host, runs in fleet.items() if _change(runs, newest, profile) != "none"]


def count(releases: Sequence[str], runs: str | None, newest: str, profile: Profile) -> int:
    """How many releases there are after what runs, up to the newest."""
    return len(_between(releases, runs, newest, profile))


def built(
    fleet: Mapping[str, Mapping[str, Any]], runs: Mapping[str, str | None], profile: Profile, tag_of: Mapping[str, str]
) -> dict[str, datetime]:
    """By version, when the image was built that runs, by its own word."""
    found: dict[str, datetime] = {}
    for host, seen in fleet.items():
        for each in (each for service in seen.get("services", []) for each in service["containers"]):
            text, at = _runs(each, profile, tag_of), _moment(each.get("built"))
            if at and text and text == runs[host]:
                found.setdefault(text, at)
    return found


def lines(
    fleet: Mapping[str, str | None],
    newest: str,
    within: str,
    profile: Profile,
    releases: Sequence[str] = (),
    built_at: Mapping[str, datetime] = MappingProxyType({}),
    now: datetime | None = None,
) -> list[str]:
    """For each version that runs, how large the step to the newest is, and what is in the way of it.

    :param within: how far was looked: ``patch``, ``minor`` or ``newest``.
    :param releases: those that the registry has, newer than the oldest that runs.
    :param built_at: when the images were built that run, by version; told as of ``now``.
    """
    limit = "" if within == "newest" else f" within runtime_resolve={within}"
    told = [f"The newest{limit} that the registry has now is {newest}"]
    hosts_of: dict[str | None, list[str]] = {}
    for host, runs in fleet.items():
        hosts_of.setdefault(runs, []).append(host)
    for runs, hosts in hosts_of.items():
        at = built_at.get(runs or "")
        age = f" (built {at:%Y-%m-%d}, {counted((now - at).days, 'day')} ago)" if at and now else ""
        told.append(
            f"  {', '.join(hosts)}: {_distance(runs, newest, profile, _between(releases, runs, newest, profile), age)}"
        )
    page = profile.links.get("releases")
    if page and behind(fleet, newest, profile):
        told.append(f"  Release notes: {page}")
    return told


def _distance(runs: str | None, newest: str, profile: Profile, between: Sequence[Version], age: str) -> str:
    change = _change(runs, newest, profile)
    if change == "none":
        return f"{runs}{age}, which is that"
    if not runs or not change:
        return f"{runs or 'an unknown version'}{age}, which has no order to it"
    stops = [stop.at_least for stop in crossings.required_stops(profile, runs, newest)]
    way = f", by way of {', then '.join(stops)}" if stops else ""
    majors = _majors(runs, between, profile) if change == "major" else 1
    step = f"{majors} major versions" if majors > 1 else f"a {change} version"
    number = f" and {len(between)} release{'s' if len(between) > 1 else ''}" if between else ""
    return f"{runs}{age}, which is behind it by {step}{number}{way}"


def _between(releases: Sequence[str], runs: str | None, newest: str, profile: Profile) -> list[Version]:
    """The releases after ``runs`` up to ``newest``; none where there is no order."""
    if not _change(runs, newest, profile):
        return []
    low, high = versions.parse(runs or "", profile.scheme), versions.parse(newest, profile.scheme)
    found = (versions.parse(each, profile.scheme) for each in releases)
    return [each for each in found if each.variant == low.variant and low.key < each.key <= high.key]


def _majors(runs: str, between: Sequence[Version], profile: Profile) -> int:
    """How many major versions those begin that are between."""
    levels = versions.SCHEMES[profile.scheme].LEVELS
    length = levels.index("major") + 1 if "major" in levels else 1
    return len({each.release[:length] for each in between} - {versions.parse(runs, profile.scheme).release[:length]})


def _runs(container: Mapping[str, Any], profile: Profile, tag_of: Mapping[str, str]) -> str | None:
    try:
        return running.versions_of([running.with_registry(container, tag_of)], profile)[0].text
    except (RatchetError, IndexError):
        return None


def _moment(text: Any) -> datetime | None:
    """A date that an image tells; reproducible builds say something before there were containers."""
    try:
        at = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return at if at.tzinfo and at.year > _FIRST_YEAR else None


def _change(runs: str | None, newest: str, profile: Profile) -> str:
    """``major`` and so on; ``none`` where nothing newer is to be had, empty where there is no order."""
    judgement = versions.judge(runs or "", newest, profile.scheme)
    return {"newer": judgement.change, "same": "none", "older": "none"}.get(judgement.relation, "")

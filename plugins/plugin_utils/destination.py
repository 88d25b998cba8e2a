# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From what was asked for to the full version this run goes to, by the registry's list of tags. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.plugin_utils import crossings, resolution, versions
from ansible_collections.ratchet.runtime.plugins.plugin_utils.profile import Profile
from ansible_collections.ratchet.runtime.plugins.plugin_utils.schemes.version import Version

HOW = ("exact", "patch", "minor", "newest")


@dataclass(frozen=True)
class Destination:
    """Where a run goes.

    :ivar version: the full version of this run; what was asked for where no full version could be found.
    :ivar hops: the versions of the runs after it, the last of them what was asked for.
    :ivar newest: the newest full version that an unfit request may stand for; None when it is fit, or unknown.
    """

    version: str
    hops: tuple[str, ...] = ()
    newest: str | None = None
    notes: tuple[str, ...] = ()


def find(
    asked: str, how: str, walk: bool, containers: Sequence[Version], profile: Profile, tags: Callable[[], Sequence[str]]
) -> Destination:
    """Find the destination.

    :param asked: a full version, a partial or floating tag, or nothing.
    :param how: ``exact``, or how far ``asked`` may be resolved: ``patch``, ``minor``, ``newest``; with a partial version, within that.
    :param containers: what the fleet's containers run; the highest may not be fallen below, the lowest has the longest way.
    :param walk: whether required stops are walked one by one.
    :param tags: lists the repository's tags; only called when they are needed.
    :raises RatchetError: for an unknown ``how``, and when nothing can be found.
    """
    if how not in HOW:
        raise RatchetError(
            f"runtime_resolve: {how!r} isn't a way to resolve a version", f"Use one of: {', '.join(HOW)}"
        )
    lowest, current = (choose(containers, key=lambda version: version.key) for choose in (min, max))
    if _is_full(asked, profile.scheme):
        version, notes = asked, ()
    elif how == "exact":
        return Destination(asked, newest=_newest(asked, current, profile, tags) if asked else None)
    else:
        version = _resolved(asked, how, current, profile, tags())
        notes = (f"{asked or how} was resolved to {version}, by the tags in the registry now",)
    hops = _hops(lowest, version, profile, tags) if walk else ()
    if hops:
        notes = (*notes, f"required stops are walked one by one: {' > '.join((lowest.text, *hops, version))}")
        return Destination(hops[0], (*hops[1:], version), notes=notes)
    return Destination(version, notes=notes)


def _is_full(asked: str, scheme: str) -> bool:
    try:
        versions.parse(asked, scheme)
    except RatchetError:
        return False
    return True


def _newest(asked: str, current: Version, profile: Profile, tags: Callable[[], Sequence[str]]) -> str | None:
    """To name in a refusal, so what keeps the registry from being asked doesn't matter."""
    try:
        return resolution.matching(asked, tags(), profile.scheme, current.variant)
    except RatchetError:
        return None


def _resolved(asked: str, how: str, current: Version, profile: Profile, tags: Sequence[str]) -> str:
    found = resolution.newest(tags, profile.scheme, current, how)
    if asked:
        wanted = resolution.matching(asked, tags, profile.scheme, current.variant)
        if wanted and versions.parse(wanted, profile.scheme).variant != current.variant:
            raise RatchetError(
                f"runtime_version: {asked!r} stands for {wanted} today, which is another variant than {current.text}",
                "Keep the variant",
            )
        within = _is_within(wanted, current, how, profile.scheme) if wanted else False
        if wanted and not within:
            raise RatchetError(
                f"runtime_version: {asked!r} stands for {wanted} today, which is more than a step of runtime_resolve={how} from {current.text}",
                f"Ask for {wanted} in full, or with runtime_resolve=newest",
            )
        found = wanted
    if not found:
        raise RatchetError(
            f"the registry has no full version that {asked or how!r} could stand for (scheme {profile.scheme}, variant {current.variant or 'none'})",
            "Name the full version in runtime_version",
        )
    return found


def _is_within(wanted: str, current: Version, how: str, scheme: str) -> bool:
    """Whether the step from ``current`` is no larger than ``how`` allows; a step back is refused elsewhere, by its own reason."""
    if versions.parse(wanted, scheme).key <= current.key:
        return True
    return resolution.newest([wanted], scheme, current, how) is not None


def _hops(current: Version, version: str, profile: Profile, tags: Callable[[], Sequence[str]]) -> tuple[str, ...]:
    """The stops before ``version``, each the newest version in the registry that will do."""
    hops: list[str] = []
    at = current.text
    while True:
        stops = crossings.required_stops(profile, at, version)
        if not stops:
            return tuple(hops)
        # The lowest may be left for any version before its own boundary, but not beyond that of another stop.
        before = min((stop.before for stop in stops), key=lambda tag: versions.parse(tag, profile.scheme).key)
        at = _stop(replace(stops[0], before=before), versions.parse(at, profile.scheme), profile.scheme, tags())
        hops.append(at)


def _stop(stop: crossings.Stop, current: Version, scheme: str, tags: Sequence[str]) -> str:
    least, most = (versions.parse(bound, scheme).key for bound in (stop.at_least, stop.before))
    fitting = []
    for tag in tags:
        try:
            version = versions.parse(tag, scheme)
        except RatchetError:
            continue
        if version.variant == current.variant and not version.prerelease and least <= version.key < most:
            fitting.append(version)
    if not fitting:
        raise RatchetError(
            f"the registry has no version from {stop.at_least} to before {stop.before}, where the upgrade has to stop ({stop.why})",
            "Bring one into the registry, or upgrade to it by hand",
        )
    return max(fitting, key=lambda version: version.key).text

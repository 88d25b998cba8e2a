# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a fleet is behind the newest version that its registry has. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from ansible_collections.ratchet.runtime.plugins.plugin_utils import crossings, versions
from ansible_collections.ratchet.runtime.plugins.plugin_utils.profile import Profile


def behind(fleet: Mapping[str, str | None], newest: str, profile: Profile) -> list[str]:
    """The hosts that run something older, or something that can't be told.

    :param fleet: what each host runs.
    """
    return [host for host, runs in fleet.items() if _change(runs, newest, profile) != "none"]


def lines(fleet: Mapping[str, str | None], newest: str, within: str, profile: Profile) -> list[str]:
    """For each version that runs, how large the step to the newest is, and what is in the way of it.

    :param within: how far was looked: ``patch``, ``minor`` or ``newest``.
    """
    limit = "" if within == "newest" else f" within runtime_resolve={within}"
    told = [f"The newest{limit} that the registry has now is {newest}"]
    hosts_of: dict[str | None, list[str]] = {}
    for host, runs in fleet.items():
        hosts_of.setdefault(runs, []).append(host)
    for runs, hosts in hosts_of.items():
        told.append(f"  {', '.join(hosts)}: {_distance(runs, newest, profile)}")
    page = profile.links.get("releases")
    if page and behind(fleet, newest, profile):
        told.append(f"  Release notes: {page}")
    return told


def _distance(runs: str | None, newest: str, profile: Profile) -> str:
    change = _change(runs, newest, profile)
    if change == "none":
        return f"{runs}, which is that"
    if not runs or not change:
        return f"{runs or 'an unknown version'}, which has no order to it"
    stops = [stop.at_least for stop in crossings.required_stops(profile, runs, newest)]
    way = f", by way of {', then '.join(stops)}" if stops else ""
    return f"{runs}, which is behind it by a {change} version{way}"


def _change(runs: str | None, newest: str, profile: Profile) -> str:
    """``major`` and so on; ``none`` where nothing newer is to be had, empty where there is no order."""
    judgement = versions.judge(runs or "", newest, profile.scheme)
    return {"newer": judgement.change, "same": "none", "older": "none"}.get(judgement.relation, "")

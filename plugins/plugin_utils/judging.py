# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the way from one version to another asks of the operator: whether it goes forward, and what is crossed. Pure."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.plugin_utils import crossings, versions
from ansible_collections.ratchet.runtime.plugins.plugin_utils.problems import Problems
from ansible_collections.ratchet.runtime.plugins.plugin_utils.request import Request
from ansible_collections.ratchet.runtime.plugins.plugin_utils.standing import Standing


def judge(
    stands: Standing, request: Request, problems: Problems, way_down: RatchetError | None = None
) -> versions.Judgement:
    """Law 2: the request is compared with the highest version that anybody or anything is at.

    :param way_down: what to say of an older version where no rollback of ours leads there.
    """
    judgement = versions.judge(stands.highest, request.version, request.profile.scheme)
    # What is only tried on a copy may be older: no upgrade will ever go there.
    if judgement.verdict == "refused" and not (request.rehearses and judgement.relation == "older"):
        down = way_down if judgement.relation == "older" else None
        reason, remedy = (down.reason, down.remedy) if down else (judgement.reason, judgement.remedy)
        if stands.because.startswith("by the journal"):
            remedy += '; if you went back by hand, with the data, say so with -e \'{"runtime_accept": ["journal"]}\''
        doubts = "".join(f"; {note}" for note in stands.notes)
        problems.add(RatchetError(f"{request.version} is refused: {reason} ({stands.because}){doubts}", remedy))
    majors = request.profile.majors
    if judgement.change == "major" and judgement.verdict == "upgrade" and majors.need_accepting:
        why = majors.why or "it may break what uses the application"
        problems.matter(
            "major",
            f"{stands.highest} to {request.version} crosses a major version: {why}",
            f"Read the release notes first{f' ({majors.link})' if majors.link else ''}",
        )
    return judgement


# What else is to be done about a required stop, where the runs of a fleet can be strung together.
HOPS = ", or let the stops be walked one by one with -e runtime_hops=true"


def crossed(
    stands: Standing, request: Request, facts: crossings.Facts, problems: Problems, otherwise: str = HOPS
) -> list[dict[str, Any]]:
    """What the profile says about the way; a required stop that would be skipped is in the way.

    :param otherwise: what can be done instead of going to the stop by hand.
    """
    profile = request.profile
    for stop in crossings.required_stops(profile, stands.lowest, request.version):
        problems.add(
            RatchetError(
                f"{stands.lowest} to {request.version} skips a required stop: {stop.why}",
                f"Upgrade to {stop.at_least} or a later version before {stop.before} first{f' ({stop.link})' if stop.link else ''}{otherwise}",
            )
        )
    found = crossings.considerations(profile, stands.running, request.version, facts)
    for each in found:
        if each.needs_accepting:
            problems.matter(each.id, each.message, f"Read {each.link} first" if each.link else "Read about it first")
    return [asdict(each) for each in found]

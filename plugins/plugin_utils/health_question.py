# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the operator's health URL is the right question, by what runs now: a slip in it would only show after the stop. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.ratchet.runtime.plugins.plugin_utils import drain, witnesses
from ansible_collections.ratchet.runtime.plugins.plugin_utils.plan import HostPlan


def notes(fleet: Mapping[str, Mapping[str, Any]], hosts: Mapping[str, HostPlan]) -> list[str]:
    """One line for the hosts that are well as far as their engines can tell, and don't answer as they should.

    It stops nothing: what is to be upgraded may be what is broken.
    """
    doubts: dict[tuple[str, str, str], list[str]] = {}
    for name, host in hosts.items():
        answer = fleet[name].get("answer")
        if host.action != "upgrade" or not answer or not drain.seen_well(fleet[name]):
            continue
        doubt = witnesses.application(answer, drain.whichever_version(host.health["expect"], host.target))
        if doubt:
            doubts.setdefault((host.health["url"], doubt, host.target), []).append(name)
    return [
        f"What runs on {', '.join(names)} doesn't answer at {url} as it should: {doubt}. Unless only {target} will, mend runtime_health_url or "
        "runtime_health_expect first, or the new version is watched in vain"
        for (url, doubt, target), names in doubts.items()
    ]

# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The last healthy host is never drained: who serves while a host is out of the balancer. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.plugin_utils import batches, witnesses
from ansible_collections.ratchet.runtime.plugins.plugin_utils.problems import Problems

# How many hosts may be looked at before a host is drained, until one is found that is healthy.
_MOST = 8


def stand_ins(
    fleet: Mapping[str, Mapping[str, Any]],
    upgrading: Collection[str],
    migrating: Collection[str],
    serial: Any,
    problems: Problems,
) -> dict[str, list[str]]:
    """For each host to be drained, the hosts that may serve meanwhile, the likeliest first; none for a fleet of one host.

    :param fleet: the observations, in the order of the play.
    :param migrating: the first host of each database; within a batch, these come before the others.
    :param serial: sizes of the batches, as they were written.
    """
    sizes = problems.attempt("", batches.parse, serial)
    if not sizes or len(fleet) == 1:
        return {host: [] for host in upgrading}
    healthy = sorted(fleet, key=lambda host: not seen_well(fleet[host]))
    found = {}
    for batch in batches.cut(sizes, list(fleet)):
        out = [host for host in batch if host in upgrading]
        for together in ([host for host in out if host in migrating], [host for host in out if host not in migrating]):
            _refuse_all(together, fleet, problems)
            left = [host for host in healthy if host not in together][:_MOST]
            found.update(dict.fromkeys(together, left))
    return found


def notes(hosts: Collection[str], single_instance: bool) -> list[str]:
    """What a plan with a drain says where there is nobody to serve meanwhile."""
    if len(hosts) == 1:
        return ["there is only one host: nothing serves while it is drained"]
    if single_instance:
        return ["every host is drained before it stops, all at once: only one instance may run at a time"]
    return []


def _refuse_all(together: Sequence[str], fleet: Mapping[str, Any], problems: Problems) -> None:
    if len(together) == len(fleet):
        problems.add(
            RatchetError(
                f"runtime_serial: all {len(fleet)} hosts would be drained at the same time, and nothing would serve",
                "Use smaller batches (1 is the default), or leave the hooks drain and undrain out",
            )
        )


def seen_well(seen: Mapping[str, Any]) -> bool:
    """Whether a host is well, as far as its engine can tell."""
    containers = [each for service in seen["services"] for each in service["containers"]]
    return witnesses.engine(containers, [service["name"] for service in seen["services"]], set()) is None


def doubt(probe: Mapping[str, Any], host: Mapping[str, Any]) -> str | None:
    """Why a host can't be relied on to serve; None when it is healthy, whichever version it runs.

    :param probe: as ``module_utils.health.probe`` returns it; ``{"msg": why}`` when it couldn't be asked.
    :param host: its part of the plan.
    """
    if "containers" not in probe:
        return str(probe.get("msg") or "no answer").strip().rstrip(".")
    expected = whichever_version(host["health"]["expect"], host["target"])
    return witnesses.engine(probe["containers"], host["services"], set()) or witnesses.application(
        probe["http"], expected
    )


def whichever_version(expect: Mapping[str, Any], target: str) -> dict[str, Any]:
    """What a health page is expected to say of any version, and not only of the one that the run goes to."""
    return {**expect, "json": _without(expect.get("json"), target)}


def _without(expected: Any, version: str) -> Any:
    """What a health body is expected to say, but for the version that the run goes to."""
    if isinstance(expected, Mapping):
        return {key: _without(value, version) for key, value in expected.items()}
    return None if expected == version else expected

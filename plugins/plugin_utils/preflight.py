# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of each host that need nothing but its observation, before anything stops. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils import compose, compose_by_hand
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.plugin_utils.plan import Edit
from ansible_collections.ratchet.runtime.plugins.plugin_utils.problems import Problems

# The oldest that docker_compose_v2 of community.docker works with.
OLDEST_ENGINE = (20, 10)
# Seconds between two clocks that nobody has to explain.
MOST_SKEW = 60


def refuse_unseen(fleet: Mapping[str, Mapping[str, Any]], problems: Problems) -> None:
    if not fleet:
        problems.add(
            RatchetError(
                "there is no host to upgrade", "Put hosts in the inventory's group runtime, or set runtime_hosts"
            )
        )
    for host, seen in fleet.items():
        if seen.get("unreachable"):
            problems.add(
                RatchetError(
                    f"the host can't be reached ({seen['unreachable']})",
                    "Bring it back, or take it out of the inventory if it is gone for good: a host that shares the database and isn't "
                    "looked at could run any version",
                ),
                host,
            )
        elif seen.get("failed"):
            problems.append(f"{host}: {seen['failed']}.")


def refuse_old_tools(fleet: Mapping[str, Mapping[str, Any]], problems: Problems) -> None:
    """Engines and Compose plugins that lack what the roll-out relies on."""
    for host, seen in fleet.items():
        found = seen["engine"]
        for what, version, least in (
            ("Docker", found["version"], OLDEST_ENGINE),
            ("Docker Compose", found.get("compose"), compose.OLDEST),
        ):
            if version is not None and compose.numbers(version) < least:
                problems.add(
                    RatchetError(
                        f"{what} {version or 'of no known version'} is too old",
                        f"Bring it to {'.'.join(map(str, least))} or newer",
                    ),
                    host,
                )


def refuse_skewed_clocks(fleet: Mapping[str, Mapping[str, Any]], problems: Problems) -> None:
    """Backups, journals and windows are told by the hosts' clocks."""
    for host, seen in fleet.items():
        skew = seen.get("clock_skew") or 0
        if abs(skew) > MOST_SKEW:
            problems.matter(
                "clock_skew",
                f"its clock is {abs(skew):.0f} s {'ahead of' if skew > 0 else 'behind'} the controller's",
                "Let both follow NTP",
                host,
            )


def refuse_unwritable(
    fleet: Mapping[str, Mapping[str, Any]], changes: Mapping[str, list[Edit]], problems: Problems
) -> None:
    """An edit that would fail in the middle of the roll-out is refused now."""
    for host, edits in changes.items():
        for edit in edits:
            if edit.path in fleet[host].get("unwritable", []):
                problems.add(
                    RatchetError(
                        f"{edit.path} has to be changed, but Ansible's user can't write in its directory",
                        "Let Ansible connect as one who can, or set ansible_become: true",
                    ),
                    host,
                )


def refuse_stopped(fleet: Mapping[str, Mapping[str, Any]], told: Problems) -> None:
    """Name the hosts whose runtime is stopped, and how it is started as it is."""
    for host, seen in fleet.items():
        if is_down(seen):
            names = [each["name"] for each in seen["services"]]
            stack = seen["project"].get("stack")
            start = compose_by_hand.command(seen["project"], f"up --detach --no-deps {' '.join(names)}")
            if stack:
                start = f"docker service scale {' '.join(stack['name'] + f'_{name}=NUMBER' for name in names)}"
            told.add(RatchetError("the runtime is stopped", f"To start it as it is, there: {start}"), host)


def is_down(seen: Mapping[str, Any]) -> bool:
    """Whether a container of the runtime has ended."""
    return any(each["status"] == "exited" for service in seen["services"] for each in service["containers"])

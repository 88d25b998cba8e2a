# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Swarm's own word on the update of a stack's services (``module_utils.stack.updates``) means for a watch. Pure.

https://docs.docker.com/reference/api/engine/ ("UpdateStatus" of a service)
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

_UNDER_WAY = ("updating", "rollback_started")
_GIVEN_UP = ("paused", "rollback_paused")


def doubt(updates: Mapping[str, Mapping[str, Any]] | None) -> str | None:
    """Who isn't done yet, in a few words; None when nobody is at it."""
    for name, update in (updates or {}).items():
        if update["state"] == "rollback_started":
            return f"Swarm takes {name} back to what it ran before{_because(update, {update['digest']}, False)}"
        if update["state"] == "updating":
            return f"Swarm updates {name}: {update['message'] or 'no word on it yet'}"
    return None


def under_way(updates: Mapping[str, Mapping[str, Any]] | None) -> bool:
    """Whether the judgement on what fails is still Swarm's."""
    return any(update["state"] in _UNDER_WAY for update in (updates or {}).values())


def failure(updates: Mapping[str, Mapping[str, Any]] | None, wanted: Collection[str]) -> str | None:
    """Whose update Swarm has given up, or has taken back; None as long as it has not.

    :param wanted: the digests of the images that are to run; what was taken back runs none of them.
    """
    for name, update in (updates or {}).items():
        if update["state"] in _GIVEN_UP:
            what = "to take it back" if update["state"] == "rollback_paused" else "its update"
            return f"Swarm has given up on {name}, and paused {what}: {update['message']}{_because(update, wanted)}"
        taken_back = bool(wanted) and update["digest"] not in wanted
        if update["state"] == "rollback_completed" and taken_back:
            return f"Swarm has taken {name} back to what it ran before{_because(update, wanted)}"
        if update["state"] == "completed" and taken_back:
            return f"somebody else has given {name} another image meanwhile ({update['digest'][:19]})"
    return None


def _because(update: Mapping[str, Any], digests: Collection[str], of_them: bool = True) -> str:
    """The last task of the new image that failed, and why; empty where none is known."""
    failed = [each for each in update["failures"] if (each["digest"] in digests) == of_them or not digests]
    return f" ({failed[0]['name']}: {failed[0]['error']})" if failed else ""

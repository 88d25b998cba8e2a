# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Print how far the fleet is behind the newest version that its registry has."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar

from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.plugin_utils import currency, jobs, running
from ansible_collections.ratchet.runtime.plugins.plugin_utils.controller import (
    ControllerAction,
    observations,
    profile_of,
    say,
)
from ansible_collections.ratchet.runtime.plugins.plugin_utils.profile import Profile


class ActionModule(ControllerAction):
    """What runs, against what there is."""

    argument_spec: ClassVar[dict[str, Any]] = {
        "observed": {"type": "str", "default": "runtime_observed"},
        "newest": {"type": "dict", "required": True},
        "within": {"type": "str", "choices": ["patch", "minor", "newest"], "required": True},
        "profile": {"type": "raw"},
    }

    def act(self, arguments: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        """Compare and print."""
        fleet = observations(task_vars, arguments["observed"])
        profile, _notes = profile_of(arguments["profile"], fleet, task_vars)
        newest, tag_of = arguments["newest"]["version"], arguments["newest"]["tag_of"]
        if not newest:
            raise RatchetError(
                "how far the fleet is behind can't be told: not every host could be looked at",
                "See to the hosts that the table names",
            )
        fleet = jobs.apart(fleet, profile)
        runs = {host: _version(seen, profile, tag_of) for host, seen in fleet.items()}
        releases = arguments["newest"].get("releases") or []
        built = currency.built(fleet, runs, profile, tag_of)
        say([*currency.lines(runs, newest, arguments["within"], profile, releases, built, datetime.now(UTC)), ""])
        count = {host: currency.count(releases, text, newest, profile) for host, text in runs.items()}
        return {"changed": False, "newest": newest, "behind": currency.behind(runs, newest, profile), "releases": count}


def _version(seen: dict[str, Any], profile: Profile, tag_of: dict[str, str]) -> str | None:
    containers = [
        running.with_registry(each, tag_of) for service in seen.get("services", []) for each in service["containers"]
    ]
    try:
        # The lowest: that container is what is behind.
        return min(running.versions_of(containers, profile), key=lambda version: version.key).text
    except RatchetError:
        return None

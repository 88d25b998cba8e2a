# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Judge a change of version; what runs is looked up on the host if it isn't given."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.references import Reference, parse
from ansible_collections.ratchet.runtime.plugins.plugin_utils import profiles, running, versions
from ansible_collections.ratchet.runtime.plugins.plugin_utils.controller import ControllerAction, base_directory
from ansible_collections.ratchet.runtime.plugins.plugin_utils.profile import Profile


class ActionModule(ControllerAction):
    """The ratchet as a task of its own."""

    _requires_connection = True
    argument_spec: ClassVar[dict[str, Any]] = {
        "current": {"type": "str"},
        "project_dir": {"type": "str"},
        "services": {"type": "list", "elements": "str", "default": []},
        "target": {"type": "str", "required": True},
        "scheme": {"type": "str", "choices": sorted(versions.SCHEMES)},
        "profile": {"type": "raw"},
        "refuse": {"type": "bool", "default": True},
    }
    constraints: ClassVar[dict[str, Any]] = {
        "mutually_exclusive": [("current", "project_dir"), ("scheme", "profile")],
        "required_one_of": [("current", "project_dir")],
    }

    def act(self, arguments: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        """Judge, and refuse if asked to."""
        current, image = arguments["current"], None
        if not current:
            looked = self._execute_module(
                module_name="ratchet.runtime.runtime_info",
                module_args={key: arguments[key] for key in ("project_dir", "services")},
                task_vars=task_vars,
            )
            if "services" not in looked:
                return looked
            containers = [each for service in looked["services"] for each in service["containers"]]
            image = looked["services"][0]["image"]
        profile = self._profile(arguments, image, task_vars)
        if not current:
            current = running.highest(containers, profile).text
        judgement = versions.judge(current, arguments["target"], profile.scheme)
        if judgement.verdict == "refused" and arguments["refuse"]:
            raise RatchetError(judgement.reason, judgement.remedy, **judgement.as_dict())
        return {"changed": False, **judgement.as_dict()}

    def _profile(self, arguments: dict[str, Any], image: str | None, task_vars: dict[str, Any]) -> Profile:
        """The profile asked for, else that of the image; a scheme that is asked for beats the profile's."""
        wanted = arguments["profile"]
        profile, _notes = profiles.load(wanted or None, _reference(image), base_directory(wanted, task_vars))
        return replace(profile, scheme=arguments["scheme"]) if arguments["scheme"] else profile


def _reference(image: str | None) -> Reference | None:
    try:
        return parse(image) if image else None
    except RatchetError:
        return None  # an image id

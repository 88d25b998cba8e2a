# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find the full version that a run goes to; the registry is asked by the host, and only if it has to be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import cache
from typing import Any, ClassVar

from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.references import parse
from ansible_collections.ratchet.runtime.plugins.plugin_utils import (
    destination,
    floating,
    handed_plan,
    resolution,
    running,
    versions,
)
from ansible_collections.ratchet.runtime.plugins.plugin_utils.controller import (
    ControllerAction,
    observations,
    profile_of,
)
from ansible_collections.ratchet.runtime.plugins.plugin_utils.profile import Profile

# Of a repository's tags, how many of the newest are asked for their digest to learn what a floating tag runs.
_CANDIDATES = 40


class ActionModule(ControllerAction):
    """Turn what was asked for into a full version, before the plan judges it."""

    _requires_connection = True
    argument_spec: ClassVar[dict[str, Any]] = {
        "observed": {"type": "str", "default": "runtime_observed"},
        "version": {"type": "str", "default": ""},
        "resolve": {"type": "str", "default": "exact"},
        "hops": {"type": "bool", "default": False},
        "profile": {"type": "raw"},
        "approved": {"type": "str", "default": ""},
        "handed": {"type": "str", "default": ""},
        "registry": {"type": "dict", "default": {}, "no_log": True},
    }

    def act(self, arguments: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        """Resolve. A fleet that couldn't be seen is left to the plan, which names everything that is wrong with it."""
        kept, what = handed_plan.kept(arguments["approved"], arguments["handed"])
        if kept:
            return {**_approved(kept, what, arguments["version"]), "asked": arguments["version"]}
        fleet = observations(task_vars, arguments["observed"])
        plain = {
            "changed": False,
            "version": arguments["version"],
            "asked": arguments["version"],
            "hops": [],
            "newest": None,
            "notes": [],
            "tag_of": {},
        }
        if arguments["resolve"] not in destination.HOW or any("services" not in seen for seen in fleet.values()):
            return plain
        profile, _notes = profile_of(arguments["profile"], fleet, task_vars)
        repository = next(iter(fleet.values()))["services"][0]["image"]
        tags = cache(lambda: self._ask(repository, arguments, task_vars)["tags"])
        tag_of = self._tags_of_floating(fleet, profile, repository, arguments, task_vars)
        stale = self._stale(fleet, profile, arguments, task_vars)
        try:
            found = running.versions_of(_containers(fleet, tag_of), profile)
        except RatchetError:
            return {**plain, "tag_of": tag_of, "notes": stale}  # the plan says why the current version can't be told
        goes_to = destination.find(arguments["version"], arguments["resolve"], arguments["hops"], found, profile, tags)
        lowest = min(found, key=lambda version: version.key)
        # Only who looks how far a fleet is behind counts them.
        releases = [] if arguments["version"] else resolution.since(tags(), profile.scheme, lowest)
        return {
            **plain,
            "tag_of": tag_of,
            **asdict(goes_to),
            "notes": [*goes_to.notes, *stale],
            "releases": releases,
        }

    def _ask(
        self, repository: str, arguments: Mapping[str, Any], task_vars: Mapping[str, Any], **more: Any
    ) -> dict[str, Any]:
        """Ask the registry from the host, which has the way to it and the credentials."""
        asked = {"reference": repository, **more}
        if arguments["registry"].get("username"):
            asked["registry"] = arguments["registry"]
        answer = self._execute_module(
            module_name="ratchet.runtime.registry_tags", module_args=asked, task_vars=task_vars
        )
        if "tags" not in answer:
            raise RatchetError(
                str(answer.get("msg", "the registry can't be asked")).strip().rstrip("."), "Nothing was touched"
            )
        return answer

    def _tags_of_floating(
        self,
        fleet: Mapping[str, Mapping[str, Any]],
        profile: Profile,
        repository: str,
        arguments: Mapping[str, Any],
        task_vars: Mapping[str, Any],
    ) -> dict[str, str]:
        """For containers whose version nobody else names: the full tag that has their digest in the registry."""
        unknown = {
            digest for each in _containers(fleet, {}) if not _is_told(each, profile) for digest in _digests(each)
        }
        if not unknown:
            return {}
        newest = _newest_first(self._ask(repository, arguments, task_vars)["tags"], profile)[:_CANDIDATES]
        return self._ask(repository, arguments, task_vars, digests=sorted(unknown), candidates=newest)["tag_of"]

    def _stale(
        self,
        fleet: Mapping[str, Mapping[str, Any]],
        profile: Profile,
        arguments: Mapping[str, Any],
        task_vars: Mapping[str, Any],
    ) -> list[str]:
        """Floating tags in the hosts' files that stand for another image in the registry by now than they do there."""
        notes = []
        for image, there in floating.images(fleet, profile).items():
            digests = sorted({digest for each in there.values() for digest in each})
            try:
                answer = self._ask(
                    image, arguments, task_vars, digests=digests, candidates=[parse(image).tag or "latest"]
                )
            except RatchetError:
                continue  # only for a note; who needs the registry says so
            notes += floating.stale(image, there, answer["tag_of"])
        return notes


def _approved(content: Mapping[str, Any], what: str, version: str) -> dict[str, Any]:
    """An approved plan says where it goes."""
    kept = content["plan"]
    if version not in ("", kept["version"], kept["asked"]):
        raise RatchetError(
            f"{what} goes to {kept['version']}, and runtime_version asks for {version}",
            "Leave runtime_version out, or plan anew",
        )
    return {
        "changed": False,
        "version": kept["version"],
        "hops": kept["hops"],
        "newest": None,
        "notes": [],
        "tag_of": content["tag_of"],
    }


def _containers(fleet: Mapping[str, Mapping[str, Any]], tag_of: Mapping[str, str]) -> list[dict[str, Any]]:
    return [
        running.with_registry(container, tag_of)
        for seen in fleet.values()
        for service in seen["services"]
        for container in service["containers"]
    ]


def _is_told(container: Mapping[str, Any], profile: Profile) -> bool:
    try:
        running.of_container(container, profile)
    except RatchetError:
        return False
    return True


def _digests(container: Mapping[str, Any]) -> list[str]:
    return [each.rpartition("@")[2] for each in container.get("digests") or []]


def _newest_first(tags: Sequence[str], profile: Profile) -> list[str]:
    full = []
    for tag in tags:
        try:
            full.append(versions.parse(tag, profile.scheme))
        except RatchetError:
            continue
    return [version.text for version in sorted(full, key=lambda version: version.key, reverse=True)]

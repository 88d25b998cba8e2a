# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find, beside what the module sees on the host, where the image is written; what it needs for that goes no further."""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import Mapping
from typing import Any

from ansible.plugins.action import ActionBase
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.references import parse
from ansible_collections.ratchet.runtime.plugins.plugin_utils import (
    answers,
    built,
    image_source,
    lock_owner,
    out_of_scope,
    profiles,
    questions,
    without_python,
)
from ansible_collections.ratchet.runtime.plugins.plugin_utils.controller import base_directory, unlogged

# What the module would stumble over, on every host.
_MAPPINGS = {"database": {"type": "dict"}, "registry": {"type": "dict"}}
# How deep files may include each other; a cycle is refused earlier, by its own message.
_DEPTH = 8


class ActionModule(ActionBase):
    """The module's result with ``sources``, the witnesses that the profile names, and without the files' contents."""

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Look at the host in one call where that will do, and think on the controller, where YAML and profiles are."""
        super().run(tmp, task_vars)
        try:
            answers.refuse_no_mapping(self._task.args, _MAPPINGS)
        except RatchetError as error:
            return {"failed": True, "msg": str(error)}
        variables = task_vars or {}
        seen = self._look(variables)
        if seen.get("contradictory"):
            # Another run may just have written into the files, between Compose's look at them and ours.
            seen = self._look(variables)
        seen.pop("contradictory", None)
        return seen

    def _look(self, variables: dict[str, Any]) -> dict[str, Any]:
        arguments = {**self._task.args, "target": answers.bare(self._task.args.get("target") or "")}
        wanted = arguments.pop("profile", None) or None
        began = time.time()
        first = variables.get("inventory_hostname") == next(iter(variables.get("ansible_play_hosts_all", [])), None)
        asked = {**arguments, "with_files": True, "with_size": first}
        with unlogged(self._connection):
            seen = self._execute_module(module_args=asked, task_vars=variables)
        ended = time.time()
        contents, builds = _decoded(seen.pop("contents", {})), seen.pop("builds", {})
        # The engine and the database of whoever looks are theirs; nothing of the arguments is worth repeating.
        seen.pop("invocation", None)
        if seen.get("failed") or seen.get("unreachable"):
            return self._with_what_is_there(seen, wanted, variables)
        seen["clock_skew"] = _skew(seen["time"], began, ended)
        if "health_url" in arguments:
            # Each host may have its own: that of another one would be a false witness.
            seen["health_url"] = arguments["health_url"] or ""
        for holder in (seen, seen["database"] or {}):
            # Whether a process of this controller is alive can be told only here.
            holder["lock"] = lock_owner.judged(holder.get("lock"), lock_owner.me(variables))
        try:
            self._complete(seen, contents, variables, builds)
            seen["sources"] = _sources(seen, contents, builds)
            seen["project"]["checksums"] = _checksums(seen["sources"], contents)
            if any(service.get("built") for service in seen["services"]):
                self._look_below(seen, builds, asked, variables)
            self._interview(seen, wanted, variables)
        except RatchetError as error:
            return {"failed": True, "msg": str(error), **error.details}
        return seen

    def _with_what_is_there(self, seen: dict[str, Any], wanted: Any, variables: dict[str, Any]) -> dict[str, Any]:
        """A failure that also tells what runs in a directory without a Compose project, where a profile knows that."""
        if why := without_python.why(seen):
            return {"failed": True, "msg": why}
        directory = seen.get("without_project")
        if not directory:
            return seen
        try:
            known = profiles.candidates(wanted, base_directory(wanted, variables))
            found = self._inquire({"files": out_of_scope.places(directory, known)}, variables)
        except RatchetError:
            return seen
        told = out_of_scope.told(directory, known, _decoded(found["contents"]))
        return {**seen, "msg": f"{told}. {seen['msg']}"} if told else seen

    def _complete(
        self,
        seen: dict[str, Any],
        contents: dict[str, bytes | None],
        variables: dict[str, Any],
        builds: Mapping[str, Any] | None = None,
    ) -> None:
        """Fetch the files that the project's own files lead to, and the Dockerfiles."""
        project = seen["project"]
        dockerfiles = built.dockerfiles(builds or {}, [service["name"] for service in seen["services"]])
        for _depth in range(_DEPTH):
            missing = image_source.missing_files(project["files"], contents, project["env_files"], project["directory"])
            missing += [path for path in dockerfiles if path not in contents]
            if not missing:
                return
            answer = self._inquire({"files": missing}, variables)
            contents.update(_decoded(answer["contents"]))
            seen["unwritable"] += answer["unwritable"]
        raise RatchetError(
            f"the files of {project['directory']} include each other more than {_DEPTH} deep", "Make it less deep"
        )

    def _look_below(
        self, seen: dict[str, Any], builds: Mapping[str, Any], asked: Mapping[str, Any], variables: dict[str, Any]
    ) -> None:
        """See services that are built from a Dockerfile as what they are built on, which only the Dockerfile has told."""
        seen["services"] = built.below(seen, seen["sources"], builds)
        built.refuse_several(seen["services"])
        question: dict[str, Any] = {"bases": built.questions(seen["services"])}
        if asked.get("target") and not seen["target"]:
            name = parse(seen["services"][0]["image"]).name
            question["target"] = {"name": name, "tag": asked["target"], "with_size": asked["with_size"]}
            question["registry"] = asked.get("registry") or {}
        answer = self._inquire(question, variables)
        seen["services"] = built.told(seen, answer["bases"])
        seen["target"] = seen["target"] or answer["target"]

    def _interview(self, seen: dict[str, Any], wanted: Any, variables: dict[str, Any]) -> None:
        """Ask the containers for the version that they say they are, where the profile knows how."""
        image = parse(seen["services"][0]["image"])
        try:
            profile, _notes = profiles.load(wanted, image, base_directory(wanted, variables))
        except RatchetError:
            return  # the plan says so, once for all hosts
        asked = questions.of(profile, seen)
        found = self._inquire({"questions": asked}, variables)["answers"] if asked else {}
        for service in seen["services"]:
            for container in service["containers"]:
                container["witnesses"] = found.get(container["id"], {})

    def _inquire(self, arguments: dict[str, Any], variables: dict[str, Any]) -> dict[str, Any]:
        with unlogged(self._connection):
            answer = self._execute_module(
                module_name="ratchet.runtime.runtime_inquiry", module_args=arguments, task_vars=variables
            )
        if "contents" not in answer:
            raise RatchetError(
                f"the host can't be asked further: {str(answer.get('msg', 'no answer')).strip().rstrip('.')}",
                "Run again",
            )
        return answer


def _decoded(contents: Mapping[str, str | None]) -> dict[str, bytes | None]:
    return {path: None if text is None else base64.b64decode(text) for path, text in contents.items()}


def _sources(
    seen: Mapping[str, Any], contents: Mapping[str, bytes | None], builds: Mapping[str, Any] | None = None
) -> list[dict[str, Any]]:
    project = seen["project"]
    services = {service["name"]: service["image"] for service in seen["services"]}
    found = image_source.locate_all(
        services, project["images"], project["files"], project["env_files"], contents, project["directory"], builds
    )
    return [source.as_dict() for source in found]


def _checksums(sources: list[dict[str, Any]], contents: Mapping[str, bytes | None]) -> dict[str, str]:
    """SHA-256 of each file without the places that hold the image: whatever else changes there shows, and an upgrade doesn't."""
    spans: dict[str, set[tuple[int, int]]] = {}
    for source in sources:
        for place in (source, *source["also"]):
            spans.setdefault(place["path"], set()).add((place["start"], place["start"] + len(place["text"])))
    found = {}
    for path, content in contents.items():
        if content is not None:
            text = content.decode("utf-8", errors="surrogateescape")
            for start, end in sorted(spans.get(path, ()), reverse=True):
                text = text[:start] + text[end:]
            found[path] = hashlib.sha256(text.encode("utf-8", errors="surrogateescape")).hexdigest()
    return found


def _skew(there: float, began: float, ended: float) -> float:
    """Seconds by which the host's clock is ahead (negative: behind); 0 if it was read within the call by both clocks."""
    if there > ended:
        return there - ended
    return min(0.0, there - began)

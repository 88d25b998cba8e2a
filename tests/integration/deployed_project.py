# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A copy of a project from fixtures/edits that is looked at, planned for and edited as the playbooks do it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible_collections.ratchet.runtime.plugins.action import runtime_info
from ansible_collections.ratchet.runtime.plugins.module_utils import (
    compose,
    compose_files,
    inquiry,
    project_edit,
    splice,
)
from ansible_collections.ratchet.runtime.plugins.module_utils.observation import _contents, _replaceable
from ansible_collections.ratchet.runtime.plugins.module_utils.references import parse
from ansible_collections.ratchet.runtime.plugins.plugin_utils import edits
from ansible_collections.ratchet.runtime.plugins.plugin_utils.plan import Edit

FIXTURES = Path(__file__).parent / "fixtures" / "edits"
DIGEST = "sha256:" + "a1" * 32


class Here(runtime_info.ActionModule):
    """The action with this machine as its host, and without what it asks containers."""

    def __init__(self) -> None:
        """Nothing of a play is needed."""

    def _inquire(self, arguments: dict[str, Any], variables: dict[str, Any]) -> dict[str, Any]:
        return json.loads(json.dumps(inquiry.files(arguments["files"])))


@dataclass(frozen=True)
class Deployed:
    """A copy of a project that may be edited."""

    directory: Path
    env_files: tuple[str, ...] = ()

    def look(self, services: tuple[str, ...], images: Mapping[str, str] | None = None) -> dict[str, Any]:
        """What ``runtime_info`` sees of it; ``images`` instead of what Compose says, where Compose isn't to be asked."""
        files = compose_files.needed(str(self.directory))
        options = tuple(str(self.directory / each) for each in self.env_files)
        if images is None:
            project = compose._render(str(self.directory), files, options)
        else:
            rendered = {name: compose.Service(name, image) for name, image in images.items()}
            env_files = options or compose_files.standard_env(str(self.directory))
            project = compose.Project("p", str(self.directory), files, env_files, options, rendered)
        seen = {
            "project": project.describe(),
            "services": [{"name": name, "image": project.services[name].image} for name in services],
            "unwritable": [path for path in (*project.files, *project.env_files) if not _replaceable(path)],
        }
        contents = runtime_info._decoded(_contents(project))
        Here()._complete(seen, contents, {})
        seen["sources"] = runtime_info._sources(seen, contents)
        return json.loads(json.dumps(seen))

    def plan(self, seen: Mapping[str, Any], target: str) -> tuple[list[Edit], project_edit.Place]:
        """The edits, and what they are held against."""
        images = {each["name"]: f"{parse(each['image']).with_tag(target)}@{DIGEST}" for each in seen["services"]}
        asked = {key: seen["project"][key] for key in ("directory", "files", "env_files", "env_file_options")}
        return edits.to_version(seen["sources"], target, DIGEST), project_edit.Place(**asked, images=images)

    def state(self) -> dict[str, tuple[bytes, int]]:
        """Every file with its content and time."""
        paths = sorted(path for path in self.directory.rglob("*") if path.is_file())
        return {str(each.relative_to(self.directory)): (each.read_bytes(), each.stat().st_mtime_ns) for each in paths}

    def contents(self) -> dict[str, bytes]:
        """Every file with its content."""
        return {path: content for path, (content, _time) in self.state().items()}


def deployed(name: str, tmp_path: Path, env_files: tuple[str, ...] = ()) -> Deployed:
    shutil.copytree(FIXTURES / name, tmp_path / "app")
    return Deployed(tmp_path / "app", env_files)


def made(planned: list[Edit], place: project_edit.Place, pretend: bool = False) -> dict[str, Any]:
    asked = [{"path": each.path, "before": each.before, "splices": each.splices} for each in planned]
    return project_edit.make(asked, place, pretend)


def changed_lines(before: dict[str, bytes], after: dict[str, bytes]) -> dict[str, list[str]]:
    """By file, the lines that differ, as they are afterwards; no line may come or go."""
    assert before.keys() == after.keys()
    pairs = {path: zip(before[path].split(b"\n"), after[path].split(b"\n"), strict=True) for path in before}
    found = {
        path: [new.decode("utf-8-sig").rstrip("\r") for old, new in lines if old != new]
        for path, lines in pairs.items()
    }
    return {path: lines for path, lines in found.items() if lines}


def undone(planned: list[Edit], after: dict[str, bytes], root: Path) -> dict[str, bytes]:
    """The contents of the edited files with every splice made backwards."""
    result = {}
    for edit in planned:
        path, shift, back = str(Path(edit.path).relative_to(root)), 0, []
        for each in sorted(edit.splices, key=lambda each: each["start"]):
            back.append(splice.Splice(each["start"] + shift, each["new"], each["old"]))
            shift += len(each["new"]) - len(each["old"])
        result[path] = splice.spliced(after[path], back)
    return result


def without(rendered: dict[str, Any], keys: set[str]) -> dict[str, Any]:
    """The rendered project without ``services.NAME.KEY...`` in ``keys``, and without extensions: they have no effect."""
    result = {key: value for key, value in json.loads(json.dumps(rendered)).items() if not key.startswith("x-")}
    for key in keys:
        _services, name, *way, last = key.split(".")
        node = result["services"][name]
        for step in way:
            node = node[step]
        node.pop(last)
    return result

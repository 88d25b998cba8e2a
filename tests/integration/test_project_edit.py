# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An edit is what Compose makes of it: only the planned services' image changes, or nothing does."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils import project_edit, splice
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError

COMPOSE = """\
# kept as it is
services:
  web:
    image: app:${TAG}
    environment: {SAID: "${TAG}"}
  db: {image: "postgres:17"}
"""
ENV = "TAG=1.0.0\nSECRET=hunter2\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "compose.yaml").write_text(COMPOSE)
    (tmp_path / ".env").write_text(ENV)
    return tmp_path


def make(
    project: Path, file: str, old: str, new: str, pretend: bool = False, profiles: tuple[str, ...] = (), **images: str
) -> dict[str, Any]:
    path = project / file
    text = path.read_text()
    edit = {
        "path": str(path),
        "before": splice.checksum(text.encode()),
        "splices": [{"start": text.index(old), "old": old, "new": new}],
    }
    place = project_edit.Place(
        str(project),
        [str(project / "compose.yaml")],
        [str(project / ".env")],
        profiles=[*profiles],
        images=images or {"web": "app:1.1.0"},
    )
    return project_edit.make([edit], place, pretend)


def state(project: Path) -> dict[str, tuple[bytes, int]]:
    return {name: ((project / name).read_bytes(), os.stat(project / name).st_mtime_ns) for name in os.listdir(project)}


def test_the_image_changes_and_what_follows_the_variable_is_told(project: Path) -> None:
    made = make(project, ".env", "1.0.0", "1.1.0")
    assert made == {"changed": True, "written": [str(project / ".env")], "also": ["services.web.environment.SAID"]}
    assert (project / ".env").read_text() == ENV.replace("1.0.0", "1.1.0")
    assert (project / "compose.yaml").read_text() == COMPOSE


@pytest.mark.parametrize(
    ("file", "old", "new"), [(".env", "1.0.0", "1.1.0"), ("compose.yaml", "app:${TAG}", "app:1.1.0")]
)
def test_pretending_renders_copies_and_touches_nothing(project: Path, file: str, old: str, new: str) -> None:
    before = state(project)
    assert make(project, file, old, new, pretend=True)["changed"]
    assert state(project) == before


@pytest.mark.parametrize("pretend", [True, False])
def test_of_what_a_profile_switches_on_only_the_planned_services_count(project: Path, pretend: bool) -> None:
    shell = "  shell: {image: 'app:${TAG}', profiles: [some]}\n"
    (project / "compose.yaml").write_text(COMPOSE.replace("  web:\n", "  web:\n    profiles: [some]\n") + shell)
    assert make(project, ".env", "1.0.0", "1.1.0", pretend, profiles=("some",))["changed"]


@pytest.mark.parametrize("pretend", [True, False])
def test_an_edit_that_would_change_another_service_is_undone(project: Path, pretend: bool) -> None:
    (project / "compose.yaml").write_text(COMPOSE.replace("postgres:17", "postgres:${TAG}"))
    before = {name: each[0] for name, each in state(project).items()}
    with pytest.raises(RatchetError, match=r"services\.db\.image"):
        make(project, ".env", "1.0.0", "1.1.0", pretend)
    assert {name: each[0] for name, each in state(project).items()} == before


@pytest.mark.parametrize("pretend", [True, False])
def test_an_edit_that_does_not_reach_the_image_is_undone(project: Path, pretend: bool, monkeypatch: Any) -> None:
    """The environment beats the file (compose#9442): the service would keep its image, and nobody would know."""
    monkeypatch.setenv("TAG", "1.0.0")
    with pytest.raises(RatchetError, match=r"instead of 'app:1\.1\.0'") as caught:
        make(project, ".env", "1.0.0", "1.1.0", pretend)
    assert "hunter2" not in str(caught.value)
    assert (project / ".env").read_text() == ENV


def test_a_broken_result_is_undone(project: Path) -> None:
    with pytest.raises(RatchetError, match="Compose refuses"):
        make(project, "compose.yaml", "services:", "services: {")
    assert (project / "compose.yaml").read_text() == COMPOSE


def test_a_second_time_changes_nothing(project: Path) -> None:
    old = (project / ".env").read_text()
    make(project, ".env", "1.0.0", "1.1.0")
    before = state(project)
    edit = {
        "path": str(project / ".env"),
        "before": splice.checksum(old.encode()),
        "splices": [{"start": old.index("1.0.0"), "old": "1.0.0", "new": "1.1.0"}],
    }
    place = project_edit.Place(str(project), [str(project / "compose.yaml")], images={"web": "app:1.1.0"})
    assert project_edit.make([edit], place)["changed"] is False
    assert state(project) == before

"""A bundle tells of every host, also of those that couldn't be looked at, in names that lead nowhere else."""

from __future__ import annotations

import io
import json
import os
import stat
import tarfile
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.plugin_utils import bundle, bundle_file

CONTROLLER = {"time": "2026-11-30T05:00:00Z", "collection": "0.1.0", "ansible_core": "2.21.0"}
WELL: dict[str, Any] = {
    "host": {"system": "Debian"},
    "project": {"name": "app", "services": {"web": {"image": "app:1.0.0"}}},
    "containers": [
        {
            "name": "app-web-1",
            "reference": "app:1.0.0",
            "status": "running",
            "health": "healthy",
            "logs": ["one", "two"],
        }
    ],
    "observation": {"database": {"error": "no answer", "remedy": "Start it"}},
    "journals": {
        "app": [
            {"deploy": "20261130T000000Z-aaaa", "outcome": "started", "verb": "upgrade", "run": "20261130T000000Z-aaaa"}
        ]
    },
}


def made(parts: dict[str, Any]) -> dict[str, bytes]:
    return bundle.contents(parts, CONTROLLER, {})


def test_every_part_has_its_file() -> None:
    files = made({"app1": WELL})
    assert {"README.md", "controller.json", "history.txt", "host-app1/compose.yaml", "host-app1/containers.json"} <= {
        *files
    }
    assert files["host-app1/logs/app-web-1.log"] == b"one\ntwo\n"
    assert "logs" not in json.loads(files["host-app1/containers.json"])[0]


def test_a_text_of_a_kind_of_its_own_is_one() -> None:
    class Unsafe(str):
        """As up to ansible-core 2.18 what a host answers."""

    project = {Unsafe("name"): Unsafe("app"), "services": {"web": {"command": [Unsafe("serve")]}}}
    text = made({"app1": {**WELL, "project": project}})["host-app1/compose.yaml"]
    assert text == b"name: app\nservices:\n  web:\n    command:\n    - serve\n"


def test_who_could_not_be_looked_at_is_told_and_hides_nobody() -> None:
    parts = {
        "app1": WELL,
        "app2": {"unreachable": "No route to host, password=hunter22"},
        "app3": {"failed": "no Python"},
    }
    files = made(parts)
    readme = files["README.md"].decode()
    assert "app2: unreachable: No route to host" in readme
    assert "app3: no Python" in readme
    assert "app1: no answer. Start it (observation: database)" in readme
    assert b"no Python" in files["host-app3/not-looked-at.txt"]
    assert b"hunter22" not in b"".join(files.values())


def test_an_error_that_many_parts_share_is_told_once() -> None:
    gone = {"error": "there is no Docker engine", "remedy": "Start it"}
    told = bundle.troubles({"app1": {"project": gone, "containers": gone, "observation": gone, "journals": {}}})
    assert told == ["app1: there is no Docker engine. Start it (project, containers, observation)"]


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "..", "a\nb", "x" * 400, "ho st", ""])
def test_no_name_leads_out_of_the_bundle(name: str) -> None:
    container = {"name": name, "logs": ["line"], "status": "running", "reference": "x"}
    for file in made({name: {**WELL, "containers": [container]}}):
        assert not file.startswith("/")
        assert ".." not in file.split("/")
        assert all(len(part) < 200 for part in file.split("/"))


def test_the_file_is_for_its_owner_only(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        path = bundle_file.write(str(tmp_path / "new"), {"README.md": b"text"}, 0)
    finally:
        os.umask(before)
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    with tarfile.open(path) as archive:
        assert [(each.name, each.mode) for each in archive.getmembers()] == [
            ("ratchet-bundle-19700101T000000Z/README.md", 0o600)
        ]


def test_a_place_that_does_not_take_it_is_told(tmp_path: Path) -> None:
    tmp_path.joinpath("file").touch()
    with pytest.raises(RatchetError, match="runtime_bundle_dir"):
        bundle_file.write(str(tmp_path / "file"), {}, 0)


def test_the_page_of_the_newest_run_comes_along(tmp_path: Path) -> None:
    assert bundle_file.last_run(str(tmp_path / "nowhere")) == {}
    for number, run in enumerate(("upgrade-a", "rollback-b", "upgrade-test-1--2")):
        folder = tmp_path / run
        folder.mkdir()
        for name in ("report.html", "report.md", "report.json"):
            folder.joinpath(name).write_text(run)
        os.utime(folder, (number, number))
    assert bundle_file.last_run(str(tmp_path))["report.md"] == b"rollback-b"


def test_what_is_packed_can_be_read_by_tar() -> None:
    packed = bundle_file.packed("folder", made({"app1": WELL}), 0)
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        assert "folder/host-app1/compose.yaml" in archive.getnames()

"""The playbook `status` tells how far a real project is behind what a real registry has."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import Sample

ROOT = Path(__file__).parents[2]


def status(sample: Sample, tmp_path: Path, *arguments: str) -> str:
    host = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
    told = {"runtime_project_dir": str(sample.directory), "runtime_state_dir": str(tmp_path / "state")}
    inventory = tmp_path / "inventory.json"
    inventory.write_text(json.dumps({"runtime": {"hosts": {"here": {**host, **told}}}}))
    command = [Path(sys.executable).parent / "ansible-playbook", "ratchet.runtime.status", "-i", inventory, *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize(
    ("within", "words"),
    [
        (
            "newest",
            [
                "The newest that the registry has now is 2.0.0",
                "here: 1.0.0 (built 20",
                "which is behind it by a major version and 8 releases",
            ],
        ),
        (
            "minor",
            ["=minor that the registry has now is 1.6.0", "which is behind it by a minor version and 7 releases"],
        ),
        ("patch", ["=patch that the registry has now is 1.0.0", "), which is that"]),
    ],
)
def test_the_registry_knows_what_is_newer(sample: Sample, tmp_path: Path, within: str, words: list[str]) -> None:
    told = status(sample, tmp_path, "-e", f"runtime_resolve={within}")
    for each in words:
        assert each in told, told


def test_nobody_is_asked_unless_it_is_wanted(sample: Sample, tmp_path: Path) -> None:
    assert "the registry has" not in status(sample, tmp_path)

# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An execution environment has what the controller needs, by the collection's own metadata, and nothing that only hosts need."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

pytest.importorskip("ansible_builder", reason="ansible-builder isn't installed: it is in requirements-dev.txt")

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "docs/examples/awx/execution-environment.yml"


def builder(*arguments: str) -> str:
    """What ansible-builder prints."""
    command = [sys.executable, "-m", "ansible_builder", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "NO_COLOR": "1"})
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def needs() -> dict[str, Any]:
    """What the builder finds in the installed collection."""
    return yaml.safe_load(builder("introspect", str(ROOT / ".ansible/collections")))


def named(requirements: list[str]) -> set[str]:
    """The names alone, of those that this collection asks for."""
    ours = [each.partition("#")[0].strip() for each in requirements if "ratchet.runtime" in each]
    return {each.replace(">", " ").replace("[", " ").split()[0] for each in ours}


def test_python_has_what_the_controller_imports_and_neither_the_sdk_nor_all_of_ansible(needs: dict[str, Any]) -> None:
    assert named(needs["python"]) == {"packaging"}


def test_the_system_has_a_way_to_the_hosts_under_either_packaging(needs: dict[str, Any]) -> None:
    assert named(needs["system"]) == {"openssh-clients", "openssh-client"}


def test_the_example_makes_a_context_that_installs_all_of_it(tmp_path: Path) -> None:
    builder("create", "--file", str(EXAMPLE), "--context", str(tmp_path), "--output-filename", "Dockerfile")
    steps = (tmp_path / "Dockerfile").read_text()
    defined = yaml.safe_load(EXAMPLE.read_text())
    assert f'EE_BASE_IMAGE="{defined["images"]["base_image"]["name"]}"' in steps
    # The versions that the controller is tested with: requirements.txt says them.
    core = next(
        line for line in (ROOT / "requirements.txt").read_text().splitlines() if line.startswith("ansible-core")
    )
    assert f'ANSIBLE_INSTALL_REFS="{core} ansible-runner>=2.4,<3"' in steps
    assert "collection install" in steps
    # Reads each collection's metadata, and installs what it says.
    assert "introspect.py introspect" in steps
    assert "install-from-bindep" in steps
    wanted = yaml.safe_load((tmp_path / "_build/requirements.yml").read_text())["collections"]
    assert wanted == [{"name": "ratchet.runtime"}]
    # The collection itself brings community.docker.
    assert "community.docker" in yaml.safe_load((ROOT / "galaxy.yml").read_text())["dependencies"]
    assert not [each for each in (tmp_path / "_build").rglob("*.txt") if "docker" in each.read_text()]

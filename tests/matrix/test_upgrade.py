"""One upgrade and its way back with the ansible-core, the Pythons and the libraries of one line in ``cells``.

``make matrix`` runs it for each of them. The target is this machine, with an interpreter of its own.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from sample_project import Sample, deploy, sample

__all__ = ["deploy", "sample"]

ROOT = Path(__file__).parents[2]
CONTROLLER = Path(os.environ.get("MATRIX_CONTROLLER", ROOT / ".venv")) / "bin"
TARGET = Path(os.environ.get("MATRIX_TARGET", ROOT / ".venv")) / "bin" / "python"

# Not in the inventory: what is left open has to be taken for that by each ansible-core.
QUICK = ("-e", "runtime_monitor=1")

pytestmark = [pytest.mark.slow, pytest.mark.engine, pytest.mark.fleet]


class Controller:
    """One ansible-playbook, and the project that it upgrades."""

    def __init__(self, project: Sample, folder: Path) -> None:
        places = {"runtime_state_dir": str(folder / "state"), "runtime_backup_dir": str(folder / "backups")}
        here = {"ansible_connection": "local", "ansible_python_interpreter": str(TARGET), "ansible_become": False}
        known = {"runtime_project_dir": str(project.directory), **places}
        self.inventory = folder / "inventory.json"
        self.inventory.write_text(json.dumps({"runtime": {"hosts": {"here": {**here, **known}}}}))

    def play(self, playbook: str, *arguments: str, fails: bool = False) -> str:
        """Run a playbook: what it printed."""
        command = [
            str(CONTROLLER / "ansible-playbook"),
            "-i",
            str(self.inventory),
            f"ratchet.runtime.{playbook}",
            *arguments,
        ]
        done = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        assert (done.returncode != 0) is fails, done.stdout + done.stderr
        return done.stdout + done.stderr


@pytest.fixture(scope="module")
def controller(sample: Sample, tmp_path_factory: pytest.TempPathFactory) -> Controller:
    return Controller(sample, tmp_path_factory.mktemp("controller"))


def test_up_and_back(controller: Controller, sample: Sample) -> None:
    database, before = sample.container("db"), sample.sql("select version_num from alembic_version")
    assert "1.0.0" in controller.play("status")
    assert "good for 10 s" in controller.play("plan", "-e", "runtime_version=1.1.0")
    upgraded = controller.play("upgrade", "-e", "runtime_version=1.1.0", *QUICK)
    assert "The way back to 1.0.0" in upgraded
    # What a newer core will no longer do is found out before it doesn't.
    assert "[DEPRECATION WARNING]" not in upgraded
    assert sample.sql("select version_num from alembic_version") != before
    assert "Nothing is left to do" in controller.play("upgrade", "-e", "runtime_version=1.1.0")
    assert "versions only go forward" in controller.play("upgrade", "-e", "runtime_version=1.0.0", fails=True)
    assert "data_loss" in controller.play("rollback", fails=True)
    controller.play("rollback", "-e", '{"runtime_accept": ["data_loss"]}', *QUICK)
    assert sample.sql("select version_num from alembic_version") == before
    assert "TAG=1.0.0" in (sample.directory / ".env").read_text()
    assert sample.container("db") == database
    assert "Support bundle" in controller.play("bundle", "-e", f"runtime_bundle_dir={controller.inventory.parent}")
    assert '"outcome": "done"' in controller.play("history", "-e", "runtime_output=json")

"""An AWX in miniature: the example's templates and workflow, the fleet as inventory, and the collection as its tarball installs it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import yaml
from jobs import EXAMPLE, PREFIX, ROOT, Job

INVENTORY = ROOT / ".fleet/inventory/hosts.yml"
# Seconds that a job may be silent: long enough for another job to begin meanwhile, also on a slow machine.
EXPIRY = 60


def run(*command: str, check: bool = True) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, timeout=180)
    assert not check or done.returncode == 0, f"{command}: {done.stderr or done.stdout}"
    return done.stdout.strip()


def at(host: str, script: str) -> str:
    """What a script on a host prints, asked around the collection."""
    return run("docker", "exec", f"{PREFIX}-{host}", "sh", "-ec", script)


def runs(host: str) -> str:
    """Id and image of the runtime's container."""
    return at(host, "docker inspect --format '{{.Id}} {{.Config.Image}} {{.State.Health.Status}}' sample-web-1")


class Tagged(yaml.SafeLoader):
    """Reads what Ansible would."""


Tagged.add_constructor("!unsafe", lambda loader, node: loader.construct_scalar(node))


class Awx:
    """Launches templates by their name, with answers to their surveys."""

    def __init__(self, place: Path, collections: Path) -> None:
        self._place, self._collections = place, collections
        self._numbers = count(41)
        defined = yaml.load((EXAMPLE / "definitions.yml").read_text(), Tagged)
        self._templates = {each["name"]: each for each in defined["awx_templates"]}
        self.nodes = {each["identifier"]: each for each in defined["awx_workflow"]["nodes"]}
        fleet = yaml.safe_load(INVENTORY.read_text())["runtime"]
        variables = fleet["vars"]
        self._key = Path(variables.pop("ansible_ssh_private_key_file")).read_text()
        self.password = Path(variables.pop("fleet_postgres_password_file")).read_text().strip()
        # The example's inventory binds what the credentials inject.
        bound = yaml.safe_load((EXAMPLE / "project/inventory/hosts.yml").read_text())["runtime"]["vars"]
        database = {**bound["runtime_database"], **variables["runtime_database"]}
        settings = {"runtime_registry": bound["runtime_registry"], "runtime_monitor": 1, "runtime_lock_expiry": EXPIRY}
        self._inventory = {"hosts": fleet["hosts"], "vars": {**variables, **settings, "runtime_database": database}}
        self.hosts = list(fleet["hosts"])

    def launch(self, name: str, answers: dict[str, Any] | None = None, left: dict[str, Any] | None = None) -> Job:
        """A running job.

        :param answers: of the survey, of the template or of the workflow; ``left`` the artifacts of earlier jobs of the workflow.
        """
        template = self._templates[name]
        defaults = {each["variable"]: each["default"] for each in template.get("survey", []) if "default" in each}
        number = next(self._numbers)
        return Job(
            place=self._place / f"job-{number}",
            number=number,
            playbook=template["playbook"],
            collections=self._collections,
            inventory=self._inventory,
            variables={**defaults, **(left or {}), **(answers or {})},
            secrets={"ratchet_database_user": "app", "ratchet_database_password": self.password},
            key=self._key,
        )

    def job(self, name: str, answers: dict[str, Any] | None = None, left: dict[str, Any] | None = None) -> Job:
        """A job that has ended."""
        return self.launch(name, answers, left).end()


@pytest.fixture(scope="session")
def collections(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the tarball installs."""
    place = tmp_path_factory.mktemp("collections")
    run(str(ROOT / "tests/tools/tarball"), str(place))
    return place


@pytest.fixture(scope="session")
def awx(tmp_path_factory: pytest.TempPathFactory, collections: Path) -> Awx:
    return Awx(tmp_path_factory.mktemp("awx"), collections)


def deploy() -> None:
    """Release 1.0.0 on every host, an empty past."""
    run(str(ROOT / ".venv/bin/ansible-playbook"), "-i", str(INVENTORY), str(ROOT / "tests/fleet/deploy.yml"))


@pytest.fixture(scope="module", autouse=True)
def deployed() -> None:
    deploy()


@pytest.fixture
def changed_file(awx: Awx) -> Iterator[Callable[[], None]]:
    """Changes a file of the last host's project; it is as before in the end."""
    host = awx.hosts[-1]
    at(host, "cp -p /opt/sample/.env /root/kept.env")
    yield lambda: at(host, "echo '# a comment' >> /opt/sample/.env") and None
    at(host, "mv /root/kept.env /opt/sample/.env")

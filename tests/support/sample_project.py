# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Compose project of the sample runtime and a Postgres of its own, on this machine's engine, for each test module."""

from __future__ import annotations

import os
import re
import secrets
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils import compose, database, runtime_services
from ansible_collections.ratchet.runtime.plugins.module_utils.engine import Engine

REGISTRY = f"127.0.0.1:{os.environ.get('FLEET_PORT', '5000')}/fleet"

# The major versions of Postgres that the fleet's registry has, as for `make fleet`.
POSTGRES = os.environ.get("FLEET_PG", "17").split()

COMPOSE = f"""\
services:
  db:
    image: {REGISTRY}/postgres:17
    environment: {{POSTGRES_USER: app, POSTGRES_PASSWORD: "${{DB_PASSWORD}}", POSTGRES_DB: app}}
    command: [postgres, -c, fsync=off]
    healthcheck:
      {{test: [CMD, pg_isready, -h, 127.0.0.1, -U, app], interval: 15s, start_period: 60s, start_interval: 200ms}}
  web:
    image: {REGISTRY}/sample-runtime:${{TAG}}
    environment: {{DATABASE_URL: "postgresql://app:${{DB_PASSWORD}}@db:5432/app"}}
    depends_on: {{db: {{condition: service_healthy}}}}
    ports: ["127.0.0.1::8000"]
"""


def until(true: Callable[[], object], seconds: float = 30.0) -> None:
    """Wait for something to become true."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not become true"
        time.sleep(0.05)


class Sample:
    """The deployed project and what tests do to it."""

    def __init__(self, directory: Path, password: str) -> None:
        self.directory = directory
        self.password = password

    def command(self, *arguments: str) -> list[str]:
        """docker compose in the project."""
        # By its first name, whatever a test writes into the file: taking it down has to find it.
        name = ["--project-name", self.directory.name]
        return ["docker", "compose", "--project-directory", str(self.directory), *name, *arguments]

    def compose(self, *arguments: str) -> str:
        """Run docker compose in the project."""
        return subprocess.run(self.command(*arguments), check=True, capture_output=True, text=True).stdout.strip()

    def container(self, service: str) -> str:
        """Id of a service's container."""
        return self.compose("ps", "--quiet", service)

    def sql(self, statement: str) -> str:
        """Run a statement as the database's owner."""
        return self.compose("exec", "--no-TTY", "db", "psql", "-U", "app", "-d", "app", "-AtXqc", statement)

    def url(self, path: str = "/health") -> str:
        """A URL of the runtime on this machine."""
        return f"http://{self.compose('port', 'web', '8000')}{path}"


@pytest.fixture(scope="session")
def engine() -> Engine:
    """This machine's engine; without one these tests have nothing to say, so they fail."""
    return Engine.connect()


@pytest.fixture(scope="module")
def deploy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Sample]]:
    """Deploy a project; it is removed with its volumes in the end."""
    deployed: list[Sample] = []

    def act(compose_file: str = COMPOSE, tag: str = "1.0.0") -> Sample:
        # Its name is the project's, and nobody else's on this engine.
        directory = tmp_path_factory.mktemp(f"sample-{secrets.token_hex(4)}", numbered=False)
        sample = Sample(directory, secrets.token_urlsafe(12) + "/@:%")
        quoted = re.sub("[/@:%]", lambda match: f"%{ord(match.group()):02X}", sample.password)
        (directory / "compose.yaml").write_text(
            compose_file.replace("postgresql://app:${DB_PASSWORD}", "postgresql://app:${DB_QUOTED}")
        )
        (directory / ".env").write_text(
            f"# pinned\nTAG={tag}\nDB_PASSWORD={sample.password}\nDB_QUOTED={quoted}\n"
            f"DATABASE_URL=postgresql://app:{quoted}@db:5432/app\n"
        )
        (directory / ".env").chmod(0o600)
        (directory / "password").write_text(sample.password + "\n")
        (directory / "url").write_text(f"postgresql://app:{quoted}@db:5432/app\n")
        deployed.append(sample)
        sample.compose("up", "--detach", "--wait", "--quiet-pull")
        return sample

    yield act
    for sample in deployed:
        sample.compose("down", "--volumes", "--timeout", "1")


@pytest.fixture(scope="module")
def sample(deploy: Callable[..., Sample]) -> Sample:
    """The project at 1.0.0, its password full of characters that URLs and files have to escape."""
    return deploy()


@pytest.fixture
def access(engine: Engine, sample: Sample) -> database.Access:
    """The sample's database as the runtime's own environment names it."""
    project = compose.load(engine, str(sample.directory))
    found = database.locate(engine, project, runtime_services.of(project, []), {})
    assert found
    return found


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A directory for backups."""
    return tmp_path / "backups"

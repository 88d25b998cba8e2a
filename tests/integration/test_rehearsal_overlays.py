# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A rehearsal's project is brought up on a real engine: it sees production's files, and writes, reaches and asks nothing outside."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils import compose, rehearsal_project
from ansible_collections.ratchet.runtime.plugins.module_utils.engine import Engine
from conftest import COMPOSE, REGISTRY, Sample

PRODUCTION = f"""{COMPOSE}\
    container_name: ${{NAME}}-web
    volumes: ["./files:/files", "./a file.cfg:/etc/a file.cfg", "data:/data", "/var/run/docker.sock:/var/run/docker.sock"]
    command: [sleep, infinity]
volumes: {{data: }}
"""
NEW = f"{REGISTRY}/sample-runtime:1.1.0"


class Rehearsal:
    """The project while it is up, with a stand-in for the throwaway server."""

    def __init__(self, sample: Sample, made: rehearsal_project.Throwaway, directory: Path) -> None:
        self.sample, self.made, self.directory = sample, made, directory

    def compose(self, *arguments: str) -> str:
        command = ["docker", "compose", "--file", str(self.directory / "project.json"), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def sh(self, script: str) -> str:
        return self.compose("exec", "--no-TTY", "web", "sh", "-c", script)


@pytest.fixture(scope="module")
def production(deploy: Callable[..., Sample], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sample]:
    name = f"rehearsed-{secrets.token_hex(4)}"
    sample = deploy(COMPOSE)
    files = sample.directory / "files"
    (files / "deep").mkdir(parents=True)
    files.chmod(0o2755)
    (files / "deep" / "kept").write_text("production\n")
    (sample.directory / "a file.cfg").write_text("production\n")
    (sample.directory / "compose.yaml").write_text(
        PRODUCTION.replace("${NAME}", name).replace("postgresql://app:${DB_PASSWORD}", "postgresql://app:${DB_QUOTED}")
    )
    sample.compose("up", "--detach")
    sample.compose("exec", "--no-TTY", "web", "sh", "-c", "echo production > /data/kept")
    with socket.socket(socket.AF_UNIX) as server:
        at = os.getcwd()
        os.chdir(files / "deep")  # a socket's path is short
        server.bind("s.sock")
        os.chdir(at)
        server.listen()
        yield sample


@pytest.fixture(scope="module")
def rehearsal(engine: Engine, production: Sample, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rehearsal]:
    name = f"rehearsal-{secrets.token_hex(4)}"
    rendered = compose.render(str(production.directory), [str(production.directory / "compose.yaml")], [])
    # A volume of the engine's: what it keeps its own layers on bears those of overlays, too.
    layers = engine.client.volumes.create(f"{name}-layers")
    network = engine.client.networks.create(name, internal=True)
    data = engine.client.volumes.get(f"{rendered['name']}_data")
    made = rehearsal_project.throwaway(
        rendered,
        rehearsal_project.Ask(
            project=name,
            images={"web": engine.client.images.get(NEW).id},
            network=name,
            database=("db", 5432),
            server=("trial", 5432),
            database_service="db",
            layers=layers.attrs["Mountpoint"],
            environment={"QUIET": "yes $HOME $$"},
            labels={"ratchet.runtime.test": name},
            mountpoints={data.name: data.attrs["Mountpoint"]},
        ),
    )
    for overlay in made.overlays:
        overlay.make()
    directory = tmp_path_factory.mktemp("rehearsal")
    (directory / "project.json").write_text(json.dumps(made.project))
    found = Rehearsal(production, made, directory)
    try:
        found.compose("up", "--detach", "--no-build", "--pull", "never", "--quiet-pull")
        yield found
    finally:
        found.compose("down", "--volumes", "--timeout", "1")
        network.remove()
        layers.remove()
        assert engine.client.volumes.list(filters={"label": f"ratchet.runtime.test={name}"}) == []
        assert not os.path.exists(layers.attrs["Mountpoint"])
        shutil.rmtree(directory)


def test_the_new_version_runs_in_production_s_configuration(engine: Engine, rehearsal: Rehearsal) -> None:
    container = engine.client.containers.get(rehearsal.compose("ps", "--quiet", "web"))
    assert container.attrs["Image"] == engine.client.images.get(NEW).id
    environment = dict(line.split("=", 1) for line in container.attrs["Config"]["Env"])
    assert environment["DATABASE_URL"].endswith("@trial:5432/app")
    assert environment["QUIET"] == "yes $HOME $$"
    assert rehearsal.sample.password not in "".join(rehearsal.made.notes)


def test_what_is_written_stays_in_the_rehearsal(production: Sample, rehearsal: Rehearsal) -> None:
    assert (
        rehearsal.sh("cat /files/deep/kept /data/kept; cat '/etc/a file.cfg'") == "production\nproduction\nproduction"
    )
    rehearsal.sh("echo rehearsal | tee /files/deep/kept /files/new /data/kept /data/new; rm -r /files/deep/kept")
    assert (production.directory / "files" / "deep" / "kept").read_text() == "production\n"
    assert sorted(path.name for path in (production.directory / "files").iterdir()) == ["deep"]
    seen = production.compose("exec", "--no-TTY", "web", "sh", "-c", "cat /data/*")
    assert seen == "production"
    assert rehearsal.sh("(echo x > '/etc/a file.cfg') 2> /dev/null || echo refused") == "refused"


def test_a_directory_looks_as_in_production(rehearsal: Rehearsal) -> None:
    assert rehearsal.sh("stat -c %a /files") == "2755"


def test_no_socket_of_production_is_there(rehearsal: Rehearsal) -> None:
    assert rehearsal.sh("ls -A /files/deep") in ("", "kept")
    assert rehearsal.sh("ls /var/run/docker.sock 2> /dev/null || echo none") == "none"


def test_no_name_of_production_is_known_and_no_resolver_of_the_host_is_asked(rehearsal: Rehearsal) -> None:
    assert rehearsal.sh("getent hosts db || echo unknown") == "unknown"
    with open("/etc/resolv.conf", encoding="utf-8") as file:
        resolvers = [line.split()[1] for line in file if line.startswith("nameserver")]
    seen = rehearsal.sh("cat /etc/resolv.conf")
    assert resolvers
    assert not [each for each in resolvers if each in seen]


def test_there_is_no_route_outside(rehearsal: Rehearsal) -> None:
    destinations = rehearsal.sh("awk 'NR > 1 {print $2}' /proc/net/route").split()
    assert len(destinations) == 1
    assert "00000000" not in destinations


def test_nothing_is_published_and_production_s_name_is_not_taken(engine: Engine, rehearsal: Rehearsal) -> None:
    container = engine.client.containers.get(rehearsal.compose("ps", "--quiet", "web"))
    assert not container.attrs["HostConfig"]["PortBindings"]
    assert container.name.startswith("rehearsal-")
    assert container.attrs["HostConfig"]["RestartPolicy"]["Name"] in ("no", "")

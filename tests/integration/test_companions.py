"""What hangs together in a project, by what Compose itself makes of the file; and who leaves when others stand in."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable

import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils import (
    companions,
    compose,
    health,
    observation,
    retirement,
    runtime_services,
)
from ansible_collections.ratchet.runtime.plugins.module_utils.compose import Project
from ansible_collections.ratchet.runtime.plugins.module_utils.engine import Engine
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from conftest import REGISTRY, Sample

IMAGE = f"{REGISTRY}/sample-runtime:${{TAG}}"
PYTHON = f"{REGISTRY}/python:3"
STAYS = "command: [sleep, infinity], init: true, stop_grace_period: 3s"
COMPOSE = f"""\
services:
  init: {{image: "{IMAGE}", command: ["true"], profiles: [app]}}
  web:
    {{image: "{IMAGE}", {STAYS}, profiles: [app], healthcheck: {{disable: true}}, depends_on: {{init: {{condition: service_completed_successfully}}}}}}
  shell: {{image: "{IMAGE}", {STAYS}, profiles: [debug]}}
  named: {{image: "{PYTHON}", {STAYS}, container_name: ratchet-test-named-${{SUFFIX}}}}
  published: {{image: "{PYTHON}", {STAYS}, ports: ["127.0.0.1:0:80", "127.0.0.1:39123:81"]}}
  by_the_way: {{image: "{PYTHON}", {STAYS}, ports: ["127.0.0.1::80"]}}
  twice: {{image: "{PYTHON}", {STAYS}, deploy: {{replicas: 2}}}}
  sidecar: {{image: "{PYTHON}", {STAYS}, network_mode: "service:web", profiles: [app]}}
  spy: {{image: "{PYTHON}", {STAYS}, pid: "service:sidecar", profiles: [app]}}
  client: {{image: "{PYTHON}", {STAYS}, depends_on: {{web: {{condition: service_started, restart: true}}}}, profiles: [app]}}
  fan: {{image: "{PYTHON}", {STAYS}, depends_on: {{web: {{condition: service_started}}}}, profiles: [app]}}
  keeper: {{image: "{PYTHON}", {STAYS}, volumes: [/kept]}}
"""


@pytest.fixture(scope="module")
def hung(deploy: Callable[..., Sample]) -> Sample:
    """The project above, started without its profiles, and then with one of them named on the command line."""
    sample = deploy(COMPOSE.replace("${SUFFIX}", str(time.time_ns())))
    sample.compose("--profile", "app", "up", "--detach", "--quiet-pull", "--scale", "web=2")
    return sample


@pytest.fixture
def project(engine: Engine, hung: Sample) -> Project:
    return compose.load(engine, str(hung.directory))


def test_a_service_that_runs_is_seen_though_its_profile_is_not_on(project: Project) -> None:
    assert {"web", "init", "sidecar"} <= {*project.services}
    assert "shell" not in project.services  # neither started nor asked for
    assert project.profiles == ("app",)


def test_a_service_that_is_asked_for_is_seen_too(engine: Engine, hung: Sample) -> None:
    asked = compose.load(engine, str(hung.directory), ["shell"])
    assert "shell" in asked.services
    assert asked.profiles == ("app", "debug")


def test_who_ends_before_others_start_is_a_job(project: Project) -> None:
    assert [name for name, each in sorted(project.services.items()) if companions.is_job(project, each)] == ["init"]


def test_the_job_of_a_service_that_is_asked_for_comes_along(project: Project) -> None:
    assert [each.name for each in runtime_services.of(project, ["web"])] == ["web", "init"]
    assert [each.name for each in runtime_services.of(project, ["fan"])] == ["fan"]


def test_what_shares_a_namespace_is_made_anew_and_what_asks_for_it_restarted(project: Project) -> None:
    assert companions.followers(project, [project.services["web"]]) == [
        {"service": "client", "how": "restart"},
        {"service": "sidecar", "how": "recreate"},
        {"service": "spy", "how": "recreate"},
    ]
    assert companions.followers(project, [project.services["fan"]]) == []


def test_why_no_second_container_has_room(engine: Engine, hung: Sample, project: Project) -> None:
    said = {
        name: observation._service(engine, project, each)["sole"] for name, each in project.services.items() if name
    }
    assert {name: text.split(" (")[0] for name, text in said.items() if text} == {
        "named": "its container has a fixed name",
        "published": "it publishes the port 39123 of the host",
        "sidecar": "it uses a network of others",
        "keeper": "it keeps data in a volume without a name",
    }


def test_the_numbers_are_the_file_s(project: Project) -> None:
    assert {name: each.replicas for name, each in project.services.items() if each.replicas is not None} == {"twice": 2}


def test_each_container_of_a_service_is_asked_by_its_own_address(engine: Engine, project: Project) -> None:
    """Two containers of one service, of which one doesn't answer: no other answer hides that."""
    first, second = engine.service_containers(project.name, "web")
    serve = ["docker", "exec", "--detach", first.id, "python3", "-m", "http.server", "8000"]
    subprocess.run(serve, check=True)
    place = health.Place(project.name, project.directory, ("web",), "http://{web}:8000/", {})
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        said = health.probe(engine, place)["http"]["each"]
        if "status" in said[first.name]:
            break
    assert said[first.name]["status"] == 200
    assert "error" in said[second.name]
    alone = health.Place(project.name, project.directory, ("web",), "http://{web}:8000/", {}, without=(second.id,))
    said = health.probe(engine, alone)
    assert [*said["http"]["each"]] == [first.name]
    assert [each["name"] for each in said["containers"]] == [first.name]


def test_nobody_leaves_whom_nobody_stands_in_for(engine: Engine, project: Project) -> None:
    with pytest.raises(RatchetError, match="nothing of the service web would be left running"):
        retirement.retire(engine, project.name, ["web"], lambda _id: True)
    assert [each.running for each in engine.service_containers(project.name, "web")] == [True, True]


def test_the_named_one_leaves_and_the_other_stays(engine: Engine, project: Project) -> None:
    first, second = engine.service_containers(project.name, "web")
    assert retirement.retire(engine, project.name, ["web"], lambda id: id == first.id, pretend=True) == [first.name]
    assert len(engine.service_containers(project.name, "web")) == 2
    assert retirement.retire(engine, project.name, ["web"], lambda id: id == first.id) == [first.name]
    assert [each.id for each in engine.service_containers(project.name, "web")] == [second.id]
    assert retirement.retire(engine, project.name, ["web"], lambda id: id == first.id) == []

"""The engine is where DOCKER_HOST says, else at the default socket; whatever else would lead elsewhere is refused."""

from __future__ import annotations

import hashlib
import json
import os
import socket
from pathlib import Path

import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils import engine_address
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError


def configured(directory: Path, name: str, endpoint: str) -> dict[str, str]:
    """A Docker configuration whose current context leads to ``endpoint``."""
    directory.joinpath("config.json").write_text(json.dumps({"auths": {}, "currentContext": name}))
    if endpoint:
        place = directory / "contexts" / "meta" / hashlib.sha256(name.encode()).hexdigest() / "meta.json"
        place.parent.mkdir(parents=True)
        place.write_text(json.dumps({"Name": name, "Endpoints": {"docker": {"Host": endpoint}}}))
    return {"DOCKER_CONFIG": str(directory)}


@pytest.mark.parametrize("named", ["unix:///run/user/1000/docker.sock", "tcp://127.0.0.1:2375", "tcp://localhost:2376"])
def test_docker_host_is_followed_on_this_machine(named: str) -> None:
    assert engine_address.address({"DOCKER_HOST": named}) == named


@pytest.mark.parametrize("named", ["tcp://10.0.0.5:2376", "ssh://root:secret@away", "https://away:2376", "away:2375"])
def test_an_engine_on_another_machine_is_refused(named: str) -> None:
    with pytest.raises(RatchetError, match=r"another machine.* Put that machine into the inventory") as error:
        engine_address.address({"DOCKER_HOST": named})
    assert "secret" not in str(error.value)


def test_without_anything_it_is_the_default_socket(tmp_path: Path) -> None:
    assert engine_address.address({"DOCKER_CONFIG": str(tmp_path)}) == engine_address.DEFAULT
    tmp_path.joinpath("config.json").write_text("{broken")
    assert engine_address.address({"DOCKER_CONFIG": str(tmp_path)}) == engine_address.DEFAULT


@pytest.mark.parametrize("endpoint", ["unix:///run/user/1000/docker.sock", "ssh://away", ""])
def test_a_context_that_leads_elsewhere_is_refused(tmp_path: Path, endpoint: str) -> None:
    environment = configured(tmp_path, "rootless", endpoint)
    with pytest.raises(RatchetError, match="follows the context rootless") as error:
        engine_address.address(environment)
    assert "DOCKER_HOST=" in error.value.remedy
    assert "docker context use default" in error.value.remedy


def test_a_context_of_the_environment_is_refused_as_well(tmp_path: Path) -> None:
    with pytest.raises(RatchetError, match="follows the context away"):
        engine_address.address({"DOCKER_CONFIG": str(tmp_path), "DOCKER_CONTEXT": "away"})


@pytest.mark.parametrize(("name", "endpoint"), [("default", ""), ("mine", "unix:///var/run/docker.sock")])
def test_a_context_of_the_same_engine_is_none_to_speak_of(tmp_path: Path, name: str, endpoint: str) -> None:
    assert engine_address.address(configured(tmp_path, name, endpoint)) == engine_address.DEFAULT


def test_docker_host_goes_before_a_context(tmp_path: Path) -> None:
    environment = {**configured(tmp_path, "rootless", "ssh://away"), "DOCKER_HOST": engine_address.DEFAULT}
    assert engine_address.address(environment) == engine_address.DEFAULT


def test_a_missing_permission_names_user_and_group(tmp_path: Path) -> None:
    path = tmp_path / "docker.sock"
    path.touch()
    told = str(engine_address.unanswered(f"unix://{path}", Exception("PermissionError(13, 'Permission denied')")))
    assert f"no permission on {path}" in told
    assert "ansible_become: true" in told
    assert "usermod --append --groups" in told


def test_a_rootless_engine_is_pointed_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    with socket.socket(socket.AF_UNIX) as own:
        own.bind(os.path.join(tmp_path, "docker.sock"))
        told = str(engine_address.unanswered(f"unix://{tmp_path}/away.sock", Exception("FileNotFoundError")))
    assert f"DOCKER_HOST=unix://{tmp_path}/docker.sock" in told


def test_an_engine_that_has_stopped_and_an_sdk_that_is_too_old(tmp_path: Path) -> None:
    path = tmp_path / "docker.sock"
    path.touch()
    assert "systemctl start docker" in str(engine_address.unanswered(f"unix://{path}", Exception("Connection refused")))
    told = str(engine_address.unanswered(engine_address.DEFAULT, Exception("Not supported URL scheme http+docker")))
    assert "too old for the library requests" in told

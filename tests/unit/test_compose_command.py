"""Compose is called by its plugin, and isn't waited for without an end."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils import compose
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError


def test_who_does_not_end_is_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plugin = tmp_path / "cli-plugins" / "docker-compose"
    plugin.parent.mkdir()
    plugin.write_text("#!/bin/sh\nexec sleep 5\n")
    plugin.chmod(0o755)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    with pytest.raises(RatchetError, match=r"Compose has not ended within 0 s\. See what it waits for"):
        compose.run(["up"], None, timeout=0.1)


@pytest.mark.parametrize(
    "said",
    [
        "docker: 'compose' is not a docker command.\nSee 'docker --help'\n",
        "docker: unknown command: docker compose\n\nRun 'docker --help' for more information\n",
        "unknown flag: --project-directory\nSee 'docker --help'.\n\nUsage:  docker [OPTIONS] COMMAND\n"
        + "  --option\n" * 200,
    ],
)
def test_a_docker_command_without_the_plugin_is_told_from_a_project_that_is_wrong(said: str) -> None:
    told = str(compose._refused("/opt/app", ["/opt/app/compose.yaml"], said.encode()))
    assert told.startswith("Docker Compose v2 is missing on this host")
    assert "docker-compose-plugin from Docker's own repository" in told


@pytest.mark.parametrize(
    ("told", "left"),
    [
        (
            "invalid interpolation format for services.web.environment.[].\nYou may need to escape any $ with another $.\nPW=hunter${2",
            "invalid interpolation format for services.web.environment.[]",
        ),
        (
            'invalid interpolation format for services.web.environment.PW: "hunter${2". You may need to escape any $ with another $',
            "invalid interpolation format for services.web.environment.PW",
        ),
        (
            'failed to read /opt/app/.env: line 3: unterminated quoted value "hunter2',
            "line 3: unterminated quoted value",
        ),
        (
            'failed to read /opt/app/.env: Invalid template: "${hunter2"',
            "failed to read /opt/app/.env: Invalid template",
        ),
        ('.env: line 1: unexpected character "!" in variable name "PW!=hunter2"', '"!" in variable name'),
    ],
)
def test_what_compose_quotes_of_a_file_is_not_passed_on(told: str, left: str) -> None:
    said = compose.said(told.encode())
    assert "hunter" not in said
    assert f"{left} (not shown: it may be a secret)" in said


def test_the_rest_of_what_compose_says_is() -> None:
    told = "validating /opt/app/compose.yaml: services.web.environment.PW must be a string, number, boolean or null"
    assert compose.said(told.encode()) == told

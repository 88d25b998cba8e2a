"""What a host lacks is told with the command that brings it, as that host's distribution has it."""

from __future__ import annotations

import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils import prerequisites

TRIXIE = {"ID": "debian", "VERSION_ID": "13"}
BOOKWORM = {"ID": "debian", "VERSION_ID": "12"}
NOBLE = {"ID": "ubuntu", "ID_LIKE": "debian", "VERSION_ID": "24.04"}
ROCKY = {"ID": "rocky", "ID_LIKE": "rhel centos fedora", "VERSION_ID": "9.4"}
LEAP = {"ID": "opensuse-leap", "ID_LIKE": "suse opensuse", "VERSION_ID": "15.6"}
MINT = {"ID": "linuxmint", "ID_LIKE": "ubuntu debian", "VERSION_ID": "22"}
ALPINE = {"ID": "alpine", "VERSION_ID": "3.20.1"}


@pytest.mark.parametrize(
    ("name", "release", "words"),
    [
        ("docker", TRIXIE, "Install it there: apt-get install python3-docker"),
        ("psycopg", TRIXIE, "Install it there: apt-get install python3-psycopg"),
        ("psycopg", {"ID": "debian", "VERSION_ID": "11"}, "/usr/bin/python3 -m pip install 'psycopg[binary]'"),
        ("docker", NOBLE, "apt-get install python3-docker"),
        ("docker", MINT, "apt-get install python3-docker"),
        ("docker", ROCKY, "/usr/bin/python3 -m pip install docker"),
        ("docker", ALPINE, "apk add py3-docker-py"),
        ("docker", {}, "/usr/bin/python3 -m pip install docker"),
        ("docker", {"ID": "plan9"}, "/usr/bin/python3 -m pip install docker"),
    ],
)
def test_a_library_comes_from_the_distribution_or_by_pip(name: str, release: dict[str, str], words: str) -> None:
    assert prerequisites.library_for(name, release, "/usr/bin/python3", virtual=False).endswith(words)


@pytest.mark.parametrize(
    ("interpreter", "virtual"), [("/opt/venv/bin/python", True), ("/usr/local/bin/python3.12", False)]
)
def test_another_python_than_the_distributions_needs_pip(interpreter: str, virtual: bool) -> None:
    told = prerequisites.library_for("docker", TRIXIE, interpreter, virtual)
    assert told == f"Install it for Ansible's Python there: {interpreter} -m pip install docker"


@pytest.mark.parametrize(
    ("release", "words"),
    [
        (
            TRIXIE,
            "Install it there: apt-get install docker-compose, or docker-compose-plugin from Docker's own repository",
        ),
        (NOBLE, "Install it there: apt-get install docker-compose-v2, or"),
        (LEAP, "Install it there: zypper install docker-compose, or"),
        # Its package docker-compose is Compose v1.
        (BOOKWORM, "Install docker-compose-plugin from Docker's own repository"),
        (ROCKY, "Install docker-compose-plugin from Docker's own repository"),
        ({}, "Install docker-compose-plugin from Docker's own repository"),
    ],
)
def test_the_compose_plugin(release: dict[str, str], words: str) -> None:
    assert prerequisites.compose_plugin_for(release).startswith(words)


def test_the_docker_command() -> None:
    assert "apt-get install docker-cli, or" in prerequisites.docker_command_for(TRIXIE)
    assert prerequisites.docker_command_for(BOOKWORM).startswith("Install docker-ce-cli")


def test_os_release_is_read_as_a_shell_would() -> None:
    text = '# a comment\nID=debian\nVERSION_ID="13"\nID_LIKE=\'rhel fedora\'\nPRETTY_NAME="broken\n\nnothing'
    found = prerequisites.release_of(text)
    assert (found["ID"], found["VERSION_ID"], found["ID_LIKE"]) == ("debian", "13", "rhel fedora")

# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a host needs, and the command that brings it there, by its distribution and by the Python that Ansible uses."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Mapping

from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError

# By the ID of os-release, or what ID_LIKE names: how packages are installed, and which package has what. What a distribution
# doesn't package, or packages under a name that changes with the version of Python, isn't listed: pip brings it.
_PACKAGES: dict[str, tuple[str, dict[str, str]]] = {
    "ubuntu": (
        "apt-get install",
        {"docker": "python3-docker", "psycopg": "python3-psycopg", "compose": "docker-compose-v2", "cli": "docker.io"},
    ),
    "debian": (
        "apt-get install",
        {"docker": "python3-docker", "psycopg": "python3-psycopg", "compose": "docker-compose", "cli": "docker-cli"},
    ),
    "fedora": (
        "dnf install",
        {"docker": "python3-docker", "psycopg": "python3-psycopg3", "compose": "docker-compose", "cli": "docker-cli"},
    ),
    "alpine": (
        "apk add",
        {"docker": "py3-docker-py", "psycopg": "py3-psycopg", "compose": "docker-cli-compose", "cli": "docker-cli"},
    ),
    "arch": (
        "pacman -S",
        {"docker": "python-docker", "psycopg": "python-psycopg", "compose": "docker-compose", "cli": "docker"},
    ),
    "suse": ("zypper install", {"compose": "docker-compose", "cli": "docker"}),
    "rhel": ("dnf install", {}),
}
# Before these, the package is Compose v1, or there is none.
_FIRST_WITH_COMPOSE = {"debian": 13, "ubuntu": 22, "fedora": 41}
# Before 13, Debian has it in docker.io.
_FIRST_WITH_CLI = {"debian": 13}
_FIRST_WITH_PSYCOPG = {"debian": 12, "ubuntu": 22}
_PIP = {"docker": "docker", "psycopg": "'psycopg[binary]'"}
_OS_RELEASE = ("/etc/os-release", "/usr/lib/os-release")
_CLI = "docker-ce-cli from Docker's own repository, https://docs.docker.com/engine/install/"
_PLUGIN = "docker-compose-plugin from Docker's own repository, https://docs.docker.com/compose/install/linux/"


def library(name: str) -> str:
    """How ``docker`` or ``psycopg`` is installed for the Python that runs this."""
    return library_for(name, release(), sys.executable, sys.prefix != sys.base_prefix)


def compose_plugin() -> str:
    """How the Compose plugin is installed on this host."""
    return compose_plugin_for(release())


def refuse_without_docker_command() -> None:
    """Refuse a host on which Compose can be asked, but not called as the roll-out does it.

    :raises RatchetError: with how to install what is missing.
    """
    if not shutil.which("docker"):
        raise RatchetError("the docker command is missing on this host", docker_command())


def docker_command() -> str:
    """How the Docker CLI is installed on this host."""
    return docker_command_for(release())


def library_for(name: str, release: Mapping[str, str], interpreter: str, virtual: bool) -> str:
    """How a Python library is installed.

    :param interpreter: the path of Ansible's Python; what a distribution packages is for its own.
    :param virtual: whether that is one of a virtual environment.
    """
    package = _package(name, release)
    by_pip = f"{interpreter or 'python3'} -m pip install {_PIP[name]}"
    if virtual or not _of_distribution(interpreter):
        return f"Install it for Ansible's Python there: {by_pip}"
    return f"Install it there: {package}" if package else f"Install it for Ansible's Python there: {by_pip}"


def compose_plugin_for(release: Mapping[str, str]) -> str:
    """How the Compose plugin is installed on a distribution."""
    package = _package("compose", release)
    return f"Install it there: {package}, or {_PLUGIN}" if package else f"Install {_PLUGIN}"


def docker_command_for(release: Mapping[str, str]) -> str:
    """How the Docker CLI is installed on a distribution."""
    package = _package("cli", release)
    return f"Install it there: {package}, or {_CLI}" if package else f"Install {_CLI}"


def _package(what: str, release: Mapping[str, str]) -> str:
    """The command that installs it, or empty when this distribution has no package of it."""
    first = {"compose": _FIRST_WITH_COMPOSE, "psycopg": _FIRST_WITH_PSYCOPG, "cli": _FIRST_WITH_CLI}.get(what, {})
    for family in [release.get("ID", ""), *release.get("ID_LIKE", "").split()]:
        # openSUSE names itself opensuse-leap and so on, and all of them "suse" as what they are like.
        if family in _PACKAGES:
            command, packages = _PACKAGES[family]
            version = release.get("VERSION_ID", "").partition(".")[0]
            # Whoever is only like Debian counts in another way.
            too_old = family == release.get("ID") and version.isdigit() and int(version) < first.get(family, 0)
            return f"{command} {packages[what]}" if what in packages and not too_old else ""
    return ""


def _of_distribution(interpreter: str) -> bool:
    return not interpreter or os.path.dirname(interpreter) in ("/usr/bin", "/bin", "/usr/libexec")


def release() -> dict[str, str]:
    """https://www.freedesktop.org/software/systemd/man/latest/os-release.html; empty when there is none."""
    for path in _OS_RELEASE:
        try:
            with open(path, encoding="utf-8", errors="replace") as file:
                return release_of(file.read())
        except OSError:
            continue
    return {}


def release_of(text: str) -> dict[str, str]:
    """The variables of an os-release file."""
    pairs = (line.partition("=")[::2] for line in text.splitlines() if "=" in line and not line.startswith("#"))
    return {name.strip(): " ".join(_unquoted(value)) for name, value in pairs}


def _unquoted(value: str) -> list[str]:
    try:
        return shlex.split(value)
    except ValueError:
        return [value]

# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the Docker engine of a host is, and why it doesn't answer.

It is where ``DOCKER_HOST`` says in the environment of Ansible's user on the host, else at the default socket. That is also what the
modules of community.docker take, while the Docker command would follow a context: so a context that leads elsewhere is refused.
"""

from __future__ import annotations

import grp
import hashlib
import json
import os
import pwd
import shutil
from collections.abc import Mapping
from urllib.parse import urlsplit

from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.masking import printable

DEFAULT = "unix:///var/run/docker.sock"
_HERE = ("localhost", "127.0.0.1", "::1")
_SET = "for Ansible's user there, in /etc/environment"


def address(environment: Mapping[str, str] | None = None) -> str:
    """The engine's address.

    :param environment: this process's own when None.
    :raises RatchetError: when it is on another machine, or when a Docker context leads elsewhere.
    """
    environment = os.environ if environment is None else environment
    named = environment.get("DOCKER_HOST", "")
    if named:
        _refuse_elsewhere(named)
        return named
    _refuse_context(environment)
    return DEFAULT


def _refuse_elsewhere(named: str) -> None:
    parts = urlsplit(named if "://" in named else f"tcp://{named}")
    if parts.scheme == "ssh" or (parts.scheme not in ("unix", "npipe", "fd") and parts.hostname not in _HERE):
        raise RatchetError(
            f"DOCKER_HOST names an engine on another machine, {parts.scheme}://{parts.hostname}",
            "Put that machine into the inventory instead: the project's files and the backups have to be where the engine is",
        )


def _refuse_context(environment: Mapping[str, str]) -> None:
    directory = environment.get("DOCKER_CONFIG") or os.path.expanduser("~/.docker")
    name = environment.get("DOCKER_CONTEXT") or _read(os.path.join(directory, "config.json")).get("currentContext", "")
    if not name or name == "default":
        return
    # https://docs.docker.com/engine/manage-resources/contexts/: a context's directory is named after the SHA-256 of its name.
    place = os.path.join(directory, "contexts", "meta", hashlib.sha256(name.encode()).hexdigest(), "meta.json")
    endpoint = str(((_read(place).get("Endpoints") or {}).get("docker") or {}).get("Host") or "")
    if os.path.realpath(endpoint.partition("://")[2]) == os.path.realpath(DEFAULT.partition("://")[2]):
        return
    raise RatchetError(
        f"the Docker command of {_user()} follows the context {name} ({endpoint or 'whose address is unknown'}), and contexts aren't followed here",
        f"If the runtime is there, set DOCKER_HOST={endpoint or '...'} {_SET}; otherwise: docker context use default",
    )


def unanswered(where: str, error: Exception) -> RatchetError:
    """Why the engine at ``where`` didn't answer, and what to do about it."""
    said = printable(str(error), 300)
    path = where.partition("://")[2] if where.startswith("unix://") else ""
    if "http+docker" in said:
        # https://github.com/docker/docker-py/issues/3256: older ones don't work with requests 2.32.
        return RatchetError(
            "the Docker SDK for Python on this host is too old for the library requests beside it",
            "Bring it to 7.1 or newer for Ansible's Python there: pip install --upgrade docker",
        )
    if path and "Permission denied" in said:
        return RatchetError(
            f"{_user()} may not use the Docker engine on this host: no permission on {path}",
            f"Set ansible_become: true, or put the user into the group {_group_of(path)} (usermod --append --groups {_group_of(path)} {_user()})",
        )
    if path and not os.path.exists(path):
        return RatchetError(
            f"there is no Docker engine on this host: {path} doesn't exist", _remedy_without_socket(path)
        )
    return RatchetError(
        f"no Docker engine answers at {where}: {said}",
        "Start it there: systemctl start docker; journalctl -u docker tells why it ended",
    )


def _remedy_without_socket(path: str) -> str:
    runtime = os.environ.get("XDG_RUNTIME_DIR") or f"/run/user/{os.geteuid()}"
    own = os.path.join(runtime, "docker.sock")
    if path != own and os.path.exists(own):
        return f"{_user()} has a rootless engine: set DOCKER_HOST=unix://{own} {_SET}"
    before = os.environ.get("SUDO_UID") or ""
    theirs = f"/run/user/{before}/docker.sock"
    if before.isdigit() and os.path.exists(theirs):
        who = printable(os.environ.get("SUDO_USER") or f"the user {before}", 60)
        return f"{who} has a rootless engine: set ansible_become: false, and DOCKER_HOST=unix://{theirs} {_SET}"
    if shutil.which("dockerd"):
        return "Start it there: systemctl start docker"
    return "Install it there, https://docs.docker.com/engine/install/; a rootless one is found by DOCKER_HOST"


def _group_of(path: str) -> str:
    try:
        return grp.getgrgid(os.stat(path).st_gid).gr_name
    except (OSError, KeyError):
        return "docker"


def _user() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return f"the user {os.geteuid()}"


def _read(path: str) -> dict:
    """A JSON file; nothing of one that isn't there or can't be read."""
    try:
        with open(path, encoding="utf-8") as file:
            found = json.load(file)
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}

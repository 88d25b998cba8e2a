# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Compose project on a host as ``docker compose config`` renders it, and the containers that belong to it."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils.engine import PROJECT_LABEL, SERVICE_LABEL, Engine
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.masking import printable
from ansible_collections.ratchet.runtime.plugins.module_utils.references import parse

# In the order in which Compose looks for them: https://docs.docker.com/reference/cli/docker/compose/#use--f
BASE_FILES = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml")
OVERRIDE_FILES = (
    "compose.override.yaml",
    "compose.override.yml",
    "docker-compose.override.yaml",
    "docker-compose.override.yml",
)

# What the label names on containers of a project, by Compose itself.
_WORKING_DIR_LABEL = "com.docker.compose.project.working_dir"
_FILES_LABEL = "com.docker.compose.project.config_files"
_ENV_FILES_LABEL = "com.docker.compose.project.environment_file"

# SQLAlchemy, Django, Rails and node spell the scheme in these ways: postgres, postgresql, postgresql+psycopg2 ...
POSTGRES_URL = re.compile(r"(?:postgres|postgresql|pgsql|postgis)(?:\+[a-z0-9_]+)?://", re.IGNORECASE)

# Images that are never the runtime: detection leaves them aside, naming one in runtime_services still works.
_SUPPORTING = frozenset(
    {
        "caddy",
        "elasticsearch",
        "envoy",
        "haproxy",
        "httpd",
        "kafka",
        "mailpit",
        "mariadb",
        "memcached",
        "minio",
        "mongo",
        "mysql",
        "nats",
        "nginx",
        "opensearch",
        "pgbouncer",
        "pgvector",
        "postgis",
        "postgres",
        "postgresql",
        "rabbitmq",
        "redis",
        "timescaledb",
        "traefik",
        "valkey",
        "watchtower",
    }
)


@dataclass(frozen=True)
class Service:
    """One service of the rendered project.

    :ivar ports: pairs of container port and published port.
    :ivar environment: holds secrets and never leaves the host.
    """

    name: str
    image: str | None
    ports: tuple[tuple[int, int], ...] = ()
    environment: dict[str, str] = field(default_factory=dict, repr=False)
    update_config: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Project:
    """A rendered Compose project: its identity, its files and its services.

    :ivar env_files: where its variables come from, the implied ``.env`` included.
    :ivar env_file_options: those that were named with ``--env-file``, and have to be again.
    """

    name: str
    directory: str
    files: tuple[str, ...]
    env_files: tuple[str, ...]
    env_file_options: tuple[str, ...]
    services: dict[str, Service]

    def describe(self) -> dict[str, Any]:
        """What may leave the host."""
        return {
            "name": self.name,
            "directory": self.directory,
            "files": list(self.files),
            "env_files": list(self.env_files),
            "env_file_options": list(self.env_file_options),
            "services": sorted(self.services),
            "images": {name: service.image for name, service in sorted(self.services.items())},
        }


def load(engine: Engine, directory: str) -> Project:
    """Find and render the project in ``directory`` with the files that its running containers were made from.

    :raises RatchetError: when there is no compose file, Compose refuses it, or it is another project than runs there.
    """
    running = _containers_of(engine, directory)
    # As it was typed when they were started (perhaps a link): names and relative paths are derived from that.
    directory = running[-1].labels[_WORKING_DIR_LABEL] if running else os.path.realpath(directory)
    files = _label_paths(running, _FILES_LABEL) or _default_files(directory)
    env_file_options = _label_paths(running, _ENV_FILES_LABEL)
    project = _render(directory, files, env_file_options)
    others = sorted({container.labels[PROJECT_LABEL] for container in running} - {project.name})
    if others:
        # A new project name means new volumes and networks: the application would start on an empty database.
        raise RatchetError(
            f"the containers of {directory} belong to the Compose project {others[0]!r}, but its files now say {project.name!r}",
            f"Restore the project's name (name: in the compose file, or COMPOSE_PROJECT_NAME) to {others[0]!r}",
        )
    elsewhere = sorted(
        {each.labels.get(_WORKING_DIR_LABEL, "") for each in engine.containers({PROJECT_LABEL: project.name})}
    )
    strangers = [path for path in elsewhere if os.path.realpath(path) != os.path.realpath(directory)]
    if strangers:
        raise RatchetError(
            f"the project {project.name!r} of {directory} already runs from another directory, {strangers[0]}",
            "Set runtime_project_dir to that directory, or give one of the two projects another name",
        )
    return project


def from_containers(engine: Engine, name: str, directory: str) -> Project:
    """The project as its containers alone tell it, for whoever looks every second: rendering takes a third of one."""
    services = {container.labels.get(SERVICE_LABEL, "") for container in engine.containers({PROJECT_LABEL: name})}
    return Project(name, directory, (), (), (), {service: Service(service, None) for service in services})


def runtime_services(project: Project, wanted: list[str]) -> list[Service]:
    """The services that run the runtime's image: those asked for, otherwise the only image that isn't a supporting one.

    :raises RatchetError: for a service that doesn't exist or has no image, and when detection would have to guess.
    """
    if wanted:
        for name in wanted:
            if name not in project.services:
                raise RatchetError(
                    f"the project {project.name!r} in {project.directory} has no service {name!r}",
                    f"Set runtime_services to some of: {', '.join(sorted(project.services))}",
                )
        chosen = [project.services[name] for name in wanted]
    else:
        chosen = _detect_services(project)
    for service in chosen:
        if not service.image:
            raise RatchetError(
                f"the service {service.name!r} has no image: it is built from a Dockerfile",
                "Only services with an image: can be upgraded; give it one, or leave the service out of runtime_services",
            )
    return chosen


def _detect_services(project: Project) -> list[Service]:
    by_image: dict[tuple[str, str], list[Service]] = {}
    for service in project.services.values():
        if service.image:
            image = parse(service.image)
            if image.repository.rpartition("/")[2] not in _SUPPORTING:
                by_image.setdefault((image.registry, image.repository), []).append(service)
    # The runtime is the one with the database: of several candidates, those whose environment names one.
    with_database = {
        image: services
        for image, services in by_image.items()
        if any(POSTGRES_URL.match(value) for service in services for value in service.environment.values())
    }
    for candidates in (by_image, with_database):
        if len(candidates) == 1:
            return next(iter(candidates.values()))
    found = "; ".join(
        f"{', '.join(s.name for s in services)} ({image})" for (_registry, image), services in sorted(by_image.items())
    )
    raise RatchetError(
        f"which service of the project {project.name!r} is the runtime can't be told: {found or 'none has an image of its own'}",
        "Name the services in runtime_services",
    )


def _containers_of(engine: Engine, directory: str) -> list[Any]:
    wanted = os.path.realpath(directory)
    return [
        each
        for each in engine.containers({_WORKING_DIR_LABEL: None})
        if os.path.realpath(each.labels[_WORKING_DIR_LABEL]) == wanted
    ]


def _label_paths(containers: list[Any], label: str) -> tuple[str, ...]:
    """The paths in the label of the newest container, if they all still exist."""
    for container in reversed(containers):
        paths = tuple(path for path in container.labels.get(label, "").split(",") if path)
        if paths and all(os.path.isfile(path) for path in paths):
            return paths
    return ()


def _default_files(directory: str) -> tuple[str, ...]:
    if not os.path.isdir(directory):
        raise RatchetError(
            f"the project directory {directory} doesn't exist",
            "Set runtime_project_dir to where the compose file lives",
        )
    found = [os.path.join(directory, name) for name in BASE_FILES if os.path.isfile(os.path.join(directory, name))][:1]
    if not found:
        raise RatchetError(
            f"there is no compose file in {directory}",
            f"Set runtime_project_dir to the directory of {BASE_FILES[0]} (or {', '.join(BASE_FILES[1:])})",
        )
    override = [
        os.path.join(directory, name) for name in OVERRIDE_FILES if os.path.isfile(os.path.join(directory, name))
    ][:1]
    return tuple(found + override)


def _default_env_files(directory: str) -> tuple[str, ...]:
    path = os.path.join(directory, ".env")
    return (path,) if os.path.isfile(path) else ()


def version() -> str:
    """The version of the Compose plugin, such as 2.32.4."""
    return _run(["docker", "compose", "version", "--short"], None).stdout.decode(errors="replace").strip().lstrip("v")


def _run(command: list[str], directory: str | None) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(  # pylint: disable=ansible-bad-function  # the core knows no AnsibleModule
            command, cwd=directory, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=60
        )
    except OSError as error:
        raise RatchetError(
            f"the docker command can't be run: {error.strerror}", "Install the Docker CLI with the Compose plugin (v2)"
        ) from error


def render(directory: str, files: Sequence[str], env_file_options: Sequence[str]) -> dict[str, Any]:
    """The project as ``docker compose config`` tells it; its environments hold secrets.

    :raises RatchetError: when Compose refuses it.
    """
    command = ["docker", "compose", "--project-directory", directory]
    for path in files:
        command += ["--file", path]
    for path in env_file_options:
        command += ["--env-file", path]
    done = _run([*command, "config", "--format", "json"], directory)
    if done.returncode != 0:
        raise _refused(directory, files, done.stderr)
    return json.loads(done.stdout)


def _render(directory: str, files: tuple[str, ...], env_file_options: tuple[str, ...]) -> Project:
    rendered = render(directory, files, env_file_options)
    services = {name: _service(name, each) for name, each in rendered.get("services", {}).items()}
    env_files = env_file_options or _default_env_files(directory)
    return Project(rendered["name"], directory, files, env_files, env_file_options, services)


def _refused(directory: str, files: Sequence[str], stderr: bytes) -> RatchetError:
    """Why Compose didn't render the project."""
    # Compose's messages name keys and files, not values; still nothing but the last lines.
    message = printable(stderr.decode(errors="replace").strip(), 500)
    if "is not a docker command" in message or "unknown flag: --project-directory" in message:
        return RatchetError(
            "Docker Compose v2 is missing on this host", "Install the plugin docker-compose (docker-compose-plugin)"
        )
    if "permission denied" in message:
        return RatchetError(
            f"Ansible's user may not read the project in {directory}: {message}",
            "Let Ansible connect as one who may, or set ansible_become: true",
        )
    return RatchetError(
        f"Compose refuses the project in {directory}: {message}",
        f"Mend {', '.join(files)}; docker compose config shows the error",
    )


def _service(name: str, rendered: dict[str, Any]) -> Service:
    ports = tuple(
        (int(port["target"]), int(port["published"]))
        for port in rendered.get("ports") or []
        if str(port.get("published", "")).isdigit()
    )
    environment = {key: value for key, value in (rendered.get("environment") or {}).items() if value is not None}
    update_config = (rendered.get("deploy") or {}).get("update_config") or {}
    return Service(name, rendered.get("image"), ports, environment, update_config)

# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Compose project on a host as ``docker compose config`` renders it, and the containers that belong to it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils import (
    compose_files,
    compose_service,
    prerequisites,
    stack_project,
)
from ansible_collections.ratchet.runtime.plugins.module_utils import stack as stacks
from ansible_collections.ratchet.runtime.plugins.module_utils.compose_service import Service
from ansible_collections.ratchet.runtime.plugins.module_utils.engine import (
    PROJECT_LABEL,
    SERVICE_LABEL,
    Container,
    Engine,
)
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.masking import printable

# What the label names on containers of a project, by Compose itself.
_WORKING_DIR_LABEL = "com.docker.compose.project.working_dir"
_FILES_LABEL = "com.docker.compose.project.config_files"
_ENV_FILES_LABEL = "com.docker.compose.project.environment_file"
_VERSION_LABEL = "com.docker.compose.version"

# https://docs.docker.com/compose/install/linux/#install-the-plugin-manually, and where the packages of distributions put it.
_PLUGIN_DIRECTORIES = (
    "/usr/local/lib/docker/cli-plugins",
    "/usr/local/libexec/docker/cli-plugins",
    "/usr/lib/docker/cli-plugins",
    "/usr/libexec/docker/cli-plugins",
)
# How the Docker CLI says that it has no Compose plugin, before 28 and from then on.
_NO_PLUGIN = (b"is not a docker command", b"unknown command: docker compose", b"unknown flag: --project-directory")
# What Compose tells of a value that it can't read, and then quotes: a template, a string without an end, the line of an .env file.
_QUOTED = re.compile(
    r"(interpolation format for \S+?(?=[.:]\s)|unterminated quoted value|[Ii]nvalid template|in variable name).*",
    re.DOTALL,
)
# What docker_compose_v2 of community.docker needs; older Compose also lacks options that the roll-out uses.
OLDEST = (2, 18)


@dataclass(frozen=True)
class Project:
    """A rendered Compose project: its identity, its files and its services.

    :ivar file_options: the files again where they have to be named with ``--file``: Compose by itself would take others.
    :ivar env_files: where its variables come from, the implied ``.env`` included.
    :ivar env_file_options: those that were named with ``--env-file``, and have to be again.
    :ivar profiles: Compose profiles that were switched on for a service that runs or is asked for.
    :ivar stack: the Swarm stack that it is; empty where Compose runs it.
    """

    name: str
    directory: str
    files: tuple[str, ...]
    env_files: tuple[str, ...]
    env_file_options: tuple[str, ...]
    services: dict[str, Service]
    profiles: tuple[str, ...] = ()
    stack: str = ""
    file_options: tuple[str, ...] = ()

    def describe(self) -> dict[str, Any]:
        """What may leave the host."""
        return {
            "name": self.name,
            "directory": self.directory,
            "files": list(self.files),
            "file_options": list(self.file_options),
            "env_files": list(self.env_files),
            "env_file_options": list(self.env_file_options),
            "profiles": list(self.profiles),
            "services": sorted(self.services),
            "images": {name: service.image for name, service in sorted(self.services.items())},
        }


def load(engine: Engine, directory: str, wanted: Sequence[str] = ()) -> Project:
    """Find and render the project in ``directory`` with the files that its running containers were made from.

    :param wanted: services that are asked for by name; as those that have containers, they may be in a Compose profile.
    :raises RatchetError: when there is no compose file, Compose refuses it, or it is another project than runs there.
    """
    if not directory:
        raise RatchetError(
            "runtime_project_dir isn't set", "Set it to the directory of the compose file, in the inventory or with -e"
        )
    running = _containers_of(engine, directory)
    stack = None if running else _stack(engine, os.path.realpath(directory))
    if stack:
        return stack
    # As it was typed when they were started (perhaps a link): names and relative paths are derived from that.
    directory = running[-1].labels[_WORKING_DIR_LABEL] if running else os.path.realpath(directory)
    files = _label_paths(running, _FILES_LABEL) or compose_files.needed(directory)
    env_file_options = _label_paths(running, _ENV_FILES_LABEL)
    project = _render(directory, files, env_file_options)
    needed = {*wanted, *(container.labels.get(SERVICE_LABEL, "") for container in running)}
    if not needed <= {*project.services}:
        project = _with_profiles(project, needed)
    others = sorted({container.labels[PROJECT_LABEL] for container in running} - {project.name})
    if others:
        # A new project name means new volumes and networks: the application would start on an empty database.
        raise RatchetError(
            f"the containers of {directory} belong to the Compose project {others[0]!r}, but its files now say {project.name!r}",
            f"Write 'name: {others[0]}' into the compose file, or COMPOSE_PROJECT_NAME={others[0]} into its .env; "
            "a name that was only given on the command line (--project-name) isn't kept",
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


def _stack(engine: Engine, directory: str) -> Project | None:
    """The stack that was deployed from a file of the directory; None where Compose is to look for itself."""
    file = stack_project.file_of(engine, directory, compose_files.BASE_FILES)
    if not file:
        return None
    project = _render(directory, (file,), ())
    name = stack_project.chosen(file, project.name, {*project.services}, stacks.stacks(engine.client))
    return replace(project, name=name, stack=name) if name else None


def _with_profiles(project: Project, needed: set[str]) -> Project:
    """The project with the profiles of the services that are ``needed``, and with no other service of theirs."""
    place = (project.directory, project.files, project.env_file_options)
    named = run([*_options(*place), "config", "--profiles"], project.directory).stdout.decode(errors="replace").split()
    full = _render(*place, tuple(named)) if named else project
    missing = {name: full.services[name] for name in sorted(needed - {*project.services}) if name in full.services}
    profiles = sorted({profile for service in missing.values() for profile in service.profiles})
    return replace(project, services={**project.services, **missing}, profiles=tuple(profiles))


def from_containers(engine: Engine, name: str, directory: str) -> Project:
    """The project as its containers alone tell it, for whoever looks every second: rendering takes a third of one."""
    services = {container.labels.get(SERVICE_LABEL, "") for container in engine.containers({PROJECT_LABEL: name})}
    stack = "" if services or not engine.manages() else name
    services = stacks.stacks(engine.client).get(name, set()) if stack else services
    return Project(name, directory, (), (), (), {service: Service(service, None) for service in services}, stack=stack)


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


def version(containers: Sequence[Container]) -> str:
    """The version of the Compose plugin, such as 2.32.4: the one that made the newest of ``containers``, if that will do.

    Asking the plugin itself takes as long as rendering the project.
    """
    made_by = containers[-1].labels.get(_VERSION_LABEL, "") if containers else ""
    if numbers(made_by) >= OLDEST:
        return made_by
    return run(["version", "--short"], None).stdout.decode(errors="replace").strip().lstrip("v")


def numbers(text: str) -> tuple[int, ...]:
    """Major and minor of an engine's or a plugin's version, for a comparison with the oldest that will do."""
    return tuple(int(number) for number in re.findall(r"\d+", text)[:2])


def _command() -> list[str]:
    """How Compose is called: its plugin directly, where it is in one of its usual places.

    The Docker CLI asks all of its plugins who they are before it starts one, which doubles the time of a rendering.
    """
    own = os.path.join(os.environ.get("DOCKER_CONFIG") or os.path.expanduser("~/.docker"), "cli-plugins")
    for directory in (own, *_PLUGIN_DIRECTORIES):
        path = os.path.join(directory, "docker-compose")
        if os.path.isfile(path) and os.access(path, os.X_OK):
            return [path]
    return ["docker", "compose"]


def run(
    arguments: list[str],
    directory: str | None,
    text: bytes = b"",
    timeout: float = 60,
    environment: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[bytes]:
    """Call Compose.

    :param text: what it reads where it is told that a file is ``-``.
    :param environment: variables to add to this process's own.
    :raises RatchetError: when it can't be run, or doesn't end within ``timeout`` seconds.
    """
    command = [*_command(), *arguments]
    try:
        return subprocess.run(  # pylint: disable=ansible-bad-function  # the core knows no AnsibleModule
            command,
            cwd=directory,
            input=text,
            capture_output=True,
            check=False,
            timeout=timeout,
            env={**os.environ, **(environment or {})},
        )
    except subprocess.TimeoutExpired:
        raise RatchetError(
            f"Compose has not ended within {timeout:.0f} s",
            "See what it waits for: a service that others need, or the engine",
        ) from None
    except OSError as error:
        raise RatchetError(
            f"the docker command can't be run on this host: {error.strerror}", prerequisites.docker_command()
        ) from error


def _options(
    directory: str, files: Sequence[str], env_file_options: Sequence[str], profiles: Sequence[str] = ()
) -> list[str]:
    """Compose's options that say which project is meant."""
    found = ["--project-directory", directory]
    for name, values in (("--file", files), ("--env-file", env_file_options), ("--profile", profiles)):
        found += [part for value in values for part in (name, value)]
    return found


def render(
    directory: str, files: Sequence[str], env_file_options: Sequence[str], profiles: Sequence[str] = ()
) -> dict[str, Any]:
    """The project as ``docker compose config`` tells it; its environments hold secrets.

    :raises RatchetError: when Compose refuses it.
    """
    done = run([*_options(directory, files, env_file_options, profiles), "config", "--format", "json"], directory)
    if done.returncode != 0:
        raise _refused(directory, files, done.stderr)
    return json.loads(done.stdout)


def _render(
    directory: str, files: tuple[str, ...], env_file_options: tuple[str, ...], profiles: tuple[str, ...] = ()
) -> Project:
    rendered = render(directory, files, env_file_options, profiles)
    services = {name: compose_service.of_rendered(name, rendered) for name in rendered.get("services", {})}
    env_files = env_file_options or compose_files.standard_env(directory)
    file_options = () if files == compose_files.standard(directory) else files
    return Project(rendered["name"], directory, files, env_files, env_file_options, services, file_options=file_options)


def said(stderr: bytes) -> str:
    """The end of what Compose says, without what it quotes of a file that it doesn't understand: that may be a password."""
    return printable(_QUOTED.sub(r"\1 (not shown: it may be a secret)", stderr.decode(errors="replace").strip()), 500)


def _refused(directory: str, files: Sequence[str], stderr: bytes) -> RatchetError:
    """Why Compose didn't render the project."""
    message = said(stderr)
    # The CLI without its plugin prints all of its own options after that, which are longer than what is said of a refusal.
    if any(sign in stderr for sign in _NO_PLUGIN):
        # https://docs.docker.com/compose/releases/migrate/
        first = ": its docker-compose is Compose v1, which has ended" if shutil.which("docker-compose") else ""
        return RatchetError(f"Docker Compose v2 is missing on this host{first}", prerequisites.compose_plugin())
    if "permission denied" in message:
        return RatchetError(
            f"Ansible's user may not read the project in {directory}: {message}",
            "Let Ansible connect as one who may, or set ansible_become: true",
        )
    return RatchetError(
        f"Compose refuses the project in {directory}: {message}",
        f"Mend {', '.join(files)}; docker compose config shows the error",
    )

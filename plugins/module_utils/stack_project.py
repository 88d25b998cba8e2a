# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A directory whose file a Swarm stack was deployed from, seen as a project. Swarm keeps no path of it: the services tell."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils import stack as stacks
from ansible_collections.ratchet.runtime.plugins.module_utils import stack_tasks
from ansible_collections.ratchet.runtime.plugins.module_utils.compose_service import Service
from ansible_collections.ratchet.runtime.plugins.module_utils.engine import Container, Engine
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.references import parse

# As people name what isn't for Compose; where there is none of these, Compose's own names.
FILES = ("docker-stack.yml", "docker-stack.yaml", "stack.yml", "stack.yaml")
# The bridge that joins every container of an overlay network to its own host.
_GATEWAY = "docker_gwbridge"


def file_of(engine: Engine, directory: str, others: tuple[str, ...]) -> str:
    """The file that a stack may have been deployed from, empty where there is none, or no manager to ask.

    No override file comes to it, as ``docker stack deploy`` adds none.

    :param others: the names that Compose looks for.
    :raises RatchetError: on a worker of a swarm without any such file: it knows nothing of stacks.
    """
    paths = (os.path.join(directory, name) for name in (*FILES, *others))
    found = next((path for path in paths if os.path.isfile(path)), "")
    if engine.manages():
        return found
    if not found and engine.swarm().get("LocalNodeState") == "active":
        raise RatchetError(
            f"this host is a worker of a swarm, and has no file of a stack in {directory}",
            "Name one manager of the swarm, which has the stack's file, in the group runtime; its other nodes go into runtime_nodes",
        )
    return ""


def chosen(file: str, name: str, services: set[str], known: Mapping[str, set[str]]) -> str:
    """Which of the swarm's stacks was deployed from a file, empty where none was and Compose may be meant.

    :param name: what Compose calls the project, by its directory; it decides where several stacks have such services.
    :param services: those of the file; a stack may have more, from other files.
    :raises RatchetError: when several may be meant, or a file that is nothing for Compose is of none.
    """
    fitting = sorted(stack for stack, there in known.items() if services and services <= there)
    if name in fitting:
        return name
    if len(fitting) > 1:
        raise RatchetError(
            f"several stacks of the swarm have the services of {file}: {', '.join(fitting)}",
            "Keep the file in a directory that has the name of its stack",
        )
    if not fitting and os.path.basename(file) in FILES:
        raise RatchetError(
            f"no stack of the swarm has the services of {file} ({', '.join(sorted(services))})",
            "Deploy it as it is: docker stack deploy --compose-file FILE NAME",
        )
    return next(iter(fitting), "")


def describe(engine: Engine, stack: str, services: list[Service]) -> dict[str, Any]:
    """What a plan needs to know of a stack: its name, and the image of each service, by digest, as Swarm has it now."""
    found = {each.name: stacks.service(engine.client, stack, each.name) for each in services}
    images = {name: stacks.container_spec(each["Spec"])["Image"] for name, each in found.items() if each}
    return {"name": stack, "images": images}


def settings(engine: Engine, stack: str, service: str) -> dict[str, Any]:
    """What Swarm says of a service where the file may say otherwise, and the ``patience`` of its health check in seconds."""
    found = stacks.service(engine.client, stack, service)
    if not found:
        return {}
    spec = stacks.container_spec(found["Spec"])
    return {
        **stacks.settings(found),
        "patience": patience(spec.get("Healthcheck") or _healthcheck(engine, spec["Image"])),
    }


def _healthcheck(engine: Engine, image: str) -> Mapping[str, Any]:
    """The health check that comes with an image, if it is on this host."""
    import docker

    reference, _colon, digest = image.partition("@")
    try:
        local = engine.client.images.get(parse(reference).pinned(digest) if digest else reference)
    except docker.errors.ImageNotFound:
        return {}
    return (local.attrs.get("Config") or {}).get("Healthcheck") or {}


def patience(check: Mapping[str, Any]) -> float | None:
    """After how many seconds a container that never answers well is called unhealthy, which is when Swarm ends it; None for never.

    https://docs.docker.com/reference/dockerfile/#healthcheck
    """
    if (check.get("Test") or ["NONE"])[0] == "NONE":
        return None
    every, start = check.get("Interval") or 30e9, check.get("StartPeriod") or 0
    return (start + every * (check.get("Retries") or 3)) / 1e9


def here(engine: Engine, stack: str, service: str) -> tuple[Container, str] | None:
    """A container of a service that runs on this very host, and its address here; None where there is none.

    An overlay network can't be reached from a host, but each of its containers is on the host's own bridge as well.
    """
    label = {"com.docker.swarm.service.name": f"{stack}_{service}"}
    running = [each for each in engine.containers(label) if each.running]
    if not running:
        return None
    attached = engine.client.networks.get(_GATEWAY).attrs.get("Containers") or {}
    address = (attached.get(running[0].id) or {}).get("IPv4Address", "").partition("/")[0]
    return (running[0], address) if address else None


def whereabouts(engine: Engine, stack: str, service: str) -> str:
    """On which nodes the tasks of a service run, for a message."""
    names = [each.name.rpartition("@")[2] for each in stack_tasks.tasks(engine.client, stack, service) if each.running]
    return ", ".join(sorted(names)) or "nowhere"

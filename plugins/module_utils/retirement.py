# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Containers that others stand in for are ended, each in the time that it asks for, and removed."""

from __future__ import annotations

from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor

from ansible_collections.ratchet.runtime.plugins.module_utils.engine import Container, Engine
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.masking import printable

# Seconds that the engine gives a container which asks for none. https://docs.docker.com/reference/cli/docker/container/stop/
_GRACE = 10


def retire(
    engine: Engine,
    project: str,
    services: list[str],
    goes: Callable[[str], bool],
    pretend: bool = False,
) -> list[str]:
    """End and remove the containers of ``services`` whose id ``goes``; their volumes stay.

    :returns: the names of those that were removed; those that are gone already don't count.
    :raises RatchetError: when nothing else of a service would be left running, and when the engine can't remove one.
    """
    leaving = []
    for service in services:
        containers = engine.service_containers(project, service)
        going = [each for each in containers if goes(each.id)]
        if any(each.running for each in going) and not any(each.running for each in containers if each not in going):
            raise RatchetError(
                f"nothing of the service {service} would be left running without {_names(going)}",
                f"See what became of the containers that were to stand in: docker compose --project-name {project} ps --all",
            )
        leaving += going
    if leaving and not pretend:
        with ThreadPoolExecutor(len(leaving)) as pool:
            list(pool.map(lambda each: _end(engine, each), leaving))
    return [each.name for each in leaving]


def _names(containers: Collection[Container]) -> str:
    return ", ".join(each.name for each in containers)


def _end(engine: Engine, container: Container) -> None:
    import docker

    grace = container.attributes["Config"].get("StopTimeout")
    try:
        found = engine.client.containers.get(container.id)
        found.stop(timeout=_GRACE if grace is None else grace)
        found.remove()
    except docker.errors.NotFound:
        return
    except docker.errors.APIError as error:
        raise RatchetError(
            f"{container.name} can't be removed: {printable(str(error.explanation or error), 300)}",
            f"Remove it by hand: docker rm --force {container.name}",
        ) from error

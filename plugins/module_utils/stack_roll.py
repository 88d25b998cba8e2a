# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Give the services of a stack another image or number of tasks: two fields of their specification, and nothing else of it.

Swarm does the rest by the service's own ``update_config``. A specification that somebody else has changed meanwhile is refused by
Swarm itself, as each change names the version that it is of.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils import stack as stacks
from ansible_collections.ratchet.runtime.plugins.module_utils.engine import Engine, login_of
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.masking import printable
from ansible_collections.ratchet.runtime.plugins.module_utils.references import parse

# Beyond the time that a service gives its tasks to end, in seconds: nodes report with some delay.
_PATIENCE = 60.0
_GRACE = 10_000_000_000
_POLL = 0.5
# An update that Swarm has given up goes on when the specification comes again.
_PAUSED = ("paused", "rollback_paused")


def roll(
    engine: Engine,
    stack: str,
    names: Sequence[str],
    images: Mapping[str, str],
    replicas: Mapping[str, int],
    login: Mapping[str, Any] | None = None,
    pretend: bool = False,
) -> list[str]:
    """Tell Swarm what the services are to run.

    :param images: by service, with tag and digest; who isn't in it keeps its image.
    :param replicas: by service; who isn't in it keeps as many as it has, as does a service that runs on every node.
    :returns: the services that were changed.
    :raises RatchetError: when Swarm doesn't take it.
    """
    changed = []
    for name in names:
        found = _found(engine, stack, name)
        wanted = _specification(found["Spec"], images.get(name, ""), replicas.get(name))
        paused = (found.get("UpdateStatus") or {}).get("State") in _PAUSED
        if wanted == found["Spec"] and not paused:
            continue
        changed.append(name)
        if not pretend:
            _update(engine, found, wanted, login)
    return changed


def stop(engine: Engine, stack: str, names: Sequence[str], pretend: bool = False) -> list[str]:
    """Let the services have no task, and wait until none runs any more.

    :raises RatchetError: also for a service that runs on every node: Swarm can't stop it and keep it.
    """
    changed = roll(engine, stack, names, {}, dict.fromkeys(names, 0), pretend=pretend)
    if not pretend:
        grace = max(_grace(_found(engine, stack, name)["Spec"]) for name in names)
        until = time.monotonic() + grace + _PATIENCE
        while _running(engine, stack, names):
            if time.monotonic() > until:
                raise RatchetError(
                    f"tasks of {', '.join(_running(engine, stack, names))} still run {grace + _PATIENCE:.0f} s after they were to end",
                    f"See docker stack ps {stack}: a node that is down doesn't end them",
                )
            time.sleep(_POLL)
    return changed


def _found(engine: Engine, stack: str, name: str) -> dict[str, Any]:
    found = stacks.service(engine.client, stack, name)
    if not found:
        raise RatchetError(
            f"the stack {stack} has no service {name}",
            f"Deploy it as it is: docker stack deploy --compose-file FILE {stack}",
        )
    return found


def _specification(spec: Mapping[str, Any], image: str, replicas: int | None) -> dict[str, Any]:
    wanted = copy.deepcopy(dict(spec))
    if image:
        wanted["TaskTemplate"]["ContainerSpec"]["Image"] = image
        # Otherwise the next docker stack deploy would ask the registry anew.
        wanted["Labels"][stacks.IMAGE_LABEL] = stacks.split(image)[0]
    if replicas is not None and "Replicated" in wanted["Mode"]:
        wanted["Mode"]["Replicated"]["Replicas"] = replicas
    elif replicas == 0:
        raise RatchetError(
            f"the service {spec['Name']} runs on every node (mode: global), so Swarm can't stop it without removing it",
            "Make it replicated, or remove and deploy the stack by hand",
        )
    return wanted


def _update(engine: Engine, found: Mapping[str, Any], wanted: dict[str, Any], login: Mapping[str, Any] | None) -> None:
    import docker

    api = engine.client.api
    registry = parse(wanted["TaskTemplate"]["ContainerSpec"]["Image"]).registry
    known = login_of(login)
    header = docker.auth.encode_header(known) if known else docker.auth.get_config_header(api, registry)
    answer = api._post_json(
        api._url("/services/{0}/update", found["ID"]),
        data=wanted,
        # Without a login of ours, the nodes go on with the one that the service was deployed with.
        params={"version": found["Version"]["Index"], **({} if header else {"registryAuthFrom": "spec"})},
        headers={"X-Registry-Auth": header} if header else {},
    )
    try:
        api._raise_for_status(answer)
    except docker.errors.APIError as error:
        text = printable(str(error.explanation or error), 300)
        if "out of sequence" in text:
            raise RatchetError(
                f"somebody else has changed the service {found['Spec']['Name']} at this moment",
                "See who, then run again",
            ) from None
        raise RatchetError(
            f"Swarm doesn't take the change of {found['Spec']['Name']}: {text}", "Mend that, then run again"
        ) from error


def _running(engine: Engine, stack: str, names: Sequence[str]) -> list[str]:
    """The services that have a task which runs, or begins to, also one that is to end."""
    found = []
    for name in names:
        tasks = engine.client.api.tasks(filters={"service": f"{stack}_{name}"})
        if any(each["Status"]["State"] in ("starting", "running") for each in tasks):
            found.append(f"{stack}_{name}")
    return found


def _grace(spec: Mapping[str, Any]) -> float:
    return (stacks.container_spec(spec).get("StopGracePeriod") or _GRACE) / 1e9

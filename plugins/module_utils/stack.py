# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The stacks of a Docker Swarm, as one of its managers tells them: their services, and how the update of one goes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils.masking import mask, printable, secrets_of

STACK_LABEL = "com.docker.stack.namespace"
# What `docker stack deploy` holds the file's image against, to tell whether it has changed.
IMAGE_LABEL = "com.docker.stack.image"
# Why Swarm has no further use for a task: https://docs.docker.com/engine/swarm/how-swarm-mode-works/swarm-task-states/
FAILED = ("failed", "rejected")

# As docker service create has it: https://docs.docker.com/reference/cli/docker/service/create/#options
_UPDATE = {"Parallelism": 1, "Order": "stop-first", "FailureAction": "pause", "Monitor": 5_000_000_000, "Delay": 0}
# Failures that are told; a loop has no more to say.
_MOST = 5
_SECOND = 1_000_000_000


def stacks(client: Any) -> dict[str, set[str]]:
    """The services of every stack, by its name."""
    found: dict[str, set[str]] = {}
    for service in client.api.services(filters={"label": STACK_LABEL}):
        stack = service["Spec"]["Labels"][STACK_LABEL]
        found.setdefault(stack, set()).add(_short(stack, service["Spec"]["Name"]))
    return found


def service(client: Any, stack: str, name: str) -> dict[str, Any] | None:
    """A service as the manager has it, secrets included; None where there is none."""
    found = client.api.services(filters={"label": f"{STACK_LABEL}={stack}", "name": f"{stack}_{name}"})
    return next((each for each in found if each["Spec"]["Name"] == f"{stack}_{name}"), None)


def _short(stack: str, full: str) -> str:
    return full[len(stack) + 1 :] if full.startswith(f"{stack}_") else full


def container_spec(spec: Mapping[str, Any]) -> Mapping[str, Any]:
    return spec["TaskTemplate"]["ContainerSpec"]


def split(image: str) -> tuple[str, str]:
    """The image without its digest, and the digest, empty where there is none."""
    name, _at, digest = image.partition("@")
    return name, digest


def image_of(task: Mapping[str, Any]) -> str:
    return task["Spec"]["ContainerSpec"]["Image"]


def task_name(stack: str, name: str, task: Mapping[str, Any], nodes: Mapping[str, Any]) -> str:
    """As ``sample_web.2@node7``: which of a service's tasks, and where."""
    node = (nodes.get(task.get("NodeID", ""), {}).get("Description") or {}).get("Hostname", "")
    slot = f".{task['Slot']}" if task.get("Slot") else ""
    return f"{stack}_{name}{slot}@{node}" if node else f"{stack}_{name}{slot}"


def history(client: Any, service: Mapping[str, Any]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """All tasks that Swarm still knows of a service, oldest first, and the swarm's nodes by id."""
    everyone = client.api.tasks(filters={"service": service["Spec"]["Name"]})
    return sorted(everyone, key=lambda each: each["CreatedAt"]), {each["ID"]: each for each in client.api.nodes()}


def settings(found: Mapping[str, Any]) -> dict[str, Any]:
    """How a service is rolled out and how many tasks it is to have, as Swarm has it: the file may say otherwise.

    :returns: ``update_config`` in the words of the Compose file; ``replicas``; ``mode`` (``replicated`` or ``global``); ``host_ports``,
        the inner ports that are published on the task's own node.
    """
    spec = found["Spec"]
    said = {**_UPDATE, **(spec.get("UpdateConfig") or {})}
    ports = (spec.get("EndpointSpec") or {}).get("Ports") or []
    mode = next(iter(spec["Mode"]), "Replicated").lower()
    return {
        "update_config": {
            "parallelism": said["Parallelism"],
            "delay": _seconds(said["Delay"]),
            "order": said["Order"],
            "monitor": _seconds(said["Monitor"] or _UPDATE["Monitor"]),
            "failure_action": said["FailureAction"],
        },
        "mode": mode,
        "replicas": _replicas(found) if mode == "replicated" else None,
        "host_ports": [each["TargetPort"] for each in ports if each.get("PublishMode") == "host"],
    }


def _seconds(nanoseconds: int) -> str:
    return f"{nanoseconds / _SECOND:g}s"


def _replicas(service: Mapping[str, Any]) -> int | None:
    """How many tasks a service is to have; as many as before, where it was stopped for a migration that a killed run began."""
    for spec in (service["Spec"], service.get("PreviousSpec") or {}):
        number = ((spec.get("Mode") or {}).get("Replicated") or {}).get("Replicas")
        if number:
            return int(number)
    return None


def updates(client: Any, stack: str, names: Sequence[str]) -> dict[str, dict[str, Any]]:
    """How the last update of each service goes."""
    found = {name: service(client, stack, name) for name in names}
    return {name: update(stack, name, each, *history(client, each)) for name, each in found.items() if each}


def update(
    stack: str, name: str, found: Mapping[str, Any], everyone: Sequence[Mapping[str, Any]], nodes: Mapping[str, Any]
) -> dict[str, Any]:
    """How the last update of a service goes, in Swarm's own words, and what has failed in it.

    :returns: ``state`` (empty where there is nothing to update), ``message``, ``digest`` of what the service is to run, and ``failures``,
        the latest first, each with ``name``, ``task``, ``error`` and ``digest``.
    """
    status = found.get("UpdateStatus") or {}
    since = status.get("StartedAt", "")[:19]
    failed = [each for each in everyone if each["Status"]["State"] in FAILED and each["CreatedAt"] >= since]
    failed.sort(key=lambda each: each["Status"]["Timestamp"], reverse=True)
    return {
        "state": status.get("State", ""),
        "message": printable(status.get("Message", ""), 300),
        "digest": split(container_spec(found["Spec"])["Image"])[1],
        "failures": [
            {
                "name": task_name(stack, name, each, nodes),
                "task": each["ID"],
                "error": _error(each),
                "digest": split(image_of(each))[1],
            }
            for each in failed[:_MOST]
        ],
    }


def _error(task: Mapping[str, Any]) -> str:
    secrets = secrets_of(task["Spec"]["ContainerSpec"].get("Env") or [])
    return printable(mask(task["Status"].get("Err") or task["Status"].get("Message") or "", secrets), 300)

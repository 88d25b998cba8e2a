# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tasks of a stack's services on all nodes of a Swarm, in the shape of containers, so that whoever judges those judges them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils import stack as stacks
from ansible_collections.ratchet.runtime.plugins.module_utils.engine import PROJECT_LABEL, SERVICE_LABEL, Container
from ansible_collections.ratchet.runtime.plugins.module_utils.masking import mask, printable, secrets_of
from ansible_collections.ratchet.runtime.plugins.module_utils.references import parse

_BEFORE = ("new", "allocated", "pending", "assigned", "accepted", "preparing", "ready")
_RUNNING = ("starting", "running")
_GONE = ("shutdown", "remove", "complete")
_POLICIES = {"any": "always", "on-failure": "on-failure", "none": "no"}


class Task(Container):
    """A task of a service, or the last that is known of one that has none."""

    @property
    def task(self) -> str:
        """Its id; empty for a service without any task."""
        return self.attributes["Task"]

    def describe(self) -> dict[str, Any]:
        """As a container, with the digest that it was told to run: no manager knows the image's id on another node."""
        digests = [f"{parse(self.reference).name}@{self.image_id}"] if self.image_id else []
        return {**super().describe(), "digests": digests, "task": self.name}

    def endpoint(self, port: int) -> tuple[str, int] | None:
        """Where this host reaches a port of the task: at its node, if it is published there (``mode: host``)."""
        published = self.attributes["Ports"].get(port)
        return (self.attributes["Address"], published) if published and self.attributes["Address"] else None


def tasks(client: Any, stack: str, name: str) -> list[Task]:
    """The tasks that a service has or is to have, one for each slot; nothing where there is no such service."""
    found = stacks.service(client, stack, name)
    return told(stack, name, found, *stacks.history(client, found)) if found else []


def told(
    stack: str, name: str, found: Mapping[str, Any], everyone: Sequence[Mapping[str, Any]], nodes: Mapping[str, Any]
) -> list[Task]:
    """The tasks of a service in the shape of containers.

    Of a service without any, what its tasks would be, as ended: it tells what ran last.

    :param everyone: its tasks, oldest first, those included that have ended.
    """
    wanted = {_slot(each): each for each in everyone if each["DesiredState"] not in _GONE}
    if not wanted:
        return [Task(_resting(stack, name, found))]
    return [Task(_as_container(stack, name, found, wanted[slot], everyone, nodes)) for slot in sorted(wanted)]


def _slot(task: Mapping[str, Any]) -> str:
    """What stays when Swarm replaces a task; a service that runs on every node has no slots."""
    return f"{task['Slot']:06d}" if task.get("Slot") else task.get("NodeID", "")


def _as_container(
    stack: str,
    name: str,
    service: Mapping[str, Any],
    task: Mapping[str, Any],
    everyone: Sequence[Mapping[str, Any]],
    nodes: Mapping[str, Any],
) -> dict[str, Any]:
    spec, status = task["Spec"]["ContainerSpec"], task["Status"]
    reference, digest = stacks.split(spec["Image"])
    before = [each for each in everyone if _slot(each) == _slot(task) and each["ID"] != task["ID"]]
    lost = [
        each for each in before if each["Status"]["State"] in stacks.FAILED and stacks.image_of(each) == spec["Image"]
    ]
    state = status["State"]
    ended = state not in (*_BEFORE, *_RUNNING)
    node = nodes.get(task.get("NodeID", ""), {})
    return {
        # Of the slot: Swarm makes a new container for every new attempt.
        "Id": f"{service['ID']}.{_slot(task).lstrip('0') or '0'}",
        "Task": task["ID"],
        "Name": stacks.task_name(stack, name, task, nodes),
        "Image": digest,
        "Created": task["CreatedAt"],
        "Config": {
            "Image": reference,
            "Env": spec.get("Env") or [],
            "Labels": {**(spec.get("Labels") or {}), PROJECT_LABEL: stack, SERVICE_LABEL: name},
        },
        "State": {
            "Status": "running" if state in _RUNNING else "exited" if ended else "created",
            # With a health check, a task is starting until that is content; one without is running at once.
            "Health": {"Status": "starting"} if state == "starting" else None,
            # Between two attempts, the one before tells.
            "ExitCode": _exit_code(task if ended or not lost else lost[-1]),
            "Error": status.get("Err") or "",
            "StartedAt": status.get("Timestamp"),
        },
        "RestartCount": len(lost),
        "HostConfig": {"RestartPolicy": {"Name": _policy(service["Spec"])}},
        "NetworkSettings": {},
        "Address": (node.get("Status") or {}).get("Addr", ""),
        "Ports": {each["TargetPort"]: each["PublishedPort"] for each in _ports(task) if each.get("PublishedPort")},
    }


def _exit_code(task: Mapping[str, Any]) -> int | None:
    return (task["Status"].get("ContainerStatus") or {}).get("ExitCode")


def _ports(task: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return (task["Status"].get("PortStatus") or {}).get("Ports") or []


def _policy(spec: Mapping[str, Any]) -> str:
    return _POLICIES.get((spec["TaskTemplate"].get("RestartPolicy") or {}).get("Condition", "any"), "always")


def _resting(stack: str, name: str, service: Mapping[str, Any]) -> dict[str, Any]:
    spec = stacks.container_spec(service["Spec"])
    reference, digest = stacks.split(spec["Image"])
    return {
        "Id": f"{service['ID']}.0",
        "Task": "",
        "Name": f"{stack}_{name}",
        "Image": digest,
        "Created": service["UpdatedAt"],
        "Config": {
            "Image": reference,
            "Env": spec.get("Env") or [],
            "Labels": {PROJECT_LABEL: stack, SERVICE_LABEL: name},
        },
        "State": {"Status": "exited", "ExitCode": 0, "Error": ""},
        "RestartCount": 0,
        "HostConfig": {"RestartPolicy": {"Name": "always"}},
        "NetworkSettings": {},
        "Address": "",
        "Ports": {},
    }


def log_tail(client: Any, task: str, lines: int) -> list[str]:
    """The last lines of a task's log, wherever it ran, secrets masked; nothing where its node doesn't answer, or keeps none."""
    import docker
    import requests

    asked = {"stdout": 1, "stderr": 1, "tail": lines}
    try:
        secrets = secrets_of(client.api.inspect_task(task)["Spec"]["ContainerSpec"].get("Env") or [])
        answer = client.api._get(client.api._url("/tasks/{0}/logs", task), params=asked, timeout=10)
        client.api._raise_for_status(answer)
    except (docker.errors.APIError, requests.exceptions.RequestException):
        return []
    text = _without_frames(answer.content).decode(errors="replace")
    return [printable(line, 500) for line in mask(text, secrets).splitlines()][-lines:]


def last_words(client: Any, updates: Mapping[str, Mapping[str, Any]], lines: int) -> dict[str, list[str]]:
    """The ends of the logs of what failed last in each update, by the tasks' names."""
    failed = [each["failures"][0] for each in updates.values() if each["failures"]]
    return {each["name"]: log_tail(client, each["task"], lines) for each in failed}


def _without_frames(content: bytes) -> bytes:
    """What was written, without the engine's frames: https://docs.docker.com/reference/api/engine/ ("Stream format")."""
    parts, at = [], 0
    while re.match(rb"[\x00-\x02]\x00\x00\x00", content[at : at + 4]) and at + 8 <= len(content):
        size = int.from_bytes(content[at + 4 : at + 8], "big")
        parts.append(content[at + 8 : at + 8 + size])
        at += 8 + size
    return b"".join(parts) + content[at:]

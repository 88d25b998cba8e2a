# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What of a plan is another on a Docker Swarm: its own update machinery rolls, by each service's ``update_config``. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils.compose_service import SERVICE_HOST
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.plugin_utils.plan import HostPlan
from ansible_collections.ratchet.runtime.plugins.plugin_utils.problems import Problems
from ansible_collections.ratchet.runtime.plugins.plugin_utils.request import Request

_STACK_FILE = "Say it in the stack file (deploy.update_config), deploy that, and leave the variable out"


def refuse_rehearsal(fleet: Mapping[str, Mapping[str, Any]], problems: Problems) -> None:
    """A rehearsal starts containers by a Compose project of its own, which a stack isn't."""
    for host, seen in _stacks(fleet):
        problems.add(
            RatchetError(
                f"{seen['project']['stack']['name']} is a stack of a swarm, and those can't be rehearsed yet",
                "Leave the rehearsal out (runtime_require_rehearsal: 0)",
            ),
            host,
        )


def refuse(
    fleet: Mapping[str, Mapping[str, Any]],
    hosts: Mapping[str, HostPlan],
    request: Request,
    strategy: str,
    problems: Problems,
) -> None:
    """What Swarm's machinery can't do, or would do otherwise than was asked."""
    for host, seen in _stacks(fleet):
        for error in _asked_otherwise(request):
            problems.add(error, host)
        if host in hosts and hosts[host].action == "upgrade":
            for error in _impossible(seen, hosts[host], strategy):
                problems.add(error, host)
    _refuse_twice(fleet, problems)


def refuse_back(
    fleet: Mapping[str, Mapping[str, Any]], hooks: Mapping[str, Any], ways: Collection[str], problems: Problems
) -> None:
    """What a rollback can't do on a swarm."""
    for host, seen in _stacks(fleet):
        for error in _drains(hooks):
            problems.add(error, host)
        if "command" in ways:
            problems.add(
                RatchetError(
                    f"by its profile the newer image of {seen['project']['stack']['name']} migrates the database down, which isn't supported on a swarm yet",
                    "Migrate it down by hand and use runtime_way_back=image, or put the backup in its place with runtime_way_back=restore",
                ),
                host,
            )


def _stacks(fleet: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    return ((host, seen) for host, seen in fleet.items() if seen["project"].get("stack"))


def _asked_otherwise(request: Request) -> Iterator[RatchetError]:
    for variable in request.rollout_asked:
        yield RatchetError(f"{variable} is set, but on a swarm the services' own update_config says that", _STACK_FILE)
    yield from _drains(request.hooks)


def _drains(hooks: Mapping[str, Any]) -> Iterator[RatchetError]:
    drains = sorted({"drain", "undrain"} & {*hooks})
    if drains:
        yield RatchetError(
            f"runtime_hooks has {' and '.join(drains)}, but on a swarm no host stops: Swarm replaces task after task",
            "Leave them out for stacks",
        )


def _impossible(seen: Mapping[str, Any], host: HostPlan, strategy: str) -> Iterator[RatchetError]:
    if host.migration["by"] != "application":
        yield RatchetError(
            f"by its profile the runtime is migrated by a {host.migration['by']}, which isn't supported on a swarm yet",
            "Migrate by hand, or with a profile of your own (migration) if the application does it by itself when it starts",
        )
    if host.jobs:
        yield RatchetError(
            f"{', '.join(host.jobs)} would have to run to the end before the others, which Swarm has no word for",
            "Name the other services in runtime_services",
        )
    named = SERVICE_HOST.match(host.health["url"])
    for service in seen["services"]:
        if named and named["service"] == service["name"] and not service["host_ports"]:
            yield RatchetError(
                f"{host.health['url']} asks every task of {service['name']} by itself, which this host reaches only at a port of the task's node",
                f"Publish it there ({{target: PORT, published: PORT, mode: host}}), or write the stack's address instead of {{{service['name']}}}",
            )
        if strategy == "single_instance" and service["mode"] != "replicated":
            yield RatchetError(
                f"{service['name']} runs on every node (mode: {service['mode']}), so Swarm can't stop it while one instance migrates",
                "Make it replicated, or say with runtime_strategy=rolling that old and new may run side by side",
            )
        if (
            strategy == "rolling"
            and service["update_config"]["parallelism"] != 1
            and host.replicas[service["name"]] > 1
        ):
            yield RatchetError(
                f"Swarm would replace several tasks of {service['name']} at once, and each of them would migrate",
                "Set parallelism: 1 in its deploy.update_config, and deploy that; or use runtime_strategy=single_instance",
            )


def _refuse_twice(fleet: Mapping[str, Mapping[str, Any]], problems: Problems) -> None:
    first: dict[str, str] = {}
    for host, seen in _stacks(fleet):
        name = seen["project"]["stack"]["name"]
        images = tuple(sorted(each["id"] for service in seen["services"] for each in service["containers"]))
        other = first.setdefault(f"{name} {images}", host)
        if other != host:
            problems.add(
                RatchetError(
                    f"{other} manages the same stack {name}",
                    "Name one manager in runtime_hosts; the others go into runtime_nodes",
                ),
                host,
            )


def rolled(host: HostPlan, single_instance: bool) -> HostPlan:
    """A host's part of the plan, as far as Swarm has other ways to get there than Compose."""
    if not host.project.get("stack") or host.action != "upgrade" or not host.migrates:
        return host
    if single_instance:
        # start-first would let the old one run beside the new.
        return replace(host, stops=True)
    return replace(host, pioneer=host.pioneer if len(host.services) > 1 else "")


def way_back(stack: Mapping[str, Any], services: list[str]) -> list[str]:
    """What an operator would do by hand to have the old image again, once the file names it."""
    images = stack["images"]
    return [
        f"docker service update --image {shlex.quote(images[name])} {shlex.quote(stack['name'] + '_' + name)}"
        for name in services
        if name in images
    ]


def notes(fleet: Mapping[str, Mapping[str, Any]], hosts: Mapping[str, HostPlan]) -> list[str]:
    """How Swarm will roll, in the words of its ``update_config``."""
    told = []
    for host, seen in _stacks(fleet):
        if host not in hosts or hosts[host].action != "upgrade":
            continue
        for service in seen["services"]:
            told.append(f"{host}: Swarm rolls {_in_words(seen['project']['stack']['name'], service, hosts[host])}")
            if service["patience"] and hosts[host].migrates:
                told.append(
                    f"{host}: Swarm ends a container of {service['name']} that its health check doesn't find well about "
                    f"{service['patience']:.0f} s after its start, also one that still migrates: its start_period has to be longer than that takes"
                )
    return told


def _in_words(stack: str, service: Mapping[str, Any], host: HostPlan) -> str:
    how = service["update_config"]
    many = f"{host.replicas[service['name']]} tasks" if service["mode"] == "replicated" else "one task on every node"
    stopped = ", after all of them have stopped," if host.stops else ""
    number = f"{how['parallelism']} at a time" if how["parallelism"] else "all at once"
    return (
        f"{stack}_{service['name']}{stopped} by its own update_config: {many}, {number}, {how['order']}, watched for {how['monitor']} each; "
        f"when one fails: {how['failure_action']}"
    )

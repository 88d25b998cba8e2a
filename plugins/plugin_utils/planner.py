# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All judgement: from what was observed and what is asked for to a plan, or to a refusal that names everything wrong. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.references import parse
from ansible_collections.ratchet.runtime.plugins.plugin_utils import edits, preflight, versions
from ansible_collections.ratchet.runtime.plugins.plugin_utils.plan import DatabasePlan, Edit, HostPlan, Plan
from ansible_collections.ratchet.runtime.plugins.plugin_utils.problems import Problems, Refusal

STRATEGIES = ("auto", "rolling", "single_instance")


@dataclass(frozen=True)
class Request:
    """What the operator asks for. Durations in seconds.

    :ivar accept: what they have read and accept.
    :ivar limit: Ansible's ``--limit``, which hides hosts.
    :ivar misspelt: variables that are none of ours but nearly one, with what was probably meant.
    """

    version: str
    scheme: str = "semver"
    strategy: str = "auto"
    accept: tuple[str, ...] = ()
    limit: str = ""
    misspelt: Mapping[str, str] = field(default_factory=dict)
    backup: Mapping[str, Any] = field(default_factory=dict)
    watch: Mapping[str, Any] = field(default_factory=dict)


def plan(fleet: Mapping[str, Mapping[str, Any]], request: Request, run: str) -> Plan:
    """Make the plan.

    :param fleet: host name to its observation (``observation.observe`` plus ``sources``), or to ``{"unreachable": why}``,
        in the order in which the hosts are to be upgraded.
    :param run: id of this run.
    :raises Refusal: with everything that is in the way.
    """
    problems, notes = Problems(), []
    preflight.refuse_unseen(fleet, problems)
    _refuse_request(request, problems)
    if problems:
        raise Refusal(problems)
    current = {host: _attempt(problems, host, _current, seen, request.scheme) for host, seen in fleet.items()}
    if problems:
        raise Refusal(problems)
    judgement = _judge_fleet({host: tag for host, tag in current.items() if tag}, request, problems)
    actions = {host: _action(seen, current[host] or "", request) for host, seen in fleet.items()}
    upgrading = [host for host, action in actions.items() if action == "upgrade"]
    digest = preflight.target_digest({host: fleet[host] for host in upgrading}, problems)
    databases = preflight.databases(fleet, upgrading, request.accept, problems)
    strategy, reason = _strategy(request)
    changes = {
        host: _attempt(problems, host, edits.to_version, fleet[host]["sources"], request.version, digest) or []
        for host in upgrading
    }
    preflight.refuse_unwritable(fleet, changes, problems)
    if problems:
        raise Refusal(problems)
    hosts = {
        host: _host_plan(seen, current[host] or "", request, actions[host], digest, changes.get(host, []))
        for host, seen in fleet.items()
    }
    for database in databases.values():
        _share_out(database, hosts, single_instance=strategy == "single_instance")
    if not request.watch.get("url"):
        notes.append(
            "runtime_health_url isn't set: whether the application is well rests on the engine and the database alone"
        )
    return Plan(
        run=run,
        version=request.version,
        current=judgement.current,
        change=judgement.change,
        strategy=strategy,
        strategy_reason=reason,
        hosts=hosts,
        databases=databases,
        backup=dict(request.backup),
        watch=dict(request.watch),
        notes=notes,
    )


def _attempt(problems: Problems, where: str, act: Any, *arguments: Any) -> Any:
    try:
        return act(*arguments)
    except RatchetError as error:
        problems.add(error, where)
        return None


def _refuse_request(request: Request, problems: Problems) -> None:
    try:
        versions.parse(request.version, request.scheme)
    except RatchetError as error:
        problems.add(RatchetError(f"runtime_version: {error.reason}", error.remedy))
    for name, meant in request.misspelt.items():
        problems.add(
            RatchetError(f"{name} isn't a variable of this collection", f"Write {meant}, if that is what you mean")
        )
    if request.limit and "limit" not in request.accept:
        problems.add(
            RatchetError(
                f"--limit {request.limit} hides hosts that may share the database and run any version",
                'Run without it: hosts that are done are left alone; or accept it with -e \'{"runtime_accept": ["limit"]}\'',
            )
        )
    for name, least in (("monitor", 0), ("stall_timeout", 1)):
        if request.watch.get(name, least) < least:
            problems.add(
                RatchetError(f"runtime_{name}: {request.watch[name]:g} seconds make no sense", f"Give at least {least}")
            )
    if request.strategy not in STRATEGIES:
        problems.add(
            RatchetError(
                f"runtime_strategy: {request.strategy!r} isn't a strategy", f"Use one of: {', '.join(STRATEGIES)}"
            )
        )


def _current(seen: Mapping[str, Any], scheme: str) -> str:
    """The version that a host runs: the highest among its containers, by tag, else by the image's version label."""
    for service in seen["services"]:
        if not service["containers"]:
            raise RatchetError(
                f"the service {service['name']!r} of {seen['project']['directory']} has no container, so what ran last isn't known",
                f"Start it as it is: docker compose --project-directory {seen['project']['directory']} up --detach {service['name']}",
            )
    return versions.running((container for service in seen["services"] for container in service["containers"]), scheme)


def _judge_fleet(current: Mapping[str, str], request: Request, problems: Problems) -> versions.Judgement:
    """Law 2: the request is compared with the highest version that any host runs."""
    try:
        highest = versions.highest(list(current.values()), request.scheme)
    except RatchetError as error:
        problems.add(error)
        return versions.Judgement("", request.version, request.scheme, "unordered", "none", "refused", "")
    judgement = versions.judge(highest, request.version, request.scheme)
    if judgement.verdict == "refused":
        hosts = ", ".join(host for host, tag in current.items() if tag == highest)
        problems.add(RatchetError(f"{request.version} is refused: {judgement.reason} (on {hosts})", judgement.remedy))
    if judgement.change == "major" and judgement.verdict == "upgrade" and "major" not in request.accept:
        problems.add(
            RatchetError(
                f"{highest} to {request.version} crosses a major version, which may break what uses the application",
                'Read its release notes, then accept with -e \'{"runtime_accept": ["major"]}\'',
            )
        )
    return judgement


def _action(seen: Mapping[str, Any], current: str, request: Request) -> str:
    containers = [container for service in seen["services"] for container in service["containers"]]
    there = all(
        versions.judge(versions.of_container(each, request.scheme), request.version, request.scheme).verdict
        == "current"
        for each in containers
    )
    written = all(parse(service["image"]).tag == request.version for service in seen["services"])
    up = all(each["status"] not in ("created", "exited", "dead") for each in containers)
    if not (there and written and up):
        return "upgrade"
    well = all(each["status"] == "running" and each["health"] in (None, "healthy") for each in containers)
    return "none" if well else "confirm"


def _strategy(request: Request) -> tuple[str, str]:
    if request.strategy != "auto":
        return request.strategy, "asked for"
    return (
        "single_instance",
        "whether old and new can run side by side isn't known; set runtime_strategy=rolling if the vendor says so",
    )


def _host_plan(
    seen: Mapping[str, Any], current: str, request: Request, action: str, digest: str | None, changes: list[Edit]
) -> HostPlan:
    services = [service["name"] for service in seen["services"]]
    directory = seen["project"]["directory"]
    reference = str(parse(seen["services"][0]["image"]).with_tag(request.version))
    undo = [
        f"in {path} line {line} write {text} again" for path, line, text in edits.way_back(seen["sources"], current)
    ]
    undo.append(
        f"docker compose --project-directory {shlex.quote(directory)} up --detach --no-deps --pull never {' '.join(services)}"
    )
    return HostPlan(
        action=action,
        current=current,
        target=request.version,
        reference=reference,
        digest=digest if action == "upgrade" else None,
        services=services,
        project=seen["project"],
        database=seen["database"]["id"] if seen["database"] else None,
        images=[{"reference": reference, "digest": digest}] if action == "upgrade" else [],
        backs_up=False,
        stops=False,
        migrates=False,
        edits=changes,
        undo=undo,
    )


def _share_out(database: DatabasePlan, hosts: dict[str, HostPlan], single_instance: bool) -> None:
    """Who of a database's hosts backs it up, who migrates it, and whose old instance has to be away for that."""
    upgrading = [host for host in database.hosts if hosts[host].action == "upgrade"]
    at = database.backup_host
    hosts[at] = replace(hosts[at], backs_up=True, images=[*hosts[at].images, {"reference": database.sidecar_image}])
    hosts[upgrading[0]] = replace(hosts[upgrading[0]], migrates=True)
    for host in upgrading if single_instance and len(database.hosts) > 1 else []:
        hosts[host] = replace(hosts[host], stops=True)

# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each host's part of the plan: the image it gets, the edits that write it, the way back. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils import compose_by_hand
from ansible_collections.ratchet.runtime.plugins.module_utils.references import Reference, parse
from ansible_collections.ratchet.runtime.plugins.plugin_utils import (
    built,
    crossings,
    edits,
    health_check,
    jobs,
    order,
    preflight,
    running,
    stack_plan,
    unfinished,
    versions,
)
from ansible_collections.ratchet.runtime.plugins.plugin_utils.plan import Edit, HostPlan
from ansible_collections.ratchet.runtime.plugins.plugin_utils.problems import Problems
from ansible_collections.ratchet.runtime.plugins.plugin_utils.request import Request
from ansible_collections.ratchet.runtime.plugins.plugin_utils.standing import Standing


def of_fleet(
    fleet: Mapping[str, Mapping[str, Any]],
    request: Request,
    stands: Standing,
    actions: Mapping[str, str],
    digest: str | None,
    problems: Problems,
) -> dict[str, HostPlan]:
    """The part of every host that can have one; what keeps a host from having one is added to ``problems``."""
    changes: dict[str, list[Edit]] = {}
    hosts = {}
    for host, seen in fleet.items():
        reference = problems.attempt(host, reference_of, seen, request)
        if not reference:
            continue
        if actions[host] == "upgrade":
            changes[host] = problems.attempt(host, _edits, seen, reference, digest) or []
        seen = _in_order(seen, request)
        plan = _of_host(seen, stands.hosts[host], reference, actions[host], digest, changes.get(host, []))
        plan = replace(plan, begun=unfinished.deploy(seen) if actions[host] != "none" else None)
        migration = _migration(seen, request)
        hosts[host] = replace(
            plan,
            scale=order.replicas(seen),
            waves=_waves(plan.services, request),
            replicas=order.replicas(seen),
            jobs=jobs.to_run(seen, but=migration.get("service", "") if migration["by"] == "service" else ""),
            followers=list(seen["project"].get("followers") or []),
            health=health_check.of(request.profile, request.version, seen, request.watch),
            migration=migration,
            health_before=health_check.of(request.profile, stands.hosts[host], seen, request.watch),
            tolerates=crossings.way_back(request.profile, stands.hosts[host], request.version).by == "image",
        )
        url = hosts[host].health["url"]
        if url != request.watch.get("url"):
            problems.attempt(host, health_check.refuse_url, url)
        problems.attempt(host, health_check.refuse_service, url, seen)
    preflight.refuse_unwritable(fleet, changes, problems)
    return hosts


def beside(plan: HostPlan, seen: Mapping[str, Any], request: Request) -> HostPlan:
    """The host's part with its new containers beside the old ones, if there are any that serve."""
    old = _old(request, plan.digest)
    left, replaces = [], []
    for service in seen["services"]:
        going = [each for each in service["containers"] if old(each)]
        serving = [each["id"] for each in going if each["status"] == "running" and each["health"] != "unhealthy"]
        # What a failed version has left would be started again, and might migrate beside the new one.
        left += [each["id"] for each in going if serving and each["id"] not in serving]
        replaces += serving or [each["id"] for each in going if each["status"] == "running"]
    if not replaces:
        return plan
    project, reference = shlex.quote(seen["project"]["name"]), shlex.quote(plan.reference)
    found = f"docker ps --all --quiet --filter label=com.docker.compose.project={project} --filter ancestor={reference}"
    return replace(
        plan,
        order=order.START_FIRST,
        scale=order.beside(seen, replaces),
        replaces=replaces,
        leftovers=left,
        undo=[f"docker rm --force $({found})", *plan.undo],
    )


def pioneer(plan: HostPlan) -> str:
    """The service that migrates alone: the first in the profile's order, else the one that answers whether it is well."""
    answering = plan.health["service"]
    return answering if len(plan.waves) == 1 and answering in plan.services else plan.services[0]


def _old(request: Request, digest: str | None) -> Callable[[Mapping[str, Any]], bool]:
    """Whether a container has to be replaced: it runs another version, or another image under its tag."""
    wanted = versions.parse(request.version, request.profile.scheme).key

    def is_old(container: Mapping[str, Any]) -> bool:
        if running.of_container(container, request.profile).version.key != wanted:
            return True
        digests = [each.rpartition("@")[2] for each in container.get("digests") or []]
        return bool(digest and digests and digest not in digests)

    return is_old


def _migration(seen: Mapping[str, Any], request: Request) -> dict[str, Any]:
    """Who migrates: what the profile names has to be there; else the application does it when it starts."""
    known = crossings.migration(request.profile, request.version)
    if known.by == "command":
        return {"by": "command", "service": seen["services"][0]["name"], "argv": list(known.command)}
    if known.by == "service" and known.service in seen["project"]["services"]:
        return {"by": "service", "service": known.service, "argv": []}
    return {"by": "application"}


def _waves(services: list[str], request: Request) -> list[list[str]]:
    """One service after another where the profile knows their order, otherwise together, as the compose file has it."""
    known = [name for name in services if name in request.profile.services.order]
    return [[name] for name in services] if len(known) > 1 else [services]


def _in_order(seen: Mapping[str, Any], request: Request) -> dict[str, Any]:
    """The observation with its services in the order in which the product wants them started."""
    by_name = {service["name"]: service for service in seen["services"]}
    return {**seen, "services": [by_name[name] for name in crossings.in_order(request.profile, by_name)]}


def reference_of(seen: Mapping[str, Any], request: Request) -> Reference:
    """The image that a host gets: the version asked for, in the repository where the vendor keeps it."""
    running = parse(seen["services"][0]["image"])
    name = crossings.repository(request.profile, running, request.version)
    return Reference(name, request.version)


def tag_of(image: str) -> str | None:
    """The tag in a rendered image."""
    return parse(image).tag


def _edits(seen: Mapping[str, Any], reference: Reference, digest: str | None) -> list[Edit]:
    return edits.to_version(seen["sources"], reference.tag or "", digest, name=reference.name)


def _of_host(
    seen: Mapping[str, Any], current: str, reference: Reference, action: str, digest: str | None, changes: list[Edit]
) -> HostPlan:
    services = [service["name"] for service in seen["services"]]
    own = [*seen["services"], *(seen.get("jobs") or [])]
    named = built.names_before(own, str(reference), digest)
    begun = unfinished.deploy(seen)
    origin = begun["from"]["version"] if begun else current
    upgrades = action == "upgrade"
    return HostPlan(
        action=action,
        current=current,
        target=reference.tag or "",
        running=[
            {key: container.get(key) for key in ("service", "reference", "image_id", "digests")}
            for service in seen["services"]
            for container in service["containers"]
        ],
        reference=str(reference),
        digest=digest if upgrades else None,
        services=services,
        # What the edits are held against on the host.
        project={**seen["project"], **built.project(own, str(replace(reference, digest=digest)))},
        database=(seen["database"] or {}).get("id"),
        images=[{"reference": str(reference), "digest": digest}] if upgrades else [],
        backs_up=False,
        stops=False,
        migrates=False,
        edits=changes,
        undo=_undo(seen, origin, services, named),
        origin=origin,
        builds=built.plans(own) if upgrades else [],
        named=named if upgrades else [],
    )


def _undo(seen: Mapping[str, Any], current: str, services: list[str], named: list[dict[str, str]]) -> list[str]:
    """What an operator would do by hand to have the old image again, in order."""
    steps = [
        f"in {path} line {line} write {text} again" for path, line, text in edits.way_back(seen["sources"], current)
    ]
    stack = seen["project"].get("stack")
    if stack:
        return [*steps, *stack_plan.way_back(stack, services)]
    steps += [f"docker tag {each['id']} {shlex.quote(each['reference'])}" for each in named]
    start = f"up --detach --no-deps --pull never {' '.join(services)}"
    return [*steps, compose_by_hand.command(seen["project"], start)]

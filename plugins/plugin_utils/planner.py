# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All judgement: from what was observed and what is asked for to a plan, or to a refusal that names everything wrong. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from ansible_collections.ratchet.runtime.plugins.plugin_utils import (
    batches,
    built,
    copies,
    crossings,
    database_doubts,
    databases,
    drain,
    duration,
    health_question,
    host_plan,
    judging,
    locks,
    order,
    preflight,
    rehearsed,
    running,
    stack_plan,
    standing,
    target,
    unfinished,
    versions,
)
from ansible_collections.ratchet.runtime.plugins.plugin_utils.plan import DatabasePlan, HostPlan, Plan
from ansible_collections.ratchet.runtime.plugins.plugin_utils.problems import Problems
from ansible_collections.ratchet.runtime.plugins.plugin_utils.request import Request, refuse
from ansible_collections.ratchet.runtime.plugins.plugin_utils.standing import Standing


def plan(fleet: Mapping[str, Mapping[str, Any]], request: Request, run: str) -> Plan:
    """Make the plan.

    :param fleet: host name to its observation (``observation.observe`` plus ``sources``), or to ``{"unreachable": why}``,
        in the order in which the hosts are to be upgraded.
    :param run: id of this run.
    :returns: the plan; what is still to be accepted is in its ``matters``.
    :raises Refusal: with everything that is in the way.
    """
    problems = Problems(request.accept, request.mistaken)
    preflight.refuse_unseen(fleet, problems)
    # What could be seen is judged all the same: one run reports everything that is wrong.
    fleet = {host: seen for host, seen in fleet.items() if "services" in seen}
    if request.executes:
        locks.refuse(fleet, problems)
    if request.rehearses:
        built.refuse_rehearsal(fleet, problems)
        stack_plan.refuse_rehearsal(fleet, problems)
    stands = _stands(fleet, request, problems)
    judgement = judging.judge(stands, request, problems)
    crossed = judging.crossed(stands, request, _facts(fleet), problems)
    strategy, reason = _strategy(stands, request, problems)
    actions, digest, notes = _actions(fleet, request, problems)
    upgrading = [host for host, action in actions.items() if action == "upgrade"]
    if upgrading:
        databases.refuse(fleet, request.profile, problems)
    groups = databases.group(fleet, upgrading, problems, request.backup.get("verify") or "read")
    target.refuse_small_stores(fleet, upgrading, groups, problems)
    hosts = host_plan.of_fleet(fleet, request, stands, actions, digest, problems)
    hosts, told = _ordered(fleet, hosts, request, strategy, problems)
    stack_plan.refuse(fleet, hosts, request, strategy, problems)
    stand_ins = _stand_ins(fleet, request, upgrading, groups, strategy, problems)
    rehearsals = rehearsed.of(fleet, hosts, groups)
    if not request.rehearses:
        rolling = strategy == "rolling"
        rehearsed.refuse(fleet, hosts, groups, request.require_rehearsal, request.now, problems, rolling)
    problems.stop()
    for database in groups.values():
        _share_out(database, hosts, single_instance=strategy == "single_instance")
    hosts = {host: stack_plan.rolled(each, strategy == "single_instance") for host, each in hosts.items()}
    for host, others in stand_ins.items():
        hosts[host] = replace(hosts[host], stand_ins=others)
    drained = drain.notes(hosts, strategy == "single_instance") if upgrading and "drain" in request.hooks else []
    return Plan(
        run=run,
        current=judgement.current,
        change=judgement.change,
        strategy=strategy,
        strategy_reason=reason,
        hosts=hosts,
        databases=groups,
        considerations=crossed if upgrading else [],
        matters=[asdict(each) for each in problems.matters],
        estimate=duration.estimate(upgrading, groups, request.watch, crossed, rehearsed.migration(rehearsals.values())),
        notes=[
            *(["All of this is only rehearsed, on a copy of the database"] if request.rehearses else []),
            *request.notes,
            *stands.notes,
            *notes,
            *told,
            *stack_plan.notes(fleet, hosts),
            *drained,
            *_health_note(hosts),
            *health_question.notes(fleet, hosts),
            *database_doubts.notes(groups.values(), hosts, strategy),
            *(_release_notes(request) if upgrading else []),
            *rehearsed.told(rehearsals, groups),
            *locks.told(fleet),
        ],
        **_as_asked(request),
    )


def _as_asked(request: Request) -> dict[str, Any]:
    """What of the plan doesn't depend on the fleet."""
    return {
        "version": request.version,
        "asked": request.asked or request.version,
        "hops": list(request.hops),
        "profile": request.profile.name,
        "scheme": request.profile.scheme,
        "backup": {**request.backup, "off_host": copies.told(request.copy)},
        "watch": dict(request.watch),
        "serial": batches.parse(request.serial),
        "failure_action": request.failure_action,
        "delay": request.delay,
        "description": request.description,
        "hooks": dict(request.hooks),
        "advice": list(request.profile.advice),
    }


def _stands(fleet: Mapping[str, Mapping[str, Any]], request: Request, problems: Problems) -> Standing:
    """Where the fleet stands. Without that, or without a version to go to, there is nothing to plan, and no more to say."""
    fit = refuse(request, problems)
    stands = standing.of(fleet, request.profile, problems)
    preflight.refuse_old_tools(fleet, problems)
    preflight.refuse_skewed_clocks(fleet, problems)
    if not fit or not stands.highest:
        databases.refuse(fleet, request.profile, problems)
        problems.stop()
    return stands


def _facts(fleet: Mapping[str, Mapping[str, Any]]) -> crossings.Facts:
    """What the profile's considerations may depend on."""
    rows: dict[str, int] = {}
    for seen in fleet.values():
        for table, number in ((seen["database"] or {}).get("rows") or {}).items():
            rows[table] = max(number, rows.get(table, 0))
    names = {name for seen in fleet.values() for service in seen["services"] for name in service.get("environment", [])}
    return crossings.Facts(env=frozenset(names), rows=rows)


def _actions(
    fleet: Mapping[str, Mapping[str, Any]], request: Request, problems: Problems
) -> tuple[dict[str, str], str | None, list[str]]:
    """What happens to each host, and the one digest that all will run."""
    actions = {host: _action(seen, request) for host, seen in fleet.items()}
    upgrading = {host: fleet[host] for host, action in actions.items() if action == "upgrade"}
    there = {host: target.digests_of(fleet[host]) for host, action in actions.items() if action != "upgrade"}
    if not upgrading and target.agree(there):
        return actions, None, []
    asked = upgrading or {host: fleet[host] for host in there}
    digest, notes = target.settle(target.in_registry(asked, problems), there)
    for host, digests in there.items():
        if digest and digests and digest not in digests:
            actions[host] = "upgrade"
            notes.append(f"{host} runs another image under the tag {request.version}: it gets the fleet's")
    return actions, digest, notes


def _action(seen: Mapping[str, Any], request: Request) -> str:
    containers = [container for service in seen["services"] for container in service["containers"]]
    wanted = versions.parse(request.version, request.profile.scheme)
    there = all(running.of_container(each, request.profile).version.key == wanted.key for each in containers)
    written = all(
        host_plan.tag_of(service["image"]) == request.version for service in [*seen["services"], *seen.get("jobs", [])]
    )
    up = all(each["status"] not in ("created", "exited", "dead") for each in containers)
    if not (there and written and up):
        return "upgrade"
    if unfinished.deploy(seen):
        return "confirm"
    well = all(each["status"] == "running" and each["health"] in (None, "healthy") for each in containers)
    return "none" if well else "confirm"


def _strategy(stands: Standing, request: Request, problems: Problems) -> tuple[str, str]:
    # What still runs beside the new one, not what is done: the lowest.
    found, reason = crossings.strategy(request.profile, stands.lowest, request.version)
    if request.strategy in ("auto", found):
        return found, reason if request.strategy == "auto" else "asked for"
    if found == "rolling":
        return request.strategy, "asked for, though old and new may run side by side"
    touched = crossings.incompatible(request.profile, stands.lowest, request.version)
    if touched:
        problems.matter(touched.id, reason, "Leave runtime_strategy out, so that only one instance runs at a time")
    return request.strategy, "asked for"


def _stand_ins(
    fleet: Mapping[str, Mapping[str, Any]],
    request: Request,
    upgrading: list[str],
    groups: Mapping[str, DatabasePlan],
    strategy: str,
    problems: Problems,
) -> dict[str, list[str]]:
    """Who serves while a host is drained. Where only one instance may run at a time, nobody does anyway."""
    if "drain" not in request.hooks or strategy == "single_instance":
        return {}
    first = {next((host for host in database.hosts if host in upgrading), "") for database in groups.values()}
    return drain.stand_ins(fleet, upgrading, first, request.serial, problems)


def _ordered(
    fleet: Mapping[str, Mapping[str, Any]],
    hosts: dict[str, HostPlan],
    request: Request,
    strategy: str,
    problems: Problems,
) -> tuple[dict[str, HostPlan], list[str]]:
    """The hosts with what starts first; where the files only prefer another order than is possible, a note says why."""
    notes: list[str] = []
    found = dict(hosts)
    repeats = crossings.migration(request.profile, request.version).repeats
    for host, each in hosts.items():
        if each.action != "upgrade" or request.order != order.START_FIRST or each.project.get("stack"):
            continue
        hindered = order.obstacle(fleet[host], strategy, each.health["url"], repeats)
        if hindered and request.order_asked:
            problems.add(hindered, host)
        elif hindered:
            notes.append(f"{host}: stop-first, though the compose file asks for another order: {hindered.reason}")
        else:
            found[host] = host_plan.beside(each, fleet[host], request)
    return found, notes


def _health_note(hosts: Mapping[str, HostPlan]) -> list[str]:
    without = [name for name, host in hosts.items() if not host.health["url"]]
    if not without:
        return []
    where = "" if len(without) == len(hosts) else f" for {', '.join(without)}"
    return [
        f"runtime_health_url isn't set{where}: whether the application is well rests on the engine and the database alone"
    ]


def _release_notes(request: Request) -> list[str]:
    page = request.profile.links.get("releases")
    return [f"Release notes: {page}"] if page else []


def _share_out(database: DatabasePlan, hosts: dict[str, HostPlan], single_instance: bool) -> None:
    """Who of a database's hosts backs it up, who migrates it, and whose old instance has to be away for that."""
    upgrading = [host for host in database.hosts if hosts[host].action == "upgrade"]
    at = database.backup_host
    hosts[at] = replace(hosts[at], backs_up=True, images=[*hosts[at].images, {"reference": database.sidecar_image}])
    for host in upgrading:
        migrates = host == upgrading[0]
        several = sum(hosts[host].replicas.values()) > 1
        by_itself = hosts[host].migration["by"] == "application"
        hosts[host] = replace(
            hosts[host],
            migrates=migrates,
            pioneer=host_plan.pioneer(hosts[host]) if migrates and several and by_itself else "",
            # A lone container that migrates by itself is recreated: its old instance is away by then.
            stops=single_instance and (len(database.hosts) > 1 or several or not by_itself),
        )

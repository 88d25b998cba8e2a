# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of a rollback: which deploys are taken back, what each host then runs, and what becomes of the database. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.references import Reference, check_tag, parse
from ansible_collections.ratchet.runtime.plugins.plugin_utils import (
    built,
    chosen_backup,
    crossings,
    database_back,
    databases,
    deploys,
    drain,
    edits,
    health_check,
    locks,
    order,
    preflight,
    rollback_wish,
    stack_plan,
)
from ansible_collections.ratchet.runtime.plugins.plugin_utils.problems import Problems
from ansible_collections.ratchet.runtime.plugins.plugin_utils.rollback_wish import Step, Wish


def plan(
    fleet: Mapping[str, Mapping[str, Any]],
    journals: Mapping[str, Sequence[Mapping[str, Any]]],
    stores: Mapping[str, Sequence[Mapping[str, Any]]],
    wish: Wish,
    run: str,
) -> dict[str, Any]:
    """Plan the rollback.

    :param fleet: observations by host.
    :param journals: the entries of each host's journal, oldest first.
    :param stores: the backups that each host has, as ``postgres_backup_info`` tells them.
    :returns: JSON-serialisable; ``hosts`` in the shape that the stages of a restore read; ``matters`` also those left to accept.
    :raises Refusal: with everything else that is in the way.
    """
    told = Problems(wish.accept)
    rollback_wish.refuse(wish, told)
    preflight.refuse_unseen(fleet, told)
    fleet = {host: seen for host, seen in fleet.items() if "services" in seen}
    databases.refuse_errors(fleet, told)
    databases.refuse_standbys(fleet, told)
    locks.refuse(fleet, told)
    undone = _undone(journals, wish, told)
    if not undone or any(each.id == "further_back" for each in told.open):
        # An engine that was killed leaves containers stopped, also those that had gone back well.
        preflight.refuse_stopped(fleet, told)
    told.stop()
    steps = {host: told.attempt(host, _step, fleet[host], journals.get(host) or [], undone) for host in fleet}
    told.stop()
    steps = {host: step for host, step in steps.items() if step}
    hosts = {host: _host(seen, steps.get(host), wish, told, host) for host, seen in fleet.items()}
    groups = {id: database_back.of(id, fleet, steps, stores, wish, told) for id in _used(fleet, steps)}
    stack_plan.refuse_back(fleet, wish.hooks, [group["way"] for group in groups.values()], told)
    told.stop()
    _share_out(hosts, fleet, steps, groups, wish)
    # Who is stopped serves nobody: all at once then. Otherwise one after another.
    serial = ["100%"] if all(host["stops"] for host in hosts.values() if host["action"] == "back") else [1]
    notes = _prepare_hooks(hosts, fleet, serial, wish, told)
    return {
        "run": run,
        "undoes": undone,
        "deploys": [_told_deploy(id, journals) for id in undone],
        "hosts": hosts,
        "ways": groups,
        # What the watch reads of a plan: nothing was backed up by this one.
        "databases": {},
        "strategy": "single_instance",
        "failure_action": "pause",
        "serial": serial,
        "hooks": {name: asdict(hook) for name, hook in wish.hooks.items()},
        "notes": notes,
        "watch": dict(wish.watch),
        "profile": wish.profile.name,
        "description": wish.description,
        "changes": any(host["action"] == "back" for host in hosts.values()),
        "matters": [asdict(each) for each in told.matters],
    }


def _undone(journals: Mapping[str, Sequence[Mapping[str, Any]]], wish: Wish, told: Problems) -> list[str]:
    """The deploys to take back, oldest first."""
    known = deploys.ids(journals)
    if not known:
        told.add(
            RatchetError(
                "no deploy is recorded that could be taken back",
                "See the playbook history, and whether runtime_state_dir is what the upgrade had",
            )
        )
        return []
    undone = deploys.undone_by(journals, wish.deploy)
    if not undone:
        last = wish.deploy == known[-1]
        why = "is the last one: the fleet is as it left it" if last else "isn't a deploy that stands"
        choice = ", ".join(known[:-1][-5:]) or "none, so leave runtime_deploy out to take back the only one"
        told.add(RatchetError(f"runtime_deploy: {wish.deploy} {why}", f"To go back to there are: {choice}"))
    before = deploys.last_rollback(journals)
    if undone and not wish.deploy and before and not set(undone) & set(before.get("undoes") or []):
        # Most likely the same command again, after a connection that broke at its end.
        told.matter(
            "further_back",
            f"the rollback {before['deploy']} of {before['began']} is finished, and to go back further takes back "
            + _in_words(_told_deploy(undone[-1], journals)),
            "If you only repeat that rollback, there is nothing left to do",
        )
    if len(undone) > 1:
        ways = "; ".join(_in_words(_told_deploy(id, journals)) for id in undone)
        one = "Take them back one by one"
        if not wish.deploy:
            one = f"They brought one host after another to the same version; take back only the last with runtime_deploy={undone[-2]}"
        told.matter("several_deploys", f"{len(undone)} deploys are taken back at once: {ways}", one)
    return undone


def _told_deploy(id: str, journals: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, Any]:
    found = [each for entries in journals.values() for each in deploys.standing(entries) if each["deploy"] == id]
    first = found[0]
    return {
        "deploy": id,
        "began": first.get("began"),
        "from": sorted({each["from"]["version"] for each in found}),
        "to": sorted({each["to"]["version"] for each in found}),
        "description": first.get("description") or "",
    }


def _in_words(deploy: Mapping[str, Any]) -> str:
    why = f" ({deploy['description']})" if deploy["description"] else ""
    return f"{deploy['deploy']} from {', '.join(deploy['from'])} to {', '.join(deploy['to'])}{why}"


def _step(seen: Mapping[str, Any], entries: Sequence[Mapping[str, Any]], undone: Sequence[str]) -> Step | None:
    """What a host goes back to; None for one that had no part in these deploys."""
    taken = [each for each in deploys.standing(entries) if each["deploy"] in undone]
    if not taken:
        return None
    before = taken[0]["from"]
    check_tag(before["version"])
    ran = [each for each in before.get("containers") or [] if isinstance(each, dict) and each.get("reference")]
    services = {service["name"] for service in seen["services"]}
    known = [each for each in ran if each.get("service") in services]
    # Where several versions ran, the one that the journal tells: an older one may not work on what that has made of the database.
    mine = next((each for each in known if parse(each["reference"]).tag == before["version"]), next(iter(known), None))
    if not mine or mine["reference"].startswith("sha256:"):
        raise RatchetError(
            f"the journal doesn't say which image ran before the deploy {taken[0]['deploy']}",
            f"Write {before['version']} into the project's files by hand, and use the playbook restore if the database has to go back, too",
        )
    reference = parse(mine["reference"])
    digests = [each.rpartition("@")[2] for each in mine.get("digests") or []]
    return Step(
        taken,
        Reference(reference.name, reference.tag or "latest"),
        mine.get("image_id") or "",
        reference.digest or (digests[0] if digests else None),
        before["version"],
        taken[-1]["to"]["version"],
        built.recorded(before),
    )


def _host(seen: Mapping[str, Any], step: Step | None, wish: Wish, told: Problems, host: str) -> dict[str, Any]:
    names = crossings.in_order(wish.profile, [service["name"] for service in seen["services"]])
    own = [*seen["services"], *(seen.get("jobs") or [])]
    running = [each for service in seen["services"] for each in service["containers"]]
    current = ", ".join(sorted({parse(each["reference"]).tag or "?" for each in running if ":" in each["reference"]}))
    changes, named = [], []
    if step:
        named = told.attempt(host, built.names_again, own, step.named) or []
        tag = step.reference.tag or ""
        changes = (
            told.attempt(host, edits.to_version, seen["sources"], tag, step.digest, name=step.reference.name) or []
        )
        preflight.refuse_unwritable({host: seen}, {host: changes}, told)
    pulled = step and not all(service.get("built") for service in seen["services"])
    ids = [*([step.image_id] if pulled else []), *(each["id"] for each in named)]
    there = (
        step
        and not changes
        and running
        and all(each["image_id"] in ids and each["status"] == "running" for each in running)
    )
    target = step.version if step else current
    written = str(replace(step.reference, digest=step.digest)) if step else ""
    return {
        "action": "none" if not step else "confirm" if there else "back",
        "current": current or "-",
        "target": target,
        "origin": target,
        "undo": [],
        "begun": None,
        "stand_ins": [],
        "tolerates": False,
        "database": (seen["database"] or {}).get("id"),
        "project": {**seen["project"], **built.project(own, written)},
        "services": names,
        "replicas": order.replicas(seen),
        "followers": list(seen["project"].get("followers") or []),
        "reference": str(step.reference) if step else None,
        "images": [{"reference": str(step.reference), "digest": step.digest, "id": step.image_id}] if pulled else [],
        "named": named,
        "image_ids": [id for id in ids if id],
        "running": [
            {key: each.get(key) for key in ("service", "reference", "image_id", "digests")} for each in running
        ],
        "edits": [asdict(each) for each in changes],
        "diff": "".join(each.diff() for each in changes),
        "health": health_check.of(wish.profile, target, seen, wish.watch),
        "health_now": health_check.of_what_runs(wish.profile, current or target, target, seen, wish.watch),
        "stops": False,
        "restores": False,
        "restore": None,
        "commands": None,
        "migrates": False,
        "undoes": [each["deploy"] for each in step.deploys] if step else [],
    }


def _used(fleet: Mapping[str, Mapping[str, Any]], steps: Mapping[str, Step]) -> list[str]:
    """The databases of the hosts that go back."""
    return list(dict.fromkeys(id for host in steps if (id := (fleet[host]["database"] or {}).get("id"))))


def _share_out(
    hosts: dict[str, dict[str, Any]],
    fleet: Mapping[str, Mapping[str, Any]],
    steps: Mapping[str, Step],
    groups: Mapping[str, dict[str, Any]],
    wish: Wish,
) -> None:
    """Who of a database's hosts stops, who restores or migrates it down, and who starts first."""
    for group in groups.values():
        going = [host for host in group["hosts"] if host in steps]
        needed = group["hosts"] if group["way"] in ("restore", "command") else going
        why = _why_alone(group, steps, going, wish)
        for host in needed:
            # Who is back already, and well, has no reason to stop again when only images change.
            hosts[host]["stops"] = bool(why) and (group["way"] != "image" or hosts[host]["action"] == "back")
            if hosts[host]["action"] == "none" and hosts[host]["stops"]:
                hosts[host]["action"] = "confirm"
        group["stops"] = why if any(hosts[host]["stops"] for host in needed) else ""
        for host in group["hosts"]:
            # Stopped by a run that was killed before it could start it again.
            if hosts[host]["action"] == "none" and preflight.is_down(fleet[host]):
                hosts[host]["action"] = "confirm"
        first = next(host for host in needed if hosts[host]["action"] != "none")
        hosts[first]["migrates"] = True
        if group["way"] == "command":
            # Where the newer image is: a host that had no part in the deploys has none.
            at = next((host for host in going if hosts[host]["action"] == "back"), going[0])
            hosts[at]["commands"] = {"argvs": group["commands"], "service": hosts[at]["services"][0]}
        if group["way"] == "restore" and group["holder"]:
            hosts[group["holder"]]["restores"] = True
            hosts[group["holder"]]["restore"] = chosen_backup.work(group["backup"], group, group["restored"])
    # Without a database nobody waits for anybody.
    for host in steps:
        if not (fleet[host]["database"] or {}).get("id"):
            hosts[host]["migrates"] = True


def _prepare_hooks(
    hosts: dict[str, dict[str, Any]], fleet: Mapping[str, Any], serial: Sequence[Any], wish: Wish, told: Problems
) -> list[str]:
    """Which hosts the operator's hooks may find drained already, and who serves while another is; notes for the plan."""
    for host in hosts.values():
        # Whoever brought it so far may have left it out of the balancer.
        host["begun"] = {"verb": "rollback"} if host["action"] == "confirm" else None
    going = [name for name, host in hosts.items() if host["action"] == "back" and not host["stops"]]
    first = {name for name in going if hosts[name]["migrates"]}
    if "drain" not in wish.hooks:
        return []
    for name, others in drain.stand_ins(fleet, going, first, serial, told).items():
        hosts[name]["stand_ins"] = others
    return drain.notes(hosts, single_instance=any(host["stops"] for host in hosts.values()))


def _why_alone(group: Mapping[str, Any], steps: Mapping[str, Step], going: list[str], wish: Wish) -> str:
    """Why all hosts of the database stop before any goes back; empty where both versions may run at once on it."""
    if group["way"] != "image":
        return "nothing may use the database while it goes back"
    reasons = []
    for host in going:
        try:
            found, why = crossings.strategy(wish.profile, steps[host].version, steps[host].newer)
        except RatchetError as error:  # what can't be ordered
            return error.reason
        reasons += [why.partition(";")[0]] if found != crossings.ROLLING else []
    return next(iter(reasons), "")

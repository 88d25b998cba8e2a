# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run did, for its page: from the plan and what its hosts have told. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils.masking import printable
from ansible_collections.ratchet.runtime.plugins.module_utils.references import tag_of
from ansible_collections.ratchet.runtime.plugins.plugin_utils import run_end, stages

# What is read of each host.
FACTS = tuple(dict.fromkeys((*stages.FACTS, *run_end.FACTS, "runtime_found")))
_WAYS = {
    "image": "the database stays as it is",
    "command": "the database is migrated down",
    "restore": "the database is replaced by its backup",
}


def of(
    plan: Mapping[str, Any], facts: Mapping[str, Mapping[str, Any]], by: str, title: str, now: float
) -> dict[str, Any]:
    """The data of an upgrade's or rollback's page.

    :param plan: the plan that was executed, as it travels.
    :param facts: the :data:`FACTS` of each host of the plan; any may be missing, as hosts get lost and runs end early.
    :param by: who ran it, in words; ``title`` what it was about.
    :param now: when the run ended, in epoch seconds.
    :returns: JSON-serialisable, without secrets.
    """
    takes_back = "undoes" in plan
    facts = {name: facts.get(name) or {} for name in plan["hosts"]}
    since = stages.begin_of(plan["run"])
    hosts = [_host(name, each, plan, facts[name], since, now) for name, each in plan["hosts"].items()]
    failed = run_end.troubles(facts)
    warnings = _warnings(plan, facts)
    astray = _astray(plan, facts) if not failed else []
    message = _message(plan, failed, facts) if failed else "\n".join(astray)
    return {
        "kind": "rollback" if takes_back else "upgrade",
        "id": plan["run"],
        "at": _time(since),
        "ended": _time(now),
        "title": title,
        "by": by,
        "description": plan["description"],
        "current": _versions("current" if takes_back else "origin", plan) or plan.get("current") or "",
        "target": plan.get("version") or _versions("target", plan),
        "strategy": plan["strategy"],
        "strategy_why": _why(plan),
        "outcome": "failed" if message else "rolled back" if takes_back else "upgraded",
        "message": printable(message, 20000),
        "hosts": hosts,
        "databases": [_database(id, each, plan, facts) for id, each in _databases(plan).items()],
        "warnings": warnings,
        "considerations": [dict(each) for each in plan.get("considerations") or []],
        "accepted": [each["id"] for each in plan["matters"] if each["accepted"]],
        "notes": [*plan["notes"], *_kept(facts), *_backups_between(plan, facts), *_hops(plan)],
        "advice": list(plan.get("advice") or []),
    }


def _host(
    name: str, host: Mapping[str, Any], plan: Mapping[str, Any], facts: Mapping[str, Any], since: float, now: float
) -> dict[str, Any]:
    return {
        "name": name,
        "outcome": run_end.of_host(host, facts),
        "deploy": _deploy(host, plan) if run_end.began(facts) else None,
        "from": _before(host),
        "to": _wanted(host, facts),
        "head_before": (_databases(plan).get(host["database"]) or {}).get("head_before"),
        "head_after": _head(facts),
        "migrates": bool(host["migrates"]),
        "stages": stages.of_host(facts, since, now),
    }


def _deploy(host: Mapping[str, Any], plan: Mapping[str, Any]) -> str:
    """The id that the journal knows it by: a deploy that an earlier run began is finished under its own."""
    return (host["begun"] or {}).get("deploy") or plan["run"] if host["action"] == "confirm" else plan["run"]


def _before(host: Mapping[str, Any]) -> dict[str, Any]:
    """The image that ran before, by an unfinished deploy's own word if this run goes on with one."""
    begun = (host["begun"] or {}).get("from") or {}
    ran = begun.get("containers") or host["running"] or [{}]
    version = host["current"] if "undoes" in host else host["origin"] or host["current"]
    return {"reference": ran[0].get("reference"), "digest": _digest(ran[0]), "version": version}


def _wanted(host: Mapping[str, Any], facts: Mapping[str, Any]) -> dict[str, Any]:
    """The image that the host was to get. A host that needed none has its digest by what runs."""
    image = host if "reference" in host else (host["images"] or [{}])[0]
    running = {found for each in _containers(host, facts) if (found := _digest(each))}
    return {
        "reference": image.get("reference"),
        "digest": image.get("digest") or (running.pop() if len(running) == 1 else None),
        "version": host["target"],
    }


def _digest(container: Mapping[str, Any]) -> str | None:
    return next((each.rpartition("@")[2] for each in container.get("digests") or []), None)


def _found(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    """The observation at the end; empty where there was none."""
    found = facts.get("runtime_found") or {}
    return {} if found.get("unreachable") or found.get("failed") or found.get("skipped") else found


def _containers(host: Mapping[str, Any], facts: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """What runs at the end, of the runtime's own services."""
    services = [each for each in _found(facts).get("services") or [] if each["name"] in host["services"]]
    return [each for service in services for each in service["containers"]]


def _head(facts: Mapping[str, Any]) -> str | None:
    """The schema head that the host saw last."""
    ledger = (_found(facts).get("database") or {}).get("ledger") or {}
    return ledger.get("head") or (facts.get("runtime_watched") or {}).get("head")


def _databases(plan: Mapping[str, Any]) -> dict[str, Any]:
    """The databases of the plan; those of a rollback are in its ways."""
    ways = {id: {**way, "head_before": way.get("head")} for id, way in (plan.get("ways") or {}).items()}
    return {**plan["databases"], **ways}


def _database(
    id: str, database: Mapping[str, Any], plan: Mapping[str, Any], facts: Mapping[str, Any]
) -> dict[str, Any]:
    heads = [_head(facts[host]) for host in database["hosts"] if host in facts]
    return {
        "name": database["name"],
        "hosts": list(database["hosts"]),
        "head_before": database.get("head_before"),
        "head_after": next((head for head in heads if head), None),
        "backup": _backup(database, facts),
    }


def _backup(database: Mapping[str, Any], facts: Mapping[str, Any]) -> dict[str, Any] | None:
    """The backup with the state before: this run's, that of an unfinished deploy, or the one that a rollback restores."""
    given = database.get("backup_before") or database.get("backup")
    at = (given or {}).get("host") or database.get("backup_host")
    there = facts.get(at) or {}
    made = given or (there.get("runtime_backed_up") or {}).get("backup")
    if not made:
        return None
    copy = (there.get("runtime_copied") or {}).get("copied") or {}
    copied = copy.get("place") if copy.get("id") == made["id"] else None
    told = {key: made.get(key) for key in ("id", "path", "size", "seconds", "verified")}
    return {**told, "host": at, "copied_to": made.get("copied_to") or copied}


def _message(plan: Mapping[str, Any], failed: Mapping[str, str], facts: Mapping[str, Mapping[str, Any]]) -> str:
    if "undoes" in plan:
        return "\n".join(f"{host}: {text}" for host, text in failed.items())
    return run_end.in_words(plan, failed, facts)


def _astray(plan: Mapping[str, Any], facts: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Hosts that don't run what they should, though nothing went wrong."""
    found = {}
    for name, host in plan["hosts"].items():
        tags = {tag_of(each["reference"]) for each in _containers(host, facts[name])} - {None}
        if host["action"] != "none" and tags - {host["target"]}:
            found[name] = (", ".join(sorted(filter(None, tags))), host["target"])
    return [f"{name} runs {runs}, not {target}" for name, (runs, target) in found.items()]


def _warnings(plan: Mapping[str, Any], facts: Mapping[str, Mapping[str, Any]]) -> list[str]:
    found = []
    for name, each in facts.items():
        seen = each.get("runtime_found") or {}
        if seen.get("unreachable") or seen.get("failed"):
            found.append(f"{name} could not be looked at in the end: {str(seen.get('msg', 'no answer')).strip()}")
        made = (each.get("runtime_backed_up") or {}).get("backup") or {}
        if made.get("without_data"):
            found.append(f"The backup {made['id']} holds no rows of {', '.join(made['without_data'])}")
    return [printable(each) for each in found]


def _kept(facts: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The databases that a rollback has set aside."""
    done = [(each.get("runtime_restored") or {}).get("restored") or {} for each in facts.values()]
    return [f"The database as it was before is kept as {each['before']}" for each in done if each.get("before")]


def _backups_between(plan: Mapping[str, Any], facts: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The backups of what an unfinished deploy had left; the page tells the one of the state before."""
    hosts = [each["backup_host"] for each in plan["databases"].values() if each["backup_before"]]
    made = {host: (facts[host].get("runtime_backed_up") or {}).get("backup") for host in hosts if host in facts}
    return [
        f"What an earlier run had left was backed up, too: {each['id']} on {host}"
        for host, each in made.items()
        if each
    ]


def _hops(plan: Mapping[str, Any]) -> list[str]:
    hops = plan.get("hops") or []
    return [f"This was a required stop. Still to come: {' > '.join(hops)}"] if hops else []


def _why(plan: Mapping[str, Any]) -> str:
    if "undoes" not in plan:
        return plan["strategy_reason"]
    return "; ".join(f"{_WAYS.get(each['way'], each['way'])}: {each['why']}" for each in plan["ways"].values())


def _versions(what: str, plan: Mapping[str, Any]) -> str:
    """The versions of the hosts that something happens to."""
    concerned = [each for each in plan["hosts"].values() if each["action"] in ("upgrade", "back") or each["begun"]]
    return ", ".join(sorted({each[what] for each in concerned}))


def _time(epoch: float) -> str:
    return datetime.fromtimestamp(epoch, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

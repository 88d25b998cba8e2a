# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plans, fleets and outcomes as text that a person reads in ten seconds."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils.references import parse
from ansible_collections.ratchet.runtime.plugins.module_utils.sizes import readable
from ansible_collections.ratchet.runtime.plugins.plugin_utils import copies, duration
from ansible_collections.ratchet.runtime.plugins.plugin_utils.order import START_FIRST
from ansible_collections.ratchet.runtime.plugins.plugin_utils.wording import counted


def table(rows: Sequence[Sequence[str]], indent: str = "  ") -> list[str]:
    """Rows as aligned columns; the first row is the heading."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        (indent + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))).rstrip()
        for row in rows
    ]


def plan(content: Mapping[str, Any]) -> list[str]:
    """The plan, as printed by ``plan`` and at the start of ``upgrade``."""
    hosts = content["hosts"]
    if not content["changes"]:
        watched = [name for name, host in hosts.items() if host["action"] == "confirm"]
        lines = [f"Nothing is left to do: {_all(hosts)} run{'s' if len(hosts) == 1 else ''} {content['version']}"]
        return lines + ([f"  but {', '.join(watched)} not seen to be well yet: only watched"] if watched else [])
    lines = [f"Plan {content['run']}: {_way(content)}, {content['strategy']}"]
    lines += table(
        [("host", "now", "then", "services", "what happens"), *(_host_row(name, host) for name, host in hosts.items())]
    )
    restored = content["backup"].get("verify") == "restore"
    proof = "read back, restored for a trial and compared" if restored else "read back whole and compared"
    for database in content["databases"].values():
        lines.append(
            f"  database   {database['name']} of {', '.join(database['hosts'])}: {readable(database['size'])}, "
            f"PostgreSQL {database['server_version'].split()[0]}, head {database['head'] or 'unknown'}"
        )
        lines.append(
            f"  backup     on {database['backup_host']} in {database['directory']}: up to {readable(database['space_needed'])} "
            f"of {readable(database['space_free'])} free; {proof} before anything stops"
        )
        if content["backup"].get("off_host"):
            place = copies.place(content["backup"]["off_host"])
            lines.append(f"  copy       {place}; every checksum compared before anything stops")
    target = next(host for host in hosts.values() if host["action"] == "upgrade")
    lines.append(f"  image      {target['reference']} at {target['digest']}")
    lines += _builds(hosts)
    lines.append(f"  strategy   {content['strategy']} ({content['strategy_reason']})")
    beside = [name for name, host in hosts.items() if host["order"] == START_FIRST]
    if beside:
        lines.append(
            f"  order      start-first on {', '.join(beside)}: the old containers go when the new ones are well"
        )
    if content["hops"]:
        lines.append(f"  hops       this is the first; then {' > '.join(content['hops'])}")
    lines += [f"  hook       {name}: {hook['file']} ({hook['sha256'][:12]})" for name, hook in content["hooks"].items()]
    lines.append(
        f"  watch      {_witnesses(content)}; good for {content['watch']['monitor']:g} s; "
        f"gives up after {content['watch']['stall_timeout']:g} s without progress"
    )
    then = {
        "rollback": "it goes back where that is safe",
        "pause": "it is left as it is",
        "continue": "the others go on",
    }
    lines.append(f"  failure    {content['failure_action']}: {then[content['failure_action']]}")
    lines.append(
        f"  time       about {duration.readable(content['estimate']['seconds'])} ({', '.join(content['estimate']['why'])})"
    )
    lines += files(hosts)
    lines += to_know(content)
    return [*lines, f"  fingerprint {content['fingerprint'][:16]}"]


def _witnesses(content: Mapping[str, Any]) -> str:
    """Where the hosts are asked how the application is; each by its name where they aren't all asked alike."""
    without = "engine and database" if content["databases"] else "engine"
    asked: dict[str, list[str]] = {}
    for name, host in content["hosts"].items():
        if host["action"] != "none":
            asked.setdefault(host["health"]["url"] or without, []).append(name)
    return ", ".join(url if len(asked) == 1 else f"{url} on {', '.join(names)}" for url, names in asked.items())


def _way(content: Mapping[str, Any]) -> str:
    """From which version to which; where some are there already, what the others had before."""
    target = content["version"]
    if content["current"] != target:
        return f"{content['current']} to {target} ({content['change']})"
    before = {host["origin"] for host in content["hosts"].values() if host["action"] == "upgrade"} - {target}
    return f"the rest of {', '.join(sorted(before))} to {target}" if before else f"{target} anew"


def to_know(content: Mapping[str, Any], verb: str = "upgrade") -> list[str]:
    """What the operator should know, what they have accepted, and, last as it stops an upgrade, what they have not."""
    ids = {matter["id"] for matter in content["matters"]}
    known = [each for each in content["considerations"] if each["id"] not in ids]
    lines = [
        f"  note       {each['message'].strip()}{' (' + each['link'] + ')' if each['link'] else ''}" for each in known
    ]
    lines += [f"  note       {note}" for note in content["notes"]]
    return lines + to_accept(content["matters"], verb)


def to_accept(matters: Sequence[Mapping[str, Any]], verb: str) -> list[str]:
    """What was accepted, and then what was not, with what accepts it."""
    lines = []
    for matter in sorted(matters, key=lambda matter: not matter["accepted"]):
        word = "accepted  " if matter["accepted"] else "TO ACCEPT "
        what_to_do = "" if matter["accepted"] else f". {matter['remedy']}"
        lines.append(f"  {word} {matter['id']}: {matter['reason']}{what_to_do}")
    unread = sorted({matter["id"] for matter in matters if not matter["accepted"]})
    if unread:
        accept = json.dumps({"runtime_accept": unread})
        lines.append(f"             once read: {verb} with -e '{accept}'")
    return lines


def _host_row(name: str, host: Mapping[str, Any]) -> tuple[str, ...]:
    what = {
        "upgrade": "upgrade",
        "confirm": "watch only: already there, but not seen to be well yet",
        "none": "nothing",
    }[host["action"]]
    if host["migrates"]:
        by = host["migration"]
        how = f" by {' '.join(by['argv']) or 'the service ' + by['service']}" if by.get("service") else ""
        what += f" first: if the schema changes, the database is migrated here{how or _by_one(host)}"
    if host["jobs"] and host["action"] == "upgrade":
        what += f"; before the services, {' and '.join(host['jobs'])}"
    if host["followers"] and host["action"] == "upgrade":
        what += "".join(f"; then {each['how']} {each['service']}" for each in host["followers"])
    return (name, host["current"], host["target"], ",".join(host["services"]), what)


def _by_one(host: Mapping[str, Any]) -> str:
    return f", by one container of {host['pioneer']} before the others" if host["pioneer"] else ""


def _builds(hosts: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """What is built on the image, each Dockerfile once."""
    found: dict[str, list[str]] = {}
    for name, host in hosts.items():
        for each in host["builds"]:
            found.setdefault(f"{each['service']} from {each['dockerfile']}", []).append(name)
    return [
        f"  build      {what} on {', '.join(names)}, on that image, before anything stops"
        for what, names in found.items()
    ]


def files(hosts: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Each distinct diff once, with the hosts that get it."""
    by_diff: dict[str, list[str]] = {}
    for name, host in hosts.items():
        if host.get("diff"):
            by_diff.setdefault(host["diff"], []).append(name)
    lines = []
    for diff, names in by_diff.items():
        lines.append(f"  files      on {', '.join(names)}:")
        lines += [f"             {line}" for line in diff.splitlines()]
    return lines


def fleet(seen: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """What runs where: one row per container."""
    rows = [("host", "service", "version", "state", "head", "container")]
    for host, observation in seen.items():
        trouble = next((key for key in ("unreachable", "failed") if observation.get(key)), None)
        if trouble:
            rows.append((host, "-", "-", trouble, "-", "-"))
            continue
        head = ((observation["database"] or {}).get("ledger") or {}).get("head") or "-"
        for service in observation["services"]:
            for container in service["containers"]:
                rows.append((host, service["name"], version(container), state(container), head, known_as(container)))
            if not service["containers"]:
                rows.append((host, service["name"], "-", "no container", head, "-"))
    return table(rows)


def set_aside(seen: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """What restores have left for a person to decide about, once for each database."""
    lines: dict[str, None] = {}
    for observation in seen.values():
        database = observation.get("database") or {}
        restores = database.get("restores") or {}
        if restores.get("under_way"):
            job = restores["under_way"]
            lines[f"The restore of {job['backup']} into {database['name']} isn't finished ({job['new']})"] = None
        for each in restores.get("kept") or []:
            told = f"{each['name']} is {database['name']} as it was before {each['backup']} was restored on {each['began']}"
            lines[f'{told}; when you are sure: DROP DATABASE "{each["name"]}"'] = None
    return list(lines)


def version(container: Mapping[str, Any]) -> str:
    """What a container runs, as shortly as it can be told."""
    tag = None if container["reference"].startswith("sha256:") else parse(container["reference"]).tag
    return tag or container["version_label"] or container["image_id"][:19]


def known_as(container: Mapping[str, Any]) -> str:
    """A container's id, as short as Docker has it; of a stack's task, which one and on which node."""
    return container.get("task") or container["id"][:12]


def state(container: Mapping[str, Any]) -> str:
    """Status and health in one word each."""
    return container["status"] + (f", {container['health']}" if container["health"] else "")


def _all(hosts: Mapping[str, Any]) -> str:
    return f"all {len(hosts)} hosts" if len(hosts) > 1 else next(iter(hosts))


def backups(content: Mapping[str, Any]) -> list[str]:
    """Which database is backed up where, before it is."""
    return [
        f"Backing up {each['name']} of {', '.join(each['hosts'])} ({readable(each['size'])}) on {each['backup_host']} in {each['directory']}: "
        f"up to {readable(each['space_needed'])} of {readable(each['space_free'])} free"
        for each in content["databases"].values()
    ]


def backup(made: Mapping[str, Any]) -> str:
    """One line about a backup that was made."""
    rows = sum(made["tables"].values())
    without = f", without the rows of {', '.join(made['without_data'])}" if made.get("without_data") else ""
    return (
        f"Backup {made['id']}: {readable(made['size'])} in {made['seconds']:g} s, {counted(len(made['tables']), 'table')} with "
        f"{counted(rows, 'row')} at head "
        f"{made['head'] or 'unknown'}{without}, verified by {made['verified']}: {made['path']}"
    )


def copied(copy: Mapping[str, Any]) -> str:
    """One line about the copy of a backup."""
    return (
        f"Copy of {copy['id']}: {readable(copy['size'])} in {counted(copy['files'], 'file')}, every checksum compared, in {copy['seconds']:g} s: "
        f"{copy['place']}"
    )


def copied_to(place: str | None) -> str:
    """Where a backup's copy is, in brackets; nothing where there is none."""
    return f" (a copy is {place})" if place else ""


def whereabouts(backup: Mapping[str, Any]) -> str:
    """Where a backup is, as HOST:PATH, and where its copy is."""
    return f"{backup['host']}:{backup['path']}{copied_to(backup.get('copied_to'))}"


def under_way(host: str, what: str, progress: Mapping[str, Any]) -> str:
    """One line about a backup, copy or restore that takes its time."""
    how_far = (
        f", {readable(progress['written'])} written of at most {readable(progress['at_most'])}"
        if "written" in progress
        else ""
    )
    return f"{host}  {what} {progress['seconds']:.0f} s  {progress['doing']}{how_far}"


def afterwards(content: Mapping[str, Any]) -> list[str]:
    """What is left to the operator: the vendor's advice, and the hops still to take."""
    lines = [f"Afterwards: {each.strip()}" for each in content["advice"]]
    if content["hops"]:
        lines.append(
            f"This was a required stop. Still to come: {' > '.join(content['hops'])}; run the same command again, unless this run goes on by itself"
        )
    return lines

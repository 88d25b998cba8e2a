# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes back, and how one would, as text that a person reads in ten seconds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils.sizes import readable
from ansible_collections.ratchet.runtime.plugins.plugin_utils import duration
from ansible_collections.ratchet.runtime.plugins.plugin_utils.tables import copied_to, files, table, to_accept
from ansible_collections.ratchet.runtime.plugins.plugin_utils.wording import counted


def restoration(content: Mapping[str, Any]) -> list[str]:
    """The plan of a restore."""
    chosen, database = content["backup"], content["database"]
    age = f", {duration.readable(chosen['age'])} ago" if chosen["age"] is not None else ""
    for_deploy = content["made_for"]
    belongs = f"; made before the deploy of {for_deploy['to']} on {for_deploy['from']}" if for_deploy else ""
    lines = [f"Restore {content['run']}: {chosen['id']} in the place of {database['name']}"]
    lines += table(
        [
            ("host", "now", "then", "services", "what happens"),
            *(_restored_host_row(name, host) for name, host in content["hosts"].items()),
        ]
    )
    lines.append(
        f"  database   {database['name']}: {readable(database['size'])}, PostgreSQL {database['server_version'].split()[0]}, "
        f"head {database['head'] or 'unknown'}; dumped first, and kept under another name"
    )
    lines.append(
        f"  backup     of {chosen['started_at']}{age}, on {chosen['host']}: {counted(chosen['tables'], 'table')} with "
        f"{counted(chosen['rows'], 'row')} at head "
        f"{chosen['head'] or 'unknown'}, verified by {chosen['verified']}{belongs}"
    )
    if chosen["without_data"]:
        lines.append(f"  note       it holds no rows of {', '.join(chosen['without_data'])}")
    if content["restored"]:
        lines.append(
            f"  note       an earlier run has put it there (the old one is {content['restored']}): what is left is to start"
        )
    return lines + to_accept(content["matters"], "restore")


def rollback(content: Mapping[str, Any]) -> list[str]:
    """The plan of a rollback."""
    lines = [f"Rollback {content['run']}: takes back {_deploys(content['deploys'])}"]
    lines += table(
        [
            ("host", "now", "then", "services", "what happens"),
            *(_back_host_row(name, host) for name, host in content["hosts"].items()),
        ]
    )
    words = {"image": "stays as it is", "command": "is migrated down", "restore": "is replaced by its backup"}
    for database in content["ways"].values():
        lines.append(
            f"  database   {database['name']} of {', '.join(database['hosts'])} {words[database['way']]}: {database['why']}"
        )
        if database["stops"]:
            lines.append(f"  stops      {database['stops']}")
        lines += [
            f"  command    {' '.join(each)}, in the newer image, while nothing else runs"
            for each in database["commands"]
        ]
        if database["backup"]:
            made = database["backup"]
            lines.append(
                f"  backup     {made['id']} of {made['started_at']} on {made['host']}: {counted(made['tables'], 'table')} with "
                f"{counted(made['rows'], 'row')} at head "
                f"{made['head'] or 'unknown'}; the database as it is now is dumped first, and kept under another name"
            )
        if database["restored"]:
            lines.append(f"  note       an earlier run has put it there (the old one is {database['restored']})")
    lines += [f"  hook       {name}: {hook['file']} ({hook['sha256'][:12]})" for name, hook in content["hooks"].items()]
    lines += files(content["hosts"])
    lines += [f"  note       {note}" for note in content["notes"]]
    if not content["changes"]:
        lines.append("  note       every host is there already, and is only watched")
    return lines + to_accept(content["matters"], "rollback")


def _deploys(content: Sequence[Mapping[str, Any]]) -> str:
    return "; ".join(f"{each['deploy']} ({', '.join(each['from'])} to {', '.join(each['to'])})" for each in content)


def _back_host_row(name: str, host: Mapping[str, Any]) -> tuple[str, ...]:
    what = {"back": "goes back", "confirm": "is there already: only watched", "none": "nothing: it had no part in it"}[
        host["action"]
    ]
    if host["stops"]:
        what = "stops; " + ("the backup is restored from here; " if host["restores"] else "")
        what += "starts first" if host["migrates"] else "starts when the first host is well"
    return (name, host["current"], host["target"], ",".join(host["services"]), what)


def _restored_host_row(name: str, host: Mapping[str, Any]) -> tuple[str, ...]:
    if not host["stops"]:
        return (name, host["current"], host["current"], ",".join(host["services"]), "nothing: it uses another database")
    what = "stops; " + ("the backup is restored from here; " if host["restores"] else "")
    what += "starts first" if host["migrates"] else "starts when the first host is well"
    return (name, host["current"], host["target"], ",".join(host["services"]), what)


def restored(done: Mapping[str, Any]) -> list[str]:
    """What a restore has put where, and what it changed."""
    lines = [
        f"Restored {done['backup']}. The database as it was is kept as {done['before']}"
        + (f", and its dump as {done['safety']}" if done["safety"] else "")
    ]
    lines += [
        f"  {name}: {_rows(before)} before, {_rows(now)} now" for name, (before, now) in list(done["rows"].items())[:20]
    ]
    return lines


def _rows(count: int | None) -> str:
    return "no such table" if count is None else counted(count, "row")


def way_back(content: Mapping[str, Any], heads: Mapping[str, str | None]) -> list[str]:
    """What an operator who wants to go back later will have to know; ``heads`` are the schema heads now, by database."""
    by_steps: dict[tuple[str, ...], list[str]] = {}
    for name, host in content["hosts"].items():
        if host["action"] == "upgrade" or host["begun"]:
            by_steps.setdefault((host["origin"], *host["undo"]), []).append(name)
    lines = []
    for (version_before, *steps), names in by_steps.items():
        lines.append(f"The way back to {version_before} on {', '.join(names)}:")
        lines.append("  ansible-playbook ratchet.runtime.rollback, which sees to the database, too; or by hand:")
        lines += [f"  {step}" for step in steps]
    for identity, database in content["databases"].items():
        before, now = database["head_before"], heads.get(identity)
        if not before and not now:
            lines.append(
                f"  whether the schema of {database['name']} was changed isn't known: restore its backup first"
            )
        elif now == before:
            lines.append(f"  the schema of {database['name']} was not changed, so the image alone goes back")
        else:
            lines.append(
                f"  {database['name']} was migrated from {before or 'an unknown head'} to {now or 'an unknown head'}: restore its backup first"
            )
    earlier = {
        (each["backup"]["path"], each["backup"]["host"], each["backup"].get("copied_to") or "")
        for host in content["hosts"].values()
        if (each := host["begun"]) and each.get("backup")
    }
    lines += [
        f"  the state before it is in the backup of the run that was not finished: {path} on {at}{copied_to(copy)}"
        for path, at, copy in sorted(earlier)
    ]
    return lines

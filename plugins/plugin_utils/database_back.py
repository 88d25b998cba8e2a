# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of a database when the runtime goes back: it stays, is migrated down, or is replaced by its backup. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.plugin_utils import chosen_backup, crossings, duration
from ansible_collections.ratchet.runtime.plugins.plugin_utils.problems import Problems
from ansible_collections.ratchet.runtime.plugins.plugin_utils.profile import Beforehand, Profile, WayBack
from ansible_collections.ratchet.runtime.plugins.plugin_utils.rollback_wish import Step, Wish
from ansible_collections.ratchet.runtime.plugins.plugin_utils.wording import counted


def of(
    id: str,
    fleet: Mapping[str, Mapping[str, Any]],
    steps: Mapping[str, Step],
    stores: Mapping[str, Sequence[Mapping[str, Any]]],
    wish: Wish,
    told: Problems,
) -> dict[str, Any]:
    """What becomes of one database: ``way``, ``why``, and what that needs; ``stops``, why all its hosts stop, comes from the plan."""
    hosts = [host for host, seen in fleet.items() if (seen["database"] or {}).get("id") == id]
    seen = fleet[next(host for host in hosts if host in steps)]["database"]
    first = min((steps[host] for host in hosts if host in steps), key=lambda step: str(step.first.get("began")))
    before, now = first.first.get("head_before"), (seen["ledger"] or {}).get("head")
    back = _known_way(wish.profile, first)
    way, why = _way(before, now, back, wish.way)
    found = {
        "id": id,
        "name": seen["name"],
        "hosts": hosts,
        "way": way,
        "why": why,
        "head": now,
        "head_before": before,
        "commands": [],
        "backup": None,
        "holder": "",
        "restored": None,
        "stops": "",
    }
    if way == "image" and before != now and back.by != "image":
        told.matter(
            "schema_head",
            f"the database {seen['name']} stays at the schema {now}, while {first.version} was made for {before}, and whether it works on that "
            "isn't known",
            "Leave runtime_way_back out, so that the database goes back, too",
        )
    elif way == "command":
        found["commands"] = _commands(back, first, wish, told)
        found["why"] += "".join(
            f"; first {' '.join(each.command)}, as {each.why}{_linked(each)}" for each in back.first
        )
    elif way == "restore":
        found.update(_restore(seen, hosts, fleet, first, stores, wish, told, why))
    return found


def _known_way(profile: Profile, step: Step) -> WayBack:
    """The profile's way back; what it can't order, it knows nothing of."""
    try:
        return crossings.way_back(profile, step.version, step.newer)
    except RatchetError as error:
        return WayBack("restore", why=error.reason)


def _way(before: str | None, now: str | None, back: WayBack, wanted: str) -> tuple[str, str]:
    link = _linked(back)
    if wanted != "auto":
        return wanted, "asked for"
    if before and before == now:
        return "image", f"the schema is at {now}, as it was before"
    if back.by == "image":
        return "image", f"the old version works on the new schema: {back.why or 'by the profile'}{link}"
    moved = (
        f"the schema went from {before} to {now}" if before and now else "whether the schema has changed isn't known"
    )
    return back.by, f"{moved}; {back.why or 'by the profile'}{link}"


def _commands(back: WayBack, step: Step, wish: Wish, told: Problems) -> list[list[str]]:
    """What the newer image runs, one after another, the last of which migrates down."""
    if not back.command:
        told.add(
            RatchetError(
                f"the profile {wish.profile.name} knows no command that migrates from {step.newer} down to {step.version}",
                "Set runtime_way_back to restore, or leave it out",
            )
        )
    down = [part.replace("{version}", step.version) for part in back.command]
    return [*(list(each.command) for each in back.first), down]


def _linked(said: WayBack | Beforehand) -> str:
    return f" ({said.link})" if said.link else ""


def _restore(
    seen: Mapping[str, Any],
    hosts: list[str],
    fleet: Mapping[str, Mapping[str, Any]],
    first: Step,
    stores: Mapping[str, Sequence[Mapping[str, Any]]],
    wish: Wish,
    told: Problems,
    why: str,
) -> dict[str, Any]:
    """The backup that takes the database's place, and who puts it there."""
    named = first.first.get("backup")
    if not named:
        told.add(
            RatchetError(
                f"the database {seen['name']} has to go back, and the deploy {first.first['deploy']} made no backup of it",
                "Restore it by other means, then set runtime_way_back to image",
            )
        )
        return {}
    try:
        holders, manifest = chosen_backup.find(stores, named["id"])
    except RatchetError:
        copy = f"; a copy was made: {named['copied_to']}" if named.get("copied_to") else ""
        told.add(
            RatchetError(
                f"the backup {named['id']} of {named['host']} is needed, and isn't in runtime_backup_dir there any more{copy}",
                f"Put it back where it was ({named['path']})",
            )
        )
        return {}
    chosen_backup.refuse_other_restore(seen, manifest, told)
    holder = chosen_backup.holder(fleet, hosts, holders, manifest, told)
    described = chosen_backup.described(manifest, holder, wish.now)
    restored = chosen_backup.is_restored(fleet, hosts, seen, manifest)
    if not restored:
        ago = f", {duration.readable(described['age'])} ago" if described["age"] is not None else ""
        since = _since(manifest, seen.get("rows") or {})
        told.matter(
            "data_loss",
            f"the database {seen['name']} goes back to its backup of {described['started_at']}{ago} ({counted(described['rows'], 'row')} in "
            f"{counted(described['tables'], 'table')}): what was written since{since} is then only in the database that is kept under "
            f"another name, and in its dump. Why: {why}",
            "Mend the new version instead",
        )
    return {"backup": described, "holder": holder, "restored": restored}


# So many tables are named.
_NAMED = 5


def _since(manifest: Mapping[str, Any], now: Mapping[str, int]) -> str:
    """About how many rows each table has more than the backup, by the server's statistics: the most first."""
    then: Counter[str] = Counter()
    for name, rows in manifest["tables"].items():
        then[name.rpartition(".")[2].strip('"')] += rows
    more = Counter({name: rows - then[name] for name, rows in now.items() if rows > then[name]})
    told = [f"{counted(rows, 'row')} of {name}" for name, rows in more.most_common(_NAMED)]
    rest = sum(more.values()) - sum(rows for _name, rows in more.most_common(_NAMED))
    told += [f"{rest} of other tables"] if rest else []
    return f" (about {', '.join(told)})" if told else ""

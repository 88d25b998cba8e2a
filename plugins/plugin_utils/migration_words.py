# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A migration in words: how many are applied, what runs, how far it is, and whom it waits for. Pure."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from typing import Any

from ansible_collections.ratchet.runtime.plugins.plugin_utils import witnesses

# What a shell says with these: https://tldp.org/LDP/abs/html/exitcodes.html
_CODES = {126: "the command can't be executed", 127: "the command wasn't found"}


def applied(ledger: Mapping[str, Any] | None, of: int | None = None) -> str:
    """``7 of 19``, or ``7 applied`` where it isn't known how many there will be."""
    number = (ledger or {}).get("applied")
    if number is None:
        return ""
    return f"{number} of {of}" if of and of >= number else f"{number} applied"


def session(database: Mapping[str, Any], this: str, addresses: Mapping[str, str]) -> str:
    """What the migration does right now, and whom it waits for.

    The sessions that change the schema count, the ones that wait first; else one of this host's that waits, such as the UPDATE of a
    data migration.

    :param this: the name of the watched host.
    :param addresses: names of the fleet's hosts by the addresses that the database's server sees.
    """
    shown = _shown(database)
    if not shown:
        return ""
    words = shown["query"][:60].rstrip()
    if shown["blocked_by"]:
        return f"{words} (waits for {waits_for(shown, this, addresses)})"
    far = next((how_far(each) for each in database.get("commands") or [] if each["pid"] == shown["pid"]), "")
    return f"{words} ({far})" if far else words


def blocked(database: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """The session of :func:`session`, if it waits for others."""
    shown = _shown(database or {})
    return shown if shown and shown["blocked_by"] else None


def waits_for(waiting: Mapping[str, Any], this: str, addresses: Mapping[str, str]) -> str:
    """``pid 812: app1 scheduler, idle in transaction 3m``."""
    found = waiting.get("blockers") or []
    if not found:  # it was gone before it could be asked
        return f"pid {', '.join(map(str, waiting['blocked_by']))}"
    more = f" and {len(found) - 1} more" if len(found) > 1 else ""
    return blocker(found[0], this, addresses) + more


def blocker(who: Mapping[str, Any], this: str, addresses: Mapping[str, str]) -> str:
    """Who blocks: host and service where they are known, else the address; what it does, and for how long."""
    if not who["pid"]:
        return str(who["state"])
    client = who["client"]
    host = this if who.get("here") else addresses.get(client or "", client or "")
    name = " ".join(filter(None, (host, who.get("service") or who["application"])))
    state = " ".join(filter(None, (who["state"], age(who["seconds"]))))
    return f"pid {who['pid']}: " + ", ".join(filter(None, (name, state)))


def how_far(command: Mapping[str, Any]) -> str:
    """``building index: scanning table 43 %``, or how much is done where the whole isn't known."""
    phase = command["phase"] if command["phase"] else command["command"]
    if command["total"]:
        return f"{phase} {min(100, 100 * command['done'] // command['total'])} %"
    return f"{phase}, {command['done']} done" if command["done"] else str(phase)


def advice(database: Mapping[str, Any], this: str, addresses: Mapping[str, str]) -> list[str]:
    """What to do about a migration that has not come to its end."""
    ledger = database.get("ledger") or {}
    busy = database.get("migrating") or database.get("writing")
    waiting = blocked(database)
    lines = []
    if ledger.get("dirty"):
        lines.append(
            f"The migration {ledger['dirty_migration']} was begun and hasn't ended, so the schema may be half migrated. {ledger['dirty_remedy']}."
        )
    if ledger.get("locked"):
        lock = ledger["locked"]
        alone = (
            ""
            if busy
            else "No session changes anything now, so it may have been left behind by a process that is gone. "
        )
        lines.append(
            f"The migration lock of {ledger['framework']} ({lock['table']}) is held{witnesses.held_by(lock)}. {alone}"
            f"When nobody migrates any more, release it: {lock['remedy']}."
        )
    if waiting:
        pids = ", ".join(str(pid) for pid in waiting["blocked_by"] if pid) or "the prepared transaction"
        lines.append(
            f"It waits for {waits_for(waiting, this, addresses)}. Let that end, or end it (pg_terminate_backend: {pids}), and run again."
        )
    return lines


def age(seconds: float | None) -> str:
    """``40s``, ``3m``, ``2h 5m``."""
    if seconds is None:
        return ""
    minutes = int(seconds) // 60
    if not minutes:
        return f"{int(seconds)}s"
    return f"{minutes}m" if minutes < 60 else f"{minutes // 60}h {minutes % 60}m"


def exit_code(code: int, out_of_memory: bool) -> str:
    """An exit code, and what it stands for where that is agreed upon."""
    if out_of_memory:
        return f"{code}, out of memory"
    if code == 137:
        return "137 (killed from outside by SIGKILL; its memory limit wasn't the reason)"
    if code in _CODES:
        return f"{code} ({_CODES[code]})"
    try:
        return f"{code} ({signal.Signals(code - 128).name})"
    except ValueError:
        return str(code)


def _shown(database: Mapping[str, Any]) -> Mapping[str, Any] | None:
    migrating = database.get("migrating") or []
    ours = [each for each in database.get("waiting") or [] if each.get("here")]
    return next((each for each in migrating if each["blocked_by"]), next(iter([*migrating, *ours]), None))

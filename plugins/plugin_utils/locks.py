# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The locks that a fleet's observation shows, in words, and what they mean for a plan. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.plugin_utils import duration
from ansible_collections.ratchet.runtime.plugins.plugin_utils.problems import Problems

# Who holds one of these doesn't keep anybody from anything.
_GONE = ("ours", "dead", "expired")


def seen(fleet: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, dict[str, Any]]]:
    """Every lock of the fleet with where it is, that of a database once."""
    found: list[tuple[str, dict[str, Any]]] = []
    told = set()
    for host, observation in fleet.items():
        database = observation.get("database") or {}
        if database.get("lock") and database["id"] not in told:
            told.add(database["id"])
            found.append((place("database", host, database["name"]), database["lock"]))
        if observation.get("lock"):
            found.append((place("host", host), observation["lock"]))
    return found


def place(kind: str, host: str, name: str = "") -> str:
    """Where a lock is, in words."""
    return host if kind == "host" else f"the database {name or 'of ' + host}"


def refuse(fleet: Mapping[str, Mapping[str, Any]], problems: Problems) -> None:
    """Who may be at work is not disturbed."""
    for error in refusals([each for each in seen(fleet) if "error" in each[1] or each[1]["standing"] not in _GONE]):
        problems.add(error)


def refusals(found: Iterable[tuple[str, Mapping[str, Any]]]) -> list[RatchetError]:
    """What is in the way, once for each run.

    :param found: where, and the lease there, or why it can't be looked at.
    """
    runs: dict[str, tuple[Mapping[str, Any], list[str]]] = {}
    errors = []
    for where, lease in found:
        if "error" in lease:
            errors.append(RatchetError(f"{where}: {lease['error']}", lease["remedy"]))
        elif "unreadable" in lease:
            errors.append(
                RatchetError(
                    f"the lock of {where} can't be read: {lease['unreadable']}",
                    "Look at it, then remove it: ansible-playbook ratchet.runtime.unlock -e runtime_lock=unreadable",
                )
            )
        else:
            runs.setdefault(lease["run"], (lease, []))[1].append(where)
    return [*errors, *(_at_work(lease, places) for lease, places in runs.values())]


def _at_work(lease: Mapping[str, Any], places: list[str]) -> RatchetError:
    alive = lease.get("standing") == "live"
    wait = "Wait for its end" if alive else f"Wait for its end, or until the lock expires (in {_age(lease['left'])})"
    return RatchetError(
        f"another run is at work: {who(lease)}; it holds the lock of {', '.join(places)}",
        f"{wait}. Should it have died: ansible-playbook ratchet.runtime.unlock, with -e runtime_lock={lease['run']} if it asks for that",
    )


def told(fleet: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """A line for each run that holds locks, and for each that can't be read, for who only looks and for who takes over."""
    runs: dict[tuple[str, str], tuple[Mapping[str, Any], list[str]]] = {}
    lines = []
    for where, lease in seen(fleet):
        if "error" in lease or "unreadable" in lease:
            lines += [str(each) for each in refusals([(where, lease)])]
        elif lease["standing"] != "ours":
            runs.setdefault((lease["run"], lease["standing"]), (lease, []))[1].append(where)
    return [*lines, *(f"{', '.join(where)} locked by {who(lease)}{_but(lease)}" for lease, where in runs.values())]


def _but(lease: Mapping[str, Any]) -> str:
    return {
        "dead": "; its process has ended, so the next run takes over",
        "expired": "; it has expired, so the next run takes over",
    }.get(lease["standing"], "")


def who(lease: Mapping[str, Any]) -> str:
    """Who holds a lock, with which run, since when."""
    owner, job = lease["owner"], lease["owner"]["job"]
    awx = ""
    if job.get("id"):
        awx = f", AWX job {job['id']}" + (f" of {job['user']}" if job.get("user") else "")
    awx += f" ({job['url']})" if job.get("url") else ""
    return (
        f"{lease['verb'] or 'run'} {lease['run']} by {owner['user']}@{owner['controller']} (pid {owner['pid']}{awx}), since {lease['taken_at']}, "
        f"last sign of life {_age(lease['age'])} ago"
    )


def _age(seconds: float) -> str:
    return duration.readable(max(0.0, seconds))


def taken_over(where: str, lease: Mapping[str, Any], standing: str) -> str:
    """A line about a lock that this run takes from one that is gone."""
    why = "its process has ended" if standing == "dead" else "it has expired"
    return f"Taken over: the lock of {where}, held by {who(lease)}; {why}"

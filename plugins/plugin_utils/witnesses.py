# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The three witnesses of law 7, as pure predicates over one probe (``module_utils.health.probe``).

Each returns None when it agrees that all is well, otherwise what it says instead, in a few words.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils.masking import mask, printable


def engine(
    containers: list[Mapping[str, Any]],
    services: list[str],
    image_ids: set[str],
    replicas: Mapping[str, int] | None = None,
) -> str | None:
    """The engine: every service has its containers, all run the planned image, none is restarting or unhealthy.

    :param replicas: how many containers a service is to have, where that isn't one.
    """
    for service in services:
        found = sum(1 for container in containers if container["service"] == service)
        wanted = (replicas or {}).get(service, 1)
        if found < wanted:
            return f"{service} has {found} of {wanted} containers" if found else f"{service} has no container"
    for container in containers:
        if image_ids and container["image_id"] not in image_ids:
            return f"{container['name']} runs another image"
        if container["status"] != "running":
            return f"{container['name']} is {container['status']}"
        if container["health"] not in (None, "healthy"):
            return f"{container['name']} is {container['health']}"
    return None


def application(http: Mapping[str, Any] | None, expect: Mapping[str, Any]) -> str | None:
    """The application: HTTP status and body, as ``runtime_health_expect`` says."""
    if http is None:
        return None
    if "each" in http:
        doubts = ((name, application(answer, expect)) for name, answer in http["each"].items())
        return next((f"{name}: {doubt}" for name, doubt in doubts if doubt), None)
    if "error" in http:
        return f"no answer yet ({http['error']})"
    said = short(http["json"])
    if http["status"] != expect.get("status", 200):
        return f"HTTP {http['status']}{said}"
    missing = _differs(http["json"], expect.get("json"))
    return f"HTTP {http['status']}, but {missing}" if missing else None


def database(testimony: Mapping[str, Any] | None, head: str | None) -> str | None:
    """The database: no migration in flight or half done, and the schema head where it is known."""
    if testimony is None:
        return None
    if "error" in testimony:
        return testimony["error"]
    if testimony["migrating"]:
        return "a migration is in flight"
    if testimony.get("ledger_held"):
        return "somebody holds the ledger locked"
    ledger = testimony["ledger"] or {}
    if ledger.get("dirty"):
        return f"the migration {ledger['dirty_migration']} was begun and hasn't ended ({ledger['framework']}: dirty)"
    if ledger.get("locked"):
        return f"the migration lock of {ledger['framework']} is held{held_by(ledger['locked'])}"
    found = ledger.get("head")
    if head and found != head:
        return f"schema head {found} instead of {head}"
    return None


def held_by(lock: Mapping[str, Any]) -> str:
    """Who holds a migration lock and since when, as far as the framework keeps it."""
    return "".join(f" {word} {lock[key]}" for key, word in (("by", "by"), ("since", "since")) if lock.get(key))


def answers(http: Mapping[str, Any] | None) -> list[Mapping[str, Any]]:
    """The answers of the health URL, of which there are several where several containers were asked."""
    if not http:
        return []
    return list(http["each"].values()) if "each" in http else [http]


def short(body: Any) -> str:
    """The parts of a health body that fit in a line."""
    if not isinstance(body, dict):
        return ""
    told = [
        f"{_word(key)} {_word(value)}"
        for key, value in list(body.items())[:4]
        if isinstance(value, (str, int, float)) and len(str(value)) <= 60
    ]
    return f" ({', '.join(told)})" if told else ""


def _differs(found: Any, expected: Any, path: str = "the body") -> str | None:
    """The first place where ``found`` doesn't contain ``expected``; mappings may hold more than is expected."""
    if isinstance(expected, Mapping):
        if not isinstance(found, Mapping):
            return f"{path} isn't a JSON object"
        for key, value in expected.items():
            where = f"{path}.{key}" if path != "the body" else str(key)
            difference = _differs(found.get(key), value, where)
            if difference:
                return difference
        return None
    if expected is None or str(found) == str(expected):
        return None
    return f"{path} is {_word(found)!r} instead of {str(expected)!r}"


def _word(value: Any) -> str:
    """Something of a body, which anybody may have written, as one harmless word of a line."""
    return " ".join(printable(mask(str(value)), 80).split())

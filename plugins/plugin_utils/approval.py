# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan that was kept to be approved and then executed as it is: sealed, written, read, and held against today's."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils import atomic
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.plugin_utils.plan import Plan, fingerprint_of

FORMAT = 1
# How many differences are told one by one; the rest is a number.
_MOST = 12
# At least what can't be hit by chance.
_FINGERPRINT = re.compile(r"[0-9a-fA-F]{12,64}")


def sealed(plan: Plan, request: Mapping[str, Any], tag_of: Mapping[str, str]) -> dict[str, Any]:
    """A plan as it is kept, with what was asked for. It holds no secret.

    :param request: the arguments of the task that planned, to plan by again.
    :param tag_of: what the registry said about running images whose tags float, by digest.
    """
    content = {
        "format": FORMAT,
        "request": request,
        "tag_of": tag_of,
        "stable": plan.stable(),
        "plan": plan.as_dict(),
    }
    return {**content, "seal": fingerprint_of(content)}


def write(path: str, content: Mapping[str, Any]) -> None:
    """Keep a sealed plan in a file. Mode 0600, as it tells a lot about the hosts."""
    path = os.path.realpath(path)  # a link stays one
    if os.path.lexists(path) and not _is_ours(path):
        raise RatchetError(
            f"{path} is there already and holds something else than a plan", "Name another place in runtime_plan_file"
        )
    try:
        atomic.write(path, (json.dumps(content, indent=2, sort_keys=True) + "\n").encode())
    except OSError as error:
        raise RatchetError(
            f"the plan can't be kept in {path}: {error.strerror}",
            "Name a place in runtime_plan_file that this user may write to",
        ) from error


def _is_ours(path: str) -> bool:
    """Whether a file is a plan, or empty: nothing else is overwritten, and no device or pipe is replaced."""
    if not os.path.isfile(path):
        return False
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read()
        return not text or "seal" in json.loads(text)
    except (OSError, ValueError, TypeError, RecursionError):
        return False


def read(path: str) -> dict[str, Any]:
    """A plan as it was kept: ``request``, ``stable`` and ``plan``.

    :raises RatchetError: when there is none, or it isn't as it was written.
    """
    anew = "Make it anew with the playbook plan and the same runtime_plan_file"
    what = f"the plan in {path}"
    try:
        with open(path, encoding="utf-8") as file:
            content = json.load(file)
    except FileNotFoundError:
        raise RatchetError(
            f"there is no plan in {path}", "Make one with the playbook plan and the same runtime_plan_file"
        ) from None
    except OSError as error:
        raise RatchetError(f"{what} can't be read: {error.strerror}", "See to its permissions") from error
    except (ValueError, RecursionError) as error:
        raise RatchetError(f"{what} isn't one: it is no JSON", anew) from error
    return unsealed(content, what, anew)


def unsealed(content: Any, what: str, anew: str) -> dict[str, Any]:
    """A plan as it was kept, if nobody has changed it since.

    :param what: how it is called; ``anew`` how another one is made.
    :raises RatchetError: when it isn't one, or isn't as it was made.
    """
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise RatchetError(f"{what} isn't a plan that this version of the collection made", anew)
    try:
        seal = fingerprint_of({key: value for key, value in content.items() if key != "seal"})
        same = seal == content["seal"] and fingerprint_of(content["stable"]) == content["plan"]["fingerprint"]
    except (KeyError, TypeError):
        same = False
    if not same:
        raise RatchetError(f"{what} was changed after it was made: its fingerprint doesn't fit", anew)
    if not _is_whole(content):
        raise RatchetError(f"{what} isn't a plan that this version of the collection made", anew)
    return content


def _is_whole(content: Mapping[str, Any]) -> bool:
    """Whether what is read of a kept plan is of its kind: anybody can make a seal that fits."""
    request, stable, plan = content.get("request"), content["stable"], content["plan"]
    if not all(isinstance(each, dict) for each in (request, content.get("tag_of"), stable, plan)):
        return False
    kinds = [(stable.get("hosts"), dict), (stable.get("databases"), dict), (plan.get("hops"), list)]
    kinds += [(plan.get("version"), str), (plan.get("asked"), str), (request.get("accept", []), list)]
    return all(isinstance(value, kind) for value, kind in kinds) and all(
        isinstance(each, dict) for each in (*stable["hosts"].values(), *stable["databases"].values())
    )


def refuse_other(wanted: str, kept: Mapping[str, Any] | None, today: Plan) -> None:
    """An approval that names a fingerprint is of that plan alone.

    :param wanted: the fingerprint, or its beginning as the plan prints it; ``kept`` the plan that is at hand, if there is one.
    :raises RatchetError: when what would be executed has another.
    """
    if not _FINGERPRINT.fullmatch(wanted):
        raise RatchetError(
            "runtime_plan_fingerprint is no fingerprint of a plan",
            "Give the 16 characters that the plan prints, or all 64",
        )
    if not kept and today.hops:
        raise RatchetError(
            f"runtime_plan_fingerprint is of one hop, and {', '.join(today.hops)} would come after it",
            "Take each hop by its own approval, without runtime_hops. Nothing was touched",
        )
    has = kept["plan"]["fingerprint"] if kept else today.fingerprint()
    if has.startswith(wanted.lower()) or (kept is None and not today.changes):
        return
    why = (
        "they are of different plans"
        if kept
        else "something has changed since, or other things are asked for; where the plan itself is handed on, too, what has changed is told"
    )
    raise RatchetError(
        f"what was approved has the fingerprint {wanted[:16]}, and what would be executed {has[:16]}: {why}",
        "Plan and approve anew. Nothing was touched",
    )


def refuse_drift(what: str, kept: Mapping[str, Any], today: Plan) -> None:
    """An approval is of one plan on one state: what differs today is named, and nothing is done.

    What the plan itself has done since is no drift: a run that was killed is repeated, and finishes.

    :param what: how the kept plan is called.
    :raises RatchetError: when anything else differs.
    """
    before, now = _comparable(kept["stable"], today.stable())
    found = list(_differences(before, now))
    if not found or not today.changes:
        return
    told = [f"{where}: was {_short(old)}, is {_short(new)}" for where, old, new in found[:_MOST]]
    if len(found) > _MOST:
        told.append(f"and {len(found) - _MOST} more")
    raise RatchetError(
        f"{what} no longer fits: " + "; ".join(told),
        "Look at what changed, then plan and approve anew. Nothing was touched",
        drift=[where for where, _old, _new in found],
    )


def _comparable(kept: Mapping[str, Any], today: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Both plans without what an interrupted run of the kept one has changed by itself."""
    done = [
        host
        for host, plan in today["hosts"].items()
        if plan["action"] != "upgrade" and (kept["hosts"].get(host) or {}).get("action") == "upgrade"
    ]
    begun = [
        host for host in today["hosts"] if host not in done and _begun(kept["hosts"].get(host), today["hosts"][host])
    ]
    before, now = dict(kept), dict(today)
    if done or begun:
        for plan in (before, now):
            plan["hosts"] = {host: _left(each) for host, each in plan["hosts"].items() if host not in done}
            for key in ("current", "change", "strategy_reason"):
                plan.pop(key)
            plan["databases"] = {id: {**each, "head": None} for id, each in plan["databases"].items()}
    for host in begun:
        own = _own(before["hosts"][host], now["hosts"][host])
        for plan in (before, now):
            left = [each for each in plan["hosts"][host]["running"] if each["service"] not in own]
            plan["hosts"] = {**plan["hosts"], host: {**plan["hosts"][host], "running": left, "current": ""}}
    # A file that says the target already was written by that run, or by somebody who meant the same.
    for host, each in now["hosts"].items():
        if not each["edits"] and host in before["hosts"]:
            before["hosts"] = {**before["hosts"], host: {**before["hosts"][host], "edits": [], "undo": each["undo"]}}
    return before, now


def _begun(kept: Mapping[str, Any] | None, today: Mapping[str, Any]) -> bool:
    """Whether the kept plan has begun with a host: some of its containers run the planned image already."""
    return kept is not None and kept["action"] == today["action"] == "upgrade" and bool(_own(kept, today))


def _own(kept: Mapping[str, Any], today: Mapping[str, Any]) -> set[str]:
    """The services of a host that run what the kept plan gives them, and didn't before."""
    found = {each["service"] for each in today["running"]}
    for each in today["running"]:
        known = {digest.rpartition("@")[2] for digest in each["digests"]}
        planned = each["reference"].partition("@")[0] == kept["reference"] and (not known or kept["digest"] in known)
        if not planned or each in kept["running"]:
            found.discard(each["service"])
    return found


def _left(host: Mapping[str, Any]) -> dict[str, Any]:
    """What still counts of a host that an interrupted run didn't get to: who migrates and backs up has been decided."""
    return {key: value for key, value in host.items() if key not in ("backs_up", "stops", "migrates", "images")}


def _differences(before: Any, now: Any, where: str = "") -> Iterator[tuple[str, Any, Any]]:
    if isinstance(before, dict) and isinstance(now, dict):
        for key in sorted({*before, *now}):
            yield from _differences(before.get(key), now.get(key), f"{where}.{key}" if where else str(key))
    elif isinstance(before, list) and isinstance(now, list) and len(before) == len(now):
        for number, (left, right) in enumerate(zip(before, now, strict=True)):
            yield from _differences(left, right, f"{where}[{number}]")
    elif before != now:
        yield where, before, now


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True)
    return text if len(text) <= 80 else text[:77] + "..."


def absolute(path: str) -> str:
    """Relative paths are meant from where ``ansible-playbook`` was started."""
    return os.path.abspath(os.path.expanduser(path))

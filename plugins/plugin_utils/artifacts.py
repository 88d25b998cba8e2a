# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run leaves for the next job of a workflow and for who approves it, as C(set_stats) would. Small, and without secrets. Pure.

AWX shows them with the job and gives them to every later job as extra variables, which beat all others. So none may have
the name of a variable that a stage sets.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils.masking import printable

PLAN, FINGERPRINT, SUMMARY, RESULT = (
    "runtime_approved_plan",
    "runtime_plan_fingerprint",
    "runtime_plan_summary",
    "runtime_result",
)
# Those that nobody sets by hand.
TOLD = frozenset((SUMMARY, RESULT))


def left(data: Mapping[str, Any], aggregate: bool = False) -> dict[str, Any]:
    """A task's result that leaves them, once for the whole run.

    :param aggregate: whether several hosts put theirs together.
    """
    return {"ansible_stats": {"data": dict(data), "per_host": False, "aggregate": aggregate}}


def of_plan(plan: Mapping[str, Any], packed: str) -> dict[str, Any]:
    """What C(plan) leaves.

    :param plan: as it travels; ``packed`` as the next job takes it, empty where it is too long for that.
    """
    told = {FINGERPRINT: plan["fingerprint"], SUMMARY: _summary(plan)}
    return {**told, PLAN: packed} if packed else told


def _summary(plan: Mapping[str, Any]) -> dict[str, Any]:
    unread = [matter for matter in plan["matters"] if not matter["accepted"]]
    verdict = "needs accepting" if unread else "ready"
    return {
        "verdict": verdict if plan["changes"] else "nothing to do",
        "run": plan["run"],
        "from": plan["current"],
        "to": plan["version"],
        "change": plan["change"],
        "hops": list(plan["hops"]),
        "strategy": plan["strategy"],
        "seconds": plan["estimate"].get("seconds"),
        "hosts": {name: host["action"] for name, host in plan["hosts"].items()},
        "databases": [
            {"name": each["name"], "hosts": list(each["hosts"]), "size": each["size"], "head": each["head"]}
            for each in plan["databases"].values()
        ],
        "needs_accepting": [{"id": each["id"], "reason": printable(each["reason"], 500)} for each in unread],
        "accepted": [each["id"] for each in plan["matters"] if each["accepted"]],
    }


def nothing_to_do(plan: Mapping[str, Any]) -> dict[str, Any]:
    """What an upgrade leaves that finds every host where it should be."""
    return {RESULT: {"verb": "upgrade", "outcome": "nothing to do", "run": plan["run"], "to": plan["version"]}}


def of_run(account: Mapping[str, Any], page: str) -> dict[str, Any]:
    """What C(upgrade) and C(rollback) leave, also where they fail.

    :param account: as ``run_account.of`` tells it.
    :param page: the folder of the run's page on the controller; empty where there is none.
    """
    return {
        RESULT: {
            "verb": account["kind"],
            "outcome": account["outcome"],
            "run": account["id"],
            "deploys": sorted({each["deploy"] for each in account["hosts"] if each["deploy"]}),
            "from": account["current"],
            "to": account["target"],
            "hosts": {each["name"]: each["outcome"] for each in account["hosts"]},
            "databases": [
                {key: each[key] for key in ("name", "head_before", "head_after")} | {"backup": _backup(each["backup"])}
                for each in account["databases"]
            ],
            "message": printable(account["message"], 2000),
            "report": page,
        }
    }


def _backup(made: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return {key: made[key] for key in ("id", "host", "path", "copied_to")} if made else None


def of_rehearsal(report: Mapping[str, Any], folder: str) -> dict[str, Any]:
    """What C(rehearse) leaves of one database.

    :param report: as it is in C(report.json); ``folder`` where that is on the controller.
    """
    told = {
        "outcome": report["verdict"],
        "from": report["current"],
        "to": report["target"],
        "reasons": [
            {key: printable(str(each[key]), 500) for key in ("id", "kind", "text")} for each in report["reasons"]
        ],
        "seconds": report["migration"]["seconds"],
        "report": folder,
    }
    return {RESULT: {"verb": "rehearse", "run": report["id"], "rehearsals": {report["database"]["name"]: told}}}

# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is printed and kept of a rehearsal. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.ratchet.runtime.plugins.plugin_utils import duration
from ansible_collections.ratchet.runtime.plugins.plugin_utils.rehearsal_verdict import ACCEPTABLE, FAILED, WARNED

_DOWNWARD = "  A version below can be rehearsed; upgrade never goes there, only rollback does"


def lines(told: Mapping[str, Any], folder: str) -> list[str]:
    """The rehearsal in a few lines.

    :param folder: where its report is on the controller.
    """
    return [
        _verdict(told),
        *(f"  {each['kind']}: {each['text']}" for each in told["reasons"]),
        *_times(told),
        *_schema(told),
        *_packages(told),
        *([_DOWNWARD] if told["downward"] else []),
        f"  The whole report: {folder}/report.html",
    ]


def message(told: Mapping[str, Any], folder: str) -> str:
    """Why the run fails; empty where it doesn't."""
    if told["verdict"] != FAILED:
        return ""
    failed = [each["text"] for each in told["reasons"] if each["kind"] == FAILED]
    logs = [
        line
        for name, log in told["logs"].items()
        for line in (f"The end of the log of {name}:", *(f"  | {each}" for each in log))
    ]
    what = "The way down" if told["downward"] else "The upgrade"
    return "\n".join(
        [
            f"{what} of {told['database']['name']} to {told['target']} would fail: {'; '.join(failed)}.",
            *logs,
            *_ways_on(told["reasons"]),
            f"Production was not touched. The report is in {folder}.",
        ]
    )


def entry(told: Mapping[str, Any], host: Mapping[str, Any]) -> dict[str, Any]:
    """What the hosts keep of it, for the policy that asks for one.

    :param host: the part of the plan of the host on which it was rehearsed.
    """
    return {
        "deploy": told["id"],
        "outcome": told["verdict"],
        "reasons": [each["text"] for each in told["reasons"]],
        "database": told["database"]["id"],
        "from": sorted({each["image_id"] for each in host["running"]}),
        "to": {"version": told["target"], "reference": host["reference"], "digest": host["digest"]},
        "head_before": told["database"]["head_before"],
        "head_after": told["database"]["head_after"],
        # The version before was to work on the new schema, too.
        "rolling": told["older_version"]["required"],
        "seconds": told["migration"]["seconds"],
        "by": told["by"],
    }


def _verdict(told: Mapping[str, Any]) -> str:
    what = f"{told['current']} to {told['target']} on a copy of {told['database']['name']}"
    words = {FAILED: "would fail", WARNED: "would work, with something to read"}
    return f"Rehearsed {what}: it {words.get(told['verdict'], 'would work')}"


def _ways_on(reasons: Iterable[Mapping[str, Any]]) -> list[str]:
    """What an operator may do, where everything that has failed leaves a choice."""
    failed = {each["id"] for each in reasons if each["kind"] == FAILED}
    if not failed <= {*ACCEPTABLE}:
        return []
    # With what was accepted already, as the variable is set anew.
    ids = [id for id in ACCEPTABLE if any(each["id"] == id for each in reasons)]
    only = "With -e runtime_strategy=single_instance only one version runs at a time."
    accepted = json.dumps({"runtime_accept": ids})
    return [
        *([only] if "older_version" in failed else []),
        f"If that is as it should be, rehearse again with -e '{accepted}'.",
    ]


def _times(told: Mapping[str, Any]) -> list[str]:
    took = duration.readable(told["migration"]["seconds"])
    if not told["estimate"]:
        return [f"  {told['migration']['state']} after {took}"]
    real = duration.readable(told["estimate"]["seconds"])
    return [f"  well after {took}; the real run may take {real} ({told['estimate']['why']})"]


def _schema(told: Mapping[str, Any]) -> list[str]:
    database = told["database"]
    changes = ", ".join(
        f"{len(told['schema'][kind])} {kind}" for kind in ("added", "removed", "changed") if told["schema"][kind]
    )
    before, after = database["head_before"] or "none", database["head_after"] or "unknown"
    moved = database["head_before"] != database["head_after"]
    heads = f"{before} to {after}" if moved else f"stays {after}" if database["head_after"] else after
    return [f"  schema head {heads}{f'; objects: {changes}' if changes else ''}"]


def _packages(told: Mapping[str, Any]) -> list[str]:
    counts = (told["packages"] or {}).get("counts") or {}
    found = ", ".join(f"{number} {kind.replace('_', ' ')}" for kind, number in counts.items() if number)
    return [f"  packages: {found}"] if found else []

# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of manifests, as text. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.ratchet.runtime.plugins.plugin_utils import tables
from ansible_collections.ratchet.runtime.plugins.plugin_utils.manifest_file import Workload
from ansible_collections.ratchet.runtime.plugins.plugin_utils.wording import counted

# How the pods of each kind come to their new image once the manifest is applied.
_RESTART = {
    "Deployment": "its pods are replaced",
    "StatefulSet": "its pods are replaced, one after another",
    "DaemonSet": "its pods are replaced, node by node",
    "CronJob": "its next run takes the new image",
    "Job": "a job's pods can't be changed: delete it and create it again",
    "Pod": "its container is restarted",
    "ReplicaSet": "its pods stay as they are: delete them, so that new ones come",
}


def of(plan: Mapping[str, Any], place: Mapping[str, str] | None) -> list[str]:
    """The plan, as it is printed before anything is written."""
    if not plan["edits"]:
        many = counted(len(plan["files"]), "manifest")
        lines = [f"Nothing is left to write: {many} {'name' if len(plan['files']) > 1 else 'names'} {plan['version']}"]
        return lines + ([*_cluster(plan, place), *tables.to_know(plan, "manifest")] if place is not None else [])
    change = f"{plan['current']} to {plan['version']} ({plan['change']})"
    lines = [f"Plan: {change}, profile {plan['profile']}, {counted(len(plan['edits']), 'manifest')}"]
    for each in plan["edits"]:
        lines += [f"  {line}" for line in each.diff.splitlines()]
    lines += _cluster(plan, place)
    return [*lines, *tables.to_know(plan, "manifest")]


def _cluster(plan: Mapping[str, Any], place: Mapping[str, str] | None) -> list[str]:
    """Who has to be restarted, and who does that."""
    lines = [
        f"  restart    {Workload(**each)}: {_RESTART.get(each['kind'], 'as its kind has it')}"
        for each in plan["workloads"]
    ]
    if plan["unnamed"]:
        lines.append(
            f"  restart    whoever runs the image of {', '.join(plan['unnamed'])}: the file doesn't say, or isn't YAML"
        )
    if place is None:
        return [*lines, "  apply      is yours to do: every one of these has to be restarted with the new version"]
    where = ", ".join(f"{key} {value}" for key, value in place.items()) or "of the current context"
    return [*lines, f"  apply      in the cluster ({where}), and each rollout is watched to its end"]

# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a rollout in a cluster is, by what the cluster says of a workload and its pods. Pure.

https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#deployment-status
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# What a container waits for that doesn't pass by itself; and after how many starts a crash is a loop.
_HOPELESS = frozenset({"ImagePullBackOff", "InvalidImageName", "CreateContainerConfigError", "CreateContainerError"})
_CRASHES = 2


@dataclass(frozen=True)
class State:
    """How far it is.

    :ivar words: for a line of output; another text means progress.
    :ivar trouble: why it will not come to its end, as a sentence without a full stop.
    """

    done: bool
    words: str
    trouble: str = ""


def of(live: Mapping[str, Any], pods: Sequence[Mapping[str, Any]]) -> State:
    """How far the rollout of one workload is.

    :param live: the object, as the cluster has it.
    :param pods: those that its selector finds, old and new.
    """
    judge = _JUDGES.get(live.get("kind", ""))
    if not judge:
        return State(True, "takes the new image when its pods are made anew")
    status = live.get("status") or {}
    if status.get("observedGeneration", 0) < (live["metadata"].get("generation") or 0):
        return State(False, "not seen by its controller yet")
    state = judge(live.get("spec") or {}, status)
    trouble = "" if state.done else state.trouble or next(_hopeless(live, pods), "")
    return State(state.done, state.words, trouble)


def _deployment(spec: Mapping[str, Any], status: Mapping[str, Any]) -> State:
    wanted = _wanted(spec)
    updated, all_, available = (status.get(key) or 0 for key in ("updatedReplicas", "replicas", "availableReplicas"))
    words = f"{updated} of {wanted} pods are new, {available} of {all_} available"
    for each in status.get("conditions") or []:
        if each.get("type") == "Progressing" and each.get("reason") == "ProgressDeadlineExceeded":
            return State(False, words, f"its progress deadline has passed: {each.get('message') or words}")
    return State(updated >= wanted and all_ <= updated and available >= updated, words)


def _stateful_set(spec: Mapping[str, Any], status: Mapping[str, Any]) -> State:
    how = spec.get("updateStrategy") or {}
    if how.get("type") == "OnDelete":
        return State(True, "gets its new pods when you delete the old ones (OnDelete)")
    wanted = _wanted(spec)
    kept = (how.get("rollingUpdate") or {}).get("partition") or 0
    updated, ready = (status.get(key) or 0 for key in ("updatedReplicas", "readyReplicas"))
    words = f"{updated} of {wanted - kept} pods are new, {ready} of {wanted} ready"
    return State(updated >= wanted - kept and ready >= wanted, words)


def _daemon_set(spec: Mapping[str, Any], status: Mapping[str, Any]) -> State:
    if (spec.get("updateStrategy") or {}).get("type") == "OnDelete":
        return State(True, "gets its new pods when you delete the old ones (OnDelete)")
    wanted, updated, available = (
        status.get(key) or 0 for key in ("desiredNumberScheduled", "updatedNumberScheduled", "numberAvailable")
    )
    words = f"{updated} of {wanted} pods are new, {available} available"
    return State(updated >= wanted and available >= wanted, words)


_JUDGES = {"Deployment": _deployment, "StatefulSet": _stateful_set, "DaemonSet": _daemon_set}


def _wanted(spec: Mapping[str, Any]) -> int:
    """Not written, it is one."""
    replicas = spec.get("replicas")
    return 1 if replicas is None else int(replicas)


def _hopeless(live: Mapping[str, Any], pods: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Why pods of the new version don't start; what becomes of the old ones says nothing about it."""
    new = _images(live["spec"]["template"]["spec"])
    for pod in pods:
        if _images(pod.get("spec") or {}) != new:
            continue
        status = pod.get("status") or {}
        for each in (*(status.get("initContainerStatuses") or []), *(status.get("containerStatuses") or [])):
            told = _waits(each)
            if told:
                yield f"the container {each.get('name')} of its pod {pod['metadata']['name']} {told}"


def _waits(container: Mapping[str, Any]) -> str:
    waiting = (container.get("state") or {}).get("waiting") or {}
    reason, message = waiting.get("reason", ""), waiting.get("message", "")
    if reason in _HOPELESS:
        return f"can't start: {reason}{f' ({message})' if message else ''}"
    if reason == "CrashLoopBackOff" and (container.get("restartCount") or 0) >= _CRASHES:
        last = (container.get("lastState") or {}).get("terminated") or {}
        return f"has crashed {container['restartCount']} times, the last time with exit code {last.get('exitCode', 'unknown')}"
    return ""


def _images(pod: Mapping[str, Any]) -> set[tuple[str, str]]:
    listed = [*(pod.get("initContainers") or []), *(pod.get("containers") or [])]
    return {(each.get("name", ""), each.get("image", "")) for each in listed}

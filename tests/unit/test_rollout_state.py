"""A rollout is done when every pod is new and available, and lost as soon as a new pod can't start; slowness is neither."""

from __future__ import annotations

import re
from typing import Any

import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.plugin_utils import cluster, rollout_state
from ansible_collections.ratchet.runtime.plugins.plugin_utils.manifest_file import Workload

POD = {"containers": [{"name": "flow", "image": "boomi/flow:2"}]}


def live(kind: str = "Deployment", spec: dict[str, Any] | None = None, **status: Any) -> dict[str, Any]:
    return {
        "kind": kind,
        "metadata": {"name": "flow", "generation": 2},
        "spec": {"replicas": 2, "template": {"spec": POD}, **(spec or {})},
        "status": {"observedGeneration": 2, **status},
    }


def pod(image: str = "boomi/flow:2", restarts: int = 0, last: int = 0, **waiting: str) -> dict[str, Any]:
    status = {"name": "flow", "restartCount": restarts, "state": {"waiting": waiting}}
    return {
        "metadata": {"name": "flow-1"},
        "spec": {"containers": [{"name": "flow", "image": image}]},
        "status": {"containerStatuses": [{**status, "lastState": {"terminated": {"exitCode": last}}}]},
    }


@pytest.mark.parametrize(
    ("seen", "done"),
    [
        (live(updatedReplicas=2, replicas=2, availableReplicas=2), True),
        (live(updatedReplicas=2, replicas=3, availableReplicas=3), False),  # an old pod is still there
        (live(updatedReplicas=2, replicas=2, availableReplicas=1), False),
        (live(updatedReplicas=1, replicas=2, availableReplicas=2), False),
        (live(), False),
        (live(spec={"replicas": 0}), True),
        (live(observedGeneration=1, updatedReplicas=2, replicas=2, availableReplicas=2), False),
        (live("StatefulSet", updatedReplicas=2, readyReplicas=2), True),
        (live("StatefulSet", updatedReplicas=1, readyReplicas=2), False),
        (
            live(
                "StatefulSet",
                {"updateStrategy": {"rollingUpdate": {"partition": 1}}},
                updatedReplicas=1,
                readyReplicas=2,
            ),
            True,
        ),
        (live("StatefulSet", {"updateStrategy": {"type": "OnDelete"}}), True),
        (live("DaemonSet", desiredNumberScheduled=3, updatedNumberScheduled=3, numberAvailable=3), True),
        (live("DaemonSet", desiredNumberScheduled=3, updatedNumberScheduled=3, numberAvailable=2), False),
        (live("CronJob"), True),
    ],
)
def test_done_is_all_pods_new_and_available(seen: dict[str, Any], done: bool) -> None:
    state = rollout_state.of(seen, [])
    assert (state.done, state.trouble) == (done, "")


@pytest.mark.parametrize(
    ("pods", "words"),
    [
        (
            [pod(reason="ImagePullBackOff", message="no such image")],
            r"flow-1 can't start: ImagePullBackOff \(no such image\)",
        ),
        ([pod(reason="CrashLoopBackOff", restarts=3, last=7)], "has crashed 3 times, the last time with exit code 7"),
        ([pod(reason="CrashLoopBackOff", restarts=1)], ""),
        ([pod(reason="ErrImagePull")], ""),  # may pass
        ([pod(reason="ContainerCreating")], ""),
        ([pod("boomi/flow:1", reason="ImagePullBackOff")], ""),  # an old pod
    ],
)
def test_a_new_pod_that_cannot_start_is_told(pods: list[dict[str, Any]], words: str) -> None:
    trouble = rollout_state.of(live(updatedReplicas=1, replicas=3, availableReplicas=2), pods).trouble
    assert bool(trouble) == bool(words)
    assert re.search(words, trouble)


def test_a_deadline_that_has_passed_is_told() -> None:
    given_up = {"type": "Progressing", "reason": "ProgressDeadlineExceeded", "message": "has timed out progressing"}
    assert "has timed out" in rollout_state.of(live(updatedReplicas=1, conditions=[given_up]), []).trouble


@pytest.mark.parametrize(
    ("written", "place"),
    [
        (None, None),
        (False, None),
        ("false", None),
        ({}, None),
        ("true", {}),
        (True, {}),
        ({"context": "a"}, {"context": "a"}),
    ],
)
def test_where_the_cluster_is(written: Any, place: Any) -> None:
    assert cluster.parse(written) == place


@pytest.mark.parametrize("written", ["prod", {"contxt": "a"}, {"context": 1}, 7])
def test_what_is_no_cluster_is_refused(written: Any) -> None:
    with pytest.raises(RatchetError, match="runtime_cluster"):
        cluster.parse(written)


def test_no_namespace_is_guessed() -> None:
    flow = Workload("Deployment", "flow", "", "apps/v1")
    with pytest.raises(RatchetError, match="names no namespace"):
        cluster.question(flow, {"context": "a"})
    asked = cluster.question(flow, {"context": "a", "namespace": "prod"})
    assert asked == {
        "api_version": "apps/v1",
        "kind": "Deployment",
        "name": "flow",
        "namespace": "prod",
        "context": "a",
    }


def test_what_runs_is_read_where_each_kind_has_it() -> None:
    flow = Workload("CronJob", "flow", "prod")
    for spec in ({"jobTemplate": {"spec": {"template": {"spec": POD}}}}, {"template": {"spec": POD}}, POD):
        assert cluster.images(flow, [{"spec": spec}], ["flow"]) == {
            "CronJob flow in prod, container flow": "boomi/flow:2"
        }
    assert cluster.images(flow, [{"spec": POD}], ["other"]) == cluster.images(flow, [], ["flow"]) == {}

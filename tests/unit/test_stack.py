"""What a manager tells of its stacks, read without a swarm: which one a file is of, and tasks in the shape of containers."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils import stack, stack_project, stack_tasks
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError

DIGEST = "sha256:" + "ab" * 32
IMAGE = f"reg:5000/app:1.1.0@{DIGEST}"


NODES = {"n1": {"ID": "n1", "Description": {"Hostname": "node1"}, "Status": {"Addr": "10.0.0.1"}}}


def service(**changes: Any) -> dict[str, Any]:
    spec = {
        "Name": "sample_web",
        "Labels": {stack.STACK_LABEL: "sample"},
        "TaskTemplate": {"ContainerSpec": {"Image": IMAGE, "Env": ["PASSWORD=hunter2hunter2"]}},
        "Mode": {"Replicated": {"Replicas": 2}},
    }
    return {"ID": "s1", "UpdatedAt": "2026-11-30T04:00:00Z", "Spec": spec, **changes}


def task(id: str, slot: int = 1, state: str = "running", desired: str = "running", **changes: Any) -> dict[str, Any]:
    plain = {
        "ID": id,
        "Slot": slot,
        "NodeID": "n1",
        "CreatedAt": f"2026-11-30T04:00:0{id[-1]}Z",
        "DesiredState": desired,
        "Spec": {"ContainerSpec": {"Image": IMAGE, "Env": ["PASSWORD=hunter2hunter2"]}},
        "Status": {"State": state, "Timestamp": f"2026-11-30T04:00:0{id[-1]}Z"},
    }
    return {**plain, **changes}


def told(*tasks: dict[str, Any], of: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    return [each.describe() for each in stack_tasks.told("sample", "web", of or service(), tasks, NODES)]


def test_a_task_is_told_like_a_container() -> None:
    only = told(task("t1"))[0]
    assert (only["service"], only["reference"], only["image_id"]) == ("web", "reg:5000/app:1.1.0", DIGEST)
    assert (only["status"], only["health"], only["digests"]) == ("running", None, [f"reg:5000/app@{DIGEST}"])
    assert only["name"] == "sample_web.1@node1"


@pytest.mark.parametrize(
    ("state", "status", "health"),
    [
        ("preparing", "created", None),
        ("starting", "running", "starting"),
        ("running", "running", None),
        ("failed", "exited", None),
    ],
)
def test_the_state_of_a_task_in_the_engines_words(state: str, status: str, health: str | None) -> None:
    only = told(task("t1", state=state))[0]
    assert (only["status"], only["health"]) == (status, health)


def test_a_slot_keeps_its_name_and_counts_what_failed_in_it() -> None:
    gone = [task(f"t{number}", state="failed", desired="shutdown") for number in (1, 2)]
    other = task("t3", state="failed", desired="shutdown", Spec={"ContainerSpec": {"Image": "reg:5000/app:1.0.0"}})
    now = told(*gone, other, task("t4"))
    assert [each["id"] for each in now] == ["s1.1"]
    assert now[0]["restart_count"] == 2


def test_between_two_attempts_the_exit_code_is_of_the_one_before() -> None:
    ended = {"State": "failed", "Timestamp": "", "ContainerStatus": {"ExitCode": 3}}
    gone = task("t1", desired="shutdown", Status=ended)
    assert told(gone, task("t2", state="ready"))[0]["exit_code"] == 3


def test_a_service_without_a_task_tells_what_ran_last() -> None:
    only = told()[0]
    assert (only["status"], only["reference"], only["digests"]) == (
        "exited",
        "reg:5000/app:1.1.0",
        [f"reg:5000/app@{DIGEST}"],
    )


def test_who_was_stopped_is_to_have_as_many_tasks_as_before() -> None:
    stopped = service()
    stopped["PreviousSpec"] = {**stopped["Spec"]}
    stopped["Spec"] = {**stopped["Spec"], "Mode": {"Replicated": {"Replicas": 0}}}
    assert stack.settings(stopped)["replicas"] == 2


def test_what_swarm_does_without_a_word_in_the_file() -> None:
    found = stack.settings(service())["update_config"]
    assert found == {"parallelism": 1, "delay": "0s", "order": "stop-first", "monitor": "5s", "failure_action": "pause"}


def test_a_tasks_port_is_reached_at_its_node() -> None:
    ports = {"PortStatus": {"Ports": [{"TargetPort": 8000, "PublishedPort": 8080}]}}
    mine = task("t1", Status={"State": "running", "Timestamp": "", **ports})
    [only] = stack_tasks.told("sample", "web", service(), [mine], NODES)
    assert only.endpoint(8000) == ("10.0.0.1", 8080)
    assert only.endpoint(9000) is None


def test_failures_are_told_without_secrets_the_latest_first() -> None:
    first = task("t1", state="failed", desired="shutdown")
    last = task("t2", state="failed", desired="shutdown")
    last["Status"]["Err"] = "can't start with hunter2hunter2"
    found = stack.update("sample", "web", service(), [first, last], NODES)["failures"]
    assert [each["task"] for each in found] == ["t2", "t1"]
    assert "hunter2" not in str(found)


def test_failures_before_the_update_are_none_of_it() -> None:
    updating = service(UpdateStatus={"State": "updating", "StartedAt": "2026-11-30T05:00:00Z"})
    assert stack.update("sample", "web", updating, [task("t1", state="failed")], NODES)["failures"] == []


KNOWN = {"sample": {"web", "cache"}, "other": {"api"}, "second": {"web", "cache"}}


def test_the_directory_decides_among_several_stacks() -> None:
    assert stack_project.chosen("/opt/sample/compose.yaml", "sample", {"web"}, KNOWN) == "sample"


def test_a_file_of_several_stacks_is_refused() -> None:
    with pytest.raises(RatchetError, match="sample, second"):
        stack_project.chosen("/opt/x/compose.yaml", "x", {"web", "cache"}, KNOWN)


def test_the_only_stack_with_these_services_is_meant() -> None:
    assert stack_project.chosen("/opt/x/compose.yaml", "x", {"api"}, KNOWN) == "other"


def test_a_stacks_file_that_nobody_has_deployed_is_told() -> None:
    with pytest.raises(RatchetError, match="no stack of the swarm has the services"):
        stack_project.chosen("/opt/x/stack.yml", "x", {"db"}, KNOWN)


def test_other_services_are_no_stack() -> None:
    assert not stack_project.chosen("/opt/x/compose.yaml", "x", {"db"}, KNOWN)
    assert not stack_project.chosen("/opt/x/compose.yaml", "x", set(), KNOWN)


@pytest.mark.parametrize(
    ("check", "seconds"),
    [
        ({}, None),
        ({"Test": ["NONE"]}, None),
        ({"Test": ["CMD", "true"]}, 90),
        ({"Test": ["CMD", "true"], "Interval": 2_000_000_000, "StartPeriod": 20_000_000_000, "Retries": 3}, 26),
    ],
)
def test_how_long_a_health_check_waits(check: dict[str, Any], seconds: float | None) -> None:
    assert stack_project.patience(check) == seconds


def test_frames_of_a_log_are_no_part_of_it() -> None:
    framed = b"\x01\x00\x00\x00\x00\x00\x00\x04one\n\x02\x00\x00\x00\x00\x00\x00\x04two\n"
    assert stack_tasks._without_frames(framed) == b"one\ntwo\n"
    assert stack_tasks._without_frames(b"plain\n") == b"plain\n"

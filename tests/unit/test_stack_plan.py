"""What of a plan is another on a swarm: Swarm rolls by the services' update_config, and what it can't do is refused."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ratchet.runtime.plugins.plugin_utils import stack_plan
from ansible_collections.ratchet.runtime.plugins.plugin_utils.plan import Hook, Plan
from ansible_collections.ratchet.runtime.plugins.plugin_utils.problems import Problems
from fleet_observations import DIGEST, IMAGE, observation, plan, refusal, request

OLD = "sha256:" + "cd" * 32
UPDATE = {"parallelism": 1, "delay": "0s", "order": "stop-first", "monitor": "5s", "failure_action": "rollback"}


def task(number: int, service: str = "web") -> dict[str, Any]:
    return {
        **observation()["services"][0]["containers"][0],
        "id": f"{service}.{number}",
        "name": f"sample_{service}.{number}@node{number}",
        "service": service,
        "image_id": OLD,
        "digests": [f"{IMAGE}@{OLD}"],
    }


def service(name: str = "web", replicas: int | None = 3, **changes: Any) -> dict[str, Any]:
    plain = {
        **observation()["services"][0],
        "name": name,
        "update_config": UPDATE,
        "replicas": replicas,
        "mode": "replicated",
        "host_ports": [8000],
        "patience": None,
        "containers": [task(number, name) for number in range(1, (replicas or 2) + 1)],
    }
    return {**plain, **changes}


def stack(*services: dict[str, Any]) -> dict[str, Any]:
    seen = observation(services=list(services or [service()]))
    images = {each["name"]: f"{IMAGE}:1.0.0@{OLD}" for each in seen["services"]}
    seen["project"] = {**seen["project"], "stack": {"name": "sample", "images": images}}
    seen["sources"] = [{**seen["sources"][0], "service": each["name"]} for each in seen["services"]]
    return seen


def planned(seen: dict[str, Any], **changes: Any) -> Plan:
    return plan({"node1": seen}, request(**{"strategy": "rolling", **changes}))


def refused(seen: dict[str, Any], **changes: Any) -> str:
    return str(refusal({"node1": seen}, request(**{"strategy": "rolling", **changes})))


def test_the_plan_tells_how_swarm_will_roll() -> None:
    notes = " ".join(planned(stack()).notes)
    assert "3 tasks, 1 at a time, stop-first, watched for 5s each; when one fails: rollback" in notes


def test_a_rolling_stack_of_one_service_is_swarms_alone() -> None:
    host = planned(stack()).hosts["node1"]
    assert (host.migrates, host.stops, host.pioneer) == (True, False, "")
    assert host.digest == DIGEST


def test_of_several_services_one_rolls_first() -> None:
    host = planned(stack(service("web"), service("worker", 2))).hosts["node1"]
    assert host.pioneer in ("web", "worker")
    assert host.replicas == {"web": 3, "worker": 2}


@pytest.mark.parametrize("replicas", [1, 3])
def test_a_single_instance_stops_before_it_migrates(replicas: int) -> None:
    host = planned(stack(service(replicas=replicas)), strategy="single_instance").hosts["node1"]
    assert host.stops
    assert host.replicas == {"web": replicas}


def test_the_old_order_is_no_matter_of_ours() -> None:
    first = service(update_config={**UPDATE, "order": "start-first"})
    assert planned(stack(first), order="start-first").hosts["node1"].replaces == []


def test_the_way_back_by_hand_names_the_image_by_digest() -> None:
    assert planned(stack()).hosts["node1"].undo[-1] == f"docker service update --image {IMAGE}:1.0.0@{OLD} sample_web"


def test_several_migrating_at_once_are_refused() -> None:
    at_once = service(update_config={**UPDATE, "parallelism": 0})
    assert "parallelism: 1" in refused(stack(at_once))
    assert planned(stack(at_once), strategy="single_instance").hosts["node1"].stops


def test_a_service_on_every_node_cannot_be_stopped() -> None:
    everywhere = service(mode="global", replicas=None)
    assert "mode: global" in refused(stack(everywhere), strategy="single_instance")
    assert planned(stack(everywhere)).hosts["node1"].replicas == {"web": 2}


@pytest.mark.parametrize("variable", ["runtime_serial", "runtime_order", "runtime_failure_action"])
def test_what_the_stack_file_says_is_not_said_elsewhere(variable: str) -> None:
    assert f"{variable} is set" in refused(stack(), rollout_asked=(variable,))


def test_hooks_that_drain_a_host_have_none_to_drain() -> None:
    hooks = {
        "drain": Hook("drain.yml", "0" * 64, "/drain.yml"),
        "undrain": Hook("undrain.yml", "0" * 64, "/undrain.yml"),
    }
    assert "no host stops" in refused(stack(), hooks=hooks)


def test_a_rollback_neither_drains_nor_migrates_down() -> None:
    told = Problems()
    stack_plan.refuse_back({"node1": stack()}, {"drain": None}, ["command"], told)
    assert len(told) == 2
    assert "no host stops" in told[0]
    assert "runtime_way_back=restore" in told[1]
    compose = Problems()
    stack_plan.refuse_back({"app1": observation()}, {"drain": None}, ["command"], compose)
    assert compose == []


def test_a_command_that_migrates_is_refused() -> None:
    profile = {"extends": "generic", "migrates": {"by": "command", "command": ["migrate"]}}
    assert "isn't supported on a swarm yet" in refused(stack(), profile=profile)


def test_every_task_is_asked_only_where_its_node_publishes_the_port() -> None:
    watch = {"url": "http://{web}:8000/health", "monitor": 10, "stall_timeout": 600}
    assert planned(stack(), watch=watch).hosts["node1"].health["url"] == watch["url"]
    assert "mode: host" in refused(stack(service(host_ports=[])), watch=watch)


def test_a_stack_is_not_rehearsed() -> None:
    assert "can't be rehearsed" in refused(stack(), rehearses=True)


def test_two_managers_of_one_stack_are_one_too_many() -> None:
    told = str(refusal({"node1": stack(), "node2": stack()}, request(strategy="rolling")))
    assert "node1 manages the same stack" in told


def test_an_impatient_health_check_is_told() -> None:
    assert any("about 26 s after its start" in note for note in planned(stack(service(patience=26.0))).notes)


def test_a_downgrade_is_refused_as_everywhere() -> None:
    assert "older" in refused(stack(), version="0.9.0")

"""Start-first: only where a second container has room, only side by side, and the numbers of containers are kept."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ratchet.runtime.plugins.plugin_utils import order
from fleet_observations import DIGEST, IMAGE, observation, plan, refusal, request

INSIDE = {"url": "http://{web}:8000/health", "monitor": 10, "stall_timeout": 600}


def free(running: str = "1.0.0", containers: int = 1, beside: str = "", **service: Any) -> dict[str, Any]:
    """A host whose service publishes nothing; ``beside`` is the version of what an earlier run has started beside them."""
    seen = observation(running)
    web = seen["services"][0]
    web.update({"ports": [], "sole": "", "replicas": None, **service})
    first = web["containers"][0]
    web["containers"] = [{**first, "id": f"c{number}"} for number in range(containers)]
    if beside:
        label = {"org.opencontainers.image.version": beside}
        new = {
            **first,
            "id": "n1",
            "image_id": "sha256:2",
            "reference": f"{IMAGE}:{beside}",
            "version_label": beside,
            "version_labels": label,
        }
        web["containers"].append(new)
    return seen


def asked(**changes: Any) -> Any:
    return request(**{"strategy": "rolling", "order": "start-first", "order_asked": True, "watch": INSIDE, **changes})


def test_the_new_containers_start_beside_the_old_ones_which_go_at_the_end() -> None:
    host = plan({"app1": free(containers=2)}, asked()).hosts["app1"]
    assert (host.order, host.replaces) == ("start-first", ["c0", "c1"])
    assert (host.scale, host.replicas) == ({"web": 4}, {"web": 2})
    assert host.undo[0].startswith("docker rm --force $(docker ps ")


def test_of_several_containers_one_migrates_alone() -> None:
    hosts = plan({"app1": free(containers=2), "app2": free(containers=2)}, asked()).hosts
    assert [(host.pioneer, host.scale, host.replicas) for host in hosts.values()] == [
        ("web", {"web": 4}, {"web": 2}),
        ("", {"web": 4}, {"web": 2}),
    ]
    stopped = plan({"app1": free(containers=2)}, request(strategy="rolling")).hosts["app1"]
    assert (stopped.pioneer, stopped.scale, stopped.stops) == ("web", {"web": 2}, False)
    lone = plan({"app1": free()}, request(strategy="rolling")).hosts["app1"]
    assert (lone.pioneer, lone.stops) == ("", False)


@pytest.mark.parametrize(
    ("containers", "migrates", "stops"),
    [
        (1, {"by": "application"}, False),
        (2, {"by": "application"}, True),
        (1, {"by": "command", "command": ["up"]}, True),
    ],
)
def test_a_lone_host_stops_first_where_old_and_new_would_meet(
    containers: int, migrates: dict[str, Any], stops: bool
) -> None:
    facts = {"name": "p", "scheme": "semver", "migrates": migrates}
    host = plan({"app1": free(containers=containers)}, request(profile=facts)).hosts["app1"]
    assert host.stops is stops


def test_the_one_that_answers_migrates_unless_the_profile_knows_an_order() -> None:
    seen = free()
    web = seen["services"][0]
    worker = {**web, "name": "a-worker", "containers": [{**web["containers"][0], "service": "a-worker"}]}
    seen["services"].insert(0, worker)
    seen["sources"].append({**seen["sources"][0], "service": "a-worker"})
    assert plan({"app1": seen}, request(strategy="rolling", watch=INSIDE)).hosts["app1"].pioneer == "web"
    assert plan({"app1": seen}, request(strategy="rolling")).hosts["app1"].pioneer == "a-worker"
    web["ports"] = [{"container": 8000, "published": 8080}]
    published = {**INSIDE, "url": "http://127.0.0.1:8080/health"}
    assert plan({"app1": seen}, request(strategy="rolling", watch=published)).hosts["app1"].pioneer == "web"
    ordered = {"name": "p", "scheme": "semver", "services": {"order": ["a-worker", "web"]}}
    facts = request(profile=ordered, strategy="rolling", watch=INSIDE)
    assert plan({"app1": seen}, facts).hosts["app1"].pioneer == "a-worker"


def test_services_go_in_the_order_of_the_profile_or_together() -> None:
    facts = {"name": "p", "scheme": "semver", "services": {"order": ["worker", "web"]}}
    seen = free()
    web = seen["services"][0]
    seen["services"].append({**web, "name": "worker", "containers": [{**web["containers"][0], "service": "worker"}]})
    seen["sources"].append({**seen["sources"][0], "service": "worker"})
    assert plan({"app1": seen}, request(profile=facts)).hosts["app1"].waves == [["worker"], ["web"]]
    assert plan({"app1": seen}).hosts["app1"].waves == [["web", "worker"]]


def test_what_a_killed_run_has_started_is_no_further_replica() -> None:
    host = plan({"app1": free(beside="1.1.0")}, asked()).hosts["app1"]
    assert (host.order, host.replaces, host.scale, host.replicas) == ("start-first", ["c0"], {"web": 2}, {"web": 1})


def test_what_a_failed_version_has_left_goes_too_and_is_no_replica() -> None:
    seen = free(beside="1.0.5")
    host = plan({"app1": seen}, asked()).hosts["app1"]
    assert (host.replaces, host.scale, host.replicas) == (["c0", "n1"], {"web": 3}, {"web": 1})
    seen["services"][0]["containers"][1]["status"] = "exited"
    host = plan({"app1": seen}, asked()).hosts["app1"]
    assert (host.replaces, host.leftovers, host.scale, host.replicas) == (["c0"], ["n1"], {"web": 2}, {"web": 1})


def test_where_nothing_serves_there_is_nothing_to_start_beside() -> None:
    seen = free()
    seen["services"][0]["containers"][0]["status"] = "exited"
    assert plan({"app1": seen}, asked()).hosts["app1"].order == "stop-first"


def test_another_image_under_the_same_tag_is_replaced() -> None:
    there, moved = free("1.1.0"), free("1.1.0")
    there["services"][0]["containers"][0]["digests"] = [f"{IMAGE}@{DIGEST}"]
    moved["services"][0]["containers"][0]["digests"] = [f"{IMAGE}@sha256:{'cd' * 32}"]
    host = plan({"app1": there, "app2": moved}, asked()).hosts["app2"]
    assert (host.action, host.order, host.replaces) == ("upgrade", "start-first", ["c0"])


def test_where_all_old_ones_are_gone_nothing_is_started_beside_them() -> None:
    seen = free("1.1.0")
    seen["services"][0]["image"] = f"{IMAGE}:1.0.0"  # the file was never written
    host = plan({"app1": seen}, asked()).hosts["app1"]
    assert (host.action, host.order) == ("upgrade", "stop-first")


@pytest.mark.parametrize(
    ("service", "changes", "words"),
    [
        ({"sole": "it publishes the port 8080 of the host"}, {}, "web, but it publishes the port 8080"),
        ({}, {"watch": {**INSIDE, "url": "http://127.0.0.1/"}}, "is answered by old or new"),
        ({}, {"strategy": "single_instance"}, "single_instance forbids"),
    ],
)
def test_asked_for_and_impossible_is_refused(service: dict[str, Any], changes: dict[str, Any], words: str) -> None:
    assert words in str(refusal({"app1": free(**service)}, asked(**changes)))


def test_where_every_start_migrates_data_no_old_instance_goes_on_writing_after_the_last() -> None:
    repeats = {"scheme": "semver", "migrates": {"by": "application", "repeats": True}}
    assert "away before the last new one starts" in str(refusal({"app1": free()}, asked(profile=repeats)))
    made = plan({"app1": free()}, asked(profile=repeats, order_asked=False))
    assert made.hosts["app1"].order == "stop-first"
    assert any("go on writing after the last start" in note for note in made.notes)


def test_preferred_by_the_files_and_impossible_is_told_and_done_otherwise() -> None:
    made = plan({"app1": free(sole="its container has a fixed name (web)")}, asked(order_asked=False))
    assert made.hosts["app1"].order == "stop-first"
    assert any("app1: stop-first" in note and "fixed name" in note for note in made.notes)


def test_another_word_is_refused() -> None:
    assert "runtime_order: 'first' isn't an order" in str(refusal({"app1": free()}, asked(order="first")))


def test_a_service_in_the_health_url_has_to_be_one_of_the_runtime() -> None:
    watch = {**INSIDE, "url": "http://{proxy}:8000/health"}
    assert "names no service of the runtime" in str(refusal({"app1": free()}, asked(watch=watch)))


@pytest.mark.parametrize(("said", "containers", "wanted"), [(None, 3, 3), (None, 0, 1), (2, 3, 2), (2, 1, 2)])
def test_a_scale_by_hand_is_kept_unless_the_file_says_another(said: int | None, containers: int, wanted: int) -> None:
    assert order.replicas(free(containers=containers, replicas=said)) == {"web": wanted}

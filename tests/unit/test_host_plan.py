"""Each host's part of the plan: what it gets, where that is written, and the way back, safe to paste."""

from __future__ import annotations

import shlex
from typing import Any

import pytest
from ansible_collections.ratchet.runtime.plugins.plugin_utils import health_check, host_plan, tables
from ansible_collections.ratchet.runtime.plugins.plugin_utils.plan import HostPlan
from fleet_observations import DIGEST, IMAGE, container, observation, plan, profile_of, refusal, request, three

MOVED = {
    "images": [{"image": "reg:5000/app", "before": "1.1.0"}, {"image": "reg:5000/new/app", "from": "1.1.0"}],
}


def of(seen: dict[str, Any], **asked: Any) -> HostPlan:
    return plan({"app1": seen}, request(**asked)).hosts["app1"]


def as_reference(seen: dict[str, Any]) -> dict[str, Any]:
    """The same host with its whole image written in the compose file."""
    text = seen["services"][0]["image"]
    place = {"service": "web", "path": "/opt/sample/compose.yml", "line": 3, "start": 30, "text": text}
    return {**seen, "sources": [{**place, "holds": "reference", "variable": None, "before": "0" * 64}]}


def test_a_host_that_is_upgraded_gets_the_image_by_its_digest() -> None:
    found = of(observation())
    assert (found.action, found.current, found.target) == ("upgrade", "1.0.0", "1.1.0")
    assert (found.reference, found.digest) == (f"{IMAGE}:1.1.0", DIGEST)
    assert {"reference": f"{IMAGE}:1.1.0", "digest": DIGEST} in found.images
    assert found.project["images"] == {"web": f"{IMAGE}:1.1.0@{DIGEST}"}


def test_a_host_that_is_left_alone_gets_nothing() -> None:
    # Its file pins the target to a digest that is none of the registry's any more: it runs, so it stays.
    alone = observation("1.1.0")
    alone["services"][0]["image"] += "@sha256:" + "0d" * 32
    found = plan({"app1": as_reference(alone), "app2": observation()}).hosts["app1"]
    assert (found.action, found.digest, found.images[1:], found.edits) == ("none", None, [], [])
    assert (found.stops, found.migrates) == (False, False)


def test_what_ran_before_is_kept_by_image_and_digest() -> None:
    seen = observation()
    container(seen)["digests"] = [f"{IMAGE}@{DIGEST}"]
    assert of(seen).running == [
        {"service": "web", "reference": f"{IMAGE}:1.0.0", "image_id": "sha256:1", "digests": [f"{IMAGE}@{DIGEST}"]}
    ]


def test_the_edit_is_one_line() -> None:
    (edit,) = of(observation()).edits
    assert edit.diff() == ("--- /opt/sample/.env\n+++ /opt/sample/.env\n@@ -2 +2 @@\n-TAG=1.0.0\n+TAG=1.1.0\n")
    assert edit.splices == [{"start": 8, "old": "1.0.0", "new": "1.1.0"}]


def test_the_vendors_new_repository_is_followed() -> None:
    found = of(as_reference(observation()), profile=MOVED)
    assert found.reference == "reg:5000/new/app:1.1.0"
    assert found.edits[0].new == "web: image: reg:5000/new/app:1.1.0"
    assert found.undo[0] == f"in /opt/sample/compose.yml line 3 write image: {IMAGE}:1.0.0 again"


def test_a_mirror_that_cannot_hold_the_target_is_refused_with_its_host() -> None:
    seen = as_reference(observation())
    mirrored = "mirror:5000/reg:5000/app".replace("reg:5000/", "vendor/")
    seen["services"][0]["image"] = f"{mirrored}:1.0.0"
    profile = {"images": [{"image": "vendor/app", "before": "1.1.0"}, {"image": "vendor/new", "from": "1.1.0"}]}
    assert "app1: mirror:5000/vendor/app mirrors" in str(refusal({"app1": seen}, request(profile=profile)))


def test_each_host_that_cannot_be_edited_is_told() -> None:
    fleet = three()
    for name in ("app1", "app3"):
        fleet[name]["sources"][0]["shared_with"] = ["worker"]
    assert [each.partition(":")[0] for each in refusal(fleet).details["problems"]] == ["app1", "app3"]


def test_a_file_that_need_not_change_needs_no_permission() -> None:
    fleet = {"app1": observation("1.0.0", written="1.1.0", unwritable=["/opt/sample/.env"])}
    assert plan(fleet).hosts["app1"].action == "upgrade"


@pytest.mark.parametrize("directory", ["/opt/my app", "/opt/$(touch pwned)", "/opt/a;id", "/opt/'; id #", "/opt/`id`"])
def test_the_way_back_can_be_pasted_into_a_shell(directory: str) -> None:
    seen = observation()
    seen["project"]["directory"] = directory
    words = shlex.split(of(seen).undo[-1])
    assert words[:4] == ["docker", "compose", "--project-directory", directory]
    assert words[4:] == ["up", "--detach", "--no-deps", "--pull", "never", "web"]


def test_the_way_back_names_the_files_that_compose_would_not_find_by_itself() -> None:
    seen = observation()
    seen["project"].update(file_options=["/opt/a b.yml", "/opt/prod.yml"], env_file_options=["/opt/prod.env"])
    words = shlex.split(of(seen).undo[-1])
    named = ["--file", "/opt/a b.yml", "--file", "/opt/prod.yml", "--env-file", "/opt/prod.env"]
    assert words[:10] == ["docker", "compose", "--project-directory", "/opt/sample", *named]


def test_the_way_back_names_only_the_runtimes_services() -> None:
    seen = observation()
    worker = {**seen["services"][0], "name": "worker"}
    seen["services"].append(worker)
    assert of(seen).undo[-1].endswith(" web worker")
    assert of(seen).services == ["web", "worker"]


def test_a_reference_keeps_its_repository_without_facts() -> None:
    assert str(host_plan.reference_of(observation(), request())) == f"{IMAGE}:1.1.0"
    assert host_plan.tag_of(f"{IMAGE}:1.1.0@{DIGEST}") == "1.1.0"
    assert host_plan.tag_of(IMAGE) is None


def test_each_host_has_its_own_health_url() -> None:
    fleet = three()
    fleet["app2"]["services"][0]["ports"] = [{"container": 8000, "published": 9090}]
    profile = profile_of(health={"port": 8000, "path": "/up", "json": {"version": "{version}"}})
    hosts = plan(fleet, request(watch={"monitor": 10}, profile=None)).hosts
    assert {host.health["url"] for host in hosts.values()} == {""}
    asked = request(watch={"monitor": 10})
    hosts = plan(fleet, type(asked)(**{**vars(asked), "profile": profile})).hosts
    assert [host.health["url"] for host in hosts.values()] == [
        "http://127.0.0.1:8080/up",
        "http://127.0.0.1:9090/up",
        "http://127.0.0.1:8080/up",
    ]
    assert hosts["app1"].health["expect"] == {"status": 200, "json": {"version": "1.1.0"}}


def test_no_host_is_asked_at_the_url_of_another() -> None:
    fleet = three()
    for name, url in (("app1", "http://app1/up"), ("app2", "http://app2/up"), ("app3", "")):
        fleet[name]["health_url"] = url
    asked = request(watch={"monitor": 10, "stall_timeout": 600, "url": "http://app1/up"})
    made = plan(health_check.with_urls(fleet, "http://app1/up"), asked)
    assert [host.health["url"] for host in made.hosts.values()] == ["http://app1/up", "http://app2/up", ""]
    (line,) = (each for each in tables.plan(made.as_dict()) if each.startswith("  watch "))
    assert any(note.startswith("runtime_health_url isn't set for app3: ") for note in made.notes)
    assert "http://app1/up on app1, http://app2/up on app2, engine and database on app3; good for" in line
    fleet["app2"]["health_url"] = "http://me:hunter2@app2/up"
    told = str(refusal(fleet, asked))
    assert "app2: runtime_health_url isn't an address of a web server without a login" in told
    assert "hunter2" not in told


def test_what_an_approved_plan_asks_counts_where_no_host_has_a_url() -> None:
    fleet = health_check.with_urls(
        {name: {**seen, "health_url": ""} for name, seen in three().items()}, "http://all/up"
    )
    assert {seen["health_url"] for seen in fleet.values()} == {"http://all/up"}

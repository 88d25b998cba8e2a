"""Running containers are asked what the profile knows to ask, and nothing else is."""

from __future__ import annotations

from typing import Any

from ansible_collections.ratchet.runtime.plugins.plugin_utils import questions
from fleet_observations import container, observation, profile_of

EXEC = {"says": "image", "exec": ["app", "--version"]}
HTTP = {"says": "image", "http": {"path": "/up", "field": "build.version"}}
HEADER = {"says": "image", "http": {"path": "/", "header": "X-Version"}}


def of(*version: dict[str, Any], seen: dict[str, Any] | None = None, **facts: Any) -> list[dict[str, Any]]:
    return questions.of(profile_of(version=list(version), **facts), seen or observation())


def test_a_label_is_read_and_not_asked_for() -> None:
    assert of({"says": "image", "label": "vendor"}) == []
    assert questions.of(profile_of(), observation()) == []


def test_the_application_is_asked_by_its_own_command() -> None:
    assert of(EXEC) == [{"container": "c1", "command": ["app", "--version"]}]


def test_an_applications_version_does_not_order_images() -> None:
    assert of({**EXEC, "says": "application"}, {**HTTP, "says": "application"}, health={"port": 8000}) == []


def test_the_page_is_asked_where_the_host_publishes_it() -> None:
    plain = {"container": "c1", "url": "http://127.0.0.1:8080/up", "field": "build.version", "header": ""}
    assert of(HTTP, health={"port": 8000}) == [plain]
    assert of(HEADER, health={"port": 8000})[0] == {
        "container": "c1",
        "url": "http://127.0.0.1:8080/",
        "field": "",
        "header": "X-Version",
    }


def test_a_page_that_is_not_published_is_not_asked() -> None:
    assert of(HTTP) == [], "the profile knows no port"
    assert of(HTTP, health={"port": 9000}) == []
    seen = observation()
    seen["services"][0]["ports"] = [{"container": 8000, "published": None}]
    assert of(HTTP, seen=seen, health={"port": 8000}) == []
    seen["services"][0]["ports"] = None
    assert of(HTTP, seen=seen, health={"port": 8000}) == []


def test_only_running_containers_are_asked() -> None:
    for status in ("exited", "created", "restarting", "paused", "dead"):
        seen = observation()
        container(seen)["status"] = status
        assert of(EXEC, HTTP, seen=seen, health={"port": 8000}) == []


def test_every_container_is_asked_every_question() -> None:
    seen = observation()
    seen["services"][0]["containers"].append({**container(seen), "id": "c2"})
    asked = of(EXEC, HTTP, seen=seen, health={"port": 8000})
    assert [(each["container"], "command" in each) for each in asked] == [
        ("c1", True),
        ("c2", True),
        ("c1", False),
        ("c2", False),
    ]

"""Where the application says how it is: the operator's word, else the profile's, never a guess."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.plugin_utils import health_check
from fleet_observations import observation, plan, profile_of, request, three

BODY = {"db": {"up": True}, "version": "{version}"}
KNOWING = profile_of(
    health={"port": 8000, "path": "/up", "json": BODY, "since": [{"from": "2.0.0", "path": "/v2/up", "status": 204}]}
)
EXPECTED = {"status": 200, "json": {"db": {"up": True}, "version": "1.1.0"}}


def of(
    wanted: dict[str, Any] | None = None, profile: Any = KNOWING, version: str = "1.1.0", **changes: Any
) -> dict[str, Any]:
    found = health_check.of(profile, version, observation(**changes), wanted or {})
    return {name: found[name] for name in ("url", "expect")}


def service(*ports: tuple[int, int | None]) -> dict[str, Any]:
    return {"name": "web", "ports": [{"container": inner, "published": outer} for inner, outer in ports]}


def test_the_profile_knows_the_page_and_the_host_the_port() -> None:
    assert of() == {"url": "http://127.0.0.1:8080/up", "expect": EXPECTED}


def test_vendors_move_their_pages() -> None:
    found = of(version="2.0.0")
    assert found["url"] == "http://127.0.0.1:8080/v2/up"
    assert found["expect"]["status"] == 204
    assert found["expect"]["json"]["version"] == "2.0.0"


@pytest.mark.parametrize(
    "services", [[service()], [service((9000, 9000))], [service((8000, None))], [{"name": "web", "ports": None}], []]
)
def test_a_port_that_is_not_published_leaves_the_engine_and_the_database(services: list[dict[str, Any]]) -> None:
    assert of(services=services) == {"url": "", "expect": {}}


def test_any_service_may_publish_the_port() -> None:
    assert of(services=[service((9000, 9000)), service((8000, 7070))])["url"] == "http://127.0.0.1:7070/up"


@pytest.mark.parametrize(
    ("url", "answering"),
    [
        ("", "web"),
        ("http://127.0.0.1:9000/up", "worker"),
        ("http://{worker}:8000/up", "worker"),
        ("http://127.0.0.1:1234/up", ""),
        ("https://app.example.org/up", ""),
    ],
)
def test_the_one_that_answers_is_named_or_publishes_the_port(url: str, answering: str) -> None:
    seen = observation(services=[{**service((9000, 9000)), "name": "worker"}, service((8000, 8080))])
    assert health_check.of(KNOWING, "1.1.0", seen, {"url": url})["service"] == answering


def test_what_the_operator_says_goes_first() -> None:
    url = "https://app.example.org/health"
    assert of({"url": url}) == {"url": url, "expect": EXPECTED}
    own = {"status": 204}
    assert of({"expect": own}) == {"url": "http://127.0.0.1:8080/up", "expect": own}
    assert of({"url": url, "expect": own}) == {"url": url, "expect": own}


def test_without_facts_nothing_is_guessed() -> None:
    assert of(profile=profile_of()) == {"url": "", "expect": {}}
    assert of({"url": "http://x/up"}, profile_of()) == {"url": "http://x/up", "expect": {}}


def test_the_version_stands_only_where_the_whole_value_says_so() -> None:
    said = {"json": {"a": "{version}", "b": {"c": "{version}"}, "d": "v{version}", "{version}": 1, "e": None}}
    assert of({"url": "http://x", "expect": said})["expect"]["json"] == {
        "a": "1.1.0",
        "b": {"c": "1.1.0"},
        "d": "v{version}",
        "{version}": 1,
        "e": None,
    }


def test_the_profile_is_not_changed_by_filling_in() -> None:
    of()
    assert KNOWING.health[0].json == BODY


def test_a_fleet_without_any_page_is_told_so() -> None:
    notes = plan(three(), request(watch={"monitor": 1})).notes
    assert any("runtime_health_url isn't set" in note for note in notes)
    assert not any("runtime_health_url" in note for note in plan(three()).notes)


@pytest.mark.parametrize("url", ["", "http://127.0.0.1:8080/health", "https://[::1]/x?y=z", "HTTP://app.example.com"])
def test_addresses_of_web_servers_are_asked(url: str) -> None:
    health_check.refuse_url(url)


@pytest.mark.parametrize(
    "url",
    ["localhost:8080", "/health", "file:///etc/passwd", "http://", "http://u:p@h/", "http://h:99999/", "http://[::1"],
)
def test_other_addresses_are_not(url: str) -> None:
    with pytest.raises(RatchetError, match="Write it as http://") as caught:
        health_check.refuse_url(url)
    assert "u:p" not in str(caught.value), "what may be a password isn't quoted"

"""A rehearsal does what the roll-out does on the first host, as far as nothing fires."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.plugin_utils import rehearsal_script
from ansible_collections.ratchet.runtime.plugins.plugin_utils.rehearsal_script import Act
from fleet_observations import observation, profile_of

EXPECT = {"status": 200, "json": {"db": "up", "scheduler": "up"}}


def host(**changes: Any) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "target": "1.1.0",
        "current": "1.0.0",
        "services": ["web"],
        "jobs": [],
        "pioneer": "",
        "migration": {"by": "application", "service": "", "argv": []},
        "health": {"url": "http://127.0.0.1:8080/health?deep=1", "expect": EXPECT},
        "health_before": {"url": "http://{web}:8000/up", "expect": EXPECT},
    }
    return {**plain, **changes}


def script(facts: Any = None, **changes: Any) -> rehearsal_script.Script:
    seen = observation()
    seen["services"] = [{**seen["services"][0], "name": name} for name in changes.get("services", ["web"])]
    return rehearsal_script.of(host(**changes), seen, profile_of(**(facts or {})))


def test_two_databases_of_one_run_share_nothing() -> None:
    one, other = (rehearsal_script.id_of("20261129T211500Z-1a2b", f"42/{name}") for name in ("app", "b"))
    assert one != other
    assert one == rehearsal_script.id_of("20261129T211500Z-1a2b", "42/app")


def test_one_service_is_started_and_asked_from_within() -> None:
    found = script()
    assert found.acts == (Act("new", ("web",)),)
    assert (found.url, found.url_before) == ("http://{web}:8000/health?deep=1", "http://{web}:8000/up")
    assert (found.answering, found.port) == ("web", 8000)


@pytest.mark.parametrize("url", ["", "https://{web}:8443/", "https://app.example.org/", "http://127.0.0.1:1234/"])
def test_what_can_not_be_asked_from_within_is_told(url: str) -> None:
    found = script(health={"url": url, "expect": EXPECT})
    assert found.url == ""
    assert "engine and database alone are asked" in found.notes[0]
    assert found.answering == "web"


def test_the_version_before_is_asked_what_has_to_go_on() -> None:
    asked = [{"path": "/old", "before": "1.1.0", "beside": True}, {"path": "/both", "beside": True}, {"path": "/new"}]
    found = script({"rehearsal": {"requests": asked}})
    assert [each.path for each in found.requests] == ["/both", "/new"]
    assert [each.path for each in found.requests_before] == ["/old", "/both"]
    assert [(each["service"], each["port"]) for each in found.asked(found.requests_before)] == [("web", 8000)] * 2


def test_no_version_is_asked_for_what_another_has_made() -> None:
    asked = {"path": "/a/{turn}", "body": {"name": ["x{turn}"]}, "json": {"name": "x{turn}"}, "beside": True}
    found = script({"rehearsal": {"requests": [asked]}})
    told = [(each.path, each.body, each.json) for each in (*found.requests, *found.requests_before)]
    assert told == [("/a/1", {"name": ["x1"]}, {"name": "x1"}), ("/a/2", {"name": ["x2"]}, {"name": "x2"})]


def test_the_products_own_port_is_asked_where_nobody_says_how_it_is() -> None:
    found = script({"health": {"port": 9292, "path": "/up"}}, health={"url": "", "expect": EXPECT})
    assert (found.url, found.port) == ("", 9292)
    assert script(health={"url": "", "expect": EXPECT}).port == 80


def test_one_of_several_that_migrate_starts_alone() -> None:
    found = script(pioneer="web", services=["a", "web"])
    assert found.acts == (Act("new", ("web",)), Act("new", ("a", "web")))


def test_a_command_and_the_jobs_end_first() -> None:
    by = {"by": "command", "service": "scheduler", "argv": ["db", "migrate"]}
    found = script(migration=by, jobs=["init"])
    assert found.acts == (
        Act("migration", ("scheduler",), ("db", "migrate"), ends=True),
        Act("job0", ("init",), ends=True),
        Act("new", ("web",)),
    )


def test_what_acts_is_left_out_and_asked_for_no_health() -> None:
    facts = {
        "rehearsal": {
            "services": {"only": ["web"]},
            "environment": {"MAIL": "nowhere"},
            "health": {"json": {"db": "up"}},
            "checks": [
                {"id": "new", "command": ["check"], "from": "1.1.0"},
                {"id": "old", "command": ["check"], "before": "1.1.0"},
            ],
        }
    }
    found = script(facts, services=["web", "scheduler"])
    assert (found.services, found.left_out) == (("web",), ("scheduler",))
    assert found.expect == {"status": 200, "json": {"db": "up"}}
    assert found.environment == {"MAIL": "nowhere"}
    assert [each.id for each in found.checks] == ["new"]


def test_the_vendors_own_question_is_asked() -> None:
    facts = {"migrates": {"by": "command", "command": ["m"], "check": ["is", "migrated"]}}
    assert [each.command for each in script(facts).checks] == [("is", "migrated")]


def test_a_profile_that_leaves_nothing_to_start_is_told() -> None:
    with pytest.raises(RatchetError, match=r"none of web is started in a rehearsal.*rehearsal\.services"):
        script({"rehearsal": {"services": {"without": ["web"]}}})

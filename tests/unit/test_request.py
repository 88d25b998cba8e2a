"""What is wrong with a request is told with what to write instead; what was accepted is known by its id."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from ansible_collections.ratchet.runtime.plugins.plugin_utils import problems
from ansible_collections.ratchet.runtime.plugins.plugin_utils.problems import MATTERS, Matter, Problems, Refusal
from ansible_collections.ratchet.runtime.plugins.plugin_utils.request import Request, refuse
from fleet_observations import plan, profile_of, refusal, request, three, unread

PROFILE = profile_of(
    considerations=[{"id": "shop-2-orders", "crossing": "2.0.0", "message": "The table of orders is rewritten"}],
    incompatible=[{"id": "shop-1.1", "from": "1.0.0", "until": "1.1.0", "why": "it renames a table"}],
)


def wrong(version: str = "1.1.0", **changes: Any) -> Problems:
    found = Problems(changes.get("accept", ()))
    fit = refuse(Request(version=version, **{"profile": PROFILE, **changes}), found)
    assert fit == (not any(each.startswith("runtime_version") for each in found))
    return found


def test_a_plain_request_is_fit() -> None:
    found = wrong()
    assert (list(found), found.matters) == ([], [])


@pytest.mark.parametrize("id", [*MATTERS, "shop-2-orders", "shop-1.1"])
def test_what_can_be_accepted_is_known(id: str) -> None:
    assert not wrong(accept=(id,))


@pytest.mark.parametrize(
    ("id", "words"),
    [
        ("mayor", "Write major"),
        ("no-backup", "Write no_backup"),
        ("shop-2-order", "Write shop-2-orders"),
        ("everything, please", "There is: clock_skew, data_loss, database_image"),
        ("", "There is: "),
        ("MAJOR", "There is: "),
    ],
)
def test_what_cannot_be_accepted_is_refused_with_what_can(id: str, words: str) -> None:
    found = wrong(accept=("major", id))
    assert len(found) == 1
    assert f"there is nothing called {id!r} to accept" in found[0]
    assert words in found[0]


def test_ids_of_another_profile_are_unknown() -> None:
    assert len(wrong(accept=("shop-1.1",), profile=profile_of())) == 1


@pytest.mark.parametrize(
    ("version", "newest", "words"),
    [
        ("latest", "1.4.2", "floating tag.*The newest full version that it may stand for is 1.4.2: ask for that"),
        ("1", "1.4.2", "partial version.*runtime_resolve"),
        ("latest", None, "floating tag.*Name the full version"),
        ("", None, "no version was given.*runtime_version=1.4.2"),
        ("$(id)", None, "is not an image tag"),
    ],
)
def test_an_unfit_version_is_refused_with_one_that_may_be_meant(version: str, newest: str | None, words: str) -> None:
    with pytest.raises(Refusal, match=f"runtime_version: .*{words}"):
        plan(three(), request(version, newest=newest))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"strategy": "blue_green"}, "'blue_green' isn't a strategy. Use one of: auto, rolling, single_instance"),
        ({"watch": {"monitor": -0.5}}, "runtime_monitor: -0.5 seconds make no sense. Give at least 0"),
        ({"watch": {"stall_timeout": 0}}, "runtime_stall_timeout: 0 seconds make no sense. Give at least 1"),
        ({"misspelt": {"runtime_acept": "runtime_accept"}}, "runtime_acept isn't a variable of this collection"),
        ({"window": "at night", "now": datetime.now(UTC)}, "runtime_window: 'at night' isn't a window"),
        ({"backup": {"keep": -1}}, "runtime_backup_keep: -1 makes no sense. Give at least 0"),
        ({"backup": {"jobs": -2}}, "runtime_backup_jobs: -2 makes no sense. Give at least 0"),
        ({"resolve": "pach"}, "runtime_resolve: 'pach' isn't a way to resolve a version. Use one of: exact, patch"),
        ({"serial": "zero"}, "runtime_serial: 'zero' isn't a size of batches. Give a number of hosts"),
        ({"watch": {"url": "localhost:8080/health"}}, "runtime_health_url isn't an address of a web server"),
    ],
)
def test_what_makes_no_sense_is_refused(changes: dict[str, Any], words: str) -> None:
    found = wrong(**changes)
    assert len(found) == 1
    assert words in found[0]


def test_all_that_is_wrong_is_told_at_once() -> None:
    found = wrong(
        "latest",
        strategy="x",
        resolve="w",
        serial=[],
        accept=("y", "z"),
        watch={"monitor": -1, "stall_timeout": 0, "url": "file:///etc/shadow"},
        misspelt={"runtime_a": "b"},
    )
    assert len(found) == 10


NIGHT = "22:00-04:00 Europe/Amsterdam"


@pytest.mark.parametrize(("hour", "is_open"), [(12, False), (19, False), (20, True), (23, True), (2, False)])
def test_outside_the_window_has_to_be_accepted(hour: int, is_open: bool) -> None:
    found = wrong(window=NIGHT, now=datetime(2026, 6, 1, hour, tzinfo=UTC))
    assert not found
    assert [each.id for each in found.open] == ([] if is_open else ["window"])


def test_a_rehearsal_needs_no_window() -> None:
    assert wrong(window=NIGHT, now=datetime(2026, 6, 1, 12, tzinfo=UTC), rehearses=True).open == []


def test_when_the_window_opens_is_told() -> None:
    asked = {"window": NIGHT, "now": datetime(2026, 6, 1, 12, tzinfo=UTC)}
    said = str(unread(three(), request(**asked)))
    assert "it is 14:00 in Europe/Amsterdam, outside the maintenance window" in said
    assert "Run again after 2026-06-01 22:00 CEST" in said
    assert plan(three(), request(**asked, accept=("window",))).changes


def test_a_window_is_no_matter_to_a_fleet_that_is_done() -> None:
    asked = request(window=NIGHT, now=datetime(2026, 6, 1, 12, tzinfo=UTC))
    problems.refuse_unread(plan(three(running="1.1.0"), asked).as_dict())


def test_every_unread_matter_is_in_the_refusal() -> None:
    said = unread(three(database=None), request("2.0.0", limit="app1"))
    assert len(said.details["problems"]) == 5
    for id in ("no_backup", "major", "limit"):
        assert f'{{"runtime_accept": ["{id}"]}}' in str(said)


@pytest.mark.parametrize("accepted", [True, False])
@pytest.mark.parametrize("changes", [True, False])
def test_a_plan_is_executed_without_anything_unread(accepted: bool, changes: bool) -> None:
    matter = {"id": "major", "reason": "It is one", "remedy": "Read first", "accepted": accepted}
    content = {"matters": [matter], "changes": changes}
    if changes and not accepted:
        with pytest.raises(Refusal, match=r"It is one\. Read first, or accept it with"):
            problems.refuse_unread(content)
    else:
        problems.refuse_unread(content)


def test_accepting_one_matter_accepts_no_other() -> None:
    accepted = plan(three(database=None), request("2.0.0", accept=("major",)))
    assert {each["id"]: each["accepted"] for each in accepted.matters} == {"major": True, "no_backup": False}


def test_what_is_accepted_without_need_changes_nothing() -> None:
    assert plan(three(), request(accept=MATTERS)).fingerprint() == plan(three(), request()).fingerprint()


def test_a_refusal_names_open_matters_beside_the_problems() -> None:
    said = refusal(three(database=None), request("2.0.0", strategy="x", accept=("major",)))
    assert "isn't a strategy" in str(said)
    assert "no database was found" in str(said)
    assert "crosses a major" not in str(said), "that was accepted"


def test_the_same_thing_is_told_once() -> None:
    found = Problems(("a",))
    assert found.matter("a", "It is so", "Change it")
    assert found.matter("a", "It is so", "Change it")
    assert not found.matter("b", "It is so", "Change it", "app1")
    assert found.matters == [
        Matter("a", "It is so", "Change it", True),
        Matter("b", "app1: It is so", "Change it", False),
    ]
    assert [each.id for each in found.open] == ["b"]

"""What the profile knows of a product decides about the plan: stops, considerations, majors, who runs beside whom."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ratchet.runtime.plugins.plugin_utils.plan import Plan
from fleet_observations import observation, plan, refusal, request, three, unread, with_database

LINK = "https://shop.example.org/notes"
STOP = {"id": "shop-1.9", "crossing": "2.0.0", "at_least": "1.9.0", "why": "2.0.0 drops what 1.9.0 moves", "link": LINK}
REWRITES = {
    "id": "shop-1.1-orders",
    "crossing": "1.1.0",
    "message": "The table of orders is rewritten",
    "link": LINK,
    "needs_accepting": True,
    "time": {"at_least": 30, "per_million_rows": {"orders": 45}},
}
APART = {"id": "shop-1.1", "from": "1.0.0", "until": "1.1.0", "why": "1.1.0 renames a table"}
TOGETHER = {"id": "shop-1", "from": "1.0.0", "before": "2.0.0", "why": "columns are only added"}


def shop(version: str = "1.1.0", facts: dict[str, Any] | None = None, **changes: Any) -> Any:
    return request(version, {"scheme": "semver", **(facts or {})}, **changes)


def made(facts: dict[str, Any], version: str = "1.1.0", fleet: Any = None, **changes: Any) -> Plan:
    return plan(fleet or three(), shop(version, facts, **changes))


def test_a_skipped_stop_is_refused_with_why_and_the_way() -> None:
    said = str(refusal(three(), shop("2.1.0", {"required_stops": [STOP]}, accept=("major",))))
    assert "1.0.0 to 2.1.0 skips a required stop: 2.0.0 drops what 1.9.0 moves" in said
    assert "Upgrade to 1.9.0 or a later version before 2.0.0 first" in said
    assert LINK in said
    assert "runtime_hops=true" in said


@pytest.mark.parametrize(("running", "version"), [("1.9.0", "2.1.0"), ("1.0.0", "1.9.5"), ("2.0.0", "2.1.0")])
def test_a_stop_that_is_not_in_the_way_is_none(running: str, version: str) -> None:
    facts = {"required_stops": [STOP], "majors": {"need_accepting": False}}
    assert made(facts, version, three(running=running)).changes


def test_a_stop_cannot_be_accepted_away() -> None:
    facts = {"required_stops": [STOP]}
    assert "nothing called 'shop-1.9' to accept" in str(refusal(three(), shop("2.1.0", facts, accept=("shop-1.9",))))


def test_every_stop_that_is_skipped_is_told() -> None:
    other = {"id": "shop-1.5", "crossing": "1.6.0", "at_least": "1.5.0", "why": "1.6.0 needs 1.5.0's rows"}
    said = str(refusal(three(), shop("2.1.0", {"required_stops": [STOP, other]})))
    assert "1.5.0's rows" in said
    assert "drops what 1.9.0 moves" in said


def test_the_hops_to_come_are_part_of_the_plan() -> None:
    found = made({"required_stops": [STOP]}, "1.9.3", hops=("2.1.0",), asked="2.1.0")
    assert (found.version, found.asked, found.hops) == ("1.9.3", "2.1.0", ["2.1.0"])
    assert found.stable()["hops"] == ["2.1.0"]


def test_a_matter_is_open_until_it_is_accepted() -> None:
    facts = {"considerations": [REWRITES]}
    said = str(unread(three(), shop(facts=facts)))
    assert f"The table of orders is rewritten. Read {LINK} first, or accept it with" in said
    assert '{"runtime_accept": ["shop-1.1-orders"]}' in said
    accepted = made(facts, accept=("shop-1.1-orders",))
    assert [(each["id"], each["accepted"]) for each in accepted.matters] == [("shop-1.1-orders", True)]
    assert accepted.fingerprint() == made(facts).fingerprint(), "reading is no change of what will be done"


def test_what_needs_no_accepting_is_only_told() -> None:
    found = made({"considerations": [{**REWRITES, "needs_accepting": False}]})
    assert found.matters == []
    assert [each["id"] for each in found.considerations] == ["shop-1.1-orders"]


def test_a_consideration_counts_the_fleets_largest_table() -> None:
    fleet = three()
    for name, rows in (("app1", 10), ("app2", 4_000_000), ("app3", 7)):
        fleet[name] = with_database(fleet[name], rows={"public.orders": rows})
    assert made({"considerations": [REWRITES]}, fleet=fleet).considerations[0]["seconds"] == 180


def test_a_feature_that_is_switched_on_anywhere_counts() -> None:
    facts = {"considerations": [{**REWRITES, "when": {"env": "SHOP_BETA"}}]}
    assert made(facts).considerations == []
    fleet = three()
    fleet["app3"]["services"][0]["environment"] = ["PATH", "SHOP_BETA"]
    assert len(made(facts, fleet=fleet).considerations) == 1


def test_what_was_crossed_is_not_crossed_again() -> None:
    # app1 has migrated: the others follow, and nobody has to read anything a second time.
    fleet = {**three(), "app1": observation("1.1.0")}
    found = made({"considerations": [REWRITES]}, fleet=fleet)
    assert (found.considerations, found.matters) == ([], [])
    assert found.changes


def test_a_fleet_that_is_done_has_nothing_to_consider() -> None:
    found = made({"considerations": [REWRITES]}, fleet=three(running="1.1.0"))
    assert (found.considerations, found.matters, found.estimate["seconds"]) == ([], [], 0)


@pytest.mark.parametrize(
    ("facts", "strategy", "words"),
    [
        ({}, "single_instance", "isn't known (profile generic)"),
        ({"compatible": [TOGETHER]}, "rolling", "may run side by side: columns are only added"),
        ({"incompatible": [APART]}, "single_instance", "crosses shop-1.1: 1.1.0 renames a table"),
        ({"compatible": [TOGETHER], "incompatible": [APART]}, "single_instance", "1.1.0 renames a table"),
    ],
)
def test_the_strategy_follows_what_is_known(facts: dict[str, Any], strategy: str, words: str) -> None:
    found = made(facts)
    assert found.strategy == strategy
    assert words in found.strategy_reason
    assert {host.stops for host in found.hosts.values()} == {strategy == "single_instance"}


def test_rolling_across_what_old_code_does_not_survive_has_to_be_accepted() -> None:
    facts = {"compatible": [TOGETHER], "incompatible": [APART]}
    said = str(unread(three(), shop(facts=facts, strategy="rolling")))
    assert "1.0.0 to 1.1.0 crosses shop-1.1: 1.1.0 renames a table. Leave runtime_strategy out" in said
    found = made(facts, strategy="rolling", accept=("shop-1.1",))
    assert (found.strategy, found.strategy_reason) == ("rolling", "asked for")
    assert not any(host.stops for host in found.hosts.values())


def test_rolling_where_nothing_is_known_is_the_operators_word() -> None:
    found = made({}, strategy="rolling")
    assert (found.strategy, found.matters) == ("rolling", [])


def test_a_single_instance_may_always_be_asked_for() -> None:
    found = made({"compatible": [TOGETHER]}, strategy="single_instance")
    assert found.strategy == "single_instance"
    assert "though old and new may run side by side" in found.strategy_reason


def test_a_host_alone_on_its_database_has_nobody_to_stop_for() -> None:
    fleet = three()
    fleet["app3"] = with_database(fleet["app3"], id="43/app")
    assert [host.stops for host in made({}, fleet=fleet).hosts.values()] == [True, True, False]


def test_majors_that_the_vendor_thinks_nothing_of_need_no_accepting() -> None:
    assert made({"majors": {"need_accepting": False}}, "2.0.0").matters == []


def test_why_a_major_has_to_be_accepted_is_the_vendors_word() -> None:
    majors = {"need_accepting": True, "why": "the API of 1 is gone", "link": LINK}
    said = str(unread(three(), shop("2.0.0", {"majors": majors})))
    assert (
        f"1.0.0 to 2.0.0 crosses a major version: the API of 1 is gone. Read the release notes first ({LINK})" in said
    )


def test_a_major_is_counted_from_the_highest_and_once() -> None:
    # Who has accepted it for the first host isn't asked again for the last.
    assert made({}, "2.0.0", {**three(), "app1": observation("2.0.0")}).matters == []

"""The plan is a pure function, and a refusal names everything that is in the way."""

from __future__ import annotations

import copy
import json
import time
from dataclasses import asdict
from pathlib import Path

import pytest
import yaml
from ansible_collections.ratchet.runtime.plugins.plugin_utils import planner, tables, variables
from ansible_collections.ratchet.runtime.plugins.plugin_utils.problems import Problems, Refusal, refuse_open
from fleet_observations import DIGEST, IMAGE, deploy, observation, plan, refusal, request, three, unread, with_journal


def test_one_backup_and_one_migration_per_database() -> None:
    hosts = plan(three()).hosts
    assert [name for name, host in hosts.items() if host.migrates] == ["app1"]
    assert [name for name, host in hosts.items() if host.backs_up] == ["app1"]


def test_databases_are_told_apart_by_identity() -> None:
    fleet = three()
    fleet["app2"]["database"] = {**fleet["app2"]["database"], "id": "43/app"}
    made = plan(fleet)
    assert {name: database.hosts for name, database in made.databases.items()} == {
        "42/app": ["app1", "app3"],
        "43/app": ["app2"],
    }
    assert [name for name, host in made.hosts.items() if host.migrates] == ["app1", "app2"]


def test_the_backup_is_made_where_the_server_is() -> None:
    fleet = three()
    fleet["app3"]["database"] = {**fleet["app3"]["database"], "access": {"container": "db-1"}}
    assert [name for name, host in plan(fleet).hosts.items() if host.backs_up] == ["app3"]


def test_hosts_at_the_target_are_left_alone() -> None:
    fleet = {"app1": observation("1.1.0"), "app2": observation("1.0.0")}
    made = plan(fleet)
    assert [host.action for host in made.hosts.values()] == ["none", "upgrade"]
    assert made.hosts["app2"].migrates


def test_an_interrupted_host_is_finished() -> None:
    # Killed between the edit and the recreation: the file says new, the container is old.
    made = plan({"app1": observation("1.0.0", written="1.1.0")})
    assert made.hosts["app1"].action == "upgrade"
    assert made.hosts["app1"].edits == []


def test_a_hand_started_target_still_gets_its_file_written() -> None:
    assert plan({"app1": observation("1.1.0", written="1.0.0")}).hosts["app1"].edits


def test_nothing_left_to_do() -> None:
    made = plan(three(running="1.1.0"))
    assert not made.changes
    assert made.databases == {}
    assert "Nothing is left to do: all 3 hosts run 1.1.0" in tables.plan(made.as_dict())[0]


def test_the_plan_says_from_where_the_others_come_when_one_is_there_already() -> None:
    fleet = {"app1": observation("1.1.0"), "app2": observation("1.0.0")}
    assert tables.plan(plan(fleet).as_dict())[0] == "Plan r1: the rest of 1.0.0 to 1.1.0, rolling"
    written = {"app1": observation("1.1.0", written="1.0.0")}
    assert tables.plan(plan(written).as_dict())[0] == "Plan r1: 1.1.0 anew, rolling"


def test_a_stopped_container_at_the_target_is_started_again() -> None:
    fleet = {"app1": observation("1.1.0")}
    fleet["app1"]["services"][0]["containers"][0]["status"] = "exited"
    assert plan(fleet).hosts["app1"].action == "upgrade"


def test_the_way_back_is_named_also_after_an_interrupted_edit() -> None:
    undo = plan({"app1": observation("1.0.0", written="1.1.0")}).hosts["app1"].undo
    assert undo[0] == "in /opt/sample/.env line 2 write TAG=1.0.0 again"


def test_a_file_that_cannot_be_written_is_refused_before_anything_stops() -> None:
    assert "can't write in its directory" in str(refusal({"app1": observation(unwritable=["/opt/sample/.env"])}))


def test_senseless_durations_are_refused() -> None:
    said = str(refusal(three(), request(watch={"monitor": -5, "stall_timeout": 0})))
    assert "runtime_monitor" in said
    assert "runtime_stall_timeout" in said


def test_an_unwell_host_at_the_target_is_watched() -> None:
    fleet = {"app1": observation("1.1.0")}
    fleet["app1"]["services"][0]["containers"][0]["health"] = "unhealthy"
    assert plan(fleet).hosts["app1"].action == "confirm"


def test_the_fleets_highest_version_decides() -> None:
    said = str(refusal({"app1": observation("1.1.1"), "app2": observation("1.0.0")}))
    assert "1.1.1 runs" in said
    assert "on app1" in said
    assert "rollback" in said


@pytest.mark.parametrize(
    ("version", "words"),
    [
        ("latest", "floating"),
        ("1", "partial"),
        ("1.1", "partial"),
        ("", "no version was given"),
        ("1.1.0; touch /pwned", "is not an image tag"),
        ("1.1.0-alpine", "variants"),
    ],
)
def test_what_cannot_be_ordered_is_refused(version: str, words: str) -> None:
    assert words in str(refusal(three(), request(version)))


def test_a_major_has_to_be_accepted() -> None:
    assert "runtime_accept" in str(unread(three(), request("2.0.0")))
    assert plan(three(), request("2.0.0", accept=("major",))).change == "major"


def test_an_unaccepted_missing_database_is_refused() -> None:
    assert "no database was found" in str(unread({"app1": observation(database=None)}))
    assert plan({"app1": observation(database=None)}, request(accept=("no_backup",))).databases == {}


def test_everything_wrong_is_reported_at_once() -> None:
    fleet = three()
    fleet["app1"]["target"] = {"reference": f"{IMAGE}:1.1.0", "error": "manifest unknown", "missing": True}
    fleet["app2"]["target"] = {"reference": f"{IMAGE}:1.1.0", "digest": DIGEST, "platforms": ["linux/arm64"]}
    fleet["app1"]["backup"] = {"directory": "/small", "free": 10}
    said = refusal(fleet)
    assert len(said.details["problems"]) == 3
    assert all(words in str(said) for words in ("doesn't exist", "linux/arm64", "/small"))


def test_unreachable_hosts_are_all_named() -> None:
    fleet = {**three(), "app2": {"unreachable": "No route to host"}, "app3": {"unreachable": "timed out"}}
    assert "app2" in str(refusal(fleet))
    assert "app3" in str(refusal(fleet))


def test_a_host_that_could_not_be_looked_at_stops_the_plan() -> None:
    said = str(
        refusal({**three(), "app2": {"failed": "there is no compose file in /opt/sample. Set runtime_project_dir"}})
    )
    assert "app2: there is no compose file" in said


def test_a_misspelt_variable_is_refused_with_the_right_one() -> None:
    assert variables.misspelt(
        ["runtime_stratgy", "runtime_strategy", "runtime_plan", "runtime_owner", "ansible_host"]
    ) == {"runtime_stratgy": "runtime_strategy"}
    assert "Write runtime_strategy" in str(refusal(three(), request(misspelt={"runtime_stratgy": "runtime_strategy"})))


def test_every_variable_of_the_roles_is_known_to_the_spelling_check() -> None:
    specs = Path(__file__).parents[2].glob("roles/*/meta/argument_specs.yml")
    documented = {
        name
        for spec in specs
        for entry in yaml.safe_load(spec.read_text())["argument_specs"].values()
        for name in entry.get("options", {})
    }
    handed_on = {"runtime_plan", "runtime_host", "runtime_stage", "runtime_lock_verb"}
    assert documented - handed_on | {"runtime_hosts"} == variables.PUBLIC


def test_a_limit_hides_hosts_and_has_to_be_accepted() -> None:
    assert "--limit app1" in str(unread(three(), request(limit="app1")))
    assert plan(three(), request(limit="app1", accept=("limit",))).changes


def test_a_fleet_that_sees_two_images_is_refused() -> None:
    fleet = three()
    fleet["app3"]["target"] = {**fleet["app3"]["target"], "digest": "sha256:" + "cd" * 32}
    assert "different images" in str(refusal(fleet))


def test_unknown_means_single_instance() -> None:
    made = plan(three(), request())
    assert made.strategy == "single_instance"
    assert all(host.stops for host in made.hosts.values())
    assert not any(host.stops for host in plan(three()).hosts.values())


def test_a_plan_holds_no_secret_and_is_json() -> None:
    text = json.dumps(plan(three()).as_dict())
    assert "hunter2" not in text


def test_the_fingerprint_is_of_the_state() -> None:
    first, again = (
        plan(three()).fingerprint(),
        planner.plan(three(), request(strategy="rolling"), run="r2").fingerprint(),
    )
    assert first == again
    changed = three()
    changed["app2"]["sources"][0]["before"] = "0" * 64
    assert plan(changed).fingerprint() != first


def test_planning_changes_nothing_that_was_observed() -> None:
    fleet = three()
    before = copy.deepcopy(fleet)
    plan(fleet)
    assert fleet == before


def test_two_hundred_hosts_are_planned_in_a_blink() -> None:
    entries = [deploy("0.9.0", "1.0.0", deploy=f"r{number}") for number in range(20)]
    fleet = {f"app{number}": with_journal(observation(), *entries) for number in range(200)}
    began = time.process_time()
    made = plan(fleet)
    assert len(tables.plan(made.as_dict())) > 200
    assert time.process_time() - began < 1


def test_a_refusal_tells_of_an_image_that_is_easily_taken_for_another_product() -> None:
    why = "reg/dius/pact-broker isn't what the profile pact_broker is about"
    problems = refusal(three(), request("0.9.0", mistaken=(why,))).details["problems"]
    assert "0.9.0 is older" in problems[0]
    assert problems[-1] == why
    assert plan(three(), request("1.1.0", mistaken=(why,), strategy="rolling")).version == "1.1.0"


def test_several_matters_are_accepted_by_one_line() -> None:
    told = Problems(accept=["window"])
    told.matter("window", "it is late", "Wait")
    told.matter("major", "a major version", "Read")
    told.matter("data_loss", "rows are lost", "Think")
    with pytest.raises(Refusal) as caught:
        refuse_open([asdict(each) for each in told.matters])
    assert """To accept all that can be: -e '{"runtime_accept": ["window", "major", "data_loss"]}'""" in str(
        caught.value
    )
    one = Problems()
    one.matter("major", "a major version", "Read")
    with pytest.raises(Refusal) as caught:
        refuse_open([asdict(each) for each in one.matters])
    assert "To accept all" not in str(caught.value)

"""An approval is of one plan on one state: what differs is told by its place, what the plan itself has done is no drift."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.plugin_utils import approval
from ansible_collections.ratchet.runtime.plugins.plugin_utils.plan import Plan
from fleet_observations import (
    DIGEST,
    IMAGE,
    container,
    observation,
    plan,
    profile_of,
    request,
    three,
    with_database,
    with_target,
)


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "plan.json")


def kept(path: str, made: Plan) -> dict[str, Any]:
    """The plan as it comes back from its file."""
    approval.write(path, approval.sealed(made, {}, {}))
    return approval.read(path)


def drift(path: str, made: Plan, today: Plan) -> list[str]:
    """Where today's plan differs from the one that was approved."""
    try:
        approval.refuse_drift(path, kept(path, made), today)
    except RatchetError as error:
        return error.details["drift"]
    return []


def upgraded(**changes: Any) -> dict[str, Any]:
    """A host that the run has finished: its file is written, its container runs the fleet's image."""
    seen = observation("1.1.0", **changes)
    container(seen).update(digests=[f"{IMAGE}@{DIGEST}"], image_id="sha256:2", id="c2")
    return with_database(seen, ledger={"framework": "alembic", "head": "bbb"})


def elsewhere(**changes: Any) -> dict[str, dict[str, Any]]:
    fleet = three()
    fleet["app2"] = {**fleet["app2"], **changes}
    return fleet


def test_drift_is_named_by_where_it_is(path: str) -> None:
    made = plan(three())
    edited = three()
    edited["app2"]["sources"][0]["before"] = "0" * 64
    assert drift(path, made, plan(edited)) == ["hosts.app2.edits[0].before"]
    other = {"reference": f"{IMAGE}:1.1.0", "digest": "sha256:" + "cd" * 32, "platforms": [], "local": None}
    moved = drift(path, made, plan({name: {**seen, "target": other} for name, seen in three().items()}))
    assert "hosts.app1.digest" in moved
    recreated = three()
    container(recreated["app3"])["image_id"] = "sha256:7"
    assert drift(path, made, plan(recreated)) == ["hosts.app3.running[0].image_id"]
    head = {name: with_database(seen, ledger={"head": "zzz"}) for name, seen in three().items()}
    assert drift(path, made, plan(head)) == ["databases.42/app.head"]


@pytest.mark.parametrize(
    ("fleet", "asked", "where"),
    [
        ({**three(), "app4": observation()}, {}, "hosts.app4"),
        ({name: seen for name, seen in three().items() if name != "app3"}, {}, "hosts.app3"),
        ({**three(), "app2": observation("1.0.1")}, {}, "current"),
        (three(), {"strategy": "single_instance"}, "strategy"),
        (three(), {"watch": {"url": "http://other/health", "monitor": 10}}, "watch.url"),
        (
            elsewhere(project={**observation()["project"], "directory": "/opt/other"}),
            {},
            "hosts.app2.project.directory",
        ),
        (elsewhere(backup={"directory": "/elsewhere", "free": 9_000_000}), {}, None),
        (
            {
                name: {**seen, "backup": {"directory": "/elsewhere", "free": 9_000_000}}
                for name, seen in three().items()
            },
            {},
            "databases.42/app.directory",
        ),
    ],
)
def test_anything_that_is_done_differently_is_drift(
    path: str, fleet: dict[str, Any], asked: dict[str, Any], where: str | None
) -> None:
    found = drift(path, plan(three()), plan(fleet, request(**{"strategy": "rolling", **asked})))
    assert where in found if where else not found


def test_a_long_list_of_differences_is_cut(path: str) -> None:
    fleet = {
        name: {**seen, "project": {**seen["project"], "directory": "/opt/other"}} for name, seen in three().items()
    }
    fleet |= {f"new{number}": observation() for number in range(20)}
    with pytest.raises(RatchetError) as caught:
        approval.refuse_drift(path, kept(path, plan(three())), plan(fleet))
    assert "Nothing was touched" in str(caught.value)
    assert str(caught.value).count(": was ") == 12
    assert f"and {len(caught.value.details['drift']) - 12} more" in str(caught.value)


def test_what_changes_by_itself_is_no_drift(path: str) -> None:
    made = plan(three())
    other_day = {
        name: {
            **with_database(seen, size=9_000_000, space_needed=1_100_000, rows={"note": 7}),
            "backup": {**seen["backup"], "free": 8_000_000},
            "time": 1.0,
            "clock_skew": 300,
        }
        for name, seen in three().items()
    }
    today = plan(other_day, request(strategy="rolling", limit="app1", accept=("limit",), notes=("a note",)))
    assert today.matters
    assert drift(path, made, replace(today, run="another")) == []
    assert made.fingerprint() == replace(today, run="another").fingerprint()


def test_an_interrupted_run_of_the_same_plan_is_no_drift(path: str) -> None:
    made = plan(three())
    assert drift(path, made, plan({**three(), "app1": upgraded()})) == []
    assert drift(path, made, plan({**three(), "app1": upgraded(), "app2": upgraded()})) == []
    written = {**three(), "app1": observation("1.0.0", written="1.1.0")}
    assert drift(path, made, plan(written)) == []
    both = {**three(), "app1": upgraded(), "app2": observation("1.0.0", written="1.1.0")}
    assert drift(path, made, plan(both)) == []


def test_a_finished_run_is_no_drift(path: str) -> None:
    assert drift(path, plan(three()), plan(dict.fromkeys(three(), upgraded()))) == []


def test_an_interrupted_run_excuses_nothing_else(path: str) -> None:
    made = plan(three())
    fleet = {**three(), "app1": upgraded()}
    fleet["app2"]["sources"][0]["before"] = "0" * 64
    container(fleet["app3"])["image_id"] = "sha256:7"
    assert drift(path, made, plan(fleet)) == ["hosts.app2.edits[0].before", "hosts.app3.running[0].image_id"]
    written = {**three(), "app1": observation("1.0.0", written="1.1.0")}
    container(written["app1"])["image_id"] = "sha256:7"
    assert drift(path, made, plan(written)) == ["hosts.app1.running[0].image_id"]
    moved = {**three(), "app1": upgraded()}
    moved["app2"] = with_database(moved["app2"], id="99/other")
    assert "hosts.app2.database" in drift(path, made, plan(moved))


def test_another_target_under_the_same_tag_is_drift_also_after_an_interruption(path: str) -> None:
    made = plan(three())
    fleet = {name: with_target(seen, digest="sha256:" + "cd" * 32) for name, seen in three().items()}
    fleet["app1"] = upgraded()
    container(fleet["app1"])["digests"] = []
    assert "hosts.app2.digest" in drift(path, made, plan(fleet))


def test_a_host_that_stopped_half_way_is_no_drift(path: str) -> None:
    # DEFECT (approval._comparable), left failing: a killed run may leave the new container exited, or one of two services
    # recreated; the host is then still to be upgraded, and its own new container counts as drift (law 8).
    made = plan(three())
    fleet = {**three(), "app1": upgraded()}
    container(fleet["app1"])["status"] = "exited"
    assert drift(path, made, plan(fleet)) == []


def test_a_written_digest_is_no_drift(path: str) -> None:
    # DEFECT (approval._comparable), left failing: with a reference that is pinned to a digest, the way back of a written
    # file can't name the old digest any more, so `undo` differs.
    def pinned(version: str, digest: str) -> dict[str, Any]:
        seen = observation("1.0.0", written=version)
        text = f"{IMAGE}:{version}@{digest}"
        place = {"service": "web", "path": "/opt/sample/compose.yml", "line": 3, "start": 30, "text": text}
        return {**seen, "sources": [{**place, "holds": "reference", "variable": None, "before": "0" * 64}]}

    old = "sha256:" + "ef" * 32
    made = plan({"app1": pinned("1.0.0", old), "app2": pinned("1.0.0", old)})
    today = plan({"app1": pinned("1.1.0", DIGEST), "app2": pinned("1.0.0", old)})
    assert today.hosts["app1"].edits == []
    assert drift(path, made, today) == []


def test_a_strategy_that_follows_what_is_left_is_no_drift(path: str) -> None:
    # DEFECT (planner._strategy), left failing: the strategy is judged from the highest running version, which after one
    # finished host is the target itself; it has to be judged from the lowest that still runs.
    profile = profile_of(
        incompatible=[{"id": "shop-1.1", "from": "1.0.0", "until": "1.1.0", "why": "1.1.0 renames a table"}],
        compatible=[{"id": "shop-1", "from": "1.0.0", "before": "2.0.0", "why": "columns are only added"}],
    )
    asked = replace(request(), profile=profile)
    made, today = plan(three(), asked), plan({**three(), "app1": upgraded()}, asked)
    assert made.strategy == "single_instance"
    assert today.strategy == "single_instance"
    assert drift(path, made, today) == []


def test_another_change_in_any_file_of_the_project_is_drift(path: str) -> None:
    """Also in a file that the plan doesn't edit, and beside the place that it does: Compose would take it up with the image."""
    fleet = three()
    for seen in fleet.values():
        seen["project"] = {**seen["project"], "checksums": {"/opt/sample/compose.yaml": "a", "/opt/sample/.env": "b"}}
    made = plan(fleet)
    fleet["app2"]["project"] = {**fleet["app2"]["project"], "checksums": {"/opt/sample/compose.yaml": "c"}}
    assert drift(path, made, plan(fleet)) == [
        "hosts.app2.project.checksums./opt/sample/.env",
        "hosts.app2.project.checksums./opt/sample/compose.yaml",
    ]

"""The data of a run's page, from hosts that have told everything, something, or nothing."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from ansible_collections.ratchet.runtime.plugins.plugin_utils import (
    artifacts,
    planner,
    rollback_plan,
    rollback_wish,
    run_account,
)
from fleet_observations import (
    DIGEST,
    IMAGE,
    deploy,
    observation,
    profile_of,
    request,
    three,
    with_database,
    with_journal,
)

RUN = "20260502T120000Z-1a2b"
AT = datetime(2026, 5, 2, 12, tzinfo=UTC).timestamp()
MADE = {
    "id": "app-1",
    "path": "/var/backups/ratchet/app-1",
    "size": 1000,
    "seconds": 3.1,
    "verified": "restore",
    "tables": {"public.note": 7},
    "without_data": [],
}
WATCHED = {"began": AT + 30, "ended": AT + 50, "states": [["starting", 0.4], ["healthy", 5.0]], "head": "bbb"}
FOUND = {"reference": f"{IMAGE}:1.1.0", "digests": [f"{IMAGE}@{DIGEST}"]}
MARKS = [["prepare", AT + 2], ["start", AT + 20]]


def found(head: str = "bbb", **changes: Any) -> dict[str, Any]:
    seen = with_database(observation("1.1.0"), ledger={"framework": "alembic", "head": head})
    seen["services"][0]["containers"][0].update({**FOUND, **changes})
    return seen


def plan(fleet: Any = None, **asked: Any) -> dict[str, Any]:
    made = planner.plan(fleet or three(), request(**{"strategy": "rolling", **asked}), RUN)
    return made.as_dict()


def upgraded(**changes: Any) -> dict[str, Any]:
    facts = {
        "runtime_marks": MARKS,
        "runtime_prepared": {"seconds": 1.5},
        "runtime_recorded": {"path": "/var/lib/ratchet/journal/sample.jsonl"},
        "runtime_watched": WATCHED,
        "runtime_outcome": "upgraded",
        "runtime_trouble": "",
        "runtime_found": found(),
    }
    return {**facts, **changes}


def page(facts: Any, made: Any = None) -> dict[str, Any]:
    report = run_account.of(made or plan(), facts, "ann@bastion", "Sample", AT + 90)
    assert json.loads(json.dumps(report)) == report
    return report


def hosts(report: dict[str, Any]) -> dict[str, Any]:
    return {each["name"]: each for each in report["hosts"]}


def test_an_upgrade_that_went_well() -> None:
    backed_up = {"backup": MADE, "began": AT + 5, "ended": AT + 9}
    copied = {"copied": {"id": "app-1", "place": "/copies/app-1 on the controller"}, "began": AT + 9, "ended": AT + 10}
    facts = {
        "app1": upgraded(runtime_backed_up=backed_up, runtime_copied=copied),
        "app2": upgraded(),
        "app3": upgraded(),
    }
    made = plan(description="CVE-1", accept=("limit",), limit="app*")
    report = page(facts, made)
    assert {key: report[key] for key in ("kind", "id", "at", "ended", "by", "title", "outcome", "message")} == {
        "kind": "upgrade",
        "id": RUN,
        "at": "2026-05-02T12:00:00Z",
        "ended": "2026-05-02T12:01:30Z",
        "by": "ann@bastion",
        "title": "Sample",
        "outcome": "upgraded",
        "message": "",
    }
    assert (report["current"], report["target"], report["strategy"]) == ("1.0.0", "1.1.0", "rolling")
    assert (report["description"], report["accepted"], report["warnings"]) == ("CVE-1", ["limit"], [])
    app1 = hosts(report)["app1"]
    assert app1["from"] == {"reference": f"{IMAGE}:1.0.0", "digest": None, "version": "1.0.0"}
    assert app1["to"] == {"reference": f"{IMAGE}:1.1.0", "digest": DIGEST, "version": "1.1.0"}
    assert (app1["outcome"], app1["migrates"], app1["head_before"], app1["head_after"]) == (
        "upgraded",
        True,
        "aaa",
        "bbb",
    )
    assert [each["stage"] for each in app1["stages"]] == ["prepare", "backup", "copy", "start", "healthy", "monitor"]
    assert not hosts(report)["app2"]["migrates"]
    (database,) = report["databases"]
    assert database == {
        "name": "app",
        "hosts": ["app1", "app2", "app3"],
        "head_before": "aaa",
        "head_after": "bbb",
        "backup": {
            "id": "app-1",
            "path": "/var/backups/ratchet/app-1",
            "size": 1000,
            "seconds": 3.1,
            "verified": "restore",
            "host": "app1",
            "copied_to": "/copies/app-1 on the controller",
        },
    }


def test_a_copy_of_another_backup_is_not_told_as_this_one_s() -> None:
    copied = {"copied": {"id": "app-0", "place": "/copies/app-0"}}
    report = page({"app1": upgraded(runtime_backed_up={"backup": MADE}, runtime_copied=copied)})
    assert report["databases"][0]["backup"]["copied_to"] is None


def test_a_host_that_failed_and_went_back_and_those_that_were_not_touched() -> None:
    back = {
        "runtime_trouble": "app1 is crashed on 1.1.0: boom",
        "runtime_outcome": "rolled_back",
        "runtime_went_back": True,
        "runtime_found": found("aaa", reference=f"{IMAGE}:1.0.0"),
    }
    report = page({"app1": upgraded(**back), "app2": {"runtime_trouble": "", "runtime_outcome": ""}, "app3": {}})
    assert report["outcome"] == "failed"
    assert report["message"].startswith("The upgrade to 1.1.0 failed on app1.\napp1 is crashed on 1.1.0: boom\n")
    assert "app1: back on 1.0.0" in report["message"]
    assert "app2, app3: not touched, on 1.0.0" in report["message"]
    outcomes = [each["outcome"] for each in report["hosts"]]
    assert outcomes == ["rolled back", "not touched", "not touched"]


@pytest.mark.parametrize(
    ("facts", "outcome"),
    [
        ({"runtime_outcome": "upgraded", "runtime_trouble": "the hook after failed"}, "upgraded"),
        ({"runtime_outcome": "failed", "runtime_recorded": {"path": "x"}, "runtime_trouble": "boom"}, "failed"),
        (
            {"runtime_outcome": "failed", "runtime_recorded": {}, "runtime_trouble": "the hook before failed"},
            "not touched",
        ),
        ({"runtime_recorded": {"unreachable": True}, "runtime_trouble": "it is gone"}, "not touched"),
        ({"runtime_outcome": "stopped", "runtime_stopped": True}, "stopped"),
        ({"runtime_outcome": "stopped", "runtime_stopped": True, "runtime_started_again": True}, "started again"),
    ],
)
def test_how_a_host_ended(facts: dict[str, Any], outcome: str) -> None:
    report = page({"app1": facts})
    assert hosts(report)["app1"]["outcome"] == outcome
    assert report["outcome"] == ("failed" if facts.get("runtime_trouble") else "upgraded")


@pytest.mark.parametrize("name", ["runtime_prepared", "runtime_backed_up", "runtime_copied", "runtime_locked"])
def test_what_ended_the_run_before_anything_was_stopped(name: str) -> None:
    report = page({"app1": {"runtime_marks": MARKS[:1], name: {"failed": True, "msg": "no space left. Free some."}}})
    assert report["outcome"] == "failed"
    assert "The upgrade to 1.1.0 failed on app1.\nno space left. Free some." in report["message"]
    assert "app1, app2, app3: not touched, on 1.0.0" in report["message"]
    assert report["databases"][0]["backup"] is None


def test_a_host_that_was_lost_in_the_middle() -> None:
    lost = {"unreachable": True, "msg": "Connection timed out"}
    facts = upgraded(
        runtime_watched=lost,
        runtime_prepared=lost,
        runtime_found=lost,
        runtime_outcome="failed",
        runtime_trouble="it is gone",
    )
    report = page({"app1": facts})
    assert report["warnings"] == ["app1 could not be looked at in the end: Connection timed out"]
    app1 = hosts(report)["app1"]
    assert (app1["outcome"], app1["head_after"]) == ("failed", None)
    assert [each["stage"] for each in app1["stages"]] == ["prepare", "start"]


def test_without_a_word_from_anybody_there_is_still_a_page() -> None:
    report = page({})
    assert [each["stages"] for each in report["hosts"]] == [[], [], []]
    nothing = dict.fromkeys(run_account.FACTS)
    assert page({"app1": nothing, "app2": nothing, "app3": nothing}) == report


def test_a_host_that_runs_something_else_in_the_end_is_no_success() -> None:
    report = page({"app1": upgraded(runtime_found=found(reference=f"{IMAGE}:0.9.0")), "app2": upgraded()})
    assert (report["outcome"], report["message"]) == ("failed", "app1 runs 0.9.0, not 1.1.0")


def test_words_of_others_are_harmless_and_not_endless() -> None:
    report = page({"app1": upgraded(runtime_trouble="\x1b[2Jboom\x00" + "x" * 99999)})
    assert "\x1b" not in report["message"]
    assert len(report["message"]) < 21000


def test_an_unfinished_deploy_knows_the_state_before_it() -> None:
    before = {"reference": f"{IMAGE}:1.0.0", "digests": [f"{IMAGE}@sha256:{'0' * 64}"], "service": "web"}
    backup = {"host": "app1", "id": "app-0", "path": "/var/backups/ratchet/app-0", "copied_to": "/copies/app-0"}
    begun = deploy(
        "1.0.0",
        "1.1.0",
        "started",
        **{"from": {"version": "1.0.0", "containers": [before]}},
        head_before="aaa",
        backup=backup,
    )
    seen = with_journal(with_database(observation("1.1.0"), ledger={"framework": "alembic", "head": "bbb"}), begun)
    made = plan({"app1": seen, "app2": observation(), "app3": observation()})
    assert made["hosts"]["app1"]["action"] == "confirm"
    between = {**MADE, "id": "app-1"}
    report = page({name: upgraded(runtime_backed_up={"backup": between}) for name in made["hosts"]}, made)
    app1 = hosts(report)["app1"]
    assert app1["from"] == {"reference": f"{IMAGE}:1.0.0", "digest": "sha256:" + "0" * 64, "version": "1.0.0"}
    assert (report["current"], report["target"]) == ("1.0.0", "1.1.0")
    told = report["databases"][0]["backup"]
    assert (told["id"], told["host"], told["copied_to"]) == ("app-0", "app1", "/copies/app-0")
    assert "What an earlier run had left was backed up, too: app-1 on app1" in report["notes"]
    assert (app1["outcome"], app1["to"]["digest"]) == ("upgraded", DIGEST)


def test_who_is_there_already_is_told_so() -> None:
    made = plan({"app1": found(), "app2": observation(), "app3": observation()})
    report = page(
        {name: upgraded(runtime_outcome="upgraded" if name != "app1" else "") for name in made["hosts"]}, made
    )
    app1 = hosts(report)["app1"]
    assert (app1["outcome"], app1["to"]["digest"]) == ("nothing to do", DIGEST)


def test_hops_that_are_still_to_come_are_noted() -> None:
    assert "This was a required stop. Still to come: 2.0.0 > 3.0.0" in page({}, plan(hops=("2.0.0", "3.0.0")))["notes"]


def rollback() -> dict[str, Any]:
    ran = {
        "service": "web",
        "reference": f"{IMAGE}:1.0.0",
        "image_id": "sha256:0",
        "digests": [f"{IMAGE}@sha256:{'0' * 64}"],
    }
    entry = {
        "from": {"version": "1.0.0", "containers": [ran]},
        "head_before": "aaa",
        "head_after": "bbb",
        "backup": {"host": "app1", "id": "app-1", "path": "/var/backups/ratchet/app-1"},
    }
    journal = [deploy("1.0.0", "1.1.0", **entry)]
    seen = with_database(observation("1.1.0"), ledger={"framework": "alembic", "head": "bbb"})
    stored = {
        **MADE,
        "started_at": "2026-05-02T09:00:00+00:00",
        "head": "aaa",
        "database": {"id": "42/app", "name": "app"},
    }
    wish = rollback_wish.Wish(
        profile_of(), watch={"monitor": 10, "stall_timeout": 600}, accept=("data_loss",), description="it was slow"
    )
    return rollback_plan.plan(
        {"app1": seen, "app2": seen}, dict.fromkeys(("app1", "app2"), journal), {"app1": [stored]}, wish, RUN
    )


def test_a_rollback_with_its_database() -> None:
    old = found("aaa", reference=f"{IMAGE}:1.0.0", digests=[f"{IMAGE}@sha256:{'0' * 64}"])
    facts = {"runtime_outcome": "rolled_back", "runtime_found": old, "runtime_watched": {**WATCHED, "head": "aaa"}}
    restored = {"restored": {"before": "app_before_restore_1", "safety": None}, "began": AT + 5, "ended": AT + 9}
    report = page({"app1": {**facts, "runtime_restored": restored}, "app2": facts}, rollback())
    assert (report["kind"], report["outcome"], report["message"]) == ("rollback", "rolled back", "")
    assert (report["current"], report["target"], report["description"]) == ("1.1.0", "1.0.0", "it was slow")
    assert report["strategy_why"].startswith("the database is replaced by its backup: the schema went from aaa to bbb")
    app1 = hosts(report)["app1"]
    assert (app1["from"]["version"], app1["to"]) == (
        "1.1.0",
        {"reference": f"{IMAGE}:1.0.0", "digest": "sha256:" + "0" * 64, "version": "1.0.0"},
    )
    assert (app1["outcome"], app1["head_before"], app1["head_after"]) == ("rolled back", "bbb", "aaa")
    assert {"stage": "restore", "from": 5.0, "to": 9.0} in app1["stages"]
    assert (report["databases"][0]["backup"]["id"], report["accepted"]) == ("app-1", ["data_loss"])
    assert "The database as it was before is kept as app_before_restore_1" in report["notes"]


def test_a_rollback_that_failed() -> None:
    report = page(
        {"app1": {"runtime_outcome": "failed", "runtime_trouble": "boom", "runtime_stopped": True}}, rollback()
    )
    assert (report["outcome"], report["message"]) == ("failed", "app1: boom")
    assert hosts(report)["app1"]["outcome"] == "failed"


# --- what the next job of a workflow gets of it ---


def test_the_result_is_small_and_names_the_deploy_and_its_backup() -> None:
    facts = {"app1": upgraded(runtime_backed_up={"backup": MADE}), "app2": upgraded(), "app3": upgraded()}
    result = artifacts.of_run(page(facts), "/reports/upgrade-1")[artifacts.RESULT]
    assert (result["verb"], result["outcome"], result["run"], result["deploys"]) == ("upgrade", "upgraded", RUN, [RUN])
    assert (result["from"], result["to"], result["report"]) == ("1.0.0", "1.1.0", "/reports/upgrade-1")
    assert result["hosts"] == dict.fromkeys(("app1", "app2", "app3"), "upgraded")
    backup = {"id": "app-1", "host": "app1", "path": "/var/backups/ratchet/app-1", "copied_to": None}
    assert result["databases"] == [{"name": "app", "head_before": "aaa", "head_after": "bbb", "backup": backup}]
    assert len(json.dumps(result)) < 1000


def test_a_host_that_was_not_touched_has_no_deploy() -> None:
    facts = {"app1": upgraded(runtime_trouble="it crashes", runtime_outcome="failed")}
    result = artifacts.of_run(page(facts), "")[artifacts.RESULT]
    assert (result["outcome"], result["deploys"], result["hosts"]["app2"]) == ("failed", [RUN], "not touched")
    assert "it crashes" in result["message"]

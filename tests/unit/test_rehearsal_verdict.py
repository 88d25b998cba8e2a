"""What speaks against an upgrade is told, with everything that does; what was accepted only warns."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ratchet.runtime.plugins.plugin_utils import rehearsal_verdict as verdict
from ansible_collections.ratchet.runtime.plugins.plugin_utils import rehearsal_words as words
from ansible_collections.ratchet.runtime.plugins.plugin_utils.profile_rehearsal import Check, Request
from fleet_observations import profile_of

PROFILE = profile_of(
    benign={"tables": ["_moved_.*"], "moved": ["_moved__(?P<table>.+)"]},
    rehearsal={"ignore_tables": ["session"], "services": {"without": ["none"]}},
)


def told(**changes: Any) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "id": "r1",
        "by": "me@here",
        "current": "1.0.0",
        "target": "1.1.0",
        "downward": False,
        "database": {"id": "42/app", "name": "app", "head_before": "aaa", "head_after": "bbb"},
        "migration": {"state": "stable", "detail": "head bbb", "seconds": 12.0, "start": 4.0},
        "tables": [],
        "schema": {"added": ["column public.a.b text"], "removed": [], "changed": []},
        "checks": [],
        "requests": [],
        "older_version": {"asked": False, "passed": None, "required": False, "why": "", "said": ""},
        "packages": {"counts": {"major": 2, "patch": 0}},
        "logs": {"web": ["it ends here"]},
    }
    found = {**plain, **changes}
    reasons = verdict.reasons(found, changes.pop("accepted", ()))
    return {
        **found,
        "reasons": [vars(each) for each in reasons],
        "verdict": verdict.verdict(reasons),
        "estimate": verdict.estimate(found, 3, single_instance=False, monitor=10),
    }


def rows(before: dict[str, int], after: dict[str, int]) -> list[dict[str, Any]]:
    return verdict.tables(before, after, PROFILE)


def test_nothing_against_it_is_a_pass() -> None:
    assert told()["verdict"] == "passed"
    assert words.message(told(), "/tmp/x") == ""


def test_who_was_never_in_the_copy_has_proven_nothing() -> None:
    unused = {**told()["database"], "visited": False}
    assert told(database={**unused, "visited": True})["verdict"] == "passed"
    assert told(database=unused)["verdict"] == "failed"
    assert "1.1.0 was never in the copy" in words.message(told(database=unused), "/tmp/x")
    assert told(database=unused, accepted=["unused_copy"])["verdict"] == "warned"
    crashed = told(database=unused, migration={**told()["migration"], "state": "crashed"})
    assert [each["id"] for each in crashed["reasons"]] == ["migration"], "it may not have got that far"


def test_rows_that_went_are_counted_and_those_that_may_go_are_not() -> None:
    found = rows(
        {"public.a": 10, "public.b": 5, "public.c": 0, "public.session": 7, "public._moved_1": 3, "public.same": 1},
        {"public.a": 3, "public.c": 0, "public.new": 9, "public.same": 2},
    )
    assert verdict.lost(found) == ["public.a lost 7 of 10 rows", "public.b lost 5 of 5 rows, and is gone"]
    said = told(tables=found)
    assert (said["verdict"], {each["id"] for each in said["reasons"]}) == ("failed", {"lost_rows"})
    assert "public.a lost 7 of 10 rows; public.b lost 5" in words.message(said, "/tmp/x")


def test_rows_that_a_migration_has_put_elsewhere_are_to_be_read_and_not_lost() -> None:
    found = rows({"public.a": 10, "other.a": 4}, {"public.a": 3, "public._moved__a": 7, "other.a": 4})
    assert verdict.lost(found) == []
    said = told(tables=found)
    assert said["verdict"] == "warned"
    assert [each["text"] for each in said["reasons"]] == ["7 rows of public.a are moved to public._moved__a"]


@pytest.mark.parametrize(
    ("before", "after", "lost"),
    [
        ({"public.a": 10}, {"public.a": 3, "public._moved__a": 6}, ["public.a lost 1 of 10 rows"]),
        # What lay there before, lay there before.
        ({"a": 10, "_moved__a": 7}, {"a": 3, "_moved__a": 7}, ["a lost 7 of 10 rows"]),
        # Another schema's table of that name has had other rows.
        ({"public.a": 10}, {"public.a": 3, "other._moved__a": 7}, ["public.a lost 7 of 10 rows"]),
        ({"a": 10}, {"_moved__a": 9}, ["a lost 1 of 10 rows, and is gone"]),
    ],
)
def test_only_what_arrived_elsewhere_is_moved(before: dict[str, int], after: dict[str, int], lost: list[str]) -> None:
    assert verdict.lost(rows(before, after)) == lost


def test_what_is_accepted_only_warns_but_a_failed_migration_can_not_be() -> None:
    lost = rows({"public.a": 10}, {"public.a": 3})
    assert told(tables=lost, accepted=("lost_rows",))["verdict"] == "warned"
    crashed = {"state": "crashed", "detail": "web exits with code 1", "seconds": 3.0, "start": 3.0}
    found = told(migration=crashed, tables=lost, accepted=("lost_rows", "migration"))
    assert found["verdict"] == "failed"
    assert [(each["id"], each["kind"]) for each in found["reasons"]] == [
        ("migration", "failed"),
        ("lost_rows", "warned"),
    ]
    message = words.message(found, "/tmp/x")
    assert (
        "1.1.0 is crashed on the copy: web exits with code 1; the schema has moved from aaa to bbb by then" in message
    )
    assert "  | it ends here" in message
    assert "Production was not touched" in message


@pytest.mark.parametrize(("required", "kind"), [(True, "failed"), (False, "warned")])
def test_old_code_that_does_not_work_matters_where_both_run_side_by_side(required: bool, kind: str) -> None:
    older = {"asked": True, "passed": False, "required": required, "why": "rolling", "said": "HTTP 503"}
    assert told(older_version=older)["verdict"] == kind
    assert told(older_version={**older, "passed": True})["verdict"] == "passed"


@pytest.mark.parametrize(
    ("wanted", "result", "wrong"),
    [
        (Check("c", ("x",)), {"exit_code": 0, "said": [], "seconds": 1}, ""),
        (Check("c", ("x",)), {"exit_code": 3, "said": ["no"], "seconds": 1}, "it ended with exit code 3"),
        (Check("c", ("x",), any_exit=True), {"exit_code": 3, "said": [], "seconds": 1}, ""),
        (Check("c", ("x",)), {"exit_code": None, "said": [], "seconds": 300}, "no end within its time"),
        (Check("c", ("x",), any_exit=True), {"exit_code": None, "said": [], "seconds": 9}, "no end within its time"),
        (Check("c", ("x",), fails_if="^bad"), {"exit_code": 0, "said": ["a", "bad b"], "seconds": 1}, "it says 'bad'"),
        # What it says tells more than its exit code, and all of it counts, each once.
        (
            Check("c", ("x",), fails_if="^bad."),
            {"exit_code": 1, "said": ["bad1 b", "bad2", "bad1"], "seconds": 1},
            "it says 'bad1' and 'bad2'",
        ),
    ],
)
def test_a_check_passes_by_its_exit_code_and_words(wanted: Check, result: dict[str, Any], wrong: str) -> None:
    found = verdict.check(wanted, "web", result)
    assert (found["passed"], found["error"]) == (not wrong, wrong)
    assert told(checks=[found])["verdict"] == ("failed" if wrong else "passed")


def test_a_request_passes_by_its_status_and_body() -> None:
    wanted = Request("/a", status=201, json={"ok": True})
    assert verdict.request(wanted, {"status": 201, "json": {"ok": True, "more": 1}, "milliseconds": 2})["passed"]
    for answer in ({"status": 200, "json": {"ok": True}}, {"status": 201, "json": None}, {"error": "refused"}):
        found = verdict.request(wanted, {**answer, "milliseconds": 2})
        assert not found["passed"]
        assert told(requests=[found])["reasons"][0]["text"].startswith("GET /a: ")


def test_the_window_is_made_of_what_was_measured() -> None:
    found = told()["estimate"]
    parts = {each["name"]: each["seconds"] for each in found["parts"]}
    assert (parts["migrate"], parts["start"], parts["monitor"]) == (8.0, 12.0, 30)
    assert found["seconds"] == round(sum(parts.values()))


def test_it_is_told_in_a_few_lines() -> None:
    lines = "\n".join(words.lines(told(), "/tmp/x"))
    assert "Rehearsed 1.0.0 to 1.1.0 on a copy of app: it would work" in lines
    assert "schema head aaa to bbb; objects: 1 added" in lines
    assert "packages: 2 major" in lines
    assert "/tmp/x/report.html" in lines

"""The events of a journal become deploys, and those that were taken back stand no more."""

from __future__ import annotations

from typing import Any

from ansible_collections.ratchet.runtime.plugins.plugin_utils import deploys
from fleet_observations import deploy


def events(id: str, old: str, new: str, *outcomes: str, at: str = "1", **changes: Any) -> list[dict[str, Any]]:
    return [deploy(old, new, outcome, deploy=id, at=f"2026-01-0{at}", **changes) for outcome in outcomes]


def rollback(id: str, old: str, new: str, undoes: list[str], *outcomes: str) -> list[dict[str, Any]]:
    return events(id, old, new, *outcomes, at="9", verb="rollback", undoes=undoes)


FIRST = events("d1", "1.0.0", "1.1.0", "started", "done", at="1")
SECOND = events("d2", "1.1.0", "1.2.0", "started", "done", at="2")


def standing(*entries: dict[str, Any]) -> list[str]:
    return [each["deploy"] for each in deploys.standing(entries)]


def test_the_events_of_a_deploy_become_one() -> None:
    begun, done = events("d1", "1.0.0", "1.1.0", "started", "done")
    (found,) = deploys.of_journal([{**begun, "head_before": "aaa"}, {**done, "head_after": "bbb", "at": "2026-01-02"}])
    assert (found["began"], found["ended"], found["outcome"]) == ("2026-01-01", "2026-01-02", "done")
    assert (found["head_before"], found["head_after"], found["verb"]) == ("aaa", "bbb", "upgrade")


def test_a_restore_is_told_as_one() -> None:
    (found,) = deploys.of_journal([{"deploy": "r1", "outcome": "restored", "at": "2026-01-01"}])
    assert found["verb"] == "restore"
    assert standing({"deploy": "r1", "outcome": "restored", "at": "2026-01-01"}) == []


def test_what_is_no_event_is_passed_over() -> None:
    assert deploys.of_journal(["", None, 7, []]) == []  # type: ignore[list-item]


def test_deploys_stand_until_they_are_taken_back() -> None:
    assert standing(*FIRST, *SECOND) == ["d1", "d2"]
    assert standing(*FIRST, *SECOND, *rollback("b1", "1.2.0", "1.1.0", ["d2"], "started", "done")) == ["d1"]
    assert standing(*FIRST, *SECOND, *rollback("b1", "1.2.0", "1.0.0", ["d1", "d2"], "started", "done")) == []


def test_a_rollback_that_was_not_finished_has_taken_nothing_back() -> None:
    assert standing(*FIRST, *SECOND, *rollback("b1", "1.2.0", "1.1.0", ["d2"], "started")) == ["d1", "d2"]


def test_what_went_back_by_itself_stands_no_more_and_what_failed_does() -> None:
    assert standing(*FIRST, *events("d2", "1.1.0", "1.2.0", "started", "failed", "rolled_back")) == ["d1"]
    assert standing(*FIRST, *events("d2", "1.1.0", "1.2.0", "started", "failed")) == ["d1", "d2"]


def test_the_run_that_goes_on_with_an_unfinished_one_takes_its_place() -> None:
    assert standing(
        *events("d1", "1.0.0", "1.1.0", "started"), *events("d2", "1.0.0", "1.1.0", "started", "done", at="2")
    ) == ["d2"]


def test_the_last_one_is_taken_back_wherever_it_happened() -> None:
    fleet = {"app1": [*FIRST, *SECOND], "app2": FIRST, "app3": []}
    assert deploys.ids(fleet) == ["d1", "d2"]
    assert deploys.undone_by(fleet, "") == ["d2"]
    assert deploys.undone_by(fleet, "d1") == ["d2"]
    assert deploys.undone_by(fleet, "d2") == []
    assert deploys.undone_by(fleet, "d7") == []
    assert deploys.undone_by({"app1": []}, "") == []


def test_what_a_killed_run_and_the_next_have_done_together_is_taken_back_together() -> None:
    resumed = events("d2", "1.0.0", "1.1.0", "started", "done", at="2")
    assert deploys.undone_by({"app1": FIRST, "app2": resumed, "app3": resumed}, "") == ["d1", "d2"]
    assert deploys.undone_by({"app1": FIRST, "app2": resumed, "app3": resumed}, "d1") == ["d2"]
    assert deploys.undone_by({"app1": [*FIRST, *resumed], "app2": resumed}, "") == ["d2"]
    assert deploys.undone_by({"app1": FIRST, "app2": SECOND}, "") == ["d2"]


def test_a_deploy_that_only_started_what_was_stopped_is_none_to_take_back() -> None:
    image = {"reference": "reg/app:1.1.0", "digests": ["reg/app@sha256:a"]}
    same = {
        "from": {"version": "1.1.0", "containers": [image]},
        "to": {"version": "1.1.0", "reference": "reg/app:1.1.0", "digest": "sha256:a"},
        "head_before": "bbb",
        "head_after": "bbb",
    }

    def last(**changes: Any) -> list[str]:
        return standing(
            *FIRST, *[{**each, **same, **changes} for each in events("d2", "1.1.0", "1.1.0", "started", "done", at="2")]
        )

    assert last() == ["d1"]
    assert last(head_after="ccc") == ["d1", "d2"]
    assert last(to={**same["to"], "digest": "sha256:b"}) == ["d1", "d2"]
    assert last(to={**same["to"], "reference": "other/app:1.1.0"}) == ["d1", "d2"]
    assert last(**{"from": {"version": "1.1.0", "containers": []}}) == ["d1", "d2"]

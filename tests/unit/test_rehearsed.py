"""An upgrade that needs a rehearsal goes only with a passed one, of just its images, on the schema that there is, and young enough."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from ansible_collections.ratchet.runtime.plugins.plugin_utils.plan import Plan
from fleet_observations import DIGEST, IMAGE, observation, plan, refusal, request, unread

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
# As the action ``rehearse`` has the hosts keep it.
PASSED = {
    "deploy": "r0",
    "at": "2026-03-09T12:00:00Z",
    "outcome": "passed",
    "reasons": [],
    "database": "42/app",
    "from": ["sha256:1"],
    "to": {"version": "1.1.0", "reference": f"{IMAGE}:1.1.0", "digest": DIGEST},
    "head_before": "aaa",
    "rolling": True,
    "seconds": 77.0,
}


def fleet(*entries: Any, others: Any = ()) -> dict[str, dict[str, Any]]:
    """Two hosts, of which each knows of rehearsals."""
    return {
        "app1": observation(rehearsals={"entries": list(entries)}),
        "app2": observation(rehearsals={"entries": list(others)}),
    }


def asked(days: int = 7, **changes: Any) -> Any:
    return request(strategy="rolling", require_rehearsal=days, now=NOW, **changes)


def made(hosts: dict[str, dict[str, Any]], **changes: Any) -> Plan:
    return plan(hosts, asked(**changes))


def open_matters(found: Plan) -> list[str]:
    return [each["id"] for each in found.matters if not each["accepted"]]


def test_a_passed_one_that_any_host_knows_of_is_enough() -> None:
    assert open_matters(made(fleet(PASSED))) == []
    assert open_matters(made(fleet(others=[PASSED]))) == []
    assert open_matters(made(fleet({**PASSED, "outcome": "warned"}))) == []
    assert "was rehearsed on 2026-03-09T12:00:00Z: passed" in "\n".join(made(fleet(PASSED)).notes)


@pytest.mark.parametrize(
    "change",
    [
        {"database": "42/other"},
        {"to": {**PASSED["to"], "digest": "sha256:other"}},
        {"to": {**PASSED["to"], "reference": f"{IMAGE}:1.2.0"}},
        {"head_before": "zzz"},
        {"from": None},
        {"to": "garbage"},
        {"at": None},
        {"from": [["sha256:1"]]},
        {"reasons": [1]},
        {"outcome": "fine"},
        {"outcome": ["passed"]},
    ],
)
def test_one_of_something_else_is_none(change: dict[str, Any]) -> None:
    found = unread(fleet({**PASSED, **change}), asked())
    assert "wasn't rehearsed from what runs now, on its schema (runtime_require_rehearsal: 7)" in str(found)
    assert "ratchet.runtime.rehearse" in str(found)


def test_one_from_another_image_names_who_runs_something_else() -> None:
    found = str(unread(fleet({**PASSED, "from": ["sha256:2"]}), asked()))
    assert (
        "was rehearsed on 2026-03-09T12:00:00Z from another image than the one on app1, app2 (runtime_require" in found
    )


def test_who_runs_beside_the_version_before_has_to_have_been_rehearsed_so() -> None:
    alone = {**PASSED, "rolling": False}
    assert "without the version before beside it" in str(unread(fleet(alone), asked()))
    single = request(strategy="single_instance", require_rehearsal=7, now=NOW)
    assert open_matters(plan(fleet(alone), single)) == []
    assert open_matters(plan(fleet(PASSED), single)) == []


def test_a_failed_one_an_old_one_and_one_of_no_known_time() -> None:
    failed = {**PASSED, "outcome": "failed", "reasons": ["public.note lost 3 of 9 rows"], "at": "2026-03-10T10:00:00Z"}
    assert "and that failed (public.note lost 3 of 9 rows)" in str(unread(fleet(PASSED, failed), asked()))
    assert open_matters(made(fleet(failed, {**PASSED, "at": "2026-03-10T11:00:00Z"}))) == []
    assert "more than 7 days ago" in str(unread(fleet({**PASSED, "at": "2026-03-01T12:00:00Z"}), asked()))
    assert open_matters(made(fleet({**PASSED, "at": "2026-03-01T12:00:00Z"}), days=10)) == []
    assert "more than 7 days ago" in str(unread(fleet({**PASSED, "at": "yesterday"}), asked()))
    assert "a clock that goes wrong" in str(unread(fleet({**PASSED, "at": "2027-03-10T12:00:00Z"}), asked()))
    assert open_matters(made(fleet({**PASSED, "at": "2026-03-10T12:10:00Z"}))) == []


def test_nobody_has_to_rehearse_who_does_not_want_to() -> None:
    assert open_matters(made(fleet(), days=0)) == []
    assert open_matters(made(fleet(), accept=("not_rehearsed",))) == []
    assert "-1 days make no sense" in str(refusal(fleet(), asked(-1)))


def test_a_rehearsal_needs_none_and_may_go_down() -> None:
    assert open_matters(made(fleet(), rehearses=True)) == []
    down = {"app1": observation("1.1.0", target={**observation()["target"], "reference": f"{IMAGE}:1.0.0"})}
    assert "1.0.0 is refused" in str(refusal(down, request(version="1.0.0", strategy="rolling")))
    found = plan(down, request(version="1.0.0", strategy="rolling", rehearses=True))
    assert (found.hosts["app1"].action, found.hosts["app1"].target) == ("upgrade", "1.0.0")


def test_what_was_measured_beats_what_was_guessed() -> None:
    guessed, measured = made(fleet(), days=0).estimate, made(fleet(PASSED)).estimate
    assert "migration, as rehearsed, 77 s" in measured["why"]
    assert measured["seconds"] == guessed["seconds"] + 77
    assert made(fleet({**PASSED, "outcome": "failed"}), days=0).estimate == guessed

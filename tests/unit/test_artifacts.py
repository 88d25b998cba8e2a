# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a job leaves for the next: small, plain JSON, no secret, and no name that would set a variable of the stages."""

from __future__ import annotations

import json

import pytest
from ansible_collections.ratchet.runtime.plugins.plugin_utils import artifacts, operator, variables
from fleet_observations import plan, request, three


def summary(**changes: object) -> dict[str, object]:
    return artifacts.of_plan(plan(three(), request(**changes)).as_dict(), "packed")[artifacts.SUMMARY]


def test_a_plan_tells_who_approves_what_will_happen() -> None:
    content = plan(three(), request(strategy="rolling")).as_dict()
    told = artifacts.of_plan(content, "packed")
    assert told[artifacts.FINGERPRINT] == content["fingerprint"]
    assert told[artifacts.PLAN] == "packed"
    found = told[artifacts.SUMMARY]
    assert (found["verdict"], found["from"], found["to"], found["needs_accepting"]) == ("ready", "1.0.0", "1.1.0", [])
    assert found["hosts"] == dict.fromkeys(("app1", "app2", "app3"), "upgrade")
    assert found["databases"] == [{"name": "app", "hosts": ["app1", "app2", "app3"], "size": 8_000_000, "head": "aaa"}]
    assert "hunter2" not in json.dumps(told)


def test_it_tells_what_is_still_to_be_accepted() -> None:
    found = summary(strategy="rolling", limit="app1")
    assert found["verdict"] == "needs accepting"
    assert [each["id"] for each in found["needs_accepting"]] == ["limit"]
    assert summary(strategy="rolling", limit="app1", accept=("limit",))["verdict"] == "ready"


def test_it_tells_that_there_is_nothing_to_do() -> None:
    content = plan(three(running="1.1.0")).as_dict()
    assert artifacts.of_plan(content, "")[artifacts.SUMMARY]["verdict"] == "nothing to do"
    assert artifacts.nothing_to_do(content)[artifacts.RESULT]["outcome"] == "nothing to do"


def test_a_plan_that_is_too_long_to_be_handed_on_is_left_out() -> None:
    assert artifacts.PLAN not in artifacts.of_plan(plan(three()).as_dict(), "")


def test_the_next_job_takes_none_for_a_misspelt_variable_nor_for_one_of_a_stage() -> None:
    names = {artifacts.PLAN, artifacts.FINGERPRINT, artifacts.SUMMARY, artifacts.RESULT}
    assert variables.misspelt(names) == {}
    assert {artifacts.PLAN, artifacts.FINGERPRINT} <= variables.PUBLIC
    # What is given beats what a stage sets, so these must be nobody's.
    assert not names & (variables._INTERNAL - artifacts.TOLD)


def test_they_are_left_once_for_the_run_and_not_by_each_host() -> None:
    stats = artifacts.left({"x": 1})["ansible_stats"]
    assert (stats["data"], stats["per_host"], stats["aggregate"]) == ({"x": 1}, False, False)


# --- where a run can be looked at ---


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"awx_job_id": 17}, "https://awx.example.com/#/jobs/playbook/17"),
        ({"tower_job_id": 17, "runtime_job_url": "https://ci.example.com/jobs/5"}, "https://ci.example.com/jobs/5"),
        ({}, ""),
        ({"runtime_job_url": "javascript:alert(1)"}, ""),
        ({"runtime_job_url": "https://ci.example.com/ <b>"}, ""),
        ({"runtime_job_url": None}, ""),
    ],
)
def test_a_run_says_where_it_can_be_looked_at(
    given: dict[str, object], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWX_HOST", "https://awx.example.com/")
    assert operator.url(given) == expected
    told = operator.of(given)
    assert told.get("url", "") == expected
    assert operator.in_words(told).endswith(f" ({expected})" if expected else told["controller"])


def test_what_refers_to_other_variables_is_resolved() -> None:
    resolved = {"app1": {"runtime_job_url": "https://ci.example.com/jobs/7"}}
    raw = {"inventory_hostname": "app1", "runtime_job_url": "{{ pipeline }}", "hostvars": resolved}
    assert operator.url(raw) == "https://ci.example.com/jobs/7"

"""Plan, approve, upgrade, as jobs of AWX that share no file: just what was approved is done, or it is said why not.

The tests follow on each other, as jobs do.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from conftest import EXPIRY, Awx, at, deploy, runs
from jobs import ADDRESS, Job

VERSION = {"runtime_version": "1.1.0", "runtime_description": "OPS-17"}
PLAN, UPGRADE = "Ratchet plan", "Ratchet upgrade"


def no_secret_in(awx: Awx, job: Job) -> None:
    # The release's URL has it quoted; neither is anybody's to read.
    assert awx.password.encode() not in job.everything


def journal(host: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in at(host, "cat /var/lib/ratchet/journal/sample.jsonl").splitlines()]


@pytest.fixture(scope="module")
def planned(awx: Awx) -> Job:
    return awx.job(PLAN, VERSION)


def test_a_plan_is_left_for_who_approves_it_and_for_the_next_job(awx: Awx, planned: Job) -> None:
    assert (planned.status, planned.rc) == ("successful", 0), planned.said
    left = planned.artifacts
    assert set(left) == {"runtime_approved_plan", "runtime_plan_fingerprint", "runtime_plan_summary"}
    summary = left["runtime_plan_summary"]
    assert (summary["verdict"], summary["from"], summary["to"], summary["needs_accepting"]) == (
        "ready",
        "1.0.0",
        "1.1.0",
        [],
    )
    assert summary["hosts"] == dict.fromkeys(awx.hosts, "upgrade")
    assert [each["name"] for each in summary["databases"]] == ["app"]
    # Who approves compares what they read with what is handed on.
    assert f"fingerprint {left['runtime_plan_fingerprint'][:16]}" in planned.said
    assert re.search(r"Plan \S+: 1\.0\.0 to 1\.1\.0 \(minor\), rolling", planned.said)
    assert len(json.dumps(left)) < 12_000
    # One event, and nothing of each host.
    assert sum(bool(each.get("event_data", {}).get("artifact_data")) for each in planned.events) == 1
    no_secret_in(awx, planned)


def test_after_drift_it_is_refused_and_what_changed_is_named(
    awx: Awx, planned: Job, changed_file: Callable[[], None]
) -> None:
    before = [runs(host) for host in awx.hosts]
    changed_file()
    job = awx.job(UPGRADE, VERSION, planned.artifacts)
    assert (job.status, job.rc) == ("failed", 2)
    host = awx.hosts[-1]
    told = rf"the approved plan \(runtime_approved_plan\) no longer fits: hosts\.{host}\.edits\[0\]\.before: was .*Nothing was touched"
    assert re.search(told, job.failure)
    # It reads as text, and not as one line of JSON.
    assert re.search(r"\n +msg: '?the approved plan", job.said), job.said
    assert '"msg"' not in job.said
    assert [runs(host) for host in awx.hosts] == before
    # Whoever has the fingerprint alone is refused as well.
    alone = awx.job(
        UPGRADE, {**VERSION, "runtime_plan_fingerprint": planned.artifacts["runtime_plan_fingerprint"][:16]}
    )
    assert alone.status == "failed"
    assert "something has changed since" in alone.failure
    assert [runs(host) for host in awx.hosts] == before


def test_another_plan_than_the_approved_one_is_refused(awx: Awx, planned: Job) -> None:
    job = awx.job(UPGRADE, {**VERSION, "runtime_plan_fingerprint": "f" * 64}, planned.artifacts)
    assert job.status == "failed"
    assert "they are of different plans" in job.failure
    other = awx.job(UPGRADE, {"runtime_version": "1.1.1"}, planned.artifacts)
    assert "goes to 1.1.0, and runtime_version asks for 1.1.1" in other.failure
    # From ansible-core 2.19 on, what looks like a number in a survey becomes one.
    number = awx.job(PLAN, {"runtime_version": "17.10"})
    assert "has become the number 17.1 on its way here" in number.failure
    assert all("sample-runtime:1.0.0" in runs(host) for host in awx.hosts)


def test_a_cancelled_job_is_named_to_the_next_and_one_more_finishes_its_work(awx: Awx, planned: Job) -> None:
    first = awx.hosts[0]
    job = awx.launch(UPGRADE, VERSION, planned.artifacts)
    job.reach(f"{first}  stable")
    job.cancel()
    assert job.end().status == "canceled"
    no_secret_in(awx, job)
    upgraded = runs(first)
    assert "sample-runtime:1.1.0 healthy" in upgraded
    assert all("sample-runtime:1.0.0" in runs(host) for host in awx.hosts[1:])
    # In another container nobody can see that it is dead, so it may still be at work.
    refused = awx.job(UPGRADE, VERSION, planned.artifacts)
    assert refused.status == "failed"
    page = f"{ADDRESS}/#/jobs/playbook/{job.number}"
    who = rf"upgrade \S+ by \S+@automation-job-{job.number} \(pid \d+, AWX job {job.number} of ann \({page}\)\)"
    assert "another run is at work" in refused.failure
    assert re.search(who, refused.failure), refused.failure
    assert runs(first) == upgraded
    # The time that it may be silent (runtime_lock_expiry).
    time.sleep(EXPIRY + 1)
    again = awx.job(UPGRADE, VERSION, planned.artifacts)
    assert (again.status, again.rc) == ("successful", 0), again.said
    assert "Taken over: the lock of" in again.said
    assert runs(first) == upgraded
    assert all("sample-runtime:1.1.0 healthy" in runs(host) for host in awx.hosts)
    result = again.artifacts["runtime_result"]
    assert (result["verb"], result["outcome"], result["to"]) == ("upgrade", "upgraded", "1.1.0")
    # The first host's deploy may have been recorded as done, or the second job has finished that.
    assert set(result["hosts"].values()) <= {"upgraded", "nothing to do"}
    assert result["hosts"][awx.hosts[-1]] == "upgraded"
    no_secret_in(awx, again)


def test_the_result_names_deploy_and_backup_and_the_journal_the_job(awx: Awx) -> None:
    entries = [each for host in awx.hosts for each in journal(host) if each["outcome"] == "done"]
    assert len(entries) == len(awx.hosts)
    for entry in entries:
        assert entry["by"]["url"] == f"{ADDRESS}/#/jobs/playbook/{entry['by']['job']}"
        assert (entry["by"]["user"], entry["description"]) == ("ann", "OPS-17")
    told = awx.job("Ratchet history")
    assert f"AWX job {entries[-1]['by']['job']} ({entries[-1]['by']['url']})" in told.said


def test_when_all_is_done_the_same_job_again_has_nothing_to_do(awx: Awx, planned: Job) -> None:
    job = awx.job(UPGRADE, VERSION, planned.artifacts)
    assert job.status == "successful"
    assert job.artifacts["runtime_result"]["outcome"] == "nothing to do"
    assert not any(each["event_data"]["res"].get("changed") for each in job.events if each["event"] == "runner_on_ok")


def test_a_rehearsal_leaves_its_verdict_also_where_it_fails(awx: Awx) -> None:
    job = awx.job("Ratchet rehearse", {"runtime_version": "2.0.0", "runtime_accept": "major"})
    assert job.status == "failed"
    (told,) = job.artifacts["runtime_result"]["rehearsals"].values()
    assert (told["outcome"], told["from"], told["to"]) == ("failed", "1.1.0", "2.0.0")
    assert "older_version" in [each["id"] for each in told["reasons"]]
    no_secret_in(awx, job)


def test_a_job_whose_node_is_lost_in_the_backup_is_finished_by_a_later_one(awx: Awx) -> None:
    deploy()
    left = awx.job(PLAN, {"runtime_version": "'1.1.0'"}).artifacts
    job = awx.launch(UPGRADE, VERSION, left)
    job.reach("Back up the database and prove")
    job.lose()
    assert job.end().status != "successful"
    assert all("sample-runtime:1.0.0 healthy" in runs(host) for host in awx.hosts)
    time.sleep(EXPIRY + 1)
    again = awx.job(UPGRADE, VERSION, left)
    assert again.status == "successful", again.said
    result = again.artifacts["runtime_result"]
    assert result["hosts"] == dict.fromkeys(awx.hosts, "upgraded")
    assert result["databases"][0]["backup"]["id"].startswith("app-")
    assert all("sample-runtime:1.1.0 healthy" in runs(host) for host in awx.hosts)


def test_a_rollback_leaves_its_result(awx: Awx) -> None:
    refused = awx.job("Ratchet rollback")
    assert refused.status == "failed"
    assert "data_loss" in refused.failure
    # Typed into the form, with a space.
    job = awx.job("Ratchet rollback", {"runtime_accept": "no_backup, data_loss"})
    assert job.status == "successful", job.said
    result = job.artifacts["runtime_result"]
    assert (result["verb"], result["outcome"], result["from"], result["to"]) == (
        "rollback",
        "rolled back",
        "1.1.0",
        "1.0.0",
    )
    assert result["databases"][0]["backup"]["id"].startswith("app-")
    assert all("sample-runtime:1.0.0 healthy" in runs(host) for host in awx.hosts)
    no_secret_in(awx, job)

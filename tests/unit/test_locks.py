# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is alive, who is dead, and what a plan and an unlock make of that."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils import lease
from ansible_collections.ratchet.runtime.plugins.module_utils.lease import Lease
from ansible_collections.ratchet.runtime.plugins.plugin_utils import lock_owner, lock_parts, locks, problems, unlocking
from ansible_collections.ratchet.runtime.plugins.plugin_utils.problems import Refusal
from fleet_observations import plan, refusal, request, three, with_database

NOW = 1_800_000_000.0


def described(owner: dict[str, Any], age: float = 0, expiry: float = 900, run: str = "run2") -> dict[str, Any]:
    told = lease.described(Lease.new(run, "upgrade", owner, NOW, expiry).text(), NOW + age)
    assert told
    return told


def standing(owner: dict[str, Any], age: float = 0, expiry: float = 900) -> str:
    return lock_owner.standing(described(owner, age, expiry), lock_owner.me({}))


def elsewhere() -> dict[str, Any]:
    return {**lock_owner.me({}), "controller": "elsewhere"}


def test_this_process_owns_it_also_in_a_later_hop_and_when_it_is_late() -> None:
    assert standing(lock_owner.me({})) == "ours"
    assert standing(lock_owner.me({}), age=5000) == "ours"


def test_a_process_of_this_controller_that_ended_is_dead_and_one_that_runs_is_alive() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        owner = {**lock_owner.me({}), "pid": child.pid, "started": lock_owner._started(child.pid)}
        # Longer than it may be silent: its process is there all the same.
        assert standing(owner, age=5000) == "live"
        child.kill()
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert standing(owner) == "dead"  # not yet buried
    assert standing(owner) == "dead"


def test_the_same_pid_started_at_another_time_is_another_process() -> None:
    assert standing({**lock_owner.me({}), "started": "1"}) == "dead"


@pytest.mark.parametrize("key", ["controller", "boot", "namespace"])
def test_of_another_controller_boot_or_container_nothing_is_proven_by_a_pid(key: str) -> None:
    owner = {**lock_owner.me({}), key: "other", "pid": 2**22 + 1}
    assert standing(owner, age=59) == "live"
    assert standing(owner, age=61) == "held"
    assert standing(owner, age=901) == "expired"


def test_a_sign_of_life_of_the_future_proves_nothing() -> None:
    assert standing(elsewhere(), age=-30) == "live"
    assert standing(elsewhere(), age=-3600) == "held"


def test_the_job_of_awx_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWX_HOST", "https://awx.example.com/")
    owner = {**elsewhere(), "job": lock_owner.me({"awx_job_id": 17, "awx_user_name": "bob"})["job"]}
    assert owner["job"] == {"id": "17", "user": "bob", "url": "https://awx.example.com/#/jobs/playbook/17"}
    assert "AWX job 17 of bob (https://awx.example.com/#/jobs/playbook/17)" in locks.who(described(owner))
    assert lock_owner.me({"tower_job_id": 8})["job"]["id"] == "8"


def judged(owner: dict[str, Any], **more: Any) -> dict[str, Any]:
    told = lock_owner.judged(described(owner, **more), lock_owner.me({}))
    assert told
    return told


def locked(lock: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {host: {**with_database(seen, lock=lock), "lock": lock} for host, seen in three().items()}


def test_a_lock_of_another_refuses_the_upgrade_once_with_all_else_that_is_wrong() -> None:
    fleet = locked(judged(elsewhere(), age=120))
    said = str(refusal(fleet, request("0.9.0", executes=True)))
    assert said.count("another run is at work") == 1
    assert "upgrade run2 by" in said
    assert "@elsewhere" in said
    assert "last sign of life 2 min ago" in said
    assert "the database app, app1, app2, app3" in said
    assert "runtime_lock=run2" in said
    assert "0.9.0 is refused" in said


def test_who_only_plans_is_told_and_not_refused() -> None:
    notes = plan(locked(judged(elsewhere())), request()).notes
    assert any("locked by upgrade run2" in note for note in notes)


@pytest.mark.parametrize(
    "lock", [lambda: judged(elsewhere(), age=901), lambda: judged({**lock_owner.me({}), "started": "1"})]
)
def test_an_expired_or_dead_one_refuses_nobody_and_is_told(lock: Any) -> None:
    notes = plan(locked(lock()), request(executes=True)).notes
    assert any("so the next run takes over" in note for note in notes)


def test_what_can_not_be_read_is_in_the_way_with_how_it_goes() -> None:
    torn = lock_owner.judged(lease.described('{"run": "r', NOW), lock_owner.me({}))
    assert torn
    said = str(refusal(locked(torn), request(executes=True)))
    assert "can't be read" in said
    assert "runtime_lock=unreadable" in said
    denied = {"error": "Ansible's user may not read the lock", "remedy": "Set ansible_become: true"}
    assert "may not read" in str(
        refusal({**three(), "app2": {**three()["app2"], "lock": denied}}, request(executes=True))
    )


def test_two_runs_are_both_told() -> None:
    fleet = three()
    fleet["app1"]["lock"] = judged(elsewhere(), run="run2")
    fleet["app2"]["lock"] = judged(elsewhere(), run="run3")
    told = problems.Problems()
    locks.refuse(fleet, told)
    with pytest.raises(Refusal, match=r"run2.*\n.*run3"):
        told.stop()


@pytest.mark.parametrize(
    ("lock", "named", "outcome"),
    [
        (lambda: judged(elsewhere(), age=901), "", "remove"),
        (lambda: judged({**lock_owner.me({}), "started": "1"}), "", "remove"),
        (lambda: judged(elsewhere(), age=10), "run2", "alive"),
        (lambda: judged(lock_owner.me({}), age=5000), "run2", "alive"),
        (lambda: judged(elsewhere(), age=100), "", "unproven"),
        (lambda: judged(elsewhere(), age=100), "run3", "unproven"),
        (lambda: judged(elsewhere(), age=100), "run2", "remove"),
        (lambda: {"unreadable": "x", "token": "t", "standing": "unreadable"}, "", "unnamed"),
        (lambda: {"unreadable": "x", "token": "t", "standing": "unreadable"}, "unreadable", "remove"),
    ],
)
def test_only_the_dead_are_removed_or_who_is_named_and_not_alive(lock: Any, named: str, outcome: str) -> None:
    assert unlocking.verdict(lock(), named) == outcome


def test_who_is_alive_at_one_place_is_alive_at_all() -> None:
    fleet = locked(judged(elsewhere(), age=10))
    late = judged(elsewhere(), age=901)
    fleet["app2"]["lock"] = late
    assert late["standing"] == "expired"
    assert unlocking.alive(fleet) == {"run2"}
    assert unlocking.verdict(late, "run2", unlocking.alive(fleet)) == "alive"
    assert unlocking.verdict({**late, "run": "run3"}, "", unlocking.alive(fleet)) == "remove"


def test_one_host_of_a_database_looks_after_its_lock() -> None:
    fleet = locked(judged(elsewhere()))
    assert [set(unlocking.parts(fleet, host)) for host in fleet] == [{"host", "database"}, {"host"}, {"host"}]


def test_every_database_has_one_keeper_and_that_is_the_host_that_backs_up() -> None:
    fleet = three()
    fleet["app3"] = with_database(fleet["app3"], access={"container": "db"})
    made = plan(fleet).as_dict()
    assert lock_parts.keepers(made) == {"app3": "42/app"}
    assert lock_parts.part(made, "app3")["places"] == ["database", "host"]
    assert lock_parts.part(made, "app1")["places"] == ["host"]


def test_hosts_without_a_database_have_a_keeper_too() -> None:
    made = plan({host: {**seen, "database": None} for host, seen in three().items()}, request(accept=("no_backup",)))
    assert lock_parts.keepers(made.as_dict()) == {"app1": ""}
    assert lock_parts.part(made.as_dict(), "app1")["places"] == ["host"]

# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The last healthy host is never drained: who may serve meanwhile is planned, and looked at when it matters."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ratchet.runtime.plugins.plugin_utils import drain
from ansible_collections.ratchet.runtime.plugins.plugin_utils.plan import Hook
from fleet_observations import container, observation, plan, refusal, request, three

HOOKS = {name: Hook(f"{name}.yml", "ab" * 32, f"/{name}.yml") for name in ("drain", "undrain")}


def planned(fleet: dict[str, dict[str, Any]], **changes: Any) -> Any:
    return plan(fleet, request(**{"strategy": "rolling", "hooks": HOOKS, **changes}))


def stand_ins(fleet: dict[str, dict[str, Any]], **changes: Any) -> dict[str, list[str]]:
    return {name: host.stand_ins for name, host in planned(fleet, **changes).hosts.items()}


def without_database(fleet: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {name: {**seen, "database": None} for name, seen in fleet.items()}


def test_the_others_stand_in() -> None:
    assert stand_ins(three()) == {"app1": ["app2", "app3"], "app2": ["app1", "app3"], "app3": ["app1", "app2"]}


def test_hosts_that_are_drained_together_do_not_stand_in_for_each_other() -> None:
    # The one that migrates goes first, also within a batch.
    assert stand_ins(three(), serial="100%") == {"app1": ["app2", "app3"], "app2": ["app1"], "app3": ["app1"]}


def test_the_healthy_are_asked_first() -> None:
    fleet = three()
    container(fleet["app1"])["health"] = "unhealthy"
    assert stand_ins(fleet)["app3"] == ["app2", "app1"]


def test_hosts_that_are_done_stand_in() -> None:
    fleet = {"app1": observation("1.1.0"), "app2": observation("1.0.0")}
    assert stand_ins(fleet, serial="100%") == {"app1": [], "app2": ["app1"]}


def test_few_are_asked_in_a_large_fleet() -> None:
    assert len(stand_ins({f"app{number}": observation() for number in range(40)})["app7"]) == 8


def test_all_at_once_is_refused() -> None:
    said = str(
        refusal(
            without_database(three()), request(strategy="rolling", hooks=HOOKS, serial="100%", accept=("no_backup",))
        )
    )
    assert "runtime_serial: all 3 hosts would be drained at the same time" in said
    assert "Use smaller batches" in said


def test_all_at_once_is_no_matter_without_a_drain() -> None:
    assert planned(without_database(three()), hooks={}, serial="100%", accept=("no_backup",)).changes


def test_a_senseless_serial_is_told_once() -> None:
    said = str(refusal(three(), request(strategy="rolling", hooks=HOOKS, serial="many")))
    assert said.count("runtime_serial") == 1


def test_a_single_host_has_nothing_to_protect() -> None:
    made = planned({"app1": observation()})
    assert made.hosts["app1"].stand_ins == []
    assert "there is only one host: nothing serves while it is drained" in made.notes


def test_where_all_stop_nobody_stands_in_and_the_plan_says_so() -> None:
    made = planned(three(), strategy="single_instance", serial="100%")
    assert [host.stand_ins for host in made.hosts.values()] == [[], [], []]
    assert "every host is drained before it stops, all at once: only one instance may run at a time" in made.notes


@pytest.mark.parametrize(
    ("status", "body", "doubt"),
    [
        (200, {"status": "ok", "version": "1.0.0"}, None),
        (200, {"status": "ok", "version": "1.1.0"}, None),
        (200, {"status": "unhealthy", "version": "1.0.0"}, "status is 'unhealthy'"),
        (503, {"status": "ok"}, "HTTP 503"),
    ],
)
def test_a_host_serves_whichever_version_it_runs(status: int, body: dict[str, Any], doubt: str | None) -> None:
    expect = {"status": 200, "json": {"status": "ok", "version": "1.1.0"}}
    host = {"services": ["web"], "target": "1.1.0", "health": {"expect": expect}}
    running = [{"name": "c", "service": "web", "image_id": "1", "status": "running", "health": "healthy"}]
    told = drain.doubt({"containers": running, "http": {"status": status, "json": body}}, host)
    assert (told is None) == (doubt is None)
    assert doubt is None or doubt in (told or "")


def test_a_host_that_says_nothing_does_not_serve() -> None:
    host = {"services": ["web"], "target": "1.1.0", "health": {"expect": {}}}
    assert drain.doubt({"msg": "it can't be reached"}, host) == "it can't be reached"
    assert drain.doubt({"containers": [], "http": None}, host) == "web has no container"
    stopped = [{"name": "c", "service": "web", "image_id": "1", "status": "exited", "health": None}]
    assert drain.doubt({"containers": stopped, "http": None}, host) == "c is exited"

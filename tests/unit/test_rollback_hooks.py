"""The operator's hooks in a rollback: who stands in for whom, and who may still be out of the balancer."""

from __future__ import annotations

from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.plugin_utils import back_tables
from ansible_collections.ratchet.runtime.plugins.plugin_utils.plan import Hook
from fleet_observations import observation, with_database
from test_rollback_plan import fleet, plan, refusal

HOOKS = {name: Hook(f"{name}.yml", "ab" * 32, f"/{name}.yml") for name in ("drain", "undrain")}
SIDE_BY_SIDE = {
    "compatible": [{"id": "same", "from": "1.0.0", "before": "2.0.0", "why": "they are", "link": "https://x.y"}]
}


def test_who_is_drained_one_by_one_is_stood_in_for() -> None:
    made = plan(fleet("aaa"), stores={}, facts=SIDE_BY_SIDE, hooks=HOOKS)
    assert made["serial"] == [1]
    assert [host["stand_ins"] for host in made["hosts"].values()] == [
        ["app2", "app3"],
        ["app1", "app3"],
        ["app1", "app2"],
    ]
    assert made["hooks"]["drain"]["path"] == "/drain.yml"
    assert "hook       drain: drain.yml (abababababab)" in "\n".join(back_tables.rollback(made))


def test_where_all_stop_nobody_stands_in_and_that_is_told() -> None:
    made = plan(fleet("aaa"), stores={}, hooks=HOOKS)
    assert [host["stand_ins"] for host in made["hosts"].values()] == [[], [], []]
    assert "every host is drained before it stops, all at once" in "\n".join(back_tables.rollback(made))


def test_who_is_back_already_may_still_be_out_of_the_balancer() -> None:
    back = observation("1.0.0")
    back["services"][0]["containers"][0]["image_id"] = "sha256:0"
    hosts = {**fleet("aaa"), "app1": with_database(back, ledger={"framework": "alembic", "head": "aaa"})}
    made = plan(hosts, stores={}, facts=SIDE_BY_SIDE, hooks=HOOKS)
    assert [bool(host["begun"]) for host in made["hosts"].values()] == [True, False, False]


def test_what_is_wrong_with_the_hooks_is_told_with_the_rest() -> None:
    trouble = RatchetError("runtime_hooks.drain: there is no undrain beside it", "Name a task file for undrain")
    said = refusal(fleet(), troubles=(trouble,), way="sideways")
    assert "there is no undrain beside it" in said
    assert "'sideways' isn't a way back" in said

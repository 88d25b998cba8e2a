"""A host goes back by itself only where that can't do harm."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ratchet.runtime.plugins.plugin_utils import going_back

HOST = {"begun": None, "database": "42/app", "tolerates": False, "origin": "1.0.0"}
PLAN = {"strategy": "single_instance", "databases": {"42/app": {"head_before": "aaa"}}}


def probe(head: str | None = "aaa", **changes: Any) -> dict[str, Any]:
    return {"containers": [], "database": {"ledger": {"head": head} if head else None, "migrating": [], **changes}}


def test_with_an_unchanged_schema_nothing_is_in_the_way() -> None:
    assert going_back.obstacle(PLAN, HOST, probe()) is None


@pytest.mark.parametrize(
    ("host", "seen", "why"),
    [
        ({}, probe("bbb"), "migrated from aaa to bbb"),
        ({}, probe(None), "isn't known"),
        ({}, {"containers": [], "database": {"error": "gone"}}, "doesn't answer"),
        ({}, {"containers": [], "database": None}, "doesn't answer"),
        ({}, {}, "the host doesn't answer"),
        ({}, probe(migrating=[{"pid": 7}]), "a migration still runs"),
        ({}, probe(ledger={"head": "aaa", "dirty": True}), "half-way"),
        ({"begun": {"deploy": "d1"}}, probe(), "an earlier run"),
    ],
)
def test_what_could_do_harm_is_told(host: dict[str, Any], seen: dict[str, Any], why: str) -> None:
    assert why in (going_back.obstacle(PLAN, {**HOST, **host}, seen) or "")


def test_where_old_code_works_on_the_new_schema_that_is_no_obstacle() -> None:
    assert going_back.obstacle(PLAN, {**HOST, "tolerates": True}, probe("bbb")) is None
    assert going_back.obstacle({**PLAN, "strategy": "rolling"}, HOST, probe("bbb")) is None
    # But never while it is being changed.
    assert going_back.obstacle(PLAN, {**HOST, "tolerates": True}, probe("bbb", migrating=[{"pid": 7}]))


def test_without_a_database_the_image_is_all_there_is() -> None:
    assert going_back.obstacle(PLAN, {**HOST, "database": None}, {"containers": [], "database": None}) is None

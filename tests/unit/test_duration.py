"""How long it takes, roughly: every part of it is told, and grows with what it is made of."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ratchet.runtime.plugins.plugin_utils import duration
from ansible_collections.ratchet.runtime.plugins.plugin_utils.plan import DatabasePlan
from fleet_observations import plan, request, three
from hypothesis import given
from hypothesis import strategies as st


def database(size: int) -> DatabasePlan:
    return DatabasePlan("app", "17.2", None, ["app1"], "app1", "/b", "postgres:17", size, 1, 1)


def estimate(hosts: int = 1, sizes: tuple[int, ...] = (0,), monitor: float = 10, crossed: Any = ()) -> dict[str, Any]:
    databases = {str(number): database(size) for number, size in enumerate(sizes)}
    return duration.estimate([f"app{number}" for number in range(hosts)], databases, {"monitor": monitor}, crossed)


def test_nothing_to_do_takes_no_time() -> None:
    assert estimate(0, (10**12,), crossed=[{"seconds": 600}]) == {"seconds": 0, "why": []}


def test_each_part_is_told() -> None:
    assert estimate(3, (2_400_000_000,), 10, [{"seconds": 7200}]) == {
        "seconds": 120 + 3 * 25 + 7200,
        "why": ["backup 2 min", "3 hosts 75 s", "migration 2 h 0 min"],
    }
    assert estimate()["why"] == ["backup 0 s", "1 host 25 s"]


def test_the_longest_consideration_counts_once() -> None:
    crossed = [{"seconds": 60}, {"seconds": None}, {"seconds": 600}, {}]
    assert estimate(crossed=crossed)["seconds"] - estimate()["seconds"] == 600


def test_databases_are_backed_up_one_after_the_other() -> None:
    assert estimate(sizes=(10**9, 10**9))["seconds"] == estimate(sizes=(2 * 10**9,))["seconds"]


@given(st.integers(1, 200), st.integers(0, 10**13), st.integers(0, 600), st.integers(0, 10**6))
def test_more_never_takes_less(hosts: int, size: int, monitor: int, seconds: int) -> None:
    least = estimate(hosts, (size,), monitor, [{"seconds": seconds}])["seconds"]
    for more in (
        estimate(hosts + 1, (size,), monitor, [{"seconds": seconds}]),
        estimate(hosts, (size, 10**8), monitor, [{"seconds": seconds}]),
        estimate(hosts, (size,), monitor + 1, [{"seconds": seconds}]),
        estimate(hosts, (size,), monitor, [{"seconds": seconds + 1}]),
    ):
        assert more["seconds"] > least


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        *((0, "0 s"), (0.4, "0 s"), (45, "45 s"), (89.4, "89 s"), (90, "2 min"), (720, "12 min"), (5369, "89 min")),
        *((5400, "1 h 30 min"), (7200, "2 h 0 min"), (90_000, "25 h 0 min")),
    ],
)
def test_durations_as_people_read_them(seconds: float, text: str) -> None:
    assert duration.readable(seconds) == text


def test_a_plan_has_an_estimate_by_what_it_does() -> None:
    orders = {"orders": 3_000_000}
    fleet = {name: {**seen, "database": {**seen["database"], "rows": orders}} for name, seen in three().items()}
    time = {"at_least": 0, "per_million_rows": {"orders": 100}}
    profile = {"considerations": [{"id": "orders", "crossing": "1.1.0", "message": "Rewritten", "time": time}]}
    assert plan(fleet, request(profile=profile)).estimate == {
        "seconds": 375,
        "why": ["backup 0 s", "3 hosts 75 s", "migration 5 min"],
    }
    assert plan(three(running="1.1.0"), request(profile=profile)).estimate["seconds"] == 0

"""When a run did what on a host: whatever the host has told, or hasn't."""

from __future__ import annotations

import random
from typing import Any

import pytest
from ansible_collections.ratchet.runtime.plugins.plugin_utils import stages

RUN = "20260502T120000Z-1a2b"
SINCE = stages.begin_of(RUN)


def told(until: float = 500, **facts: Any) -> list[tuple[str, float, float]]:
    found = stages.of_host({f"runtime_{name}": value for name, value in facts.items()}, SINCE, SINCE + until)
    return [(each["stage"], each["from"], each["to"]) for each in found]


def marks(*pairs: tuple[str, float]) -> list[list[Any]]:
    return [[stage, SINCE + at] for stage, at in pairs]


def timed(began: float, ended: float, **more: Any) -> dict[str, Any]:
    return {"began": SINCE + began, "ended": SINCE + ended, **more}


def watch(began: float, *states: tuple[str, float], ended: float, **more: Any) -> dict[str, Any]:
    return timed(began, ended, states=[[state, seconds] for state, seconds in states], **more)


def upgraded(**changes: Any) -> dict[str, Any]:
    """What a host of a rolling upgrade with hooks tells that migrates and makes the backup."""
    facts = {
        "marks": marks(
            ("prepare", 2),
            ("drain", 20),
            ("", 23),
            ("start", 24),
            ("smoke", 50),
            ("", 51),
            ("", 51.1),
            ("undrain", 51.2),
            ("", 53),
        ),
        "prepared": {"seconds": 3.5},
        "backed_up": timed(8, 14),
        "copied": timed(14, 16),
        "watched": watch(
            30,
            ("starting", 0.5),
            ("migrating", 2),
            ("starting", 7),
            ("healthy", 9),
            ("stable", 19),
            ended=49,
            replaced_at=SINCE + 28,
        ),
    }
    return {**facts, **changes}


def test_a_run_id_says_when_the_run_began() -> None:
    assert stages.begin_of("19700102T000001Z-beef") == 86401


def test_a_host_that_goes_all_the_way() -> None:
    assert told(**upgraded()) == [
        ("prepare", 2, 5.5),
        ("backup", 8, 14),
        ("copy", 14, 16),
        ("drain", 20, 23),
        ("stop", 24, 28),
        ("start", 28, 30),
        ("healthy", 30, 32),
        ("migrate", 32, 37),
        ("healthy", 37, 39),
        ("monitor", 39, 49),
        ("smoke", 50, 51),
        ("undrain", 51.2, 53),
    ]


def test_where_only_one_instance_may_run_it_stops_long_before_it_starts() -> None:
    facts = {"marks": marks(("stop", 3), ("", 5), ("start", 60)), "watched": watch(61, ("healthy", 0.2), ended=71)}
    assert told(**facts) == [("stop", 3, 5), ("start", 60, 61), ("healthy", 61, 61.2), ("monitor", 61.2, 71)]


def test_one_container_migrates_alone_and_the_others_follow() -> None:
    alone = watch(10, ("migrating", 1), ("stable", 9), ended=19)
    facts = {
        "marks": marks(("jobs", 5), ("start", 7), ("start", 20)),
        "watched_alone": alone,
        "watched": watch(22, ("healthy", 0.3), ("stable", 10), ended=32),
    }
    assert told(**facts) == [
        ("jobs", 5, 7),
        ("start", 7, 10),
        ("migrate", 10, 19),
        ("start", 20, 22),
        ("healthy", 22, 22.3),
        ("monitor", 22.3, 32),
    ]


def test_a_command_that_migrates_is_the_migration() -> None:
    assert ("migrate", 18, 23) in told(marks=marks(("start", 24)), migrated=timed(18, 23))


def test_a_failed_start_ends_when_that_is_noticed_and_the_way_back_has_its_own_time() -> None:
    facts = {"marks": marks(("start", 3), ("", 9), ("back", 10), ("", 30)), "watched_again": watch(20, ended=29)}
    assert told(**facts) == [("start", 3, 9), ("back", 10, 30)]


def test_a_rollback_with_the_database() -> None:
    facts = {
        "marks": marks(("prepare", 1), ("stop", 9), ("", 11), ("start", 33)),
        "prepared": {"seconds": 1},
        "checked": timed(3, 8),
        "restored": timed(12, 30),
        "watched": watch(34, ("starting", 1), ("healthy", 4), ended=48),
    }
    assert told(**facts) == [
        ("prepare", 1, 2),
        ("prepare", 3, 8),
        ("stop", 9, 11),
        ("restore", 12, 30),
        ("start", 33, 34),
        ("healthy", 34, 38),
        ("monitor", 38, 48),
    ]


def test_who_was_never_touched_has_no_stage() -> None:
    assert told() == []
    assert told(marks=None, prepared=None, watched=None, backed_up=None) == []


@pytest.mark.parametrize(
    "lost",
    [
        {"unreachable": True, "msg": "timed out"},
        {"failed": True, "msg": "no space"},
        {"skipped": True},
        {"began": None, "ended": None},
        {"began": "now", "ended": True},
        {"began": float("nan"), "ended": float("inf")},
    ],
)
def test_what_a_lost_host_left_out_is_left_out(lost: dict[str, Any]) -> None:
    found = told(**upgraded(watched=lost, prepared=lost, backed_up=lost, copied=lost))
    assert [stage for stage, _from, _to in found] == ["prepare", "drain", "start", "smoke", "undrain"]


def test_a_host_that_counts_wrong_cuts_no_other_stage() -> None:
    facts = {"marks": marks(("prepare", 2), ("start", 20), ("", 60)), "prepared": {"seconds": 25}}
    assert told(**facts) == [("prepare", 2, 20), ("start", 20, 60)]


def test_what_has_not_ended_ends_with_the_run() -> None:
    assert told(until=40, marks=marks(("drain", 20))) == [("drain", 20, 40)]
    assert told(until=40, marks=marks(("prepare", 20))) == [("prepare", 20, 40)]


def test_what_an_earlier_hop_has_left_does_not_count() -> None:
    earlier = watch(-90, ("healthy", 1), ended=-70)
    assert told(marks=marks(("start", -95), ("start", 3)), watched=earlier, backed_up=timed(-300, -200)) == [
        ("start", 3, 500)
    ]


def test_a_container_that_was_started_at_another_time_splits_nothing() -> None:
    for moment in (-10, 24, 30, 90):
        facts = upgraded(watched=watch(30, ("healthy", 0.1), ended=49, replaced_at=SINCE + moment))
        assert ("start", 24, 30) in told(**facts)


def test_stages_never_overlap_and_stay_within_the_run() -> None:
    chance = random.Random(7)
    for _try in range(300):
        names = ["prepare", "drain", "", "start", "smoke", "back"]
        facts = {
            "marks": marks(*((chance.choice(names), chance.uniform(-20, 120)) for _mark in range(chance.randrange(8)))),
            "prepared": {"seconds": chance.choice([3, -1, 1e9, "x", None])},
            "backed_up": timed(chance.uniform(-20, 120), chance.uniform(-20, 120)),
            "watched": watch(
                chance.uniform(-20, 120),
                *(
                    (chance.choice(["starting", "migrating", "healthy", "?"]), chance.uniform(-5, 60))
                    for _state in range(4)
                ),
                ended=chance.uniform(-20, 120),
                replaced_at=SINCE + chance.uniform(-20, 120),
            ),
        }
        found = told(until=100, **facts)
        flat = [moment for _stage, begin, end in found for moment in (begin, end)]
        assert flat == sorted(flat)
        assert all(0 <= moment <= 100 for moment in flat)

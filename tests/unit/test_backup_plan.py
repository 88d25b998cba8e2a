"""A backup for its own sake: each database once, and what can't be backed up keeps nothing else from it."""

from __future__ import annotations

from typing import Any

from ansible_collections.ratchet.runtime.plugins.plugin_utils import backup_plan, tables
from fleet_observations import observation, three, with_database

HOW = {"jobs": 2, "verify": "read", "keep": 5}


def plan(fleet: dict[str, Any]) -> dict[str, Any]:
    return backup_plan.plan(fleet, HOW, "r1")


def makers(made: dict[str, Any]) -> list[str]:
    return [host for host, each in made["hosts"].items() if each["backs_up"]]


def test_a_shared_database_is_backed_up_once() -> None:
    made = plan(three())
    assert makers(made) == ["app1"]
    assert made["databases"]["42/app"]["hosts"] == ["app1", "app2", "app3"]
    assert made["problems"] == []
    assert tables.backups(made)[0].startswith("Backing up app of app1, app2, app3")


def test_every_database_has_a_maker() -> None:
    made = plan({**three(), "app2": with_database(observation(), id="43/app", standby=True)})
    assert makers(made) == ["app1", "app2"], "a standby can be dumped"
    assert made["hosts"]["app2"]["database"] == "43/app"


def test_what_cannot_be_backed_up_is_told_and_the_others_are() -> None:
    made = plan(
        {
            "app1": {"unreachable": "no route"},
            "app2": {**observation(), "database": {"error": "no password", "remedy": "Give one"}},
            "app3": observation(),
            "app4": {**observation(), "database": None},
        }
    )
    assert makers(made) == ["app3"]
    told = "\n".join(made["problems"])
    assert "app1: the host can't be reached" in told
    assert "app2: no password. Give one." in told
    assert "app4: no database was found" in told
    assert "app1" not in made["hosts"]


def test_a_store_that_is_too_small_is_told() -> None:
    made = plan({"app1": {**observation(), "backup": {"directory": "/b", "free": 0}}})
    assert "/b has only 0 bytes free" in made["problems"][0]

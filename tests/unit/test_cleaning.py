"""A clean-up drops only what was found, and only behind a backup."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.plugin_utils import cleaning

TABLES = [{"schema": "public", "name": "_airflow_moved__2_3__dangling__xcom", "rows": 3500}]


def backups(**changes: Any) -> dict[str, Any]:
    """Two databases, each with the host that backs it up, and a host that shares the first."""
    return {
        "databases": {"42/app": {"name": "app"}, "42/other": {"name": "other"}},
        "hosts": {
            "app1": {"database": "42/app", "backs_up": True},
            "app2": {"database": None, "backs_up": False},
            "app3": {"database": "42/other", "backs_up": True},
        },
        "problems": [],
        **changes,
    }


def test_only_what_has_something_to_lose_is_backed_up_and_cleaned() -> None:
    made = cleaning.plan(backups(), {"app1": TABLES, "app3": []})
    assert {name: (host["backs_up"], host["action"]) for name, host in made["hosts"].items()} == {
        "app1": (True, "clean"),
        "app2": (False, "none"),
        "app3": (False, "none"),
    }


def test_it_says_what_goes_from_where() -> None:
    found = {"app1": TABLES}
    assert cleaning.lines(cleaning.plan(backups(), found), found) == [
        "To be dropped from app, behind a backup of it:",
        "  public._airflow_moved__2_3__dangling__xcom: 3500 rows",
    ]
    assert cleaning.lines(cleaning.plan(backups(), {}), {}) == ["Nothing is left to clean up."]


def test_what_cannot_be_backed_up_is_not_cleaned() -> None:
    with pytest.raises(RatchetError, match=r"no room.*Nothing was touched"):
        cleaning.plan(backups(problems=["no room."]), {"app1": TABLES})


def test_it_says_where_the_dropped_rows_are() -> None:
    made = {"database": {"name": "app"}, "path": "/var/backups/ratchet/app-1"}
    assert cleaning.done(TABLES, made) == [
        "Dropped from app: public._airflow_moved__2_3__dangling__xcom (3500 rows). They are in the backup /var/backups/ratchet/app-1."
    ]

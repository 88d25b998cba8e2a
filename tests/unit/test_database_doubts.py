"""What isn't known of a database is told as not known, and before somebody counts on it."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ratchet.runtime.plugins.plugin_utils import (
    database_doubts,
    rehearsal_words,
    tables,
)
from fleet_observations import observation, plan, request, three, unread, with_database

POSTGRES = {"web": "reg:5000/app:1.0.0", "db": "reg:5000/library/postgres:17", "cache": "redis:7"}
EMPTY: dict[str, Any] = {"name": "postgres", "rows": {}, "ledger": None}


def with_images(seen: dict[str, Any], images: dict[str, str | None]) -> dict[str, Any]:
    return {**seen, "project": {**seen["project"], "images": images}}


@pytest.mark.parametrize(
    ("images", "hint"),
    [
        (POSTGRES, "(one may be in the project: {service: db, name: DATABASE})"),
        ({"geo": "postgis/postgis:17-3.5"}, "{service: geo, name: DATABASE}"),
        (
            {"a": "timescale/timescaledb:latest-pg17", "b": "pgvector/pgvector:pg17"},
            "{service: a, name: DATABASE} or {",
        ),
        ({"web": "reg:5000/postgres:1"}, ""),
        ({"watch": "quay.io/prometheuscommunity/postgres-exporter"}, ""),
        ({"cache": "redis:7", "built": None}, ""),
        ({}, ""),
    ],
)
def test_a_postgres_of_the_project_is_named_where_no_database_was(images: dict[str, str | None], hint: str) -> None:
    seen = with_images(observation(database=None), images)
    said = str(unread({"app1": seen}))
    assert "app1: no database was found: neither runtime_database nor the runtime's environment names one" in said
    assert hint in said
    assert hint or "in the project" not in said


def test_a_plan_without_a_database_calls_none_as_a_witness() -> None:
    asked = request(accept=("no_backup",), watch={"monitor": 10, "stall_timeout": 600})
    assert "watch      engine;" in "\n".join(tables.plan(plan({"app1": observation(database=None)}, asked).as_dict()))
    assert "watch      engine and database;" in "\n".join(tables.plan(plan(three(), asked).as_dict()))


def test_an_empty_database_is_hardly_the_right_one() -> None:
    said = str(unread({"app1": with_database(observation(), **EMPTY)}))
    assert "the database postgres holds no rows and no ledger of migrations" in said
    assert "Name the right one in runtime_database, with name" in said
    assert "no_backup" in said


def test_a_plan_that_is_only_looked_at_says_what_to_do_instead_of_accepting() -> None:
    fleet = {"app1": with_database(observation(), **EMPTY)}
    open_one = next(each for each in tables.plan(plan(fleet).as_dict()) if "TO ACCEPT" in each)
    assert open_one.endswith("its backup would be one of nothing. Name the right one in runtime_database, with name")
    done = next(
        each for each in tables.plan(plan(fleet, request(accept=("no_backup",))).as_dict()) if "accepted  " in each
    )
    assert "Name the right one" not in done


@pytest.mark.parametrize("known", [{"rows": {"note": 1}}, {"ledger": {"framework": "alembic", "head": None}}])
def test_rows_or_a_ledger_are_enough_to_believe_in_a_database(known: dict[str, Any]) -> None:
    assert plan({"app1": with_database(observation(), **{**EMPTY, **known})}, request()).matters == []


def test_a_plan_tells_what_an_unknown_schema_head_costs() -> None:
    unknown = {host: with_database(seen, ledger=None) for host, seen in three().items()}
    told = [each for each in plan(unknown, request()).notes if "known here" in each]
    assert len(told) == 1
    apart = {host: with_database(seen, id=f"{host}/app") for host, seen in unknown.items()}
    assert [each for each in plan(apart, request()).notes if "known here" in each] == told
    assert "a host that fails keeps it until you decide, and rollback restores the backup" in told[0]
    assert not any("known here" in each for each in plan(three(), request()).notes)
    assert not any("known here" in each for each in plan(unknown, request(strategy="rolling")).notes)
    works = {"scheme": "semver", "back": {"by": "image"}}
    assert not any("known here" in each for each in plan(unknown, request(profile=works)).notes)


def test_status_says_why_it_has_no_head() -> None:
    fleet = {
        "app1": with_database(observation(), ledger=None),
        "app2": with_database(observation(), ledger=None),
        "app3": with_images(observation(database=None), POSTGRES),
        "app4": observation(database={"error": "the database says no", "remedy": "Mend the password"}),
        "app5": observation(),
        "app6": {"unreachable": "it is down"},
    }
    assert database_doubts.told(fleet) == [
        "app1, app2: no head, as the migrations of the database app are kept in no way that is known here",
        "app3: no database was found: neither runtime_database nor the runtime's environment names one (one may be in the project: "
        "{service: db, name: DATABASE})",
        "app4: the database says no. Mend the password",
    ]


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("aaa", "bbb", "aaa to bbb"),
        ("aaa", "aaa", "stays aaa"),
        (None, "bbb", "none to bbb"),
        ("aaa", None, "aaa to unknown"),
        (None, None, "unknown"),
    ],
)
def test_a_rehearsal_has_a_word_for_an_unknown_head(before: str | None, after: str | None, words: str) -> None:
    schema: dict[str, list[str]] = {"added": [], "removed": [], "changed": []}
    told = {"database": {"head_before": before, "head_after": after}, "schema": schema}
    assert rehearsal_words._schema(told) == [f"  schema head {words}"]

# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whoever may not read all of a database learns all that is missing before a dump begins; whoever may is let alone."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils import database, postgres, privileges
from ansible_collections.ratchet.runtime.plugins.module_utils.engine import Engine
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.observation import Request, observe
from ansible_collections.ratchet.runtime.plugins.plugin_utils import databases
from ansible_collections.ratchet.runtime.plugins.plugin_utils.problems import Problems
from backup_making import make, sidecars, visible
from conftest import COMPOSE, POSTGRES, Sample

SHAPES = """
create role "a reader" login password 'readers secret';
create role group_of_readers nologin;
create schema hidden;
create table hidden.things (id int generated always as identity primary key, what text);
create table hidden.parts (id int) partition by range (id);
create table hidden.part partition of hidden.parts for values from (0) to (100);
create unlogged table "Odd name" (id int, other int);
create table rows (id int);
alter table rows enable row level security;
create policy own on rows using (id > 0);
create sequence numbers;
create materialized view seen as select 1;
select lo_from_bytea(4711, 'large'), lo_from_bytea(4712, 'larger')
"""
# Everything that a dump needs, one grant each.
GRANTS = [
    "usage on schema hidden",
    "select on all tables in schema hidden",
    "select on all tables in schema public",
    "select on all sequences in schema hidden",
    "select on all sequences in schema public",
    "select on large object 4711, 4712",
]


@pytest.fixture(scope="module", params=POSTGRES)
def sample(request: pytest.FixtureRequest, deploy: Callable[..., Sample]) -> Sample:
    """The sample with a role that may nothing, and with everything that one can be kept from reading."""
    made = deploy(COMPOSE.replace("postgres:17", f"postgres:{request.param}"))
    made.sql(SHAPES)
    return made


@pytest.fixture
def reader(sample: Sample, access: database.Access) -> database.Access:
    """That role's access, without any privilege that another test gave it."""
    sample.sql('drop owned by "a reader"; revoke pg_read_all_data, group_of_readers from "a reader"')
    sample.sql('alter role "a reader" inherit nobypassrls; alter role "a reader" reset lo_compat_privileges')
    return replace(access, user="a reader", password="readers secret")


def missing(access: database.Access) -> list[list[str]]:
    with postgres.session(access) as connection:
        return privileges.missing(connection)


def dumps(sample: Sample) -> bool:
    """Whether pg_dump itself gets through as that role."""
    command = sample.command("exec", "--no-TTY", "db", "pg_dump", "-U", "a reader", "-d", "app", "--file=/dev/null")
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def test_everything_that_is_missing_is_named_at_once_and_nothing_begins(
    engine: Engine, sample: Sample, reader: database.Access, store: Path
) -> None:
    sample.sql('grant select on alembic_version, note, activity to "a reader"')
    with pytest.raises(RatchetError) as caught:
        make(engine, reader, store)
    told = str(caught.value)
    assert "the user a reader may not read all of the database app, so a backup would fail: schema hidden, " in told
    assert 'GRANT pg_read_all_data TO "a reader" (PostgreSQL 14 and newer)' in told
    assert 'ALTER ROLE "a reader" BYPASSRLS' in told
    assert "GRANT SELECT ON LARGE OBJECT" in told
    assert "and 7 more" in told
    assert visible(store) == []
    assert sidecars(engine) == []
    assert missing(reader) == [
        ["schema", "hidden"],
        ["table", "hidden.part"],
        ["table", "hidden.parts"],
        ["table", "hidden.things"],
        ["table", 'public."Odd name"'],
        ["table", "public.rows"],
        ["sequence", "hidden.things_id_seq"],
        ["sequence", "public.activity_id_seq"],
        ["sequence", "public.note_id_seq"],
        ["sequence", "public.numbers"],
        ["rows of", "public.rows"],
        ["large objects", "2, the first is 4711"],
    ]


def test_the_remedy_that_is_told_is_enough(
    engine: Engine, sample: Sample, reader: database.Access, store: Path
) -> None:
    sample.sql('grant pg_read_all_data to "a reader"; alter role "a reader" bypassrls')
    with pytest.raises(RatchetError, match=r"so a backup would fail: large objects \(2, the first is 4711\)\. Name"):
        make(engine, reader, store)
    sample.sql('grant select on large object 4711, 4712 to "a reader"')
    assert missing(reader) == []
    made = make(engine, reader, store)
    assert visible(store) == [made["id"]]


def test_a_superuser_and_an_owner_miss_nothing(sample: Sample, access: database.Access) -> None:
    assert missing(access) == []
    sample.sql("alter table rows force row level security")
    try:
        assert missing(access) == []
    finally:
        sample.sql("alter table rows no force row level security")


ONLY_ONE = [each.replace("large object 4711, 4712", "large object 4711") for each in GRANTS]
ONLY_A_COLUMN = [
    *GRANTS[:2],
    'select (id) on "Odd name"',
    "select on note, activity, alembic_version, rows",
    *GRANTS[3:],
]
NOTHING = "through a group that gives nothing"


@pytest.mark.parametrize(
    ("given", "how"),
    [
        *(
            pytest.param([each for each in GRANTS if each != left_out], "bypassing", id=f"no {left_out}")
            for left_out in GRANTS
        ),
        pytest.param(ONLY_ONE, "bypassing", id="one of two large objects"),
        pytest.param(ONLY_A_COLUMN, "bypassing", id="a column of a table"),
        *(pytest.param(GRANTS, how, id=f"all, {how}") for how in ("", "bypassing", "through a group", NOTHING)),
    ],
)
def test_what_is_missing_is_what_pg_dump_fails_for(
    sample: Sample, reader: database.Access, given: list[str], how: str
) -> None:
    """pg_dump is the witness: it gets through if, and only if, nothing is said to be missing."""
    group = "group_of_readers" if "group" in how else '"a reader"'
    sample.sql("drop owned by group_of_readers")
    for each in given:
        sample.sql(f"grant {each} to {group}")
    if "group" in how:
        sample.sql('grant group_of_readers to "a reader"')
    # From 16 on, what a membership gives is decided when it is granted.
    if how == NOTHING:
        sample.sql('alter role "a reader" noinherit; revoke group_of_readers from "a reader"')
        sample.sql('grant group_of_readers to "a reader"')
    if how != "":
        sample.sql('alter role "a reader" bypassrls')
    assert (missing(reader) == []) is dumps(sample), missing(reader)


def test_the_old_large_objects_of_a_server_are_everybodys(sample: Sample, reader: database.Access) -> None:
    sample.sql('alter role "a reader" set lo_compat_privileges = on')
    assert "large objects" not in {kind for kind, _name in missing(reader)}


@pytest.mark.parametrize("sees_the_ledger", [True, False])
def test_the_plan_is_told(engine: Engine, sample: Sample, reader: database.Access, sees_the_ledger: bool) -> None:
    """Also where not even the schema's version can be read."""
    if sees_the_ledger:
        sample.sql('grant select on alembic_version to "a reader"')
    wanted = {"dsn": f"postgresql://a%20reader:readers%20secret@{reader.host}/app"}
    seen = observe(engine, Request(str(sample.directory), database=wanted))
    assert ("error" in seen["database"]) is not sees_the_ledger
    problems = Problems()
    if sees_the_ledger:
        databases.refuse_unreadable({"app1": seen}, problems)
    else:
        databases.refuse_errors({"app1": seen}, problems)
    assert len(problems) == 1
    assert (
        "the user a reader may not read all of the database app, so a backup would fail: schema hidden" in problems[0]
    )
    assert "readers secret" not in problems[0]

# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Wherever a service is told of its database, it is told of the throwaway server instead; and of nothing else."""

from __future__ import annotations

import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils.rehearsal_address import Move

NAMED = Move({"db": 5432, "postgres": None}, "trial", 5432)
AN_ADDRESS = Move({"10.0.0.5": 6432, "fd00::5": 6432}, "trial", 5432)
LOOPBACK = Move({"127.0.0.1": 5432, "localhost": 5432}, "trial", 5432)


@pytest.mark.parametrize(
    ("move", "before", "after"),
    [
        (NAMED, "postgresql://app:pw@db:5432/app", "postgresql://app:pw@trial:5432/app"),
        (NAMED, "postgresql://app:pw@db/app", "postgresql://app:pw@trial/app"),
        (NAMED, "POSTGRES://DB/app", "POSTGRES://trial/app"),
        (NAMED, "postgresql+psycopg2://app:p@ss@db/db", "postgresql+psycopg2://app:p@ss@trial/db"),
        (NAMED, "db+postgresql://airflow:db@postgres/db?db=db", "db+postgresql://airflow:db@trial/db?db=db"),
        (NAMED, "jdbc:postgresql://db:5432/app", "jdbc:postgresql://trial:5432/app"),
        (NAMED, "postgres:///app?host=db&user=x", "postgres:///app?host=trial&user=x"),
        (NAMED, "postgres://u:p@db,standby/app", "postgres://u:p@trial,standby/app"),
        (NAMED, "host=db port=5432 dbname=app", "host=trial port=5432 dbname=app"),
        (NAMED, "Host=db;Port=5432;Database=db;Password=db", "Host=trial;Port=5432;Database=db;Password=db"),
        (NAMED, '{"login": "db", "host": "db", "schema": "db"}', '{"login": "db", "host": "trial", "schema": "db"}'),
        (NAMED, '["postgres://u:$$p@db:5432/x"]', '["postgres://u:$$p@trial:5432/x"]'),
        (NAMED, "db:5432", "trial:5432"),
        (NAMED, "wait-for db:5432 -- redis:6379", "wait-for trial:5432 -- redis:6379"),
        (AN_ADDRESS, "postgres://u:p@10.0.0.5:6432/app", "postgres://u:p@trial:5432/app"),
        (AN_ADDRESS, "postgres://u:p@[fd00::5]:6432/app", "postgres://u:p@trial:5432/app"),
        (AN_ADDRESS, "[FD00::5]:6432", "trial:5432"),
        (AN_ADDRESS, "host='10.0.0.5' port='6432' user=u", "host='trial' port='5432' user=u"),
        (LOOPBACK, "postgres://u@localhost/app", "postgres://u@trial/app"),
    ],
)
def test_the_address_is_replaced_where_it_stands_as_a_host(move: Move, before: str, after: str) -> None:
    assert move.environment({"V": before}) == ({"V": after}, ["V"])
    assert move.text(before) == after


@pytest.mark.parametrize(
    ("move", "value"),
    [
        (NAMED, "db"),
        (NAMED, "postgres"),
        (NAMED, "redis://db:6379/0"),
        (NAMED, "https://db/health"),
        (NAMED, "postgresql://db:db@other/db"),
        (NAMED, "postgresql://app@db2:5432/app"),
        (NAMED, "postgresql://app@my-db:5432/app"),
        (NAMED, "postgresql://app@db:5433/app"),
        (NAMED, "my-db:5432"),
        (NAMED, "db.corp:5432"),
        (NAMED, "db:54321"),
        (NAMED, "/data/db:5432"),
        (NAMED, "host=db2 dbname=db"),
        (NAMED, "localhost=db user=x"),
        (NAMED, ""),
        (AN_ADDRESS, "http://10.0.0.5:8080/"),
        (AN_ADDRESS, "postgres://10.0.0.5:5432/other"),
        (AN_ADDRESS, "110.0.0.5:6432"),
        (AN_ADDRESS, "10.0.0.55:6432"),
        (LOOPBACK, "127.0.0.1"),
        (LOOPBACK, "--host=127.0.0.1"),
        (LOOPBACK, "http://127.0.0.1:8080"),
        (LOOPBACK, "127.0.0.1:6379"),
    ],
)
def test_nothing_else_is_touched(move: Move, value: str) -> None:
    assert move.environment({"V": value}) == ({"V": value}, [])
    assert move.text(value) == value


@pytest.mark.parametrize(
    ("move", "before", "after", "told"),
    [
        (NAMED, {"PGHOST": "db", "PGUSER": "db"}, {"PGHOST": "trial", "PGUSER": "db"}, ["PGHOST"]),
        (NAMED, {"DB_HOST": "db", "DB_NAME": "db"}, {"DB_HOST": "trial", "DB_NAME": "db"}, ["DB_HOST"]),
        (
            AN_ADDRESS,
            {"PACT_BROKER_DATABASE_HOST": "10.0.0.5", "PACT_BROKER_DATABASE_PORT": "6432"},
            {"PACT_BROKER_DATABASE_HOST": "trial", "PACT_BROKER_DATABASE_PORT": "5432"},
            ["PACT_BROKER_DATABASE_HOST"],
        ),
        (
            AN_ADDRESS,
            {"TYPEORM_HOST": "10.0.0.5", "TYPEORM_PORT": "6432", "REDIS_HOST": "10.0.0.5", "REDIS_PORT": "6379"},
            {"TYPEORM_HOST": "trial", "TYPEORM_PORT": "5432", "REDIS_HOST": "10.0.0.5", "REDIS_PORT": "6379"},
            ["TYPEORM_HOST"],
        ),
        (
            LOOPBACK,
            {"HOST": "127.0.0.1", "BIND_ADDRESS": "127.0.0.1", "DB_ADDR": "127.0.0.1"},
            {"HOST": "127.0.0.1", "BIND_ADDRESS": "127.0.0.1", "DB_ADDR": "trial"},
            ["DB_ADDR"],
        ),
        (
            NAMED,
            {"PGHOST": "db", "PGSSLMODE": "verify-full", "OTHER_SSLMODE": "require"},
            {"PGHOST": "trial", "PGSSLMODE": "prefer", "OTHER_SSLMODE": "require"},
            ["PGHOST"],
        ),
    ],
)
def test_variables_that_tell_parts_belong_together(
    move: Move, before: dict[str, str], after: dict[str, str], told: list[str]
) -> None:
    assert move.environment(before) == (after, told)


def test_a_server_at_another_port_is_told_in_full() -> None:
    move = Move({"db": 5432}, "trial", 15432)
    assert move.text("postgres://u@db/app") == "postgres://u@trial:15432/app"
    assert move.environment({"DB_HOST": "db"})[0] == {"DB_HOST": "trial", "DB_PORT": "15432"}


@pytest.mark.parametrize("mode", ["require", "verify-ca", "verify-full"])
def test_the_throwaway_server_needs_no_certificate(mode: str) -> None:
    assert NAMED.text(f"postgres://u@db/app?sslmode={mode}&x=1") == "postgres://u@trial/app?sslmode=prefer&x=1"
    elsewhere = f"postgres://u@other/app?sslmode={mode}"
    assert NAMED.text(elsewhere) == elsewhere


def test_a_name_that_the_server_has_as_well_is_found_all_the_same() -> None:
    same = Move({"db": 5432}, "db", 5432)
    assert same.environment({"URL": "postgres://u@db/app"}) == ({"URL": "postgres://u@db/app"}, ["URL"])


def test_long_values_take_no_time() -> None:
    assert NAMED.text("a" * 200_000 + "://") is not None

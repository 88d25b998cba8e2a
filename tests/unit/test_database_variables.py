# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an application's environment says of its database is taken as it is meant, or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils import database_variables
from ansible_collections.ratchet.runtime.plugins.module_utils.container_files import Place
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.mounts import Mount


def place(environment: dict[str, str], *mounted: Mount) -> Place:
    return Place("the container web-1", environment, mounted)


def told(environment: dict[str, str], *mounted: Mount) -> list[tuple[str, int, str, str, str]]:
    found = database_variables.find(place(environment, *mounted))
    return [(each.host, each.port, each.name, each.user, each.password) for each, _source in found]


def prefixed(prefix: str, **values: str) -> dict[str, str]:
    return {prefix + name: value for name, value in values.items()}


WHOLE = {"HOST": "db", "PORT": "5433", "USER": "web", "PASSWORD": "hunter2", "NAME": "app"}
EXPECTED = [("db", 5433, "app", "web", "hunter2")]
PLAIN = {"HOST": "db", "USER": "web", "PASSWORD": "hunter2", "NAME": "app"}


@pytest.mark.parametrize(
    "environment",
    [
        {"DATABASE_URL": "postgresql://web:hunter2@db:5433/app"},
        {"PACT_BROKER_DATABASE_URL": "postgres://web:hunter2@db:5433/app"},
        {"AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": "postgresql+psycopg2://web:hunter2@db:5433/app"},
        {"PGHOST": "db", "PGPORT": "5433", "PGUSER": "web", "PGPASSWORD": "hunter2", "PGDATABASE": "app"},
        prefixed("POSTGRES_", HOST="db", PORT="5433", USER="web", PASSWORD="hunter2", DB="app"),
        prefixed("POSTGRES_", **WHOLE),
        prefixed("PACT_BROKER_DATABASE_", HOST="db", PORT="5433", USERNAME="web", PASSWORD="hunter2", NAME="app"),
        prefixed("PACT_BROKER_DATABASE_", **WHOLE, ADAPTER="postgres"),
        prefixed("DB_", **WHOLE, ADAPTER="postgresql"),
        prefixed("DB_", HOST="db", PORT="5433", USERNAME="web", PASSWORD="hunter2", DATABASE="app", CONNECTION="pgsql"),
        prefixed("DB_", **WHOLE, CLIENT="pg"),
        prefixed("DATABASE_", **WHOLE, ENGINE="django.db.backends.postgresql"),
        # A URL is what an application that knows one prefers.
        {"DATABASE_URL": "postgresql://web:hunter2@db:5433/app", "PGHOST": "old", "PGUSER": "x"},
    ],
)
def test_each_way_to_name_a_database(environment: dict[str, str]) -> None:
    assert told(environment) == EXPECTED
    assert database_variables.names_one(environment)


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"DATABASE_URL": "mysql://web:hunter2@db/app"},
        prefixed("DB_", **PLAIN),
        prefixed("DB_", **PLAIN, PORT="3306"),
        prefixed("DB_", **PLAIN, PORT="5432", ADAPTER="mysql2"),
        prefixed("DATABASE_", **PLAIN),
        prefixed("PACT_BROKER_DATABASE_", **PLAIN, ADAPTER="mysql2"),
        prefixed("PACT_BROKER_DATABASE_", NAME="pact_broker.sqlite", ADAPTER="sqlite"),
        prefixed("POSTGRES_", USER="web", PASSWORD="hunter2", DB="app"),
        prefixed("POSTGRES_", HOST="db", PASSWORD="hunter2", DB="app"),
        prefixed("POSTGRES_", HOST="db", USER="web", PASSWORD="hunter2"),
        prefixed("MYSQL_", **PLAIN, PORT="5432"),
        {"PGHOST": "db", "PGPASSWORD": "hunter2", "PGDATABASE": "app"},
        {"REDIS_URL_FILE": "/run/secrets/redis"},
    ],
)
def test_what_does_not_say_that_it_is_postgres_is_not_taken_for_it(environment: dict[str, str]) -> None:
    assert told(environment) == []
    assert not database_variables.names_one(environment)


def test_the_port_may_be_the_evidence() -> None:
    assert told(prefixed("DB_", **PLAIN, PORT="5432")) == [("db", 5432, "app", "web", "hunter2")]


def test_libpq_names_the_database_after_the_user() -> None:
    assert told({"PGHOST": "db", "PGUSER": "web"}) == [("db", 5432, "web", "web", "")]


@pytest.fixture
def secrets(tmp_path: Path) -> Mount:
    """A directory of secrets, as it is mounted."""
    (tmp_path / "url").write_text("postgresql://web:hunter2@db:5433/app\n")
    (tmp_path / "mysql").write_text("mysql://web:hunter2@db/app\n")
    (tmp_path / "password").write_text("hunter2\n\n")
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    (tmp_path / "away").symlink_to("/etc/passwd")
    (tmp_path / "inside").symlink_to("url")
    return Mount("bind", str(tmp_path), "/run/secrets", str(tmp_path))


@pytest.mark.parametrize(
    "variable",
    [
        "DATABASE_URL_FILE",
        "PACT_BROKER_DATABASE_URL_FILE",
        "SQLALCHEMY_DATABASE_URI_FILE",
        "PG_DSN_FILE",
        "DB_URL_FILE",
    ],
)
@pytest.mark.parametrize("file", ["url", "inside"])
def test_a_url_from_a_file(secrets: Mount, variable: str, file: str) -> None:
    environment = {variable: f"/run/secrets/{file}"}
    assert told(environment, secrets) == EXPECTED
    assert database_variables.names_one(environment)
    assert told({variable: "/run/secrets/mysql"}, secrets) == []


def test_a_file_is_read_only_where_the_variable_is_a_databases(secrets: Mount) -> None:
    assert told({"REDIS_URL_FILE": "/run/secrets/url", "CERT_FILE": "/nonexistent"}, secrets) == []


@pytest.mark.parametrize("prefix", ["PG", "POSTGRES_", "PACT_BROKER_DATABASE_"])
def test_a_password_from_a_file(secrets: Mount, prefix: str) -> None:
    environment = prefixed(
        prefix, HOST="db", PORT="5433", USER="web", DATABASE="app", PASSWORD_FILE="/run/secrets/password"
    )
    assert told(environment, secrets) == EXPECTED


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("/run/secrets/gone", "No such file"),
        ("/run/secrets", "Is a directory"),
        ("/run/secrets/binary", "it is no text"),
        ("/run/secrets/away", "it is a link to somewhere else"),
        ("/run/secrets/../../etc/passwd", "it lies in none of its mounts"),
        ("/elsewhere/url", "it lies in none of its mounts"),
        ("secrets/url", "it lies in none of its mounts"),
    ],
)
def test_a_file_that_can_not_be_read_is_told_with_the_way_out(secrets: Mount, path: str, why: str) -> None:
    for environment in ({"DATABASE_URL_FILE": path}, {"PGHOST": "db", "PGUSER": "web", "PGPASSWORD_FILE": path}):
        with pytest.raises(RatchetError) as caught:
            told(environment, secrets)
        variable = list(environment)[-1]
        assert f"{variable} of the container web-1 names {path}, which can't be read from this host: {why}" in str(
            caught.value
        )
        assert "runtime_database" in caught.value.remedy


def test_a_file_in_the_containers_own_layer_is_read_there(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "url").write_text("postgresql://web:hunter2@db:5433/app")
    (tmp_path / "run" / "away").symlink_to("/etc/passwd")
    found = database_variables.find(Place("x", {"DATABASE_URL_FILE": "/run/url"}, (), str(tmp_path)))
    assert found[0][0].password == "hunter2"
    with pytest.raises(RatchetError, match="a link to somewhere else"):
        database_variables.find(Place("x", {"DATABASE_URL_FILE": "/run/away"}, (), str(tmp_path)))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"HOST": "/var/run/postgresql"}, "PGHOST names a Unix socket"),
        ({"HOST": "db1,db2"}, "PGHOST names several hosts"),
        ({"PORT": "hunter2"}, "PGPORT isn't the number of a port"),
        ({"SSLMODE": "hunter2"}, "PGSSLMODE asks for an sslmode that libpq doesn't have"),
    ],
)
def test_what_can_not_be_followed_is_told_by_its_variable(changes: dict[str, str], words: str) -> None:
    with pytest.raises(RatchetError, match=words) as caught:
        told(prefixed("PG", **{"HOST": "db", "USER": "web", **changes}))
    assert "hunter2" not in str(caught.value)


def test_certificates_are_found_where_they_lie_on_the_host(secrets: Mount, tmp_path: Path) -> None:
    url = "postgresql://web:hunter2@db/app?sslmode=verify-full&sslrootcert=/run/secrets/url"
    ((address, source),) = database_variables.find(place({"DATABASE_URL": url}, secrets))
    assert address.tls.rootcert == str(tmp_path / "url")
    assert source == "the runtime's environment variable DATABASE_URL"
    variables = {"PGHOST": "db", "PGUSER": "web", "PGSSLMODE": "verify-ca", "PGSSLROOTCERT": "/run/secrets/url"}
    ((address, _source),) = database_variables.find(place(variables, secrets))
    assert (address.tls.mode, address.tls.rootcert) == ("verify-ca", str(tmp_path / "url"))
    with pytest.raises(RatchetError, match="sslrootcert in DATABASE_URL of the container web-1 names /run/secrets/url"):
        told({"DATABASE_URL": url})

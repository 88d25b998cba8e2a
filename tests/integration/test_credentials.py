# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""However an application is told of its database, it is found with user and password; what can't be read is told."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils import compose, database, postgres
from ansible_collections.ratchet.runtime.plugins.module_utils.engine import Engine
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.observation import Request, observe
from backup_making import make, visible
from conftest import REGISTRY, Sample

HEALTHY = "{test: [CMD, 'true'], interval: 15s, start_period: 9s, start_interval: 200ms}"
IDLE = (
    f"{{image: '{REGISTRY}/sample-runtime:${{TAG}}', entrypoint: [sleep, infinity], init: true, healthcheck: {HEALTHY}"
)
# One database, and one idle service for each way to be told of it.
COMPOSE = f"""\
services:
  db:
    image: {REGISTRY}/postgres:17
    environment: {{POSTGRES_USER: app, POSTGRES_DB: app, POSTGRES_PASSWORD_FILE: /run/secrets/from_shell}}
    command: [postgres, -c, fsync=off]
    secrets: [from_shell]
    healthcheck:
      {{test: [CMD, pg_isready, -h, 127.0.0.1, -U, app], interval: 15s, start_period: 60s, start_interval: 200ms}}
  url_file: {IDLE}, secrets: [url], environment: {{DATABASE_URL_FILE: /run/secrets/url}}}}
  url_file_in_the_layer: {IDLE}, secrets: [url_from_shell], environment: {{DATABASE_URL_FILE: /run/secrets/url_from_shell}}}}
  libpq: {IDLE}, secrets: [password], environment: {{PGHOST: db, PGUSER: app, PGPASSWORD_FILE: /run/secrets/password}}}}
  pact_broker: {IDLE}, environment: {{PACT_BROKER_DATABASE_ADAPTER: postgres, PACT_BROKER_DATABASE_HOST: db,
    PACT_BROKER_DATABASE_USERNAME: app, PACT_BROKER_DATABASE_PASSWORD: "${{DB_PASSWORD}}", PACT_BROKER_DATABASE_NAME: app}}}}
  mysql: {IDLE}, environment: {{DB_CONNECTION: mysql, DB_HOST: db, DB_USER: app, DB_PASSWORD: x, DB_NAME: app, DB_PORT: '5432'}}}}
  no_password: {IDLE}, environment: {{DATABASE_URL: 'postgresql://app@db/app'}}}}
secrets:
  password: {{file: ./password}}
  url: {{file: ./url}}
  from_shell: {{environment: DB_PASSWORD}}
  url_from_shell: {{environment: DATABASE_URL}}
"""


@pytest.fixture(scope="module")
def sample(deploy: Callable[..., Sample], tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """The project with all of them."""
    return deploy(COMPOSE)


def locate(engine: Engine, sample: Sample, client: str, **wanted: str) -> database.Access | None:
    project = compose.load(engine, str(sample.directory))
    return database.locate(engine, project, [project.services[client]], wanted)


def enters(access: database.Access | None) -> str:
    assert access
    with postgres.session(access) as connection:
        return connection.execute("select current_user || ' in ' || current_database()").fetchone()[0]


@pytest.mark.parametrize("service", ["url_file", "url_file_in_the_layer", "libpq", "pact_broker"])
def test_the_applications_own_word_is_enough(engine: Engine, sample: Sample, service: str) -> None:
    assert enters(locate(engine, sample, service)) == "app in app"


def test_the_servers_own_word_is_enough(engine: Engine, sample: Sample) -> None:
    """Its password is a secret that Compose has copied into the container's layer: no mount holds it."""
    access = locate(engine, sample, "mysql", service="db")
    assert access
    assert access.password == sample.password
    assert enters(access) == "app in app"


def test_another_database_is_not_taken_for_postgres(engine: Engine, sample: Sample) -> None:
    assert locate(engine, sample, "mysql") is None


def test_a_secret_that_is_gone_is_told_and_hides_nothing_else(engine: Engine, sample: Sample) -> None:
    file = sample.directory / "url"
    content = file.read_text()
    file.unlink()
    try:
        seen = observe(engine, Request(str(sample.directory), ["url_file"]))
    finally:
        file.write_text(content)
    assert "DATABASE_URL_FILE of the container " in seen["database"]["error"]
    assert "names /run/secrets/url, which can't be read from this host: No such file" in seen["database"]["error"]
    assert "runtime_database" in seen["database"]["remedy"]
    assert seen["services"][0]["containers"]
    assert sample.password not in json.dumps(seen)


def test_a_password_of_ones_own_is_enough(engine: Engine, sample: Sample, store: Path) -> None:
    """As a credential of AWX supplies it; the URL may stand in the inventory."""
    image = f"{REGISTRY}/postgres:17"
    access = locate(
        engine, sample, "mysql", dsn=sample_url(engine, sample, "app"), password=sample.password, image=image
    )
    assert enters(access) == "app in app"
    assert enters(locate(engine, sample, "no_password", password=sample.password)) == "app in app"
    assert access
    assert make(engine, access, store)["verified"] == "read"


def sample_url(engine: Engine, sample: Sample, login: str) -> str:
    found = locate(engine, sample, "pact_broker")
    assert found
    return f"postgresql://{login}@{found.host}/app"


def test_name_and_user_of_ones_own_count_more(engine: Engine, sample: Sample) -> None:
    sample.sql("drop role if exists other; create role other login password 'others'")
    url = sample_url(engine, sample, "app:wrong")
    assert (
        enters(locate(engine, sample, "mysql", dsn=url, user="other", password="others", name="postgres"))
        == "other in postgres"
    )
    assert enters(locate(engine, sample, "pact_broker", user="other", password="others")) == "other in app"
    with_app = locate(engine, sample, "pact_broker", user="other")
    assert with_app
    assert with_app.password == "", "the application's password is that of its own user"


def test_libpqs_password_file_is_read_for_the_sidecar_too(
    engine: Engine, sample: Sample, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "pgpass"
    monkeypatch.setenv("PGPASSFILE", str(file))
    escaped = sample.password.replace(":", "\\:")
    file.write_text(f"elsewhere:*:*:*:wrong\ndb:5432:app:app:{escaped}\n")
    file.chmod(0o600)
    access = locate(engine, sample, "no_password")
    assert access
    made = make(engine, access, store)
    assert visible(store) == [made["id"]]
    file.chmod(0o640)
    with pytest.raises(RatchetError, match=r"pgpass is no plain file that its owner alone may read \(chmod 0600\)"):
        enters(locate(engine, sample, "no_password"))


def test_no_secret_leaves_the_host(engine: Engine, sample: Sample) -> None:
    for service in ("url_file", "libpq", "pact_broker"):
        seen: dict[str, Any] = observe(engine, Request(str(sample.directory), [service]))
        assert seen["database"]["name"] == "app"
        assert sample.password not in json.dumps(seen)

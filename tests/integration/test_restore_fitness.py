# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What would fail in the middle of a restore is refused before anything is made."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils import backup, data_directory, database, restore, server
from ansible_collections.ratchet.runtime.plugins.module_utils.engine import Engine
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.sidecar import TASK_LABEL
from conftest import COMPOSE, POSTGRES, Sample

DATA = "/var/lib/postgresql/data"
# A disk of its own for the server, of which little is free.
SMALL = (
    COMPOSE.replace("    command:", f"    volumes: [db:{DATA}]\n    command:", 1)
    + "volumes: {db: {driver_opts: {type: tmpfs, device: tmpfs, o: size=400m}}}\n"
)
SHAPES = """
create role owner_of_all nologin;
create role granted nologin;
create role "named in a policy" nologin;
create role "of an extension" superuser;
create role unheard_of nologin;
create role restorer login createdb password 'restorers secret' in role pg_read_all_data;
set role "of an extension";
create extension citext;
reset role;
create schema other authorization owner_of_all;
create table other.things (id int);
alter table other.things owner to owner_of_all;
grant select on note to granted;
create policy own on note to "named in a policy"
"""


@pytest.fixture(scope="module", params=POSTGRES)
def sample(request: pytest.FixtureRequest, deploy: Callable[..., Sample]) -> Sample:
    """The sample on a small disk, with roles that its objects need."""
    made = deploy(SMALL.replace("postgres:17", f"postgres:{request.param}"))
    made.sql(SHAPES)
    made.compose("stop", "web")
    return made


@pytest.fixture
def made(engine: Engine, sample: Sample, access: database.Access, tmp_path: Path) -> Iterator[dict[str, Any]]:
    """A backup; beside it, nothing may be made."""
    made = backup.make(engine, access, backup.Wish(str(tmp_path)))
    yield made
    assert sample.sql("select string_agg(datname, ' ' order by datname) from pg_database where not datistemplate") == (
        "app postgres"
    )
    assert os.listdir(tmp_path / made["id"])
    assert engine.client.containers.list(all=True, filters={"label": TASK_LABEL}) == []


def wish(made: dict[str, Any]) -> restore.Wish:
    return restore.Wish(os.path.dirname(made["path"]), made["id"])


def test_the_roles_are_in_the_manifest(made: dict[str, Any]) -> None:
    assert made["roles"] == {"app": True, "owner_of_all": True, "granted": False, "named in a policy": False}


@pytest.mark.parametrize("role", ["owner_of_all", "granted", '"named in a policy"'])
def test_a_role_that_the_server_lacks_is_named(
    engine: Engine, sample: Sample, access: database.Access, made: dict[str, Any], role: str
) -> None:
    sample.sql(f"alter role {role} rename to away")
    plain = role.strip('"')
    try:
        with pytest.raises(RatchetError, match=f"the server has no role {plain}, .*globals.sql has the statements"):
            restore.restore(engine, access, wish(made))
    finally:
        sample.sql(f"alter role away rename to {role}")


def test_who_may_not_give_objects_away_is_told(
    engine: Engine, sample: Sample, access: database.Access, made: dict[str, Any]
) -> None:
    restorer = replace(access, user="restorer", password="restorers secret")
    with pytest.raises(
        RatchetError, match=r'restorer may not give objects to app, owner_of_all, who .*GRANT "app" TO "restorer"'
    ):
        restore.restore(engine, restorer, wish(made))


def free(engine: Engine, access: database.Access) -> tuple[str, int]:
    assert access.container
    with server.session(access) as connection:
        assert data_directory.of(connection, access.container) == DATA
    found = data_directory.room(engine, access.container, DATA)
    assert found
    return found


def test_a_server_without_room_is_told_with_figures(
    engine: Engine, sample: Sample, access: database.Access, made: dict[str, Any]
) -> None:
    path, room = free(engine, access)
    assert f"{sample.directory.name}_db" in path
    assert room < 400 << 20, "it is the volume that is looked at, not the disk under the engine"
    filler = f"{DATA}/filler"
    sample.compose("exec", "db", "fallocate", "-l", str(room - (4 << 20)), filler)
    try:
        with pytest.raises(
            RatchetError,
            match=r"may need \d\.\d MiB beside the database as it is, but .*_db/_data\) only [34]\.\d MiB are free",
        ):
            restore.restore(engine, access, wish(made))
    finally:
        sample.compose("exec", "db", "rm", filler)


def test_what_can_not_be_known_is_not_guessed(
    engine: Engine, sample: Sample, access: database.Access, made: dict[str, Any]
) -> None:
    """As where the server is managed by somebody else, or this user may not look into the engine's directories."""
    assert access.container
    hidden = {
        **access.container.attributes,
        "Mounts": [{"Type": "bind", "Source": "/nonexistent", "Destination": DATA}],
    }
    assert data_directory.room(engine, replace(access.container, attributes=hidden), DATA) is None
    done = restore.restore(engine, replace(access, container=None), wish(made))
    with server.session(access) as connection:
        server.drop(connection, done["before"])

# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a server can take a backup: version, rights, roles, extensions and room, all looked at before anything is made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils import data_directory, server, space
from ansible_collections.ratchet.runtime.plugins.module_utils.database import Access
from ansible_collections.ratchet.runtime.plugins.module_utils.engine import Engine
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.sizes import readable


def refuse_unfit(engine: Engine, connection: Any, access: Access, manifest: Mapping[str, Any]) -> None:
    """Refuse what would fail in the middle.

    :param connection: to another database of the server.
    :raises RatchetError: naming what is missing.
    """
    number, superuser, may_create = connection.execute(
        "select current_setting('server_version_num')::int / 10000, rolsuper, rolcreatedb from pg_roles where rolname = current_user"
    ).fetchone()
    if number < manifest["database"]["server_major"]:
        raise RatchetError(
            f"the backup is of PostgreSQL {manifest['database']['server_major']}, and the server is {number}",
            "Restore into a server of that version or a newer one",
        )
    if not (superuser or may_create):
        raise RatchetError(
            f"the user {access.user} may not create databases",
            "Grant it with ALTER ROLE ... CREATEDB, or name another user in runtime_database",
        )
    if server.properties(connection, access.name) is None:
        raise RatchetError(
            f"the server has no database {access.name}", f'Create an empty one: CREATE DATABASE "{access.name}"'
        )
    _refuse_missing_roles(connection, manifest)
    if not superuser:
        _refuse_foreign_roles(connection, access, manifest, number)
    _refuse_missing_extensions(connection, manifest)
    refuse_small_disk(engine, connection, access, manifest)


def refuse_small_disk(engine: Engine, connection: Any, access: Access, manifest: Mapping[str, Any]) -> None:
    """Refuse a backup for which the server's disk has no room, where that disk is this host's; elsewhere nobody can know.

    :raises RatchetError: with both figures.
    """
    directory = data_directory.of(connection, access.container) if access.container else None
    found = data_directory.room(engine, access.container, directory) if access.container and directory else None
    needed = space.restored_size(manifest["database"])
    if found and found[1] < needed:
        raise RatchetError(
            f"restoring {manifest['id']} may need {readable(needed)} beside the database as it is, but where its server keeps its data "
            f"({found[0]}) only {readable(found[1])} are free",
            f"Free some space there; {access.name} is as it was",
        )


def _refuse_missing_roles(connection: Any, manifest: Mapping[str, Any]) -> None:
    like = manifest["properties"]
    wanted = {like["owner"], *(grant[0] for grant in like["grants"] if not grant[3]), *manifest.get("roles", {})}
    roles = {name for (name,) in connection.execute("select rolname from pg_roles").fetchall()}
    missing = sorted(wanted - roles)
    if missing:
        raise RatchetError(
            f"the server has no role {', '.join(missing)}, which the backup's database needs for its owners and grants",
            f"Create what is missing: {manifest['path']}/globals.sql has the statements",
        )


def _refuse_foreign_roles(connection: Any, access: Access, manifest: Mapping[str, Any], number: int) -> None:
    """What isn't a superuser can only give objects to roles that it may become."""
    # A privilege of its own from 16 on: https://www.postgresql.org/docs/16/release-16.html
    become = "set" if number >= 16 else "member"
    owners = sorted(
        {manifest["properties"]["owner"], *(role for role, owns in manifest.get("roles", {}).items() if owns)}
    )
    foreign = [
        role for role in owners if not connection.execute("select pg_has_role(%s, %s)", (role, become)).fetchone()[0]
    ]
    if foreign:
        grants = "; ".join(f'GRANT "{role}" TO "{access.user}"' for role in foreign)
        raise RatchetError(
            f"the user {access.user} may not give objects to {', '.join(foreign)}, who own{'s' if len(foreign) == 1 else ''} some in the backup",
            f"Grant it: {grants}; or name a superuser in runtime_database",
        )


def _refuse_missing_extensions(connection: Any, manifest: Mapping[str, Any]) -> None:
    there = {name for (name,) in connection.execute("select name from pg_available_extensions").fetchall()}
    missing = sorted(set(manifest["extensions"]) - there)
    if missing:
        raise RatchetError(
            f"the server lacks the extension{'s' if len(missing) > 1 else ''} {', '.join(missing)}, which the backup needs",
            "Install what has them there, or use an image of the server that does",
        )

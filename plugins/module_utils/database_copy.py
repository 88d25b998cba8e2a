# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A copy of a database: a backup of it, restored into a throwaway server. Server and restore belong to the Docker daemon (law 6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils import holdings, load, postgres, throwaway
from ansible_collections.ratchet.runtime.plugins.module_utils.database import Access
from ansible_collections.ratchet.runtime.plugins.module_utils.engine import Engine
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.sidecar import Sidecar, left
from ansible_collections.ratchet.runtime.plugins.module_utils.throwaway import Purpose

# The roles come first; what of the globals this server can't have (tablespaces, a superuser's own settings) is no loss here.
_RESTORE = (
    load.LOAD
    + r"""
if [ -f globals.sql ]; then
    psql --dbname=template1 --quiet --no-psqlrc --file=globals.sql > /dev/null 2>&1 || true
else
    set -- "$@" --no-owner --no-acl
fi
jobs=$1 name=$2
shift 2
case $name in
postgres) psql --dbname=template1 --quiet --no-psqlrc --command='drop database postgres' ;;
esac
into=(--create --dbname=template1)
load --no-tablespaces --jobs="$jobs" "$@"
"""
)


def advance(
    engine: Engine,
    purpose: Purpose,
    directory: str,
    manifest: Mapping[str, Any],
    jobs: int,
    until: float | None,
    labels: dict[str, str] | None = None,
) -> Access | None:
    """Begin to restore the backup in ``directory``, or go on with it.

    :returns: how the throwaway server's owner gets into the copy, or None if it isn't loaded yet.
    :raises RatchetError: when it can't be.
    """
    found, server = Sidecar.find(engine, _task(purpose), purpose.database_id), throwaway.find(engine, purpose)
    if found and server:
        sidecar, access = found[0], replace(server[1], name=manifest["database"]["name"])
    else:
        remove(engine, purpose)
        name = f"ratchet-{purpose.task}-{manifest['id']}"
        preloads = manifest["database"].get("preloads") or ""
        access = throwaway.start(engine, purpose, name, manifest["image"], preloads, labels)
        access = replace(access, name=manifest["database"]["name"])
        script = [_RESTORE, f"ratchet-{_task(purpose)}", str(jobs), manifest["database"]["name"]]
        sidecar = Sidecar.start(
            engine, _task(purpose), access, purpose.database_id, manifest["image"], directory, script, labels=labels
        )
    code = sidecar.wait(left(until))
    if code is None:
        return None
    if code:
        raise RatchetError(
            f"the backup of {manifest['database']['name']} can't be restored: {sidecar.last_words({access.password})}",
            "Nothing was stopped or changed; mend the cause and run again. What can't be restored is no backup",
        )
    return access


def differences(copy: Access, manifest: Mapping[str, Any]) -> list[str]:
    """What was counted for the backup and isn't in its copy, in words."""
    with postgres.session(copy) as connection:
        return holdings.differences(manifest, holdings.count(connection), manifest["without_data"])


def remove(engine: Engine, purpose: Purpose) -> None:
    """Remove the copy, finished or not, with its server."""
    for container in Sidecar.all(engine, _task(purpose), purpose.database_id):
        Sidecar(engine, container.id).remove()
    throwaway.remove(engine, purpose)


def _task(purpose: Purpose) -> str:
    return f"{purpose.task}-restore"

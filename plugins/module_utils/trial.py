# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The trial of a backup: restored into a throwaway server of the same image, and counted there.

The server has a network of its own without a way out, bounded resources, and nothing that survives it. Server and
restore belong to the Docker daemon; whoever looks for their labels finds them again (law 6).
"""

from __future__ import annotations

import json
import os
import secrets
import time
from collections.abc import Mapping
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils import atomic, holdings, load, postgres, space
from ansible_collections.ratchet.runtime.plugins.module_utils.database import Access
from ansible_collections.ratchet.runtime.plugins.module_utils.engine import Engine
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.masking import printable
from ansible_collections.ratchet.runtime.plugins.module_utils.sidecar import (
    DATABASE_LABEL,
    TASK_LABEL,
    Sidecar,
    archive,
    left,
)
from ansible_collections.ratchet.runtime.plugins.module_utils.sizes import readable

SERVER, RESTORE = "trial", "trial-restore"
# Who is the throwaway server's owner: no role of a real server has this name.
USER = "ratchet_trial"
_SECRET = ".trial"
# Seconds for an empty server to come up.
_PATIENCE = 120.0
_MEMORY = 1024**3
_PROCESSES = 512

# Whatever is lost with it can be made again, so nothing waits for the disk.
_SERVER = r"""
set -euo pipefail
mkdir -p /trial/data
chown postgres /trial /trial/data /.ratchet-password
export PATH="$PATH:$(ls -d /usr/lib/postgresql/*/bin 2> /dev/null | tail -1)"
exec su -s /bin/bash -c '
  export PATH="'"$PATH"'"
  initdb --pgdata=/trial/data --username="$1" --pwfile=/.ratchet-password --auth=scram-sha-256 --encoding=UTF8 --locale=C > /dev/null &&
  echo "host all all all scram-sha-256" >> /trial/data/pg_hba.conf &&
  exec postgres -D /trial/data -c listen_addresses="*" -c unix_socket_directories=/tmp -c fsync=off -c synchronous_commit=off \
    -c full_page_writes=off -c wal_level=minimal -c max_wal_senders=0 -c autovacuum=off -c maintenance_work_mem=128MB \
    -c max_wal_size=256MB -c shared_preload_libraries="$2"' postgres ratchet-trial "$1" "$2"
"""
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


def refuse_unfit(engine: Engine, identity: Mapping[str, Any]) -> None:
    """Refuse a trial for which the engine has no room.

    :raises RatchetError: with both figures.
    """
    needed, free = space.trial_size(identity), space.free(engine.root())
    if free < needed:
        raise RatchetError(
            f"restoring the backup of {identity['name']} for a trial may need {readable(needed)}, but {engine.root()} has only "
            f"{readable(free)} free",
            "Free some space there, or set runtime_backup_verify to read",
        )


def advance(engine: Engine, directory: str, manifest: Mapping[str, Any], jobs: int, until: float | None) -> bool:
    """Begin the trial of the backup in ``directory``, or go on with it.

    :returns: whether it is over, and the backup held all that was counted; its server is gone then.
    :raises RatchetError: naming what didn't come back.
    """
    database_id = manifest["database"]["id"]
    found = Sidecar.find(engine, RESTORE, database_id)
    server = _server(engine, directory, manifest) if found else None
    if not found or not server:
        remove(engine, database_id)
        server = _start(engine, directory, manifest)
        script = [_RESTORE, f"ratchet-{RESTORE}", str(jobs), manifest["database"]["name"]]
        sidecar = Sidecar.start(engine, RESTORE, server, database_id, manifest["image"], directory, script)
    else:
        sidecar = found[0]
    code = sidecar.wait(left(until))
    if code is None:
        return False
    if code:
        raise RatchetError(
            f"the backup of {manifest['database']['name']} can't be restored: {sidecar.last_words({server.password})}",
            "Nothing was stopped or changed; mend the cause and run again. What can't be restored is no backup",
        )
    _compare(server, manifest)
    remove(engine, database_id)
    os.unlink(os.path.join(directory, _SECRET))
    return True


def remove(engine: Engine, database_id: str) -> None:
    """Remove what a trial of this database's backups left, finished or not."""
    import docker

    for task in (RESTORE, SERVER):
        for container in engine.containers({TASK_LABEL: task, DATABASE_LABEL: database_id}):
            Sidecar(engine, container.id).remove()
    for network in engine.client.networks.list(
        filters={"label": [f"{TASK_LABEL}={SERVER}", f"{DATABASE_LABEL}={database_id}"]}
    ):
        try:
            network.remove()
        except docker.errors.NotFound:
            pass


def _compare(server: Access, manifest: Mapping[str, Any]) -> None:
    with postgres.session(server) as connection:
        wrong = holdings.differences(manifest, holdings.count(connection), manifest["without_data"])
    if wrong:
        raise RatchetError(
            f"the backup of {manifest['database']['name']} was restored for a trial and doesn't hold what the database held: "
            + ", ".join(wrong[:5]),
            "Nothing was stopped or changed; run again, and look at the disk under the backup directory if it happens twice",
        )


def _server(engine: Engine, directory: str, manifest: Mapping[str, Any]) -> Access | None:
    """The server of a trial that is under way."""
    found = engine.containers({TASK_LABEL: SERVER, DATABASE_LABEL: manifest["database"]["id"]})
    try:
        with open(os.path.join(directory, _SECRET), encoding="utf-8") as file:
            password = json.load(file)["password"]
    except (OSError, ValueError, KeyError):
        return None
    if not found or not found[-1].running:
        return None
    ((network, endpoint),) = found[-1].networks.items()
    return Access(
        endpoint["IPAddress"], 5432, manifest["database"]["name"], USER, password, "the trial", network=network
    )


def _start(engine: Engine, directory: str, manifest: Mapping[str, Any]) -> Access:
    """An empty server, and how to get in."""
    import docker

    database_id, client = manifest["database"]["id"], engine.client
    name, password = f"ratchet-{SERVER}-{manifest['id']}", secrets.token_urlsafe(24)
    atomic.write(os.path.join(directory, _SECRET), json.dumps({"password": password}).encode())
    labels = {TASK_LABEL: SERVER, DATABASE_LABEL: database_id}
    network = client.networks.create(name, internal=True, labels=labels)
    container = client.containers.create(
        manifest["image"],
        name=name,
        entrypoint=["bash", "-c", _SERVER, f"ratchet-{SERVER}", USER, manifest["database"].get("preloads") or ""],
        command=[],
        user="0:0",
        labels=labels,
        volumes=["/trial"],
        network=network.name,
        mem_limit=_MEMORY,
        pids_limit=_PROCESSES,
        shm_size="256m",
        healthcheck={"test": ["NONE"]},
        log_config={"type": "json-file", "config": {"max-size": "1m"}},
    )
    container.put_archive("/", archive("/.ratchet-password", password.encode(), 0, 0))
    try:
        container.start()
    except docker.errors.APIError as error:
        raise _did_not_come_up(printable(str(error.explanation or error), 300)) from error
    _wait_until_up(engine, container.id, password)
    server = _server(engine, directory, manifest)
    if not server:
        raise _did_not_come_up(Sidecar(engine, container.id).last_words({password}))
    return server


def _wait_until_up(engine: Engine, container_id: str, password: str) -> None:
    deadline = time.monotonic() + _PATIENCE
    sidecar = Sidecar(engine, container_id)
    while sidecar.wait(0.2) is None:
        attributes = engine.client.api.inspect_container(container_id)
        ((_network, endpoint),) = attributes["NetworkSettings"]["Networks"].items()
        access = Access(endpoint["IPAddress"], 5432, "template1", USER, password, "the trial")
        if endpoint["IPAddress"] and postgres.answers(access):
            return
        if time.monotonic() > deadline:
            break
    raise _did_not_come_up(sidecar.last_words({password}))


def _did_not_come_up(said: str) -> RatchetError:
    return RatchetError(
        f"the throwaway server for the trial of the backup doesn't come up: {said}",
        "Set runtime_database.image to an image with this server's programs and extensions, or runtime_backup_verify to read. "
        "Nothing was stopped or changed",
    )

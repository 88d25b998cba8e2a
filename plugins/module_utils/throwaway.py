# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A throwaway Postgres server, to restore a backup into: of a given image, in a network of its own without a way out, and gone with all it held.

It has bounded resources and belongs to the Docker daemon: whoever looks for its labels finds it again (law 6).
"""

from __future__ import annotations

import io
import secrets
import tarfile
import time
from collections.abc import Mapping
from dataclasses import dataclass

from ansible_collections.ratchet.runtime.plugins.module_utils import postgres
from ansible_collections.ratchet.runtime.plugins.module_utils.database import Access
from ansible_collections.ratchet.runtime.plugins.module_utils.engine import Container, Engine, label_filter
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.inner_network import Network
from ansible_collections.ratchet.runtime.plugins.module_utils.masking import printable
from ansible_collections.ratchet.runtime.plugins.module_utils.sidecar import (
    DATABASE_LABEL,
    TASK_LABEL,
    Sidecar,
    archive,
)

# Who is the server's owner: no role of a real server has this name.
USER = "ratchet_trial"
PORT = 5432
# Without an address of its own in a network, this host can't be reached from there:
# https://docs.docker.com/engine/network/drivers/bridge/#options
WITHOUT_HOST = {"com.docker.network.bridge.inhibit_ipv4": "true"}
# Seconds for an empty server to come up.
_PATIENCE = 120.0
_MEMORY = 1024**3
_PROCESSES = 512
# In the container's own layer: neither its arguments nor its environment, which ``docker inspect`` shows, hold it.
_PASSWORD = "/.ratchet-password"  # where it is, not what

# Whatever is lost with it can be made again, so nothing waits for the disk. In the server's file, so that its owner may change it later.
_SERVER = r"""
set -euo pipefail
mkdir -p /trial/data
chown postgres /trial /trial/data /.ratchet-password
export PATH="$PATH:$(ls -d /usr/lib/postgresql/*/bin 2> /dev/null | tail -1)"
exec su -s /bin/bash -c '
  export PATH="'"$PATH"'"
  initdb --pgdata=/trial/data --username="$1" --pwfile=/.ratchet-password --auth=scram-sha-256 --encoding=UTF8 --locale=C > /dev/null &&
  echo "host all all all scram-sha-256" >> /trial/data/pg_hba.conf &&
  printf "%s\n" "fsync = off" "synchronous_commit = off" "full_page_writes = off" "autovacuum = off" >> /trial/data/postgresql.conf &&
  exec postgres -D /trial/data -c listen_addresses="*" -c unix_socket_directories=/tmp \
    -c wal_level=minimal -c max_wal_senders=0 -c maintenance_work_mem=128MB \
    -c max_wal_size=256MB -c shared_preload_libraries="$2"' postgres ratchet-trial "$1" "$2"
"""


@dataclass(frozen=True)
class Purpose:
    """What a server is for.

    :ivar task: the label by which it is found, ``database_id`` the database whose copy it holds.
    :ivar apart: whether its network has no address of this host either, as who works in the server isn't trusted; that takes root.
    :ivar what: "the trial of the backup", for messages; ``otherwise`` what to do if it can't be had.
    """

    task: str
    database_id: str
    what: str
    otherwise: str
    apart: bool = False

    @property
    def labels(self) -> dict[str, str]:
        return {TASK_LABEL: self.task, DATABASE_LABEL: self.database_id}


def start(
    engine: Engine, purpose: Purpose, name: str, image: str, preloads: str = "", labels: dict[str, str] | None = None
) -> Access:
    """An empty server, called ``name`` as its network is, and how its owner gets in.

    :param preloads: shared libraries that the original server loads when it starts.
    :raises RatchetError: when it doesn't come up.
    """
    import docker

    client, password = engine.client, secrets.token_urlsafe(24)
    everywhere = {**purpose.labels, **(labels or {})}
    network = client.networks.create(
        name, internal=True, options=WITHOUT_HOST if purpose.apart else {}, labels=everywhere
    )
    container = client.containers.create(
        image,
        name=name,
        entrypoint=["bash", "-c", _SERVER, "ratchet-trial", USER, preloads],
        command=[],
        user="0:0",
        labels=everywhere,
        volumes=["/trial"],
        network=network.name,
        # No resolver but the network's own: older engines ask outside on behalf of a network that leads nowhere.
        dns=["127.0.0.1"],
        mem_limit=_MEMORY,
        pids_limit=_PROCESSES,
        shm_size="256m",
        healthcheck={"test": ["NONE"]},
        log_config={"type": "json-file", "config": {"max-size": "1m"}},
    )
    container.put_archive("/", archive(_PASSWORD, password.encode(), 0, 0))
    try:
        container.start()
    except docker.errors.APIError as error:
        raise _did_not_come_up(purpose, printable(str(error.explanation or error), 300)) from error
    return _when_up(engine, purpose, container.id, password)


def find(engine: Engine, purpose: Purpose) -> tuple[Container, Access] | None:
    """The server that an earlier call has started, if it runs."""
    found = [each for each in engine.containers(purpose.labels) if each.running]
    if not found:
        return None
    password = _read(engine, found[-1].id, _PASSWORD)
    return (found[-1], _access(engine, found[-1], purpose, password)) if password else None


def remove(engine: Engine, purpose: Purpose) -> None:
    """Remove it, with its network and whatever else has its labels."""
    for container in engine.containers(purpose.labels):
        Sidecar(engine, container.id).remove()
    remove_networks(engine, purpose.labels)


def remove_networks(engine: Engine, labels: Mapping[str, str | None]) -> None:
    """Remove the networks with these labels; None is any value."""
    import docker

    for network in engine.client.networks.list(filters={"label": label_filter(labels)}):
        try:
            network.remove()
        except docker.errors.NotFound:
            pass


def _when_up(engine: Engine, purpose: Purpose, container_id: str, password: str) -> Access:
    deadline = time.monotonic() + _PATIENCE
    sidecar = Sidecar(engine, container_id)
    while sidecar.wait(0.2) is None:
        container = Container(engine.client.api.inspect_container(container_id))
        access = _access(engine, container, purpose, password)
        if access.host and container.attributes["State"]["Pid"] and postgres.answers(access):
            return access
        if time.monotonic() > deadline:
            break
    raise _did_not_come_up(purpose, sidecar.last_words({password}))


def _access(engine: Engine, container: Container, purpose: Purpose, password: str) -> Access:
    """How its owner gets in, from this host: by its own network, which may not be its only one, or from inside it."""
    own = container.networks.get(container.name) or {}
    within = engine.network
    if purpose.apart:
        pid = container.attributes["State"]["Pid"]
        within = Network(pid, within.owner if within else pid)
    host = own.get("IPAddress") or ""
    return Access(host, PORT, "template1", USER, password, purpose.what, network=container.name, within=within)


def _read(engine: Engine, container_id: str, path: str) -> str:
    """A small file of a container; empty where there is none."""
    import docker

    try:
        pieces, _facts = engine.client.containers.get(container_id).get_archive(path)
        with tarfile.open(fileobj=io.BytesIO(b"".join(pieces))) as tar:
            file = tar.extractfile(tar.next() or "")
            return file.read().decode() if file else ""
    except (docker.errors.NotFound, tarfile.TarError, KeyError):
        return ""


def _did_not_come_up(purpose: Purpose, said: str) -> RatchetError:
    return RatchetError(f"the throwaway server for {purpose.what} doesn't come up: {said}", purpose.otherwise)

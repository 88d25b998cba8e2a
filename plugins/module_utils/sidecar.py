# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A container beside the database that runs the server's own client programs.

The work belongs to the Docker daemon: whoever started the sidecar may die, the work goes on, and whoever looks
for the sidecar's labels finds it again (law 6).
"""

from __future__ import annotations

import io
import os
import tarfile

from ansible_collections.ratchet.runtime.plugins.module_utils.database import Access
from ansible_collections.ratchet.runtime.plugins.module_utils.engine import Container, Engine
from ansible_collections.ratchet.runtime.plugins.module_utils.masking import mask, printable

TASK_LABEL = "ratchet.runtime.task"
DATABASE_LABEL = "ratchet.runtime.database"
DIRECTORY_LABEL = "ratchet.runtime.directory"

WORK_DIRECTORY = "/ratchet"
_PASSFILE = "/.ratchet-pgpass"
# How long one request to the engine waits for the sidecar to end before it is asked again, in seconds.
_WAIT = 30


class Sidecar:
    """One sidecar, found or started."""

    def __init__(self, engine: Engine, container_id: str) -> None:
        self._engine = engine
        self.id = container_id

    @classmethod
    def find(cls, engine: Engine, task: str, database_id: str) -> tuple[Sidecar, Container] | None:
        """The sidecar that does or did this task for this database, if the engine has one."""
        found = engine.containers({TASK_LABEL: task, DATABASE_LABEL: database_id})
        return (cls(engine, found[-1].id), found[-1]) if found else None

    @classmethod
    def start(
        cls, engine: Engine, task: str, access: Access, database_id: str, image: str, directory: str, script: list[str]
    ) -> Sidecar:
        """Run ``script`` (a bash program and its arguments) beside the database, with ``directory`` as its working directory.

        The password travels in a file inside the container's own layer: not in its arguments, not in its environment
        (``docker inspect`` shows both), and gone with it.
        """
        client = engine.client
        container = client.containers.create(
            image,
            name=f"ratchet-{task}-{os.path.basename(directory).removeprefix('.partial-')}",
            entrypoint=["bash", "-c", *script],
            command=[],
            user=f"{os.getuid()}:{os.getgid()}",
            environment={
                "PGHOST": access.host,
                "PGPORT": str(access.port),
                "PGUSER": access.user,
                "PGDATABASE": access.name,
                "PGSSLMODE": access.sslmode,
                "PGPASSFILE": _PASSFILE,
                "PGAPPNAME": "ratchet.runtime",
                "PGCONNECT_TIMEOUT": "10",
            },
            labels={TASK_LABEL: task, DATABASE_LABEL: database_id, DIRECTORY_LABEL: directory},
            volumes={directory: {"bind": WORK_DIRECTORY, "mode": "rw"}},
            working_dir=WORK_DIRECTORY,
            network=access.network,
            healthcheck={"test": ["NONE"]},
            log_config={"type": "json-file", "config": {"max-size": "1m"}},
        )
        sidecar = cls(engine, container.id)
        try:
            container.put_archive("/", _passfile(access))
            container.start()
        except BaseException:
            sidecar.remove()
            raise
        return sidecar

    def wait(self) -> int:
        """Wait until the sidecar ends, however long that takes, and return its exit code."""
        import requests

        container = self._engine.client.containers.get(self.id)
        while True:
            try:
                return container.wait(timeout=_WAIT)["StatusCode"]
            except (requests.exceptions.ReadTimeout, requests.exceptions.ConnectionError):
                # Still at it, or the engine restarts; a sidecar that is gone is an error of its own here.
                container.reload()

    def last_words(self, secrets: set[str]) -> str:
        """The end of its log, fit for an error message."""
        text = self._engine.client.containers.get(self.id).logs(tail=5).decode(errors="replace")
        return printable(mask(text, secrets).strip().replace("\n", "; "), 600)

    def remove(self) -> None:
        """Remove it, running or not, with what it held."""
        import docker

        try:
            self._engine.client.containers.get(self.id).remove(force=True, v=True)
        except docker.errors.NotFound:
            pass


def _passfile(access: Access) -> bytes:
    # https://www.postgresql.org/docs/current/libpq-pgpass.html: colons and backslashes are escaped.
    password = access.password.replace("\\", "\\\\").replace(":", "\\:")
    content = f"*:*:*:*:{password}\n".encode()
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        entry = tarfile.TarInfo(_PASSFILE.lstrip("/"))
        entry.size, entry.mode, entry.uid, entry.gid = len(content), 0o600, os.getuid(), os.getgid()
        tar.addfile(entry, io.BytesIO(content))
    return archive.getvalue()

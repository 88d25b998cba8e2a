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
import re
import tarfile
import time
from collections.abc import Mapping

from ansible_collections.ratchet.runtime.plugins.module_utils.database import Access
from ansible_collections.ratchet.runtime.plugins.module_utils.engine import Container, Engine
from ansible_collections.ratchet.runtime.plugins.module_utils.masking import mask, printable
from ansible_collections.ratchet.runtime.plugins.module_utils.postgres import APPLICATION_NAME

TASK_LABEL = "ratchet.runtime.task"
DATABASE_LABEL = "ratchet.runtime.database"
DIRECTORY_LABEL = "ratchet.runtime.directory"

WORK_DIRECTORY = "/ratchet"
_PASSFILE = "/.ratchet-pgpass"
# How long one request to the engine waits for the sidecar to end before it is asked again, in seconds.
_WAIT = 30.0


class Sidecar:
    """One sidecar, found or started."""

    def __init__(self, engine: Engine, container_id: str, task: str = "") -> None:
        self._engine = engine
        self.id = container_id
        # As the database's server sees its sessions.
        self.application_name = f"{APPLICATION_NAME}/{task}"

    @classmethod
    def find(cls, engine: Engine, task: str, database_id: str) -> tuple[Sidecar, Container] | None:
        """The sidecar that does or did this task for this database, if the engine has one."""
        found = cls.all(engine, task, database_id)
        return (cls(engine, found[-1].id, task), found[-1]) if found else None

    @classmethod
    def all(cls, engine: Engine, task: str, database_id: str) -> list[Container]:
        """The sidecars that have begun this task for this database.

        One whose maker was killed before it started looks to the engine like one that ended well, and is removed.
        """
        found = engine.containers({TASK_LABEL: task, DATABASE_LABEL: database_id})
        for container in found:
            if not container.begun:
                cls(engine, container.id, task).remove()
        return [container for container in found if container.begun]

    @classmethod
    def start(
        cls,
        engine: Engine,
        task: str,
        access: Access,
        database_id: str,
        image: str,
        directory: str,
        script: list[str],
        labels: Mapping[str, str] | None = None,
    ) -> Sidecar:
        """Run ``script`` (a bash program and its arguments) beside the database, with ``directory`` as its working directory.

        :param labels: more of them.

        The password travels in a file inside the container's own layer: not in its arguments, not in its environment
        (``docker inspect`` shows both), and gone with it. So do certificates and their key.
        """
        client = engine.client
        tls, certificates = access.tls.environment("/")
        # Who has a rootless engine is root in its containers.
        user, group = (0, 0) if engine.network else (os.getuid(), os.getgid())
        files = {_PASSFILE: _passfile(access), **{there: _read(here) for there, here in certificates.items()}}
        container = client.containers.create(
            image,
            name=f"ratchet-{task}-{os.path.basename(directory).removeprefix('.partial-')}",
            entrypoint=["bash", "-c", *script],
            command=[],
            user=f"{user}:{group}",
            environment={
                **{f"PG{name.upper()}": value for name, value in access.endpoint().items()},
                **tls,
                "PGUSER": access.user,
                "PGDATABASE": access.name,
                "PGPASSFILE": _PASSFILE,
                "PGAPPNAME": f"{APPLICATION_NAME}/{task}",
                "PGCONNECT_TIMEOUT": "10",
            },
            labels={**(labels or {}), TASK_LABEL: task, DATABASE_LABEL: database_id, DIRECTORY_LABEL: directory},
            volumes={directory: {"bind": WORK_DIRECTORY, "mode": "rw"}},
            working_dir=WORK_DIRECTORY,
            network=access.network,
            healthcheck={"test": ["NONE"]},
            log_config={"type": "json-file", "config": {"max-size": "1m"}},
        )
        sidecar = cls(engine, container.id, task)
        try:
            for path, content in files.items():
                container.put_archive("/", archive(path, content, user, group))
            container.start()
        except BaseException:
            sidecar.remove()
            raise
        return sidecar

    def wait(self, patience: float | None = None) -> int | None:
        """Wait until the sidecar ends, and return its exit code.

        :param patience: seconds after which None is returned if it is still at it; None waits however long that takes.
        """
        import requests

        until = None if patience is None else time.monotonic() + patience
        container = self._engine.client.containers.get(self.id)
        while True:
            left = _WAIT if until is None else min(_WAIT, until - time.monotonic())
            try:
                return container.wait(timeout=max(0.05, left))["StatusCode"]
            except (requests.exceptions.ReadTimeout, requests.exceptions.ConnectionError):
                # Still at it, or the engine restarts; a sidecar that is gone is an error of its own here.
                container.reload()
            if until is not None and time.monotonic() >= until:
                return None

    def last_words(self, secrets: set[str]) -> str:
        """What went wrong, or else the end of its log, fit for an error message; how it ended, if it said nothing."""
        container = self._engine.client.containers.get(self.id)
        text = container.logs(tail=50).decode(errors="replace")
        state = container.attrs["State"]
        for_want = " for want of memory" if state.get("OOMKilled") else ""
        silent = f"its container was ended{for_want} (exit code {state.get('ExitCode')})"
        return printable(cause(mask(text, secrets), 600), 600) or silent

    def remove(self) -> None:
        """Remove it, running or not, with what it held."""
        import docker

        try:
            self._engine.client.containers.get(self.id).remove(force=True, v=True)
        except docker.errors.NotFound:
            pass


def cause(log: str, limit: int) -> str:
    """The first error in the end of a log with what follows, of which there may be much (statements); without one, the last lines."""
    lines = log.strip().split("\n")
    for number, line in enumerate(lines):
        if re.search(r"\b(error|fatal):", line, re.IGNORECASE):
            return "; ".join(lines[number : number + 5])[:limit]
    return "; ".join(lines[-5:])


def left(until: float | None) -> float | None:
    """Seconds until a moment of the monotonic clock, at least 0; None where there is no end."""
    return None if until is None else max(0.0, until - time.monotonic())


def _passfile(access: Access) -> bytes:
    # https://www.postgresql.org/docs/current/libpq-pgpass.html: colons and backslashes are escaped.
    password = access.password.replace("\\", "\\\\").replace(":", "\\:")
    return f"*:*:*:*:{password}\n".encode()


def _read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def archive(path: str, content: bytes, user: int, group: int) -> bytes:
    """A tar archive that puts one file, which only its owner may read, into a container's root."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        entry = tarfile.TarInfo(path.lstrip("/"))
        entry.size, entry.mode, entry.uid, entry.gid = len(content), 0o600, user, group
        tar.addfile(entry, io.BytesIO(content))
    return packed.getvalue()

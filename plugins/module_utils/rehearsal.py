# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A rehearsal on its host: a copy of the database, and another version's containers on it, where nothing leads out and nothing stays.

The copy's server has two networks, each without a way out, and in neither has this host an address: the application may well be superuser
in the server, and run programs there. On the one it is restored, on the other the application finds it; this host looks into it from
inside its network. All of it belongs to the Docker daemon and is found again by its labels (law 6).
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils import (
    database_copy,
    holdings,
    inner_http,
    postgres,
    schema,
    space,
    store,
    throwaway,
)
from ansible_collections.ratchet.runtime.plugins.module_utils.database import Access
from ansible_collections.ratchet.runtime.plugins.module_utils.database_url import Address
from ansible_collections.ratchet.runtime.plugins.module_utils.engine import Container, Engine, label_filter
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.sidecar import DATABASE_LABEL, Sidecar
from ansible_collections.ratchet.runtime.plugins.module_utils.sizes import readable
from ansible_collections.ratchet.runtime.plugins.module_utils.throwaway import Purpose

TASK = "rehearsal"
# On everything of a rehearsal, with its id.
LABEL = "ratchet.runtime.rehearsal"
# The copy's server, as the application finds it.
ALIAS = "ratchet-database"
# In the server's volume, which goes with it: what the application writes over production's directories.
_UPPER = "rehearsal"
# Bytes that are left to production, which may be on the same disk.
_RESERVE = 256 * 1024 * 1024
# Durable again, as the real server is: a migration that is timed has to wait for the disk, too.
_AS_REAL = ("fsync", "synchronous_commit", "full_page_writes", "autovacuum")
# Of somebody else than us: https://www.postgresql.org/docs/current/runtime-config-logging.html#GUC-LOG-CONNECTIONS
_VISIT = re.compile(rf"connection authorized: user=(?!{throwaway.USER} )".encode())
_VISITORS = "select count(*) from pg_stat_activity where datname = current_database() and backend_type = 'client backend' and usename <> %s"


class Rehearsal:
    """The rehearsal of one database on this host.

    :ivar id: of the rehearsal; an earlier one of the same database has another.
    """

    def __init__(self, engine: Engine, id: str, database_id: str) -> None:
        self._engine = engine
        self.id = id
        self._purpose = Purpose(
            TASK,
            database_id,
            "the rehearsal",
            "Set runtime_database.image to an image with this server's programs and extensions. Production was not touched",
            apart=True,
        )

    @property
    def labels(self) -> dict[str, str]:
        """Of everything beside the copy's server, which has more."""
        return {DATABASE_LABEL: self._purpose.database_id, LABEL: self.id}

    @property
    def network(self) -> str:
        """The application's."""
        return f"ratchet-rehearsal-{self.id}"

    def project(self, part: str) -> str:
        """The name of a throwaway Compose project: small letters, by Compose's own rule."""
        return f"ratchet-rehearsal-{self.id}-{part}".lower()

    def restore(self, directory: str, jobs: int, until: float | None) -> dict[str, Any] | None:
        """Begin to restore a backup into the throwaway server, or go on with it.

        :param directory: the backup's, with its manifest.
        :returns: None while it is loaded; then ``head``, ``tables`` (rows by name) and ``schema`` of the copy.
        :raises RatchetError: when it can't be, there is no room for it, or it isn't what was counted for the backup.
        """
        manifest = store.read_manifest(directory)
        if manifest["database"]["id"] != self._purpose.database_id:
            raise RatchetError(
                f"the backup {manifest['id']} is of another database, {manifest['database']['name']} ({manifest['database']['id']})",
                "Set runtime_backup to one of this database, or leave it out for a fresh one. Production was not touched",
            )
        if not self._is_ours():
            self.remove(earlier=True)
        if throwaway.find(self._engine, self._purpose):
            self.refuse_full()
        else:
            self._refuse_unfit(manifest["database"])
        copy = database_copy.advance(self._engine, self._purpose, directory, manifest, jobs, until, {LABEL: self.id})
        if not copy:
            return None
        wrong = database_copy.differences(copy, manifest)
        if wrong:
            raise RatchetError(
                f"the copy of {manifest['database']['name']} doesn't hold what its backup held: {', '.join(wrong[:5])}",
                "Run again, and look at the disk if it happens twice. Production was not touched",
            )
        return self.contents()

    def open(self, addresses: list[Address]) -> None:
        """Let the application in, as it gets into the real database, and the server be as durable as that.

        :param addresses: of the database, as the application has them.
        """
        container, copy = self._server()
        with postgres.session(replace(copy, name=self._name()), writes=True) as connection:
            for address in addresses:
                _let_in(connection, address)
            # A restored database has no statistics, and plans of another kind take another time.
            connection.execute("analyze")
            for setting in (*_AS_REAL, "log_connections"):
                connection.execute(f"alter system set {setting} = on")
            connection.execute("select pg_reload_conf()")
        if not all(address.password for address in addresses):
            self._trust(container)
            with postgres.session(copy) as connection:
                connection.execute("select pg_reload_conf()")

    def access(self, name: str) -> Access:
        """How the copy is looked into from this host.

        :raises RatchetError: when its server is gone.
        """
        return replace(self._server()[1], name=name)

    def upper(self) -> str:
        """A directory of this host that goes with the rehearsal."""
        container, _access = self._server()
        for mount in container.attributes["Mounts"]:
            if mount["Destination"] == "/trial":
                return os.path.join(mount["Source"], _UPPER)
        raise self._gone()

    def get(self, url: str, method: str = "GET", body: str | None = None) -> tuple[int, dict[str, str], bytes]:
        """Ask an http URL on the application's network, as ``inner_http.get`` does."""
        return inner_http.get(self._engine, self._server()[0].id, url, method, body)

    def contents(self) -> dict[str, Any]:
        """What the copy holds now: ``head``, ``tables`` and ``schema``; and whether it was ``visited`` since it was opened."""
        name = self._name()
        with postgres.session(self.access(name)) as connection:
            held, visitors = holdings.count(connection), connection.execute(_VISITORS, (throwaway.USER,)).fetchone()[0]
            found = {"head": held["head"], "tables": held["tables"], "schema": schema.describe(connection)}
        # Who keeps no session open is known by the log, which also tells of who has come and gone.
        log = self._engine.client.containers.get(self._server()[0].id).logs()
        return {**found, "visited": visitors > 0 or bool(_VISIT.search(log))}

    def remove(self, earlier: bool = False) -> None:
        """Remove all of it, whatever became of it.

        :param earlier: also what other rehearsals of this database have left, or are still leaving: none is alive but this one.
        """
        import docker

        everywhere: dict[str, str | None] = {DATABASE_LABEL: self._purpose.database_id, LABEL: self.id}
        if earlier:
            everywhere[LABEL] = None
            database_copy.remove(self._engine, self._purpose)
        for container in self._engine.containers(everywhere):
            Sidecar(self._engine, container.id).remove()
        for volume in self._engine.client.volumes.list(filters={"label": label_filter(everywhere)}):
            with contextlib.suppress(docker.errors.NotFound):
                volume.remove(force=True)
        throwaway.remove_networks(self._engine, everywhere)

    def _is_ours(self) -> bool:
        """Whether what is there was begun by this rehearsal."""
        there = self._engine.containers({DATABASE_LABEL: self._purpose.database_id, LABEL: None})
        return all(each.labels[LABEL] == self.id for each in there)

    def refuse_full(self) -> None:
        """Refuse to go on when the engine's disk is about to be full: a migration may write the copy once more.

        :raises RatchetError: with what is left.
        """
        root = self._engine.root()
        free = space.free(root)
        if free < _RESERVE:
            raise RatchetError(
                f"the rehearsal has left only {readable(free)} free in {root}",
                "Free some space there, or rehearse on another host (runtime_rehearsal_host). It was ended before production lacks it",
                over=True,
            )

    def _refuse_unfit(self, database: Mapping[str, Any]) -> None:
        """Refuse a copy for which the engine has no room: production's own data may be on the same disk."""
        root = self._engine.root()
        needed, free = space.trial_size(database), space.free(root)
        if free < needed:
            raise RatchetError(
                f"a copy of {database['name']} may need {readable(needed)}, but {root} has only {readable(free)} free",
                "Free some space there, or rehearse on another host (runtime_rehearsal_host). Production was not touched",
            )

    def _server(self) -> tuple[Container, Access]:
        found = throwaway.find(self._engine, self._purpose)
        if not found or found[0].labels.get(LABEL) != self.id:
            raise self._gone()
        return found

    def _gone(self) -> RatchetError:
        return RatchetError(
            "the rehearsal's throwaway server is gone",
            "Run again; somebody, or a lack of memory, has ended it. Production was not touched",
            over=True,
        )

    def _name(self) -> str:
        return self._purpose.database_id.partition("/")[2]

    def _trust(self, container: Container) -> None:
        """Let everybody in on the networks that only the rehearsal has: the application knows no password."""
        script = "sed -i 's/^host all all all .*/host all all all trust/' /trial/data/pg_hba.conf"
        self._engine.client.containers.get(container.id).exec_run(["sh", "-c", script])

    def join(self, names: Iterable[str]) -> None:
        """Bring the server into the application's network, which is made for that, by the names that the application has for it."""
        container, _access = self._server()
        client = self._engine.client
        if client.networks.list(names=[f"^{self.network}$"]):
            return
        network = client.networks.create(
            self.network, internal=True, options=throwaway.WITHOUT_HOST, labels=self.labels
        )
        network.connect(container.id, aliases=[ALIAS, *names])


def _let_in(connection: Any, address: Address) -> None:
    """Give the application's role its password. A backup without roles left all to the server's owner: then it may do all."""
    from psycopg import sql

    known = connection.execute("select 1 from pg_roles where rolname = %s", (address.user,)).fetchone()
    how = sql.SQL("login") if known else sql.SQL("superuser login")
    verb = sql.SQL("alter" if known else "create")
    secret = sql.SQL(" password {}").format(sql.Literal(address.password)) if address.password else sql.SQL("")
    connection.execute(sql.SQL("{} role {} {}{}").format(verb, sql.Identifier(address.user), how, secret))

# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A backup that proves itself.

A psycopg session exports a snapshot and counts in it what the database holds; pg_dump dumps exactly that snapshot; the
finished archive is read back whole, restored into a throwaway server if that is asked for, and what came out is compared
with what was counted. Only then does it get its final name.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import time
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils import (
    atomic,
    dump,
    holdings,
    images,
    postgres,
    privileges,
    server,
    space,
    store,
    trial,
)
from ansible_collections.ratchet.runtime.plugins.module_utils.database import Access, default_image
from ansible_collections.ratchet.runtime.plugins.module_utils.draft import Draft
from ansible_collections.ratchet.runtime.plugins.module_utils.engine import Engine
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.sidecar import (
    DIRECTORY_LABEL,
    Sidecar,
    left,
)

TASK = "backup"
VERIFICATIONS = ("read", "restore")


class Orphan(RatchetError):
    """A dump whose snapshot went away with the run that began it, before all of its workers had it."""


@dataclass(frozen=True)
class Wish:
    """What kind of backup is asked for.

    :ivar directory: where backups live on this host; created 0700 when missing.
    :ivar jobs: tables dumped at the same time; one for the format ``custom``.
    :ivar compression: ``auto`` is the best that the server's own pg_dump has.
    :ivar verify: how it is proven before it gets its name.
    :ivar without_data: tables whose rows are left out.
    """

    directory: str
    jobs: int = 1
    format: str = "directory"
    compression: str = "auto"
    verify: str = "read"
    without_data: tuple[str, ...] = ()


def make(
    engine: Engine, access: Access, wish: Wish, patience: float | None = None, resumes: str = ""
) -> dict[str, Any]:
    """Make a backup of one database and prove it, or go on with the one that is under way.

    :param patience: seconds until this returns in any case; None waits to the end.
    :param resumes: id of the backup that the caller was told to be under way.
    :returns: the manifest, with ``path``; or ``under_way`` with its id, what is being done and how far it is. Call again then.
    :raises RatchetError: when it can't be made or proved; nothing is left under a final name then.
    """
    until = None if patience is None else time.monotonic() + patience
    space.free(wish.directory)
    with store.only_one(wish.directory):
        try:
            return _go_on(engine, access, wish, until, resumes)
        except Orphan:
            return _go_on(engine, access, wish, until, "")


def _go_on(engine: Engine, access: Access, wish: Wish, until: float | None, resumes: str) -> dict[str, Any]:
    """Find what is under way, or begin, and take it as far as there is time for."""
    with postgres.session(access) as connection:
        identity = postgres.identify(connection)
        found = _under_way(engine, wish, identity["id"], resumes)
        store.sweep(wish.directory, keep=found[0].directory if found else None)
        draft, sidecar = found or _begin(engine, connection, access, wish, identity)
        if not found:
            # The session, and with it the snapshot, stays open until all of pg_dump's workers have it too.
            try:
                _hold(connection, sidecar, wish, len(draft.manifest["tables"]))
            except Exception:
                _abandon(engine, draft, sidecar)
                raise
    return _advance(engine, access, draft, sidecar, wish, until)


def _under_way(engine: Engine, wish: Wish, database_id: str, resumes: str) -> tuple[Draft, Sidecar | None] | None:
    """The backup that an earlier call began and did not see the end of: its dump still runs, or waits for its proof.

    A dump that has ended is as old as the state in it: later than an hour, another one is made.

    :raises RatchetError: when a dump of less than what is wished for still runs.
    """
    for container in Sidecar.all(engine, TASK, database_id):
        grows, sidecar = container.labels.get(DIRECTORY_LABEL, ""), Sidecar(engine, container.id, TASK)
        if os.path.dirname(grows) != wish.directory:
            continue
        try:
            draft = Draft.found(store.read_manifest(grows))
        except RatchetError:
            sidecar.remove()
            continue
        if container.running and not _suits(draft, wish):
            raise RatchetError(
                f"the backup {draft.manifest['id']} is being made, and protects other tables than are asked for",
                "Run again when it is finished",
            )
        # That a dump failed is news for the run that began it. Whoever comes later begins anew.
        ended_well = not container.attributes["State"]["ExitCode"] and _suits(draft, wish) and draft.is_fresh()
        if container.running or draft.manifest["id"] == resumes or ended_well:
            return draft, sidecar
        sidecar.remove()
    for manifest in store.partial(wish.directory):
        draft = Draft.found(manifest)
        ours = manifest.get("verified") and manifest["database"]["id"] == database_id
        if ours and _suits(draft, wish) and (manifest["id"] == resumes or draft.is_fresh()):
            return draft, None
    return None


def _suits(draft: Draft, wish: Wish) -> bool:
    return draft.manifest["without_data"] == list(wish.without_data)


def _begin(
    engine: Engine, connection: Any, access: Access, wish: Wish, identity: dict[str, Any]
) -> tuple[Draft, Sidecar]:
    """Count in a snapshot of the database, and have just that dumped."""
    postgres.refuse_pooler(connection, access)
    privileges.refuse_missing(connection, access.user, access.name)
    space.refuse_small(wish.directory, identity)
    if wish.verify == "restore":
        trial.refuse_unfit(engine, identity)
    image = access.image or default_image(identity["server_major"])
    images.ensure(engine, [{"reference": image}])
    draft, snapshot = _draft(connection, identity, access, wish, image)
    program = dump.program(wish, snapshot, identity["server_major"])
    return draft, Sidecar.start(engine, TASK, access, identity["id"], image, draft.directory, program)


def _draft(connection: Any, identity: dict[str, Any], access: Access, wish: Wish, image: str) -> tuple[Draft, str]:
    """Open the snapshot, count in it, and write down what the dump must contain."""
    connection.execute("begin isolation level repeatable read read only")
    snapshot = connection.execute("select pg_export_snapshot()").fetchone()[0]
    connection.execute("set local row_security = off")
    held = holdings.count(connection)
    unknown = [table for table in wish.without_data if table not in held["tables"]]
    if unknown:
        raise RatchetError(
            f"there is no table {unknown[0]} whose rows could be left out",
            f"Write it as one of: {', '.join(list(held['tables'])[:20])}",
        )
    needed = holdings.referenced(connection, wish.without_data)
    if needed:
        raise RatchetError(
            f"without the rows of {needed[0][1]}, those of {needed[0][0]} can't be restored: a foreign key refers to them",
            f"Leave out {needed[0][0]} too, or neither",
        )
    started = datetime.now(timezone.utc)
    slug = re.sub(r"[^A-Za-z0-9_.-]", "_", identity["name"]).lstrip(".-")[:40] or "database"
    backup_id = f"{slug}-{started:%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}"
    manifest = {
        "format": store.FORMAT,
        "id": backup_id,
        "started_at": started.isoformat(timespec="seconds"),
        "database": {**identity, "host": access.host, "port": access.port, "user": access.user},
        "image": image,
        "archive": wish.format,
        "without_data": list(wish.without_data),
        "properties": server.properties(connection, identity["name"]),
        "roles": holdings.roles(connection),
        **held,
    }
    directory = os.path.join(wish.directory, store.PARTIAL + backup_id)
    os.mkdir(directory, 0o700)
    return Draft(directory, {}).save(**manifest), snapshot


def _hold(connection: Any, sidecar: Sidecar, wish: Wish, tables: int) -> None:
    """Wait until every session of the dump has the snapshot and the tables their locks, or the dump has ended.

    In between, a table could be truncated, and be empty in the snapshot: https://www.postgresql.org/docs/current/mvcc-caveats.html
    """
    import psycopg

    sessions = 1 + (wish.jobs if wish.format == "directory" and wish.jobs > 1 else 0)
    while sidecar.wait(0.2) is None:
        try:
            joined = postgres.sessions_with_snapshot(connection, sidecar.application_name)
            if joined >= sessions and postgres.tables_locked_by(connection, sidecar.application_name) >= tables:
                return
        except psycopg.Error:
            return  # the server went away: so it has for the dump, which tells why


def _advance(
    engine: Engine, access: Access, draft: Draft, sidecar: Sidecar | None, wish: Wish, until: float | None
) -> dict[str, Any]:
    """Wait for the dump, prove it, and give it its name; on any failure leave nothing."""
    try:
        # What an earlier call has proven is: it may have been killed before it put the tools away.
        if sidecar and not draft.manifest.get("verified"):
            code = sidecar.wait(left(until))
            if code is None:
                return {"under_way": draft.progress()}
            if code:
                raise _failed(access, sidecar)
            draft = _read_back(draft)
        if sidecar:
            sidecar.remove()
        dump.tidy(draft.directory)
        if wish.verify == "restore":
            if not trial.advance(engine, draft.directory, draft.manifest, wish.jobs, until):
                doing = "restoring it into a throwaway server"
                return {"under_way": {"id": draft.manifest["id"], "doing": doing, "seconds": draft.seconds()}}
            draft = draft.save(verified="restore", seconds=draft.seconds())
        final = os.path.join(wish.directory, draft.manifest["id"])
        atomic.rename_directory(draft.directory, final)
    except Exception:
        _abandon(engine, draft, sidecar)
        raise
    return {**draft.manifest, "path": final}


def _abandon(engine: Engine, draft: Draft, sidecar: Sidecar | None) -> None:
    """Leave nothing of it."""
    if sidecar:
        sidecar.remove()
    trial.remove(engine, draft.manifest["database"]["id"])
    shutil.rmtree(draft.directory, ignore_errors=True)


def _failed(access: Access, sidecar: Sidecar) -> RatchetError:
    """Why the dump failed, with who was in its way."""
    said = sidecar.last_words({access.password} - {""})
    remedy = "Mend the cause and run again"
    if re.search(r"snapshot .* does not exist", said):
        return Orphan(f"the backup of {access.name} lost its snapshot", "Run again")
    # pg_dump bounds its wait for locks by the time of the whole statement.
    if "lock timeout" in said or ("statement timeout" in said and "LOCK TABLE" in said):
        remedy = postgres.who_locks(access)
    return RatchetError(f"the backup of {access.name} failed: {said}", remedy)


def _read_back(draft: Draft) -> Draft:
    """Compare what the archive holds with what was counted in its snapshot, and note its files.

    :raises RatchetError: naming the first tables that differ.
    """
    wrong = dump.differences(draft.directory, draft.manifest["tables"], draft.manifest["without_data"])
    if wrong:
        raise RatchetError(
            f"the archive doesn't hold what the database held: {', '.join(wrong[:5])}",
            "Run again, and look at the disk under the backup directory if it happens twice",
        )
    files = dump.files(draft.directory)
    return draft.save(
        files=files,
        compression=dump.compression(draft.directory),
        size=sum(each["size"] for each in files.values()),
        sha256=store.checksum_of(files),
        verified="read",
        seconds=draft.seconds(),
    )

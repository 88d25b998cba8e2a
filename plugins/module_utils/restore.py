# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A restore that loses nothing: into a new database, compared, and only then put in the place of the old one, which is kept.

How far it is stands in the new database's comment, so whoever comes after an interruption, from whatever host, finds it
and goes on. The names are swapped in one transaction: at every moment the data is under one of the two.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils import (
    backup,
    fitness,
    holdings,
    images,
    load,
    postgres,
    server,
    store,
)
from ansible_collections.ratchet.runtime.plugins.module_utils.database import Access, default_image
from ansible_collections.ratchet.runtime.plugins.module_utils.engine import Engine
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.restore_job import Job, under_way
from ansible_collections.ratchet.runtime.plugins.module_utils.sidecar import DATABASE_LABEL, TASK_LABEL, Sidecar, left

TASK = "restore"
# How long sessions of an application that was just stopped may take to end, in seconds: a server notices when it writes to them.
_FAREWELL = 5.0
# How often a swap is tried against clients that connect again and again.
_TRIES = 10

_SCRIPT = load.LOAD + 'load --jobs="$1"'


@dataclass(frozen=True)
class Wish:
    """Which backup is put in the place of the database.

    :ivar backup: its id in ``directory``, or its absolute path.
    :ivar safety: whether the database as it is now is dumped first; it is kept in any case, under another name.
    :ivar disconnect: whether sessions that are still open are ended.
    """

    directory: str
    backup: str
    jobs: int = 1
    safety: bool = True
    disconnect: bool = False


def check(engine: Engine, access: Access, wish: Wish) -> None:
    """Refuse, while everything still runs, what would fail later.

    :raises RatchetError: for a backup that isn't as it was proven, and for a server that can't take it.
    """
    manifest = store.read_manifest(store.path_of(wish.directory, wish.backup))
    store.refuse_damaged([manifest])
    with server.session(access) as connection:
        fitness.refuse_unfit(engine, connection, access, manifest)


def restore(
    engine: Engine, access: Access, wish: Wish, patience: float | None = None, resumes: str = ""
) -> dict[str, Any]:
    """Put a backup in the place of the database, or go on with that.

    Whatever writes to the database has to be stopped before.

    :param patience: seconds until this returns in any case; None waits to the end.
    :param resumes: id of the safety dump that the caller was told to be under way.
    :returns: ``backup``, ``before`` (the name under which the old database is kept), ``safety`` (id of its dump) and ``rows`` (by table:
        before and now, where they differ); or ``under_way``.
    :raises RatchetError: when it can't be done; the database is as it was then.
    """
    until = None if patience is None else time.monotonic() + patience
    manifest = store.read_manifest(store.path_of(wish.directory, wish.backup))
    with server.session(access) as connection:
        server.reserve(connection, access.name)
        job = under_way(server.comments(connection), access.name)
        if job and job.backup != manifest["id"]:
            raise RatchetError(
                f"the restore of {job.backup} into {job.new} isn't finished",
                f'Finish it (restore {job.backup} again), or give it up: DROP DATABASE "{job.new}"',
            )
        if not job:
            store.refuse_damaged([manifest])
            fitness.refuse_unfit(engine, connection, access, manifest)
            _refuse_connected(connection, access, wish)
            _sweep(engine, connection, access.name)
            job = _begin(connection, access, manifest)
        if job.stage == "safety":
            made = _safety(engine, access, wish, until, resumes)
            if made and "under_way" in made:
                return made
            job = replace(job, stage="loading", safety=made["id"] if made else None).note(connection)
        if job.stage == "loading":
            if not _load(engine, connection, access, manifest, job, wish, until):
                return {"under_way": {"id": job.new, "doing": f"restoring into {job.new}", "seconds": _age(job)}}
            job = replace(job, stage="ready").note(connection)
        rows = _rows(access, job)
        _swap(connection, access, manifest, job, wish)
    return {"backup": manifest["id"], "before": job.before, "safety": job.safety, "rows": rows}


def _sweep(engine: Engine, connection: Any, name: str) -> None:
    """Drop what a run left that was killed before it wrote down what it was at, or that was given up: nobody else's by its name."""
    ours = re.compile(re.escape(server.derived(name, "_restore_" + "_" * 21)[:-21]) + r"[0-9]{8}T[0-9]{6}Z_[0-9a-f]{4}")
    told = server.comments(connection)
    for (found,) in connection.execute("select datname from pg_database").fetchall():
        if ours.fullmatch(found) and found not in told:
            server.drop(connection, found)
    for container in engine.containers({TASK_LABEL: TASK}):
        if ours.fullmatch(container.labels.get(DATABASE_LABEL, "")):
            Sidecar(engine, container.id).remove()


def _begin(connection: Any, access: Access, manifest: Mapping[str, Any]) -> Job:
    now = datetime.now(timezone.utc)
    stamp = f"{now:%Y%m%dT%H%M%SZ}_{secrets.token_hex(2)}"
    job = Job(
        database=access.name,
        new=server.derived(access.name, f"_restore_{stamp}"),
        before=server.derived(access.name, f"_before_restore_{stamp}"),
        backup=manifest["id"],
        stage="safety",
        began=now.isoformat(timespec="seconds"),
    )
    server.create(connection, job.new, manifest["properties"])
    return job.note(connection)


def _refuse_connected(connection: Any, access: Access, wish: Wish) -> None:
    """Refuse while somebody may write; who was just stopped has a moment to go.

    :raises RatchetError: naming the sessions.
    """
    if wish.disconnect:
        return
    until = time.monotonic() + _FAREWELL
    while (connected := server.sessions(connection, access.name)) and time.monotonic() < until:
        time.sleep(0.2)
    if connected:
        many = "1 session is" if len(connected) == 1 else f"{len(connected)} sessions are"
        raise RatchetError(
            f"{many} still connected to {access.name}: {'; '.join(connected[:5])}",
            "Stop them and run again, or let them be ended (-e runtime_disconnect=true; of the module: disconnect), as what they write from now "
            f"on would only be in the old database. {access.name} is as it was",
        )


def _safety(engine: Engine, access: Access, wish: Wish, until: float | None, resumes: str) -> dict[str, Any] | None:
    """The dump of what is there now; None when it isn't wanted."""
    if not wish.safety:
        return None
    dump = backup.Wish(wish.directory, jobs=wish.jobs, verify="read")
    try:
        return backup.make(engine, access, dump, left(until), resumes)
    except RatchetError as error:
        raise RatchetError(error.reason, f"{error.remedy}. {access.name} is as it was", **error.details) from error


def _load(
    engine: Engine,
    connection: Any,
    access: Access,
    manifest: Mapping[str, Any],
    job: Job,
    wish: Wish,
    until: float | None,
) -> bool:
    """Load the backup into the new database and compare; False while it is under way."""
    target = replace(access, name=job.new)
    found = Sidecar.find(engine, TASK, job.new)
    if not found:
        # Whatever an earlier attempt has left in it.
        server.drop(connection, job.new)
        # Again: the dump of what is there may have taken it.
        fitness.refuse_small_disk(engine, connection, access, manifest)
        server.create(connection, job.new, manifest["properties"])
        job.note(connection)
        image = access.image or default_image(manifest["database"]["server_major"])
        images.ensure(engine, [{"reference": image}])
        script = [_SCRIPT, f"ratchet-{TASK}", str(wish.jobs)]
        sidecar = Sidecar.start(engine, TASK, target, job.new, image, manifest["path"], script)
    else:
        sidecar = found[0]
    code = sidecar.wait(left(until))
    if code is None:
        return False
    said = sidecar.last_words({access.password} - {""}) if code else ""
    sidecar.remove()
    wrong = [f"it can't be restored: {said}"] if code else _differences(target, manifest)
    if wrong:
        server.drop(connection, job.new)
        raise RatchetError(
            f"the backup {manifest['id']} was not put in the place of {access.name}: {', '.join(wrong[:5])}",
            f"{access.name} is as it was; mend the cause and run again",
        )
    return True


def _differences(target: Access, manifest: Mapping[str, Any]) -> list[str]:
    with postgres.session(target) as connection:
        return holdings.differences(manifest, holdings.count(connection), manifest["without_data"])


def _rows(access: Access, job: Job) -> dict[str, list[int | None]]:
    """By table: rows now and rows then, where they differ."""
    counted = []
    for name in (job.database, job.new):
        with postgres.session(replace(access, name=name)) as connection:
            counted.append(holdings.count(connection)["tables"])
    before, after = counted
    return {
        table: [before.get(table), after.get(table)]
        for table in sorted({*before, *after})
        if before.get(table) != after.get(table)
    }


def _swap(connection: Any, access: Access, manifest: Mapping[str, Any], job: Job, wish: Wish) -> None:
    import psycopg

    server.dress(connection, job.new, manifest["properties"])
    for attempt in range(_TRIES):
        connected = server.sessions(connection, job.database)
        if connected and not wish.disconnect:
            break
        server.disconnect(connection, job.database)
        server.disconnect(connection, job.new)
        try:
            server.swap(connection, job.database, job.new, job.before, job.told, manifest["properties"]["comment"])
            return
        except psycopg.errors.ObjectInUse:
            if attempt == _TRIES - 1:
                break
    connected = server.sessions(connection, job.database)
    raise RatchetError(
        f"the backup is restored in {job.new}, but sessions keep {access.name}: {'; '.join(connected[:5])}",
        f"Stop them and run again: only the names are left to be swapped. {access.name} is as it was",
    )


def _age(job: Job) -> float:
    return round(time.time() - datetime.fromisoformat(job.began).timestamp(), 1)

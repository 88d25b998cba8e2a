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
    holdings,
    images,
    postgres,
    server,
    space,
    store,
    trial,
)
from ansible_collections.ratchet.runtime.plugins.module_utils.database import Access, default_image
from ansible_collections.ratchet.runtime.plugins.module_utils.engine import Engine
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.sidecar import (
    DATABASE_LABEL,
    DIRECTORY_LABEL,
    TASK_LABEL,
    Sidecar,
)
from ansible_collections.ratchet.runtime.plugins.module_utils.sizes import readable

TASK = "backup"
FORMATS = ("directory", "custom")
COMPRESSIONS = ("auto", "zstd", "lz4", "gzip", "none")
VERIFICATIONS = ("read", "restore")
# What the script leaves for us to read.
_NOTES = ("rows", "sha256", "compression")

# What is compressed with which of these is found out from pg_dump itself, which says so before it connects.
# pg_restore reads every block of the archive, and its text form has one line per row between COPY and "\.":
# https://www.postgresql.org/docs/current/sql-copy.html ("Text Format"). "pg_restore --list" would pass half a file.
# The keepalives end the dump within a minute when the server has gone without a word.
_SCRIPT = r"""
set -euo pipefail
umask 077
format=$1 jobs=$2 snapshot=$3 compression=$4 server=$5
shift 5
client=$(pg_dump --version | sed 's/^[^0-9]*\([0-9]*\).*/\1/')
if [ "$client" -lt "$server" ]; then
    echo "pg_dump $client is older than the server, which is $server" >&2
    exit 3
fi
knows() { ! PGHOST=/nonexistent pg_dump --format=custom --file=/dev/null --compress="$1" 2>&1 | grep --quiet --ignore-case compress; }
if [ "$compression" = auto ]; then
    for compression in zstd lz4 gzip; do
        if knows "$compression"; then break; fi
    done
fi
case $compression in
gzip) level=6 ;;
none) level=0 ;;
*) level=$compression ;;
esac
[ "$format" = custom ] || set -- --jobs="$jobs" "$@"
echo "$compression" > compression
pg_dump --format="$format" --compress="$level" --snapshot="$snapshot" --lock-wait-timeout=60s --no-password --file=data \
    --dbname='keepalives_idle=15 keepalives_interval=5 keepalives_count=6' "$@"
pg_dumpall --globals-only --no-role-passwords --no-password --database="$PGDATABASE" --file=globals.sql || rm -f globals.sql
find data globals.sql -type f -exec sha256sum {} + > sha256 2> /dev/null || [ ! -f globals.sql ]
pg_restore --schema-only --file=/dev/null data
pg_restore --data-only --file=- data | awk '
    !inside && /^COPY .* FROM stdin;$/ { header = $0; rows = 0; inside = 1; next }
    inside && $0 == "\\." { print rows "\t" header; inside = 0; next }
    inside { rows++ }
    END { if (inside) exit 1 }' > rows
"""


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


@dataclass(frozen=True)
class Draft:
    """A backup under way: where it grows and what it must contain in the end."""

    directory: str
    manifest: dict[str, Any]

    @classmethod
    def found(cls, manifest: dict[str, Any]) -> Draft:
        """As the store tells it: where it is isn't written in it, as that changes in the end."""
        return cls(manifest["path"], {key: value for key, value in manifest.items() if key != "path"})

    def save(self, **more: Any) -> Draft:
        """The same with more in its manifest, which is on disk when this returns."""
        manifest = {**self.manifest, **more}
        store.write_manifest(self.directory, manifest)
        return Draft(self.directory, manifest)


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
        found = _under_way(engine, wish.directory, identity["id"], resumes)
        store.sweep(wish.directory, keep=found[0].directory if found else None)
        draft, sidecar = found or _begin(engine, connection, access, wish, identity)
        if not found:
            # The session, and with it the snapshot, stays open until all of pg_dump's workers have it too.
            try:
                _hold(connection, sidecar, wish)
            except Exception:
                _abandon(engine, draft, sidecar)
                raise
    return _advance(engine, access, draft, sidecar, wish, until)


def _under_way(engine: Engine, directory: str, database_id: str, resumes: str) -> tuple[Draft, Sidecar | None] | None:
    """The backup that an earlier call began and did not see the end of: its dump still runs, or waits for its proof."""
    for container in engine.containers({TASK_LABEL: TASK, DATABASE_LABEL: database_id}):
        grows, sidecar = container.labels.get(DIRECTORY_LABEL, ""), Sidecar(engine, container.id, TASK)
        if os.path.dirname(grows) != directory:
            continue
        try:
            draft = Draft.found(store.read_manifest(grows))
        except RatchetError:
            sidecar.remove()
            continue
        # That a dump failed is news for the run that began it. Whoever comes later begins anew.
        if container.running or draft.manifest["id"] == resumes or not container.attributes["State"]["ExitCode"]:
            return draft, sidecar
        sidecar.remove()
    for manifest in store.partial(directory):
        if manifest.get("verified") and manifest["database"]["id"] == database_id:
            return Draft.found(manifest), None
    return None


def _begin(
    engine: Engine, connection: Any, access: Access, wish: Wish, identity: dict[str, Any]
) -> tuple[Draft, Sidecar]:
    """Count in a snapshot of the database, and have just that dumped."""
    refuse_unfit(engine, wish, identity)
    image = access.image or default_image(identity["server_major"])
    images.ensure(engine, [{"reference": image}])
    draft, snapshot = _draft(connection, identity, access, wish, image)
    script = [
        _SCRIPT,
        f"ratchet-{TASK}",
        wish.format,
        str(wish.jobs),
        snapshot,
        wish.compression,
        str(identity["server_major"]),
        *(f"--exclude-table-data={table}" for table in wish.without_data),
    ]
    return draft, Sidecar.start(engine, TASK, access, identity["id"], image, draft.directory, script)


def refuse_unfit(engine: Engine, wish: Wish, identity: dict[str, Any]) -> None:
    """Refuse a dump, or a trial of it, that can't fit, and a server that can't be dumped.

    :raises RatchetError: with the figures.
    """
    needed, free = space.dump_size(identity), space.free(wish.directory)
    if free < needed:
        raise RatchetError(
            f"a backup of {identity['name']} may need {readable(needed)}, but {wish.directory} has only {readable(free)} free",
            "Free some space there, or set runtime_backup_dir to a larger file system",
        )
    if wish.verify == "restore":
        trial.refuse_unfit(engine, identity)


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
        **held,
    }
    directory = os.path.join(wish.directory, store.PARTIAL + backup_id)
    os.mkdir(directory, 0o700)
    return Draft(directory, {}).save(**manifest), snapshot


def _hold(connection: Any, sidecar: Sidecar, wish: Wish) -> None:
    """Wait until every session of the dump has the snapshot, or the dump has ended."""
    import psycopg

    sessions = 1 + (wish.jobs if wish.format == "directory" and wish.jobs > 1 else 0)
    while sidecar.wait(0.2) is None:
        try:
            if postgres.sessions_with_snapshot(connection, sidecar.application_name) >= sessions:
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
            code = sidecar.wait(_left(until))
            if code is None:
                return {"under_way": _progress(draft)}
            if code:
                raise _failed(access, sidecar)
            draft = _read_back(draft)
        if sidecar:
            sidecar.remove()
        for name in _NOTES:
            if os.path.exists(os.path.join(draft.directory, name)):
                os.unlink(os.path.join(draft.directory, name))
        if wish.verify == "restore":
            if not trial.advance(engine, draft.directory, draft.manifest, wish.jobs, until):
                doing = "restoring it into a throwaway server"
                return {"under_way": {"id": draft.manifest["id"], "doing": doing, **_age(draft)}}
            draft = draft.save(verified="restore", seconds=_age(draft)["seconds"])
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


def _left(until: float | None) -> float | None:
    return None if until is None else max(0.0, until - time.monotonic())


def _age(draft: Draft) -> dict[str, float]:
    started = datetime.fromisoformat(draft.manifest["started_at"])
    return {"seconds": round(time.time() - started.timestamp(), 1)}


def _progress(draft: Draft) -> dict[str, Any]:
    """What the sidecar is at, and how far: bytes written, of at most the tables' own."""
    written = sum(
        os.path.getsize(os.path.join(directory, name))
        for directory, _directories, names in os.walk(draft.directory)
        for name in names
    )
    reads = os.path.exists(os.path.join(draft.directory, "rows"))
    doing = "reading it back" if reads else "dumping"
    most = space.dump_size(draft.manifest["database"])
    return {"id": draft.manifest["id"], "doing": doing, "written": written, "at_most": most, **_age(draft)}


def _failed(access: Access, sidecar: Sidecar) -> RatchetError:
    """Why the dump failed, with who was in its way."""
    said = sidecar.last_words({access.password} - {""})
    remedy = "Nothing was stopped or changed; mend the cause and run again"
    if re.search(r"snapshot .* does not exist", said):
        return Orphan(f"the backup of {access.name} lost its snapshot", "Run again")
    if "lock timeout" in said:
        remedy = f"{postgres.who_locks(access)}. Nothing was stopped or changed"
    return RatchetError(f"the backup of {access.name} failed: {said}", remedy)


def _read_back(draft: Draft) -> Draft:
    """Compare what the archive holds with what was counted in its snapshot, and note its files.

    :raises RatchetError: naming the first tables that differ.
    """
    found = _rows_read_back(os.path.join(draft.directory, "rows"))
    wrong = []
    for table, rows in draft.manifest["tables"].items():
        read = next(
            (count for header, count in found.items() if header.startswith((f"COPY {table} (", f"COPY {table}  FROM"))),
            None,
        )
        if read != rows and table not in draft.manifest["without_data"]:
            wrong.append(f"{table} ({rows} counted, {'none' if read is None else read} in the archive)")
    if wrong:
        raise RatchetError(
            f"the archive doesn't hold what the database held: {', '.join(wrong[:5])}",
            "Nothing was stopped or changed; run again, and look at the disk under the backup directory if it happens twice",
        )
    with open(os.path.join(draft.directory, "sha256"), encoding="utf-8") as file:
        lines = sorted(line.rstrip("\n").split("  ", 1)[::-1] for line in file)
    files = {
        path: {"sha256": checksum, "size": os.path.getsize(os.path.join(draft.directory, path))}
        for path, checksum in lines
    }
    with open(os.path.join(draft.directory, "compression"), encoding="utf-8") as file:
        compression = file.read().strip()
    return draft.save(
        files=files,
        compression=compression,
        size=sum(each["size"] for each in files.values()),
        sha256=store.checksum_of(files),
        verified="read",
        **_age(draft),
    )


def _rows_read_back(path: str) -> dict[str, int]:
    with open(path, encoding="utf-8", errors="surrogateescape") as file:
        pairs = (line.rstrip("\n").split("\t", 1) for line in file)
        return {header: int(count) for count, header in pairs}

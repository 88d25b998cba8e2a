# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A backup that proves itself.

A psycopg session exports a snapshot, counts the rows of every table and reads the ledger in it; pg_dump dumps exactly
that snapshot; the finished archive is read back whole, and what it holds is compared with what was counted. Only then
does it get its final name.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils import atomic, images, postgres, space
from ansible_collections.ratchet.runtime.plugins.module_utils.database import Access, default_image
from ansible_collections.ratchet.runtime.plugins.module_utils.engine import Engine
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.sidecar import DIRECTORY_LABEL, Sidecar
from ansible_collections.ratchet.runtime.plugins.module_utils.sizes import readable

DIRECTORY = "/var/backups/ratchet"
MANIFEST_FORMAT = 1
TASK = "backup"
_PARTIAL = ".partial-"
_MANIFEST = "manifest.json"

# pg_restore reads every block of the archive, and its text form has one line per row between COPY and "\.":
# https://www.postgresql.org/docs/current/sql-copy.html ("Text Format"). "pg_restore --list" would pass half a file.
# The keepalives end the dump within a minute when the server has gone without a word.
_SCRIPT = r"""
set -euo pipefail
umask 077
pg_dump --format=directory --jobs="$1" --snapshot="$2" --lock-wait-timeout=60s --no-password --file=data \
    --dbname='keepalives_idle=15 keepalives_interval=5 keepalives_count=6'
find data -type f -exec sha256sum {} + > sha256
pg_restore --schema-only --file=/dev/null data
pg_restore --data-only --file=- data | awk '
    !inside && /^COPY .* FROM stdin;$/ { header = $0; rows = 0; inside = 1; next }
    inside && $0 == "\\." { print rows "\t" header; inside = 0; next }
    inside { rows++ }
    END { if (inside) exit 1 }' > rows
"""

# Leaf tables only: pg_dump writes one COPY for each; those of an extension come back with it.
_TABLES = """
select quote_ident(n.nspname) || '.' || quote_ident(c.relname)
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
 where c.relkind = 'r' and c.relpersistence <> 't' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
   and not exists (select from pg_depend d where d.objid = c.oid and d.classid = 'pg_class'::regclass and d.deptype = 'e')
 order by 1
"""


@dataclass(frozen=True)
class Draft:
    """A backup under way: where it grows and what it must contain in the end."""

    directory: str
    manifest: dict[str, Any]


def make(engine: Engine, access: Access, directory: str, jobs: int) -> dict[str, Any]:
    """Make a backup of one database and prove it.

    :param directory: where backups live on this host; created 0700 when missing.
    :param jobs: parallel dump jobs.
    :returns: the manifest, with ``path``.
    :raises RatchetError: when it can't be made or proved; nothing is left under a final name then.
    """
    space.free(directory)
    os.makedirs(directory, mode=0o700, exist_ok=True)
    with _only_one(directory), postgres.session(access) as connection:
        identity = postgres.identify(connection)
        reattached = _reattach(engine, identity["id"])
        _sweep(directory, keep=reattached[1].directory if reattached else None)
        if reattached:
            return _finish(*reattached, access)
        check_space(directory, identity)
        image = access.image or default_image(identity["server_major"])
        images.ensure(engine, [{"reference": image}])
        draft, snapshot = _draft(connection, identity, access, directory, image)
        sidecar = Sidecar.start(
            engine,
            TASK,
            access,
            identity["id"],
            image,
            draft.directory,
            [_SCRIPT, "ratchet-backup", str(jobs), snapshot],
        )
        # The session, and with it the snapshot, stays open until pg_dump has ended.
        return _finish(sidecar, draft, access)


def check_space(directory: str, identity: dict[str, Any]) -> None:
    """Refuse a dump that can't fit.

    :raises RatchetError: with both figures.
    """
    needed, free = space.dump_size(identity), space.free(directory)
    if free < needed:
        raise RatchetError(
            f"a backup of {identity['name']} may need {readable(needed)}, but {directory} has only {readable(free)} free",
            "Free some space there, or set runtime_backup_dir to a larger file system",
        )


@contextmanager
def _only_one(directory: str) -> Iterator[None]:
    """Hold the directory's lock: a second backup waits its turn (a re-run after a lost connection, mostly)."""
    handle = os.open(os.path.join(directory, ".lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _reattach(engine: Engine, database_id: str) -> tuple[Sidecar, Draft] | None:
    """The dump that an earlier run started and could not see the end of, while it still runs."""
    found = Sidecar.find(engine, TASK, database_id)
    if not found:
        return None
    sidecar, container = found
    directory = container.labels.get(DIRECTORY_LABEL, "")
    try:
        with open(os.path.join(directory, _MANIFEST), encoding="utf-8") as file:
            manifest = json.load(file)
    except (OSError, ValueError):
        manifest = None
    if container.running and manifest:
        return sidecar, Draft(directory, manifest)
    sidecar.remove()
    return None


def _sweep(directory: str, keep: str | None) -> None:
    """Remove what killed runs left half-made."""
    for name in os.listdir(directory):
        path = os.path.join(directory, name)
        if name.startswith(_PARTIAL) and path != keep:
            shutil.rmtree(path, ignore_errors=True)


def _draft(connection: Any, identity: dict[str, Any], access: Access, directory: str, image: str) -> tuple[Draft, str]:
    """Open the snapshot, count in it, and write down what the dump must contain."""
    connection.execute("begin isolation level repeatable read read only")
    snapshot = connection.execute("select pg_export_snapshot()").fetchone()[0]
    connection.execute("set local row_security = off")
    tables = {}
    for (table,) in connection.execute(_TABLES).fetchall():
        tables[table] = connection.execute(f"select count(*) from only {table}").fetchone()[0]
    ledger = postgres.ledgers.read(connection)
    started = datetime.now(timezone.utc)
    slug = re.sub(r"[^A-Za-z0-9_.-]", "_", identity["name"]).lstrip(".")[:40] or "database"
    backup_id = f"{slug}-{started:%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}"
    manifest = {
        "format": MANIFEST_FORMAT,
        "id": backup_id,
        "started_at": started.isoformat(timespec="seconds"),
        "database": {**identity, "ledger": ledger, "host": access.host, "port": access.port, "user": access.user},
        "head": ledger["head"] if ledger else None,
        "tables": tables,
        "image": image,
    }
    draft = Draft(os.path.join(directory, _PARTIAL + backup_id), manifest)
    os.mkdir(draft.directory, 0o700)
    atomic.write(os.path.join(draft.directory, _MANIFEST), json.dumps(manifest).encode())
    return draft, snapshot


def _finish(sidecar: Sidecar, draft: Draft, access: Access) -> dict[str, Any]:
    """Wait for the dump, prove it, and give it its name; on any failure leave nothing."""
    try:
        if sidecar.wait() != 0:
            raise RatchetError(
                f"the backup of {access.name} failed: {sidecar.last_words({access.password} - {''})}",
                "Nothing was stopped or changed; mend the cause and run again",
            )
        manifest = _prove(draft)
        atomic.write(os.path.join(draft.directory, _MANIFEST), json.dumps(manifest, indent=1).encode())
        final = os.path.join(os.path.dirname(draft.directory), manifest["id"])
        atomic.rename_directory(draft.directory, final)
    except Exception:
        shutil.rmtree(draft.directory, ignore_errors=True)
        raise
    finally:
        sidecar.remove()
    return {**manifest, "path": final}


def _prove(draft: Draft) -> dict[str, Any]:
    """Compare what the archive holds with what was counted in its snapshot.

    :raises RatchetError: naming the first tables that differ.
    """
    found = _rows_read_back(os.path.join(draft.directory, "rows"))
    wrong = []
    for table, rows in draft.manifest["tables"].items():
        read = next(
            (count for header, count in found.items() if header.startswith((f"COPY {table} (", f"COPY {table}  FROM"))),
            None,
        )
        if read != rows:
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
    started = datetime.fromisoformat(draft.manifest["started_at"])
    for name in ("rows", "sha256"):
        os.unlink(os.path.join(draft.directory, name))
    return {
        **draft.manifest,
        "files": files,
        "size": sum(each["size"] for each in files.values()),
        "sha256": hashlib.sha256(
            "\n".join(f"{each['sha256']}  {path}" for path, each in files.items()).encode()
        ).hexdigest(),
        "seconds": round(time.time() - started.timestamp(), 1),
        "verified": "read",
    }


def _rows_read_back(path: str) -> dict[str, int]:
    with open(path, encoding="utf-8", errors="surrogateescape") as file:
        pairs = (line.rstrip("\n").split("\t", 1) for line in file)
        return {header: int(count) for count, header in pairs}

# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the rows of a ledger to what they mean, one function per framework. Pure: rows come in, a reading goes out."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils.masking import printable

Rows = Sequence[Sequence[Any]]


@dataclass(frozen=True)
class Reading:
    """What one table says.

    :ivar heads: the newest applied migrations: one, or as many as there are branches or parts.
    :ivar names: everything that is applied, as a set that two databases can be compared by; None when the heads say it all.
    :ivar applied: how many migrations are applied; None where the framework doesn't say.
    :ivar failed: migrations that were begun and neither finished nor taken back: the ledger is dirty.
    :ivar ordered: whether the newest follows from what is applied. If not, it doesn't become part of the comparable head.
    """

    heads: list[str]
    names: frozenset[Any] | None = None
    applied: int | None = None
    failed: tuple[str, ...] = ()
    ordered: bool = True

    @property
    def head(self) -> str | None:
        """One word that is another after every applied migration, and the same wherever the same ones are applied.

        Migrations are not applied in the same order everywhere, so the set counts, as a short hash. A schema on which a migration
        has stopped half-way is neither the one before nor the one after it: its word ends with an exclamation mark.
        """
        if self.names is None:
            word = "+".join(self.heads)
        elif self.names:
            newest = self.heads[0] if self.ordered and len(self.heads) == 1 else str(len(self.names))
            content = json.dumps(sorted(self.names, key=repr), default=str)
            word = f"{newest}~{hashlib.sha256(content.encode()).hexdigest()[:8]}"
        else:
            word = ""
        return f"{word}{'!' if self.failed else ''}" or None


def shown(name: Any) -> str:
    """A name out of a database, which anybody may have written, as something that can be printed in a line."""
    return printable(" ".join(str(name).split()), 200)


def _natural(name: str) -> tuple[Any, ...]:
    """Orders names as people number them: ``9_x`` before ``10_x``."""
    # Text and numbers take turns, and text begins, if only with nothing.
    return tuple(int(part) if turn % 2 else part for turn, part in enumerate(re.split(r"([0-9]+)", name)))


def _of_names(names: Iterable[Any], failed: Iterable[str] = ()) -> Reading:
    """A ledger of names that are numbered or dated: the last one is the head; a name counts once, however often it is there."""
    found = frozenset(str(name) for name in names if name is not None)
    newest = [shown(max(found, key=_natural))] if found else []
    return Reading(newest, found, len(found), tuple(shown(name) for name in failed))


def names(rows: Rows) -> Reading:
    """Rails, Sequel by file names, Knex, EF Core, Umzug, db-migrate and node-pg-migrate: the first column is the name."""
    return _of_names(row[0] for row in rows)


def alembic(rows: Rows) -> Reading:
    """One row per head, unordered; none before the first migration."""
    return Reading(sorted(shown(row[0]) for row in rows))


def django(rows: Rows) -> Reading:
    """``app, name``: each application counts its own migrations."""
    last: dict[str, str] = {}
    for app, name in rows:
        if app not in last or _natural(name) > _natural(last[app]):
            last[app] = name
    applied = frozenset((app, name) for app, name in rows)
    return Reading([shown(f"{app}.{name}") for app, name in sorted(last.items())], applied, len(applied))


def sequel_integer(rows: Rows) -> Reading:
    """One row with the number of the last migration; 0 before the first."""
    version = max((int(row[0]) for row in rows), default=0)
    return Reading([str(version)] if version else [], None, version)


def flyway(rows: Rows) -> Reading:
    """``installed_rank, version, type, script, checksum, success``: a history of what was done, not a list of what is applied.

    An undo or a deletion takes a version back; a repeatable migration has no version and is there again with each new checksum.
    """
    state: dict[tuple[str, str], Any] = {}
    failed: dict[tuple[str, str], str] = {}
    for _rank, version, kind, script, checksum, success in sorted(rows, key=lambda row: row[0]):
        kind = str(kind).upper()
        if kind == "SCHEMA":  # that Flyway made the schema is no migration
            continue
        key = ("version", version) if version is not None else ("script", script)
        failed.pop(key, None)
        if not success:
            failed[key] = version or script
        elif kind.startswith("UNDO") or kind == "DELETE":
            state.pop(key, None)
        else:
            state[key] = None if version is not None else checksum
    versions = [version for what, version in state if what == "version"]
    newest = [shown(max(versions, key=_natural))] if versions else []
    return Reading(
        newest,
        frozenset((*key, checksum) for key, checksum in state.items()),
        len(state),
        tuple(shown(name) for name in failed.values()),
        ordered=bool(newest),
    )


def liquibase(rows: Rows) -> Reading:
    """``id, author, filename, dateexecuted, orderexecuted, exectype, md5sum``: ids have no order but that of their execution.

    The order number may begin anew with each update, so the date counts first. A change set that ran again has another checksum.
    """
    ordered = sorted(rows, key=lambda row: (str(row[3]), row[4] or 0))
    done = [row for row in ordered if str(row[5]).upper() not in ("FAILED", "SKIPPED")]
    failed = tuple(shown(row[0]) for row in ordered if str(row[5]).upper() == "FAILED")
    changes = {(row[0], row[1], row[2]): row[6] for row in done}
    return Reading(
        [shown(done[-1][0])] if done else [],
        frozenset((*key, checksum) for key, checksum in changes.items()),
        len(changes),
        failed,
        ordered=False,
    )


def prisma(rows: Rows) -> Reading:
    """``migration_name, finished_at, rolled_back_at``: begun and neither finished nor marked as rolled back is the error state."""
    live = [row for row in rows if row[2] is None]
    done = {row[0] for row in live if row[1] is not None}
    return _of_names(done, sorted({row[0] for row in live if row[1] is None} - done))


def typeorm(rows: Rows) -> Reading:
    """``timestamp, name``: the number orders."""
    applied = frozenset((int(stamp), str(name)) for stamp, name in rows)
    return Reading([shown(max(applied)[1])] if applied else [], applied, len(applied))


def golang_migrate(rows: Rows) -> Reading:
    """``version, dirty``: one row with the last version that was begun; how many there are before it isn't kept."""
    if not rows:
        return Reading([])
    version, dirty = max(rows)
    # -1 stands for "none yet".
    return Reading([str(version)] if version >= 0 else [], None, None, (str(version),) if dirty else ())


def goose(rows: Rows) -> Reading:
    """``id, version_id, is_applied``: a log of ups and downs of which the last one of each version counts; version 0 is its beginning."""
    last = {version: applied for _id, version, applied in sorted(rows)}
    return _of_names(version for version, applied in last.items() if applied and version)


def liquibase_lock(rows: Rows) -> dict[str, str | None] | None:
    """``locked, lockedby, lockgranted``."""
    for locked, by, since in rows:
        if locked:
            return {"by": shown(by) if by else None, "since": str(since) if since else None}
    return None


def knex_lock(rows: Rows) -> dict[str, str | None] | None:
    """``is_locked``: Knex doesn't keep who, nor since when."""
    return {"by": None, "since": None} if any(row[0] for row in rows) else None

# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The trial of a backup: restored into a throwaway server of the same image, and counted there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils import database_copy, space
from ansible_collections.ratchet.runtime.plugins.module_utils.engine import Engine
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.sizes import readable
from ansible_collections.ratchet.runtime.plugins.module_utils.throwaway import Purpose

SERVER, RESTORE = "trial", "trial-restore"


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
    copy = database_copy.advance(engine, _purpose(manifest["database"]["id"]), directory, manifest, jobs, until)
    if not copy:
        return False
    wrong = database_copy.differences(copy, manifest)
    if wrong:
        raise RatchetError(
            f"the backup of {manifest['database']['name']} was restored for a trial and doesn't hold what the database held: "
            + ", ".join(wrong[:5]),
            "Nothing was stopped or changed; run again, and look at the disk under the backup directory if it happens twice",
        )
    remove(engine, manifest["database"]["id"])
    return True


def remove(engine: Engine, database_id: str) -> None:
    """Remove what a trial of this database's backups left, finished or not."""
    database_copy.remove(engine, _purpose(database_id))


def _purpose(database_id: str) -> Purpose:
    return Purpose(
        SERVER,
        database_id,
        "the trial of the backup",
        "Set runtime_database.image to an image with this server's programs and extensions, or runtime_backup_verify to read. "
        "Nothing was stopped or changed",
    )

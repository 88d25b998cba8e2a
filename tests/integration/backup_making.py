# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Backups made, and what is left of them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils import backup, database
from ansible_collections.ratchet.runtime.plugins.module_utils.engine import Engine
from ansible_collections.ratchet.runtime.plugins.module_utils.sidecar import TASK_LABEL


def make(engine: Engine, access: database.Access, store: Path, jobs: int = 1, **wish: Any) -> dict[str, Any]:
    """A backup, waited for."""
    return backup.make(engine, access, backup.Wish(str(store), jobs, **wish))


def make_for(patience: float, engine: Engine, access: database.Access, store: Path) -> dict[str, Any]:
    """As far as a backup comes in that many seconds."""
    return backup.make(engine, access, backup.Wish(str(store)), patience)


def visible(store: Path) -> list[str]:
    """What an operator would take for a backup, or for the rest of one."""
    return sorted(name for name in os.listdir(store) if name != ".lock") if store.exists() else []


def sidecars(engine: Engine) -> list:
    return engine.client.containers.list(all=True, filters={"label": TASK_LABEL}, sparse=True)

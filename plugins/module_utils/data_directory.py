# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a database server in a container keeps its data, and where the compose file would have it look after the next ``up``."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils import mounts
from ansible_collections.ratchet.runtime.plugins.module_utils.compose import Service
from ansible_collections.ratchet.runtime.plugins.module_utils.engine import Container, Engine
from ansible_collections.ratchet.runtime.plugins.module_utils.mounts import Mount


def of(connection: Any, container: Container) -> str | None:
    """The data directory as its server names it, or as its image does where this user may not ask the server."""
    row = connection.execute("select setting from pg_settings where name = 'data_directory'").fetchone()
    return (row[0] if row else None) or container.environment.get("PGDATA")


def places(container: Container, service: Service, directory: str) -> dict[str, Any] | None:
    """Where the data is, and where the file would have it.

    A volume that nobody named counts on neither side: whether one is there is the image's doing, and Compose takes it along
    from the old container to the new one.

    :returns: ``directory``, and ``running`` and ``written``, each with ``source``, ``target`` and ``path`` in the source, or None
        where no mount of one's own holds it; None when the file doesn't tell.
    """
    if service.mounts is None:
        return None
    # Without a word on PGDATA in the file, the image decides, and that it did for the container.
    intended = service.environment.get("PGDATA") or directory
    return {
        "directory": directory,
        "running": _place(mounts.of_container(container.attributes), directory),
        "written": _place(service.mounts, intended),
    }


def _place(found: Iterable[Mount], directory: str) -> dict[str, str] | None:
    mount = mounts.holding(
        (each for each in found if each.source or each.kind != "volume"), os.path.normpath(directory)
    )
    if not mount:
        return None
    source = os.path.realpath(mount.source) if mount.kind == "bind" else mount.source
    return {"source": f"{mount.kind} {source}".strip(), "target": mount.target, "path": mounts.within(mount, directory)}


def room(engine: Engine, container: Container, directory: str) -> tuple[str, int] | None:
    """The place on this host that holds the data, and the bytes free there; None where this user can't know."""
    mount = mounts.holding(mounts.of_container(container.attributes), os.path.normpath(directory))
    path = mount.path if mount else engine.root()
    try:
        status = os.statvfs(path)
    except OSError:
        return None
    return path, status.f_bavail * status.f_frsize

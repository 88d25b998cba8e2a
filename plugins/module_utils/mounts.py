# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is mounted in a container: as the engine tells it of one that exists, and as a compose file would have it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

# The engine names a volume that nobody named by a random number of 256 bits.
_ANONYMOUS = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Mount:
    """One mount.

    :ivar kind: ``volume``, ``bind``, ``tmpfs`` and so on.
    :ivar source: the volume's name, empty if nobody gave it one; otherwise the path on the host.
    :ivar path: where it lies on the host, empty where that isn't known.
    """

    kind: str
    source: str
    target: str
    path: str = ""


def of_container(attributes: Mapping[str, Any]) -> tuple[Mount, ...]:
    """The mounts of a container, from what ``docker inspect`` shows of it."""
    found = []
    for each in attributes.get("Mounts") or []:
        kind, path = each.get("Type") or "bind", each.get("Source") or ""
        name = each.get("Name") or ""
        source = ("" if _ANONYMOUS.fullmatch(name) else name) if kind == "volume" else path
        found.append(Mount(kind, source, _plain(each["Destination"]), path))
    return tuple(found)


def of_service(rendered: Mapping[str, Any], project: Mapping[str, Any]) -> tuple[Mount, ...] | None:
    """The mounts that Compose would give a service, from what ``docker compose config`` shows; its own secrets are bind mounts.

    :returns: None where other containers decide (``volumes_from``).
    """
    if rendered.get("volumes_from"):
        return None
    volumes, secrets = project.get("volumes") or {}, project.get("secrets") or {}
    found = []
    for each in rendered.get("volumes") or []:
        source = each.get("source") or ""
        if each["type"] == "volume":
            name = (volumes.get(source) or {}).get("name") or source
            found.append(Mount("volume", name, _plain(each["target"])))
        else:
            found.append(Mount(each["type"], source, _plain(each["target"]), source))
    for each in rendered.get("secrets") or []:
        path = (secrets.get(each["source"]) or {}).get("file") or ""
        target = os.path.join("/run/secrets", each.get("target") or each["source"])
        if path:
            found.append(Mount("bind", path, _plain(target), path))
    return tuple(found)


def holding(mounts: Iterable[Mount], path: str) -> Mount | None:
    """The mount in which ``path`` of the container is; None if it is in the container's own layer."""
    over = [each for each in mounts if path == each.target or path.startswith(each.target.rstrip("/") + "/")]
    return max(over, key=lambda each: len(each.target), default=None)


def within(mount: Mount, path: str) -> str:
    """``path`` of the container, seen from the mount that holds it; ``.`` for the mount itself."""
    return os.path.relpath(path, mount.target)


def _plain(path: str) -> str:
    return os.path.normpath(path)

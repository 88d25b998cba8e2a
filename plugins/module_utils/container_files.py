# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that a container's environment names, read where they lie on the host: copying them out would show in the engine's events."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from ansible_collections.ratchet.runtime.plugins.module_utils import mounts
from ansible_collections.ratchet.runtime.plugins.module_utils.compose import Service
from ansible_collections.ratchet.runtime.plugins.module_utils.engine import Container
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError

# Longer is no password and no URL.
_MOST = 64 * 1024


@dataclass(frozen=True)
class Place:
    """An environment and the files around it: of a container, or of a service as it is written.

    :ivar environment: holds secrets and never leaves the host.
    :ivar layer: where on this host the container's own file system is mounted, empty where that isn't known.
    """

    name: str
    environment: Mapping[str, str]
    mounted: tuple[mounts.Mount, ...]
    layer: str = ""

    @classmethod
    def of_container(cls, container: Container) -> Place:
        """The place that a container is."""
        layer = ((container.attributes.get("GraphDriver") or {}).get("Data") or {}).get("MergedDir") or ""
        mounted = mounts.of_container(container.attributes)
        return cls(f"the container {container.name}", container.environment, mounted, layer)

    @classmethod
    def of_service(cls, service: Service) -> Place:
        """The place that a service's containers would be."""
        return cls(f"the service {service.name}", service.environment, service.mounts or ())

    def value(self, variable: str) -> str | None:
        """A variable, or the content of the file that its ``_FILE`` form names; None where neither is set.

        :raises RatchetError: when there is such a file and it can't be read.
        """
        if self.environment.get(variable):
            return self.environment[variable]
        path = self.environment.get(f"{variable}_FILE")
        return self.read(f"{variable}_FILE", path) if path else None

    def read(self, what: str, path: str) -> str:
        """The text of a file of the container, without the line's end.

        :param what: who names it, for the error.
        """
        try:
            with open(self.on_host(what, path), encoding="utf-8") as file:
                # As $(< file) of the official images' shell: every newline at the end goes.
                return file.read(_MOST).rstrip("\n")
        except (OSError, UnicodeDecodeError) as error:
            raise self._unreadable(what, path, getattr(error, "strerror", None) or "it is no text") from None

    def on_host(self, what: str, path: str) -> str:
        """Where a file of the container lies on this host.

        :raises RatchetError: when it isn't known, or leads out of the container by a link.
        """
        mount = mounts.holding(self.mounted, os.path.normpath(path))
        root = mount.path if mount else self.layer
        if not root or not os.path.isabs(path):
            raise self._unreadable(what, path, "it lies in none of its mounts")
        inner = mounts.within(mount, os.path.normpath(path)) if mount else os.path.normpath(path).lstrip("/")
        found = root if inner == "." else os.path.join(root, inner)
        top, real = os.path.realpath(root), os.path.realpath(found)
        # A link inside is made by the container, and would be followed on the host.
        if real != top and not real.startswith(top.rstrip("/") + "/"):
            raise self._unreadable(what, path, "it is a link to somewhere else")
        return real

    def _unreadable(self, what: str, path: str, why: str) -> RatchetError:
        return RatchetError(
            f"{what} of {self.name} names {path}, which can't be read from this host: {why}",
            "Let Ansible connect as one who may (ansible_become: true), or say in runtime_database where the database is (dsn, or password)",
        )

# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A backup under way: where it grows, what it must contain in the end, how old it is and how far."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils import space, store

# Seconds for which a dump that nobody has seen the end of is as good as a new one.
_FRESH = 3600


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

    def seconds(self) -> float:
        """Seconds since its snapshot."""
        started = datetime.fromisoformat(self.manifest["started_at"])
        return round(time.time() - started.timestamp(), 1)

    def progress(self) -> dict[str, Any]:
        """What the sidecar is at, and how far: bytes written, of at most the tables' own."""
        written = sum(
            os.path.getsize(os.path.join(directory, name))
            for directory, _directories, names in os.walk(self.directory)
            for name in names
        )
        reads = os.path.exists(os.path.join(self.directory, "rows"))
        doing = "reading it back" if reads else "dumping"
        most = space.dump_size(self.manifest["database"])
        return {
            "id": self.manifest["id"],
            "doing": doing,
            "written": written,
            "at_most": most,
            "seconds": self.seconds(),
        }

    def is_fresh(self) -> bool:
        """Whether its last step is not long ago: each one adds or replaces a file."""
        return time.time() - os.path.getmtime(self.directory) < _FRESH

# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan: what will be done to which host, as data. It is printed, kept, and executed; it holds no secret."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Edit:
    """One change of one file: ``splices`` as in ``module_utils.splice``, ``before`` the file's SHA-256 today."""

    path: str
    before: str
    line: int
    old: str
    new: str
    splices: list[dict[str, Any]]

    def diff(self) -> str:
        """The change as a unified diff without context: the lines around it may hold secrets."""
        return f"--- {self.path}\n+++ {self.path}\n@@ -{self.line} +{self.line} @@\n-{self.old}\n+{self.new}\n"


@dataclass(frozen=True)
class HostPlan:
    """What happens on one host.

    :ivar action: ``upgrade``, ``confirm`` (already at the target but not healthy: only watched), or ``none``.
    :ivar images: what has to be on the host before anything stops: the runtime's, and the sidecar's where it backs up.
    :ivar backs_up: whether the backup of its database is made here.
    :ivar stops: whether its old instance has to be away before the first host migrates.
    :ivar migrates: whether it is the first host of its database: it migrates, the others wait for its schema head.
    :ivar undo: what an operator would do by hand to go back, in order.
    """

    action: str
    current: str
    target: str
    reference: str
    digest: str | None
    services: list[str]
    project: dict[str, Any]
    database: str | None
    images: list[dict[str, Any]]
    backs_up: bool
    stops: bool
    migrates: bool
    edits: list[Edit]
    undo: list[str]


@dataclass(frozen=True)
class DatabasePlan:
    """One database, told by identity, and the one backup it gets; sizes in bytes."""

    name: str
    server_version: str
    size: int
    head: str | None
    hosts: list[str]
    backup_host: str
    directory: str
    sidecar_image: str
    space_needed: int
    space_free: int


@dataclass(frozen=True)
class Plan:
    """The whole run. ``fingerprint`` covers what was observed and what will be done, not when."""

    run: str
    version: str
    current: str
    change: str
    strategy: str
    strategy_reason: str
    hosts: dict[str, HostPlan]
    databases: dict[str, DatabasePlan]
    backup: dict[str, Any]
    watch: dict[str, Any]
    notes: list[str] = field(default_factory=list)

    @property
    def changes(self) -> bool:
        """Whether there is anything left to do."""
        return any(host.action == "upgrade" for host in self.hosts.values())

    def fingerprint(self) -> str:
        """SHA-256 of everything but the run's id."""
        content = {**asdict(self), "run": None}
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    def as_dict(self) -> dict[str, Any]:
        """JSON-serialisable, for facts and files."""
        hosts = {
            name: {**asdict(host), "diff": "".join(edit.diff() for edit in host.edits)}
            for name, host in self.hosts.items()
        }
        return {**asdict(self), "hosts": hosts, "changes": self.changes, "fingerprint": self.fingerprint()}

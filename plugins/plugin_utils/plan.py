# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan: what will be done to which host, as data. It is printed, kept, and executed; it holds no secret."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field, fields, is_dataclass
from typing import Any

# Marks a field that changes by itself while everybody sleeps: it isn't part of what is approved.
VOLATILE = {"volatile": True}


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
class Hook:
    """A task file of the operator's, called on each host: as they named it, and its content's SHA-256.

    :ivar path: where it is on the controller; the approved plan may be executed from another directory.
    """

    file: str
    sha256: str
    path: str = field(metadata=VOLATILE)


@dataclass(frozen=True)
class HostPlan:
    """What happens on one host.

    :ivar action: ``upgrade``, ``confirm`` (already at the target but not healthy: only watched), or ``none``.
    :ivar running: the image of each container, by ``service``, ``reference``, ``image_id`` and ``digests``.
    :ivar images: what has to be on the host before anything stops: the runtime's, and the sidecar's where it backs up.
    :ivar builds: the services that are built from a Dockerfile, each with ``service``, ``dockerfile`` (its path) and ``name`` (of its image);
        ``reference`` and ``images`` are then of what they are built on.
    :ivar named: the images that those names have to stand for again, should the host go back, each with ``reference`` and ``id``.
    :ivar backs_up: whether the backup of its database is made here.
    :ivar stops: whether its old instance has to be away before the first host migrates.
    :ivar migrates: whether it is the first host of its database: it migrates, the others wait for its schema head.
    :ivar origin: the version before, to which ``undo`` goes back; that of ``begun`` if there is one.
    :ivar begun: the journal's entry of an unfinished deploy, which this run goes on with.
    :ivar health: ``url`` (empty when none is known), what it is expected to say, and the ``service`` that answers (empty if unknown).
    :ivar undo: what an operator would do by hand to go back, in order.
    :ivar health_before: as ``health``, for the version before.
    :ivar migration: who migrates, by the profile's word: ``by`` (``application``, ``service`` or ``command``), the ``service`` whose
        configuration it gets, and ``argv``.
    :ivar tolerates: whether the version before works on the schema of the new one, by the profile's word.
    :ivar order: ``start-first`` (the new containers beside the old ones, which go when those are well) or ``stop-first``.
    :ivar scale: numbers of containers that Compose is told, by service; with ``start-first`` the old ones count.
    :ivar replicas: numbers of containers at the end, by service.
    :ivar replaces: ids of the containers that go at the end, with ``start-first``.
    :ivar leftovers: ids of containers that serve nothing, and go before the new ones start, with ``start-first``.
    :ivar waves: the services as they are started, one wave after another.
    :ivar pioneer: the service whose first container starts alone and migrates, where otherwise several would; empty where none would.
    :ivar jobs: services that run to their end before the others start.
    :ivar followers: other services to be made anew or restarted afterwards, each with ``service`` and ``how``.
    :ivar stand_ins: who may serve while this host is drained, the likeliest first; empty where nobody has to.
    """

    action: str
    current: str
    target: str
    running: list[dict[str, Any]]
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
    health: dict[str, Any] = field(default_factory=dict)
    health_before: dict[str, Any] = field(default_factory=dict)
    migration: dict[str, Any] = field(default_factory=dict)
    tolerates: bool = False
    order: str = "stop-first"
    scale: dict[str, int] = field(default_factory=dict, metadata=VOLATILE)
    replicas: dict[str, int] = field(default_factory=dict)
    replaces: list[str] = field(default_factory=list, metadata=VOLATILE)
    leftovers: list[str] = field(default_factory=list, metadata=VOLATILE)
    waves: list[list[str]] = field(default_factory=list)
    pioneer: str = ""
    builds: list[dict[str, Any]] = field(default_factory=list)
    named: list[dict[str, str]] = field(default_factory=list, metadata=VOLATILE)
    jobs: list[str] = field(default_factory=list)
    followers: list[dict[str, str]] = field(default_factory=list)
    origin: str = field(default="", metadata=VOLATILE)
    begun: dict[str, Any] | None = field(default=None, metadata=VOLATILE)
    stand_ins: list[str] = field(default_factory=list, metadata=VOLATILE)


@dataclass(frozen=True)
class DatabasePlan:
    """One database, told by identity, and the one backup it gets; sizes in bytes.

    :ivar head_before: the schema head before the upgrade; another than ``head`` if an unfinished deploy has migrated.
    :ivar backup_before: that deploy's backup (``host``, ``id``, ``path``), of the state before it.
    """

    name: str
    server_version: str
    head: str | None
    hosts: list[str]
    backup_host: str
    directory: str
    sidecar_image: str
    size: int = field(metadata=VOLATILE)
    space_needed: int = field(metadata=VOLATILE)
    space_free: int = field(metadata=VOLATILE)
    trial: int = field(default=0, metadata=VOLATILE)
    head_before: str | None = field(default=None, metadata=VOLATILE)
    backup_before: dict[str, Any] | None = field(default=None, metadata=VOLATILE)


@dataclass(frozen=True)
class Plan:
    """The whole run. ``fingerprint`` covers what was observed and what will be done, not when or how long.

    :ivar version: where this run goes; ``asked`` is how it was asked for, ``hops`` where further runs go from there.
    :ivar current: the version that the request was compared with (law 2), ``change`` the kind of change from it.
    :ivar serial: sizes of the batches in which the hosts are upgraded, the last of them repeating.
    :ivar backup: how backups are made, and where they are copied to (``off_host``, empty for nowhere).
    :ivar failure_action: what follows when a host fails: ``rollback``, ``pause`` or ``continue``.
    :ivar delay: seconds between two batches.
    :ivar description: why the operator does it, for the journal.
    :ivar hooks: the operator's task files, by when they are called.
    :ivar considerations: what the profile says about crossing from one to the other.
    :ivar matters: what has to be accepted, or was.
    :ivar advice: what the vendor wants done after the upgrade.
    :ivar estimate: about how many ``seconds`` it takes, and ``why``.
    """

    run: str = field(metadata=VOLATILE)
    version: str
    asked: str
    current: str
    change: str
    profile: str
    scheme: str
    hops: list[str]
    strategy: str
    strategy_reason: str
    hosts: dict[str, HostPlan]
    databases: dict[str, DatabasePlan]
    backup: dict[str, Any]
    watch: dict[str, Any]
    serial: list[int | str] = field(default_factory=lambda: [1])
    failure_action: str = "rollback"
    delay: float = 0.0
    description: str = field(default="", metadata=VOLATILE)
    hooks: dict[str, Hook] = field(default_factory=dict)
    considerations: list[dict[str, Any]] = field(default_factory=list, metadata=VOLATILE)
    matters: list[dict[str, Any]] = field(default_factory=list, metadata=VOLATILE)
    estimate: dict[str, Any] = field(default_factory=dict, metadata=VOLATILE)
    notes: list[str] = field(default_factory=list, metadata=VOLATILE)
    advice: list[str] = field(default_factory=list, metadata=VOLATILE)

    @property
    def changes(self) -> bool:
        """Whether there is anything left to do."""
        return any(host.action == "upgrade" for host in self.hosts.values())

    @property
    def resumes(self) -> bool:
        """Whether a deploy that an earlier run began is finished by this one."""
        return any(host.begun for host in self.hosts.values())

    def stable(self) -> dict[str, Any]:
        """What an approval covers: everything but the volatile."""
        return _stable(self)

    def fingerprint(self) -> str:
        """SHA-256 of :meth:`stable`."""
        return fingerprint_of(self.stable())

    def as_dict(self) -> dict[str, Any]:
        """JSON-serialisable, for facts and files."""
        hosts = {
            name: {**asdict(host), "diff": "".join(edit.diff() for edit in host.edits)}
            for name, host in self.hosts.items()
        }
        return {
            **asdict(self),
            "hosts": hosts,
            "changes": self.changes,
            "resumes": self.resumes,
            "fingerprint": self.fingerprint(),
        }


def fingerprint_of(stable: dict[str, Any]) -> str:
    """SHA-256 over a plan's stable part."""
    return hashlib.sha256(json.dumps(stable, sort_keys=True).encode()).hexdigest()


def _stable(value: Any) -> Any:
    if is_dataclass(value):
        return {
            each.name: _stable(getattr(value, each.name)) for each in fields(value) if not each.metadata.get("volatile")
        }
    if isinstance(value, dict):
        return {key: _stable(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_stable(each) for each in value]
    return value

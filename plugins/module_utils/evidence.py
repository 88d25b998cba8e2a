# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host's part of a support bundle: all that whoever is asked for help will ask for, looked at in one go, and without a secret."""

from __future__ import annotations

import importlib
import os
import platform
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils import (
    activity,
    compose,
    database,
    journal,
    lease,
    lock_file,
    observation,
    prerequisites,
    runtime_services,
    space,
    stack,
    store,
)
from ansible_collections.ratchet.runtime.plugins.module_utils.engine import PROJECT_LABEL, Container, Engine
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.redaction import Redaction, keys_of

# How many entries of a journal, and how many checks of a container's health, are told.
_ENTRIES, _CHECKS = 200, 5
# Files of secrets are small; what is larger is none.
_LARGEST_SECRET = 64 * 1024
_OF_MANIFEST = (
    "id",
    "path",
    "started_at",
    "ended_at",
    "seconds",
    "size",
    "database",
    "ledger",
    "head",
    "verified",
    "format",
    "error",
    "remedy",
)


@dataclass(frozen=True)
class Request:
    """What to gather; ``lines`` of each container's log."""

    project_dir: str
    services: list[str] = field(default_factory=list)
    database: dict[str, Any] = field(default_factory=dict, repr=False)
    registry: dict[str, Any] = field(default_factory=dict, repr=False)
    backup_dir: str = ""
    state_dir: str = ""
    lines: int = 200


def gather(asked: Request) -> dict[str, Any]:
    """Everything that can be told of this host.

    A part that can't be looked at is an ``error``, with a ``remedy`` where one is known: it is broken hosts that bundles are made of.

    :returns: JSON-serialisable: ``host``, ``disks``, ``project``, ``containers`` (each with its ``logs``), ``observation``, ``activity``,
        ``journals``, ``rehearsals``, ``locks`` and ``backups``.
    """
    known = Redaction.knowing([], _given(asked))
    engine = _part(Engine.connect, known)
    project = (
        _part(lambda: compose.load(engine, asked.project_dir, asked.services), known)
        if isinstance(engine, Engine)
        else engine
    )
    rendered: Any = project
    containers: Any = project
    if isinstance(project, compose.Project):
        rendered = _part(
            lambda: compose.render(project.directory, project.files, project.env_file_options, project.profiles), known
        )
        containers = _part(lambda: _containers(engine, project), known)
        known = _knowing(asked, project, rendered, containers if isinstance(containers, list) else [])
    found = {
        "host": _part(lambda: _host(engine if isinstance(engine, Engine) else None), known),
        "disks": _part(lambda: _disks(asked, engine if isinstance(engine, Engine) else None), known),
        "project": known.project(rendered) if "services" in rendered else rendered,
        "containers": [
            _part(lambda each=each: _container(engine, each, known, asked.lines), known) for each in containers
        ]
        if isinstance(containers, list)
        else containers,
        "observation": _part(lambda: _observed(engine, asked), known) if isinstance(engine, Engine) else engine,
        "activity": _part(lambda: _activity(engine, project, asked), known)
        if isinstance(project, compose.Project)
        else project,
        "backups": _part(lambda: [_backup(each) for each in store.backups(asked.backup_dir)], known),
        **_states(asked.state_dir, known),
    }
    # Project and logs have gone through it already, where more is known of what a text is.
    return {name: part if name in ("project", "containers") else known.value(part) for name, part in found.items()}


def _part(look: Callable[[], Any], known: Redaction) -> Any:
    """What ``look`` sees, or what kept it from seeing."""
    try:
        return look()
    except RatchetError as error:
        return known.value({"error": error.reason, "remedy": error.remedy})
    except Exception as error:  # noqa: BLE001  # pylint: disable=broad-exception-caught  # whatever is broken there is what the bundle is for
        return known.value({"error": f"{type(error).__name__}: {error}"})


def _given(asked: Request) -> list[str]:
    """Secrets that the operator gave."""
    told = [asked.database.get("password"), asked.registry.get("password")]
    if asked.database.get("dsn"):
        told.append(_part(lambda: database.from_url(asked.database["dsn"], "").password, Redaction()))
    return [each for each in told if isinstance(each, str)]


def _knowing(asked: Request, project: compose.Project, rendered: Any, containers: list[Container]) -> Redaction:
    """All secrets of a project: in its containers' environments, its files, and what these name."""
    lines = [f"{name}={value}" for each in containers for name, value in each.environment.items()]
    services = rendered.get("services") or {}
    lines += [
        f"{name}={value}"
        for each in services.values()
        for name, value in (each.get("environment") or {}).items()
        if value
    ]
    lines += [
        line.strip().replace("export ", "", 1) for path in project.env_files for line in _content(path).splitlines()
    ]
    lines = [
        f"{name}={value.strip(chr(34) + chr(39))}" for name, _equals, value in (line.partition("=") for line in lines)
    ]
    files = [each.get("file") for each in (rendered.get("secrets") or {}).values() if each.get("file")]
    others = [text for path in files for text in (_content(path), *_content(path).split())]
    return Redaction.knowing(lines, [*_given(asked), *(each.strip() for each in others), *keys_of(rendered)])


def _content(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read(_LARGEST_SECRET)
    except OSError:
        return ""


def _containers(engine: Engine, project: compose.Project) -> list[Container]:
    """Those of the project on this host; of a stack, the tasks of other nodes are told by their hosts."""
    found = engine.containers({PROJECT_LABEL: project.name})
    return [*found, *(engine.containers({stack.STACK_LABEL: project.stack}) if project.stack else [])]


def _host(engine: Engine | None) -> dict[str, Any]:
    release = prerequisites.release()
    return {
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "system": release.get("PRETTY_NAME") or platform.system(),
        "kernel": platform.release(),
        "architecture": platform.machine(),
        "processors": os.cpu_count(),
        "load": list(os.getloadavg()),
        "python": {"version": platform.python_version(), "path": sys.executable},
        "libraries": {name: _version_of(name) for name in ("docker", "requests", "urllib3", "psycopg")},
        "engine": {**engine.version(), **_settings(engine)} if engine else None,
        "compose": compose.version([]) if engine else None,
    }


def _settings(engine: Engine) -> dict[str, Any]:
    info = engine.info()
    names = {
        "storage": "Driver",
        "cgroups": "CgroupVersion",
        "root": "DockerRootDir",
        "logging": "LoggingDriver",
        "security": "SecurityOptions",
    }
    names |= {
        "containers": "Containers",
        "images": "Images",
        "memory": "MemTotal",
        "kernel": "KernelVersion",
        "warnings": "Warnings",
    }
    return {name: info.get(key) for name, key in names.items()}


def _version_of(name: str) -> str | None:
    try:
        return str(importlib.import_module(name).__version__)
    except Exception:  # noqa: BLE001  # pylint: disable=broad-exception-caught  # a library that can't be imported is one that is missing
        return None


def _disks(asked: Request, engine: Engine | None) -> dict[str, Any]:
    places = {
        "project": asked.project_dir,
        "backups": asked.backup_dir,
        "state": asked.state_dir,
        "images": engine.root() if engine else "",
    }
    return {
        name: _part(
            lambda path=path: {"path": path, "free": space.free(path), "file_system": space.file_system(path)},
            Redaction(),
        )
        for name, path in places.items()
        if path
    }


def _container(engine: Engine, container: Container, known: Redaction, lines: int) -> dict[str, Any]:
    health = container.attributes["State"].get("Health") or {}
    image = engine.local_image(container.image_id)
    logs = engine.client.containers.get(container.id).logs(tail=lines, timestamps=True).decode(errors="replace")
    return {
        **known.value(container.describe()),
        "created": container.attributes.get("Created"),
        "finished_at": container.attributes["State"].get("FinishedAt"),
        "digests": image["digests"] if image else [],
        "environment": known.environment(container.environment),
        "health_checks": [
            {key.lower(): known.text(str(each.get(key, "")), 500) for key in ("Start", "End", "ExitCode", "Output")}
            for each in (health.get("Log") or [])[-_CHECKS:]
        ],
        "logs": [line[-2000:] for line in known.text(logs, len(logs)).splitlines()],
    }


def _observed(engine: Engine, asked: Request) -> dict[str, Any]:
    wanted = observation.Request(
        project_dir=asked.project_dir,
        services=asked.services,
        database=asked.database,
        backup_dir=asked.backup_dir,
        state_dir=asked.state_dir,
    )
    seen = observation.observe(engine, wanted)
    # Told in parts of their own, with more of them.
    return {name: part for name, part in seen.items() if name not in ("journal", "rehearsals")}


def _activity(engine: Engine, project: compose.Project, asked: Request) -> Any:
    access = database.locate(engine, project, runtime_services.of(project, asked.services), asked.database)
    return _without_statements(activity.progress(access)) if access else None


def _without_statements(value: Any) -> Any:
    """What sessions do, by the first word of their statements: the rest may hold data."""
    if isinstance(value, dict):
        return {
            name: " ".join(str(each).split()[:2]) if name == "query" else _without_statements(each)
            for name, each in value.items()
        }
    return [_without_statements(each) for each in value] if isinstance(value, list) else value


def _states(state_dir: str, known: Redaction) -> dict[str, Any]:
    """Journals, rehearsals and locks, by project: also of a host on which nothing else can be looked at."""
    names = _part(lambda: journal.projects(state_dir), known) if state_dir else []
    if not isinstance(names, list):
        return {"journals": names, "rehearsals": names, "locks": names}
    return {
        "journals": _of_each(names, lambda name: journal.read(state_dir, name, _ENTRIES), known),
        "rehearsals": _of_each(names, lambda name: journal.read(state_dir, name, _ENTRIES, journal.REHEARSALS), known),
        "locks": _of_each(
            names, lambda name: lease.described(lock_file.read(lock_file.path_of(state_dir, name)), time.time()), known
        ),
    }


def _of_each(names: Iterable[str], look: Callable[[str], Any], known: Redaction) -> dict[str, Any]:
    return {name: _part(lambda name=name: look(name), known) for name in names}


def _backup(manifest: dict[str, Any]) -> dict[str, Any]:
    """A backup without its tables' contents, its grants and its checksums."""
    told = {key: manifest[key] for key in _OF_MANIFEST if key in manifest}
    return {**told, "tables": len(manifest.get("tables") or []), "files": len(manifest.get("files") or {})}

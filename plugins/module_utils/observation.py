# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything the plan needs to know of one host, in one look that changes nothing."""

from __future__ import annotations

import base64
import os
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils import backup, compose, database, postgres
from ansible_collections.ratchet.runtime.plugins.module_utils.database import Access
from ansible_collections.ratchet.runtime.plugins.module_utils.engine import Engine
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.references import Reference, check_tag, parse


@dataclass(frozen=True)
class Request:
    """What to look at.

    :ivar target: tag whose existence in the registry is asked for; none when empty.
    :ivar backup_dir: directory whose free space is reported; none when empty.
    :ivar with_files: whether the project's files come along, for the controller to find the image in them.
    """

    project_dir: str
    services: list[str] = field(default_factory=list)
    database: dict[str, Any] = field(default_factory=dict)
    target: str = ""
    backup_dir: str = ""
    with_files: bool = False


def observe(engine: Engine, request: Request) -> dict[str, Any]:
    """Look at one host.

    :returns: JSON-serialisable: ``engine``, ``project``, ``services`` (each with ``containers``), ``database``,
        ``target``, ``backup``, ``unwritable`` (project files that this user can't replace); no secret among them.
    :raises RatchetError: when there is no such project or service, or the database refuses the connection.
    """
    project = compose.load(engine, request.project_dir)
    services = compose.runtime_services(project, request.services)
    access = database.locate(engine, project, services, request.database)
    return {
        "engine": engine.version(),
        "project": project.describe(),
        "services": [_service(engine, project, service) for service in services],
        "database": _database(access) if access else None,
        "target": _target(engine, services, request.target) if request.target else None,
        "backup": {"directory": request.backup_dir, "free": backup.space_free(request.backup_dir)}
        if request.backup_dir
        else None,
        "unwritable": [path for path in (*project.files, *project.env_files) if not _replaceable(path)],
        **({"contents": _contents(project)} if request.with_files else {}),
    }


def database_access(engine: Engine, project_dir: str, services: list[str], wanted: dict[str, Any]) -> Access:
    """How to reach the database of the runtime in ``project_dir``.

    :raises RatchetError: also when there is none.
    """
    project = compose.load(engine, project_dir)
    access = database.locate(engine, project, compose.runtime_services(project, services), wanted)
    if not access:
        raise RatchetError(
            f"no database is known: the environment of {', '.join(services) or 'the runtime'} holds no Postgres URL",
            "Set runtime_database (option database) with dsn, or with service",
        )
    return access


def containers(engine: Engine, project_dir: str, services: list[str]) -> list[dict[str, Any]]:
    """The runtime's containers, stopped ones included, as :meth:`engine.Container.describe` tells them."""
    project = compose.load(engine, project_dir)
    chosen = compose.runtime_services(project, services)
    return [each for service in chosen for each in _service(engine, project, service)["containers"]]


def _service(engine: Engine, project: compose.Project, service: compose.Service) -> dict[str, Any]:
    containers = [container.describe() for container in engine.service_containers(project.name, service.name)]
    for container in containers:
        local = engine.local_image(container["image_id"])
        container["digests"] = local["digests"] if local else []
    return {
        "name": service.name,
        "image": service.image,
        "published": list(service.published),
        "update_config": service.update_config,
        "containers": containers,
    }


def _database(access: Access) -> dict[str, Any]:
    with postgres.session(access) as connection:
        identity = postgres.identify(connection)
    return {
        **identity,
        "access": access.describe(),
        "space_needed": backup.space_needed(identity),
        "sidecar_image": access.image or database.default_image(identity["server_major"]),
    }


def _target(engine: Engine, services: list[compose.Service], tag: str) -> dict[str, Any]:
    """What the registry says of ``tag`` in the services' repository, and what this host already has of it."""
    try:
        check_tag(tag)
    except RatchetError as error:
        return {"reference": None, "error": error.reason, "missing": True, "local": None}
    references = {str(parse(service.image or "").with_tag(tag)) for service in services}
    if len(references) > 1:
        raise RatchetError(
            f"the services {', '.join(service.name for service in services)} run different images",
            "Upgrade them one image at a time: name those of one image in runtime_services",
        )
    reference = references.pop()
    return {"reference": reference, **engine.registry_image(_bare(reference)), "local": engine.local_image(reference)}


def _bare(reference: str) -> Reference:
    name, _colon, tag = reference.rpartition(":")
    return Reference(name, tag)


def _replaceable(path: str) -> bool:
    """Whether a file can be replaced in one step: by its directory's permissions, not by its own."""
    return os.access(os.path.dirname(os.path.realpath(path)), os.W_OK)


def _contents(project: compose.Project) -> dict[str, str]:
    """The project's files in base64. They may hold secrets: the action plugin uses them and drops them."""
    contents = {}
    for path in (*project.files, *project.env_files):
        with open(path, "rb") as file:
            contents[path] = base64.b64encode(file.read()).decode()
    return contents

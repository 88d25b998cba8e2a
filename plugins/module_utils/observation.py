# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything the plan needs to know of one host, in one look that changes nothing."""

from __future__ import annotations

import base64
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils import (
    activity,
    companions,
    compose,
    data_directory,
    database,
    health,
    journal,
    lock_comment,
    lock_file,
    mounts,
    postgres,
    prerequisites,
    privileges,
    restore_job,
    runtime_services,
    space,
    stack_project,
    target_image,
)
from ansible_collections.ratchet.runtime.plugins.module_utils.database import Access
from ansible_collections.ratchet.runtime.plugins.module_utils.engine import (
    PROJECT_LABEL,
    SERVICE_LABEL,
    Container,
    Engine,
)
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.references import parse

# A transaction that is open for longer, in seconds, may hold what a migration waits for.
LONG_TRANSACTION = 60


@dataclass(frozen=True)
class Request:
    """What to look at.

    :ivar target: tag whose existence in the registry is asked for; none when empty.
    :ivar backup_dir: directory whose free space is reported; none when empty.
    :ivar state_dir: directory of the collection's state, whose journal and lock are read; none when empty.
    :ivar with_files: whether the project's files come along, for the controller to find the image in them.
    :ivar with_size: whether the target's size is asked for: one host's answer does for the fleet.
    :ivar health_url: what is asked how the application is; nothing when empty, or no address of a web server.
    :ivar registry: ``username`` and ``password`` for the registry, instead of those of this user's Docker configuration.
    """

    project_dir: str
    services: list[str] = field(default_factory=list)
    database: dict[str, Any] = field(default_factory=dict)
    target: str = ""
    backup_dir: str = ""
    state_dir: str = ""
    with_files: bool = False
    with_size: bool = False
    health_url: str = ""
    registry: dict[str, Any] = field(default_factory=dict, repr=False)


def observe(engine: Engine, request: Request) -> dict[str, Any]:
    """Look at one host.

    What is wrong with one part does not hide the others: it is that part's ``error`` and ``remedy``, for the plan to
    report all that is wrong at once.

    :returns: JSON-serialisable: ``time`` (of this host's clock, in seconds since 1970), ``engine``, ``project``,
        ``services`` (each with ``containers``), ``database``, ``target``, ``backup``, ``journal``, ``rehearsals``, ``lock``, ``answer``
        (of the health URL), ``unwritable`` (project files that this user can't replace); no secret among them.
    :raises RatchetError: when there is no such project or service.
    """
    prerequisites.refuse_without_docker_command()
    project = compose.load(engine, request.project_dir, request.services)
    services = runtime_services.of(project, request.services)
    containers = engine.containers({PROJECT_LABEL: project.name})
    return {
        "time": time.time(),
        "engine": {**engine.version(), "compose": compose.version(containers), "images": _store(engine.root())},
        "project": {
            **project.describe(),
            "followers": _followers(engine, project, services),
            "stack": stack_project.describe(engine, project.stack, services) if project.stack else None,
        },
        "services": [_service(engine, project, service) for service in services],
        "database": _or_error(lambda: _database(engine, project, services, request.database)),
        "target": _or_error(lambda: _target(engine, services, request)) if request.target else None,
        "backup": {"directory": request.backup_dir, **_or_error(lambda: _store(request.backup_dir))}
        if request.backup_dir
        else None,
        "journal": _or_error(lambda: {"entries": journal.read(request.state_dir, project.name, journal.RECENT)})
        if request.state_dir
        else None,
        "rehearsals": _or_error(lambda: {"entries": _rehearsals(request.state_dir, project)})
        if request.state_dir
        else None,
        "lock": _or_error(lambda: lock_file.described(request.state_dir, project.name)) if request.state_dir else None,
        "answer": _answer(engine, project, services, request.health_url),
        "unwritable": [path for path in (*project.files, *project.env_files) if not _replaceable(path)],
        **({"contents": _contents(project), "builds": _builds(project)} if request.with_files else {}),
    }


def _answer(
    engine: Engine, project: compose.Project, services: list[compose.Service], url: str
) -> dict[str, Any] | None:
    """What the application says; None when nobody asks it, or it doesn't run."""
    if not url.startswith(("http://", "https://")):
        return None
    found = [each for service in services for each in engine.service_containers(project.name, service.name)]
    running = [each for each in found if each.running]
    return health.answers(running, url, network=engine.network) if running else None


def _rehearsals(state_dir: str, project: compose.Project) -> list[dict[str, Any]]:
    return journal.read(state_dir, project.name, journal.RECENT, journal.REHEARSALS)


def _or_error(look: Callable[[], Any]) -> Any:
    """What ``look`` sees, or what kept it from seeing."""
    try:
        return look()
    except RatchetError as error:
        return {"error": error.reason, "remedy": error.remedy}


def _store(directory: str) -> dict[str, Any]:
    """Free bytes where ``directory`` is or would be, and the file system's identity: two stores may share one."""
    return {"free": space.free(directory), "file_system": space.file_system(directory)}


def database_access(engine: Engine, project_dir: str, services: list[str], wanted: dict[str, Any]) -> Access:
    """How to reach the database of the runtime in ``project_dir``.

    :raises RatchetError: also when there is none.
    """
    project = compose.load(engine, project_dir, services)
    access = database.locate(engine, project, runtime_services.of(project, services), wanted)
    if not access:
        raise RatchetError(
            f"no database is known: the environment of {', '.join(services) or 'the runtime'} holds no Postgres URL",
            "Set runtime_database (option database) with dsn, or with service",
        )
    return access


def _service(engine: Engine, project: compose.Project, service: compose.Service) -> dict[str, Any]:
    found = engine.service_containers(project.name, service.name)
    containers = [container.describe() for container in found]
    for container in containers:
        if "digests" not in container:
            local = engine.local_image(container["image_id"])
            container["digests"] = local["digests"] if local else []
            container["built"] = local["created"] if local else ""
    return {
        "name": service.name,
        "image": service.image,
        # As Compose calls what it builds: https://docs.docker.com/reference/compose-file/build/#using-build-and-image
        "built": f"{project.name}-{service.name}" if service.build else "",
        "ports": [{"container": inner, "published": outer} for inner, outer in service.ports],
        "update_config": service.update_config,
        "replicas": service.replicas,
        "sole": service.sole or _unnamed_volume(found),
        "job": companions.is_job(project, service),
        "after": list(service.after),
        # Names only: some considerations depend on a feature being switched on.
        "environment": sorted({name for container in found for name in container.environment}),
        "containers": containers,
        **(stack_project.settings(engine, project.stack, service.name) if project.stack else {}),
    }


def _unnamed_volume(containers: list[Container]) -> str:
    """Data that a container made anew gets from the old one, and one beside it doesn't; empty when there is none."""
    for container in containers:
        for each in mounts.of_container(container.attributes):
            if each.kind == "volume" and not each.source:
                return f"it keeps data in a volume without a name ({each.target})"
    return ""


def _followers(engine: Engine, project: compose.Project, services: list[compose.Service]) -> list[dict[str, str]]:
    """What moves with the runtime, of what was started at all."""
    # Swarm heeds none of what makes one.
    found = [] if project.stack else companions.followers(project, services)
    return [each for each in found if engine.service_containers(project.name, each["service"])]


def _database(
    engine: Engine, project: compose.Project, services: list[compose.Service], wanted: dict[str, Any]
) -> dict[str, Any] | None:
    access = database.locate(engine, project, services, wanted)
    if not access:
        return None
    with postgres.session(access) as connection:
        identity = postgres.identify(connection)
        sessions = activity.sessions(connection)
        rows = postgres.estimated_rows(connection)
        restores = restore_job.describe(connection, identity["name"])
        lock = lock_comment.described(connection)
        unreadable = privileges.missing(connection)
        directory = data_directory.of(connection, access.container) if access.container else None
    written = _written(access.container, project)
    return {
        **identity,
        "access": access.describe(),
        "unreadable": unreadable,
        "rows": rows,
        "restores": restores,
        "lock": lock,
        "sessions_at_work": sum(each["state"] not in ("idle", None) for each in sessions),
        # Without their queries: those hold data.
        "long_transactions": [
            {key: each[key] for key in ("pid", "application", "client", "state", "transaction_seconds")}
            for each in sessions
            if (each["transaction_seconds"] or 0) >= LONG_TRANSACTION
        ],
        "running_image": access.container.reference if access.container else None,
        "written_image": written.image if written else None,
        "data": data_directory.places(access.container, written, directory)
        if written and access.container and directory
        else None,
        "space_needed": space.dump_size(identity),
        "sidecar_image": access.image or database.default_image(identity["server_major"]),
    }


def _written(container: Container | None, project: compose.Project) -> compose.Service | None:
    """What the project's files say of the database's container, if it is one of theirs."""
    if not container or container.labels.get(PROJECT_LABEL) != project.name:
        return None
    return project.services.get(container.labels.get(SERVICE_LABEL, ""))


def _target(engine: Engine, services: list[compose.Service], request: Request) -> dict[str, Any] | None:
    """What the registry says of the target in the services' repository; None where only Dockerfiles name that, which aren't read here."""
    names = {parse(service.image or "").name for service in services if not service.build}
    if len(names) > 1:
        raise RatchetError(
            f"the services {', '.join(service.name for service in services)} run different images",
            "Upgrade them one image at a time: name those of one image in runtime_services",
        )
    return target_image.of(engine, names.pop(), request.target, request.registry, request.with_size) if names else None


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


def _builds(project: compose.Project) -> dict[str, dict[str, Any]]:
    """How the services are built that are; arguments may be secrets, so this goes the way of the contents."""
    return {name: service.build for name, service in project.services.items() if service.build}

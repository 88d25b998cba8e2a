# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which services of a Compose project are the runtime: those that are asked for, or the only ones that can be meant."""

from __future__ import annotations

import os

from ansible_collections.ratchet.runtime.plugins.module_utils import database_variables
from ansible_collections.ratchet.runtime.plugins.module_utils.compose import Project, Service
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.references import Reference, parse

# Images that are never the runtime: detection leaves them aside, naming one in runtime_services still works.
SUPPORTING = frozenset(
    {
        "caddy",
        "elasticsearch",
        "envoy",
        "haproxy",
        "httpd",
        "kafka",
        "mailpit",
        "mariadb",
        "memcached",
        "minio",
        "mongo",
        "mysql",
        "nats",
        "nginx",
        "opensearch",
        "pgbouncer",
        "pgvector",
        "postgis",
        "postgres",
        "postgresql",
        "rabbitmq",
        "redis",
        "timescaledb",
        "traefik",
        "valkey",
        "watchtower",
    }
)


def of(project: Project, wanted: list[str]) -> list[Service]:
    """The services that run the runtime's image: those asked for, otherwise the only image or Dockerfile that isn't a supporting one.

    With those asked for come the services of the same image that have to run to their end before them.

    :raises RatchetError: for a service that doesn't exist, and when detection would have to guess.
    """
    if wanted:
        for name in wanted:
            if name not in project.services:
                raise RatchetError(
                    f"the project {project.name!r} in {project.directory} has no service {name!r}",
                    f"Set runtime_services to some of: {', '.join(sorted(project.services))}",
                )
        chosen = [project.services[name] for name in wanted]
        jobs = {name for service in chosen for name in service.after} - {*wanted}
        chosen += [project.services[name] for name in sorted(jobs) if _same(project.services[name], chosen)]
    else:
        chosen = _detect(project)
    return chosen


def _same(service: Service, chosen: list[Service]) -> bool:
    made_from = _dockerfile(service) or service.image
    return bool(made_from) and made_from in {_dockerfile(each) or each.image for each in chosen}


def _dockerfile(service: Service) -> str:
    """Where the Dockerfile is that it is built from; empty for one that isn't built. Its base can't be told without reading it."""
    build = service.build or {}
    names = [str(build[key]) for key in ("context", "dockerfile", "dockerfile_inline") if build.get(key)]
    return f"built from {os.path.join(*names)}" if names else ""


def _detect(project: Project) -> list[Service]:
    by_image: dict[tuple[str, str], list[Service]] = {}
    for service in project.services.values():
        image = _image(service)
        if _dockerfile(service):
            by_image.setdefault(("", _dockerfile(service)), []).append(service)
        elif image and image.repository.rpartition("/")[2] not in SUPPORTING:
            by_image.setdefault((image.registry, image.repository), []).append(service)
    # The runtime is the one with the database: of several candidates, those whose environment names one.
    with_database = {
        image: services
        for image, services in by_image.items()
        if any(database_variables.names_one(service.environment) for service in services)
    }
    for candidates in (by_image, with_database):
        if len(candidates) == 1:
            return next(iter(candidates.values()))
    blank = [service for service in project.services.values() if service.image and not _image(service)]
    if blank and not by_image:
        raise RatchetError(
            f"what Compose makes of the image of {blank[0].name!r} is none ({blank[0].image!r}): a variable in it has no value",
            f"Define it in {os.path.join(project.directory, '.env')}. If the project is started with --env-file or -f, start it so: "
            "its containers tell with which",
        )
    found = "; ".join(
        f"{', '.join(s.name for s in services)} ({image})" for (_registry, image), services in sorted(by_image.items())
    )
    raise RatchetError(
        f"which service of the project {project.name!r} is the runtime can't be told: {found or 'none has an image of its own'}",
        "Name the services in runtime_services",
    )


def _image(service: Service) -> Reference | None:
    """A service's image; None also where it isn't one (an empty variable): that is Compose's to refuse, and not the runtime."""
    try:
        return parse(service.image) if service.image else None
    except RatchetError:
        return None

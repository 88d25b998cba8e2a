# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the runtime's Postgres database is, as seen from its Docker host, and how to get in."""

from __future__ import annotations

import socket
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from ansible_collections.ratchet.runtime.plugins.module_utils.compose import Project, Service
from ansible_collections.ratchet.runtime.plugins.module_utils.engine import Container, Engine
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.runtime_services import POSTGRES_URL

PORT = 5432
_SSL_MODES = frozenset({"disable", "allow", "prefer", "require", "verify-ca", "verify-full"})


@dataclass(frozen=True)
class Access:
    """How to reach one database from this host.

    ``container`` is set when the server runs on this host's engine; ``network`` is the Docker network on
    which ``host`` and ``port`` are valid for a sidecar (``host`` for the host's own network).
    """

    host: str
    port: int
    name: str
    user: str
    password: str = field(repr=False)
    source: str
    sslmode: str = "prefer"
    container: Container | None = field(default=None, repr=False)
    network: str = "host"
    image: str | None = None

    def describe(self) -> dict[str, Any]:
        """What may leave the host."""
        return {
            "host": self.host,
            "port": self.port,
            "name": self.name,
            "user": self.user,
            "source": self.source,
            "container": self.container.name if self.container else None,
            "container_id": self.container.id if self.container else None,
            "image": self.image,
        }


def locate(engine: Engine, project: Project, services: list[Service], wanted: dict[str, Any]) -> Access | None:
    """Find the database: the one asked for, else the one that the runtime's own environment names.

    :param wanted: ``dsn``, or ``service`` with optional ``name`` and ``user``; ``image`` for the sidecar.
    :returns: None when neither the operator nor the application names a database.
    :raises RatchetError: when what is named can't be found, or several databases are.
    """
    image = wanted.get("image")
    if wanted.get("dsn"):
        return _with_container(engine, [], from_url(wanted["dsn"], "runtime_database.dsn"), image)
    if wanted.get("service"):
        return _from_service(engine, project, wanted)
    containers = [c for service in services for c in engine.service_containers(project.name, service.name)]
    found = {}
    for environment in [c.environment for c in containers] or [service.environment for service in services]:
        for variable, value in environment.items():
            if POSTGRES_URL.match(value):
                access = from_url(value, f"the runtime's environment variable {variable}")
                found[(access.host, access.port, access.name)] = access
    if len(found) > 1:
        raise RatchetError(
            "the runtime's environment names several databases: "
            + ", ".join(f"{a.name} on {a.host} ({a.source})" for a in found.values()),
            "Say which one it migrates: runtime_database with dsn, or with service and name",
        )
    return _with_container(engine, containers, next(iter(found.values())), image) if found else None


def from_url(url: str, source: str) -> Access:
    """Access from a database URL.

    :raises RatchetError: when it isn't one; the message never quotes it, as it holds a password.
    """
    try:
        parts = urlsplit(url)
        if not POSTGRES_URL.match(url) or not parts.hostname:
            raise ValueError
        port = parts.port or PORT
    except ValueError:
        raise RatchetError(
            f"{source} isn't a Postgres URL",
            "Write it as postgresql://USER:PASSWORD@HOST:PORT/DATABASE, special characters percent-encoded",
        ) from None
    user = unquote(parts.username or "postgres")
    sslmode = parse_qs(parts.query).get("sslmode", ["prefer"])[-1]
    return Access(
        host=parts.hostname,
        port=port,
        name=unquote(parts.path.lstrip("/")) or user,
        user=user,
        password=unquote(parts.password or ""),
        source=source,
        sslmode=sslmode if sslmode in _SSL_MODES else "prefer",
    )


def _from_service(engine: Engine, project: Project, wanted: dict[str, Any]) -> Access:
    name = wanted["service"]
    if name not in project.services:
        raise RatchetError(
            f"the project {project.name!r} has no service {name!r} to be its database",
            f"Set runtime_database.service to one of: {', '.join(sorted(project.services))}",
        )
    running = [container for container in engine.service_containers(project.name, name) if container.running]
    if not running:
        raise RatchetError(f"the database service {name!r} isn't running", f"Start it: docker compose up -d {name}")
    container = running[0]
    # The official image's contract: https://hub.docker.com/_/postgres ("Environment Variables")
    user = wanted.get("user") or _setting(container, "POSTGRES_USER") or "postgres"
    access = Access(
        host="",
        port=PORT,
        name=wanted.get("name") or _setting(container, "POSTGRES_DB") or user,
        user=user,
        password=_setting(container, "POSTGRES_PASSWORD") or "",
        source=f"the service {name}",
    )
    return _on_container(access, container, wanted.get("image"))


def _setting(container: Container, variable: str) -> str | None:
    """A variable of the official image, or the content of the file that its ``_FILE`` form names."""
    environment = container.environment
    if environment.get(variable):
        return environment[variable]
    path = environment.get(f"{variable}_FILE")
    for mount in container.attributes.get("Mounts") or []:
        destination = mount["Destination"].rstrip("/")
        if path and (path == destination or path.startswith(destination + "/")):
            # Read where it lies on the host: copying it out of the container would show in the engine's events.
            with open(mount["Source"] + path[len(destination) :], encoding="utf-8") as file:
                return file.read().rstrip("\n")
    return None


def _with_container(engine: Engine, clients: list[Container], access: Access, image: str | None) -> Access:
    """The same access, resolved to a container of this engine when the server is one."""
    everyone = [container for container in engine.containers() if container.running]
    for network in {name for client in clients for name in client.networks}:
        for container in everyone:
            endpoint = container.networks.get(network)
            names = {
                container.name,
                container.id[:12],
                *((endpoint or {}).get("Aliases") or []),
                *((endpoint or {}).get("DNSNames") or []),
            }
            if endpoint and (access.host in names or access.host == endpoint.get("IPAddress")):
                return _on_container(access, container, image, network)
    address = _extra_host(clients, access.host) or access.host
    if _is_local(address):
        for container in everyone:
            for inner, outer in (container.attributes["NetworkSettings"].get("Ports") or {}).items():
                if any(each["HostPort"] == str(access.port) for each in outer or []) and inner.endswith("/tcp"):
                    return _on_container(replace(access, port=int(inner.partition("/")[0])), container, image)
    return replace(access, host=address, image=image)


def _on_container(access: Access, container: Container, image: str | None, network: str | None = None) -> Access:
    if container.attributes["HostConfig"].get("NetworkMode") == "host":
        return replace(access, host="127.0.0.1", container=container, image=image or container.image_id)
    for name, endpoint in sorted(container.networks.items()):
        if network in (None, name) and endpoint.get("IPAddress"):
            return replace(
                access, host=endpoint["IPAddress"], container=container, network=name, image=image or container.image_id
            )
    raise RatchetError(
        f"the database container {container.name} has no address on a Docker network of this host",
        "Give the address that this host can reach in runtime_database.dsn",
    )


def _extra_host(clients: list[Container], name: str) -> str | None:
    for client in clients:
        for line in client.attributes["HostConfig"].get("ExtraHosts") or []:
            host, _colon, address = line.partition(":")
            if host == name:
                return "127.0.0.1" if address == "host-gateway" else address
    return None


def _is_local(host: str) -> bool:
    """Whether ``host`` is an address of this machine: only then can a socket be bound to it."""
    try:
        family, kind, proto, _name, address = socket.getaddrinfo(host, 0, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, proto) as probe:
            probe.bind(address)
    except OSError:
        return False
    return True


def default_image(server_major: int) -> str:
    """The sidecar's image when the server isn't a container here: the official one of the server's major version."""
    return f"postgres:{server_major}"

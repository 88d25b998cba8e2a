# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the runtime's Postgres database is, as seen from its Docker host, and how to get in."""

from __future__ import annotations

import socket
from dataclasses import dataclass, field, replace
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils import (
    compose_by_hand,
    database_url,
    database_variables,
    pgpass,
    stack_project,
)
from ansible_collections.ratchet.runtime.plugins.module_utils.compose import Project, Service
from ansible_collections.ratchet.runtime.plugins.module_utils.container_files import Place
from ansible_collections.ratchet.runtime.plugins.module_utils.database_url import PORT, Address
from ansible_collections.ratchet.runtime.plugins.module_utils.engine import Container, Engine
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.inner_network import Network
from ansible_collections.ratchet.runtime.plugins.module_utils.tls import Tls


@dataclass(frozen=True)
class Access:
    """How to reach one database from this host.

    ``container`` is set when the server runs on this host's engine; ``network`` is the Docker network on
    which ``host`` and ``port`` are valid for a sidecar (``host`` for the host's own network).

    :ivar within: the network in which ``host`` is reached; None where it is this host's own.
    :ivar certified: the name that the server's certificate has to be for, where ``host`` is an address in its place.
    """

    host: str
    port: int
    name: str
    user: str
    password: str = field(repr=False)
    source: str
    tls: Tls = field(default_factory=Tls)
    certified: str = ""
    container: Container | None = field(default=None, repr=False)
    network: str = "host"
    within: Network | None = None
    image: str | None = None

    def describe(self) -> dict[str, Any]:
        """What may leave the host."""
        return {
            "host": self.host,
            "port": self.port,
            "name": self.name,
            "user": self.user,
            "source": self.source,
            "sslmode": self.tls.mode,
            "container": self.container.name if self.container else None,
            "container_id": self.container.id if self.container else None,
            "image": self.image,
        }

    def endpoint(self) -> dict[str, str]:
        """libpq's parameters for where the server is."""
        where = {"host": self.certified, "hostaddr": self.host} if self.certified else {"host": self.host}
        return {**where, "port": str(self.port)}


def locate(engine: Engine, project: Project, services: list[Service], wanted: dict[str, Any]) -> Access | None:
    """Find the database: the one asked for, else the one that the runtime's own environment names.

    :param wanted: ``dsn``, or ``service``; ``name``, ``user`` and ``password`` instead of those found there; ``image`` for the sidecar.
    :returns: None when neither the operator nor the application names a database.
    :raises RatchetError: when what is named can't be found, or several databases are.
    """
    clients: list[Container] = []
    if wanted.get("dsn"):
        access = from_url(wanted["dsn"], "runtime_database.dsn")
    elif wanted.get("service"):
        return _complete(_from_service(engine, project, wanted))
    else:
        clients = [c for service in services for c in engine.service_containers(project.name, service.name)]
        found = _of_application(clients, services)
        if not found:
            return None
        access = found
    access = _with_password(_overridden(access, wanted))
    service = access.host.removeprefix(f"{project.stack}_") if project.stack else ""
    if service and service in project.services:
        return _complete(_of_stack(engine, project.stack, service, access, wanted.get("image")))
    return _complete(_with_container(engine, clients, access, wanted.get("image")))


def from_url(url: str, source: str) -> Access:
    """Access from a database URL.

    :raises RatchetError: when it isn't one, or can't be followed; the message never quotes it, as it holds a password.
    """
    return _from_address(database_url.parse(url, source), source)


def _from_address(address: Address, source: str) -> Access:
    return Access(address.host, address.port, address.name, address.user, address.password, source, address.tls)


def _of_application(clients: list[Container], services: list[Service]) -> Access | None:
    """The database that the environment of the runtime's containers names, or of its services where there are none."""
    places = [Place.of_container(each) for each in clients] or [Place.of_service(each) for each in services]
    found = {}
    for place in places:
        for address, source in database_variables.find(place):
            found[(address.host, address.port, address.name)] = _from_address(address, source)
    if len(found) > 1:
        raise RatchetError(
            "the runtime's environment names several databases: "
            + ", ".join(f"{a.name} on {a.host} ({a.source})" for a in found.values()),
            "Say which one it migrates: runtime_database with dsn, or with service and name",
        )
    return next(iter(found.values()), None)


def _overridden(access: Access, wanted: dict[str, Any]) -> Access:
    """What the operator says beside it counts more. A password belongs to the user that it was found with."""
    user = wanted.get("user") or access.user
    password = wanted.get("password") or (access.password if user == access.user else "")
    return replace(access, name=wanted.get("name") or access.name, user=user, password=password)


def _with_password(access: Access) -> Access:
    """The same, with the password of libpq's own file where none is known."""
    if access.password:
        return access
    password, wrong = pgpass.find(access.host, access.port, access.name, access.user)
    if wrong and wrong not in access.source:
        return replace(access, source=f"{access.source}; {wrong}")
    return replace(access, password=password or "")


def _complete(access: Access) -> Access:
    return replace(_with_password(access), tls=access.tls.complete(access.source))


def _from_service(engine: Engine, project: Project, wanted: dict[str, Any]) -> Access:
    name = wanted["service"]
    if name not in project.services:
        raise RatchetError(
            f"the project {project.name!r} has no service {name!r} to be its database",
            f"Set runtime_database.service to one of: {', '.join(sorted(project.services))}",
        )
    if project.stack:
        return _of_stack_service(engine, project, wanted)
    running = [container for container in engine.service_containers(project.name, name) if container.running]
    if not running:
        raise RatchetError(
            f"the database service {name!r} isn't running",
            f"Start it: {compose_by_hand.command(project.describe(), f'up --detach {name}')}",
        )
    access = _by_contract(name, Place.of_container(running[0]), wanted)
    return _on_container(engine, _with_password(access), running[0], wanted.get("image"))


def _of_stack_service(engine: Engine, project: Project, wanted: dict[str, Any]) -> Access:
    name = wanted["service"]
    running = [task for task in engine.service_containers(project.name, name) if task.running]
    if not running:
        raise RatchetError(
            f"the database service {name!r} has no task that runs",
            f"See docker service ps {project.stack}_{name}",
        )
    here = stack_project.here(engine, project.stack, name)
    access = _by_contract(name, Place.of_container(here[0] if here else running[0]), wanted)
    return _of_stack(engine, project.stack, name, _with_password(access), wanted.get("image"))


def _of_stack(engine: Engine, stack: str, service: str, access: Access, image: str | None) -> Access:
    """The same access, by the address that the container of a stack's service has on this very host."""
    found = stack_project.here(engine, stack, service)
    if not found:
        raise RatchetError(
            f"the database {stack}_{service} runs on {stack_project.whereabouts(engine, stack, service)}, and its network can't be reached from this host",
            "Run this on a manager that has its task (placement constraints keep it there), or publish its port (mode: host) and set "
            "runtime_database.dsn, with image",
        )
    container, address = found
    return replace(_at(access, address), container=container, image=image or container.image_id)


def _by_contract(name: str, place: Place, wanted: dict[str, Any]) -> Access:
    # The official image's contract: https://hub.docker.com/_/postgres ("Environment Variables", "Docker Secrets")
    user = wanted.get("user") or place.value("POSTGRES_USER") or "postgres"
    return Access(
        host=name,
        port=PORT,
        name=wanted.get("name") or place.value("POSTGRES_DB") or user,
        user=user,
        password=wanted.get("password") or place.value("POSTGRES_PASSWORD") or "",
        source=f"the service {name}",
    )


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
            if endpoint and (access.host in names or access.host == _address(endpoint)):
                return _on_container(engine, access, container, image, network)
    address = _extra_host(clients, access.host) or access.host
    if _is_local(address):
        for container in everyone:
            for inner, outer in (container.attributes["NetworkSettings"].get("Ports") or {}).items():
                if any(each["HostPort"] == str(access.port) for each in outer or []) and inner.endswith("/tcp"):
                    inside = replace(access, port=int(inner.partition("/")[0]))
                    return _on_container(engine, inside, container, image)
    return replace(_at(access, address), image=image)


def _on_container(
    engine: Engine, access: Access, container: Container, image: str | None, network: str | None = None
) -> Access:
    access = replace(access, container=container, image=image or container.image_id, within=engine.network)
    if container.attributes["HostConfig"].get("NetworkMode") == "host":
        return _at(access, "127.0.0.1")
    for name, endpoint in sorted(container.networks.items()):
        if network in (None, name) and _address(endpoint):
            return replace(_at(access, _address(endpoint)), network=name)
    raise RatchetError(
        f"the database container {container.name} has no address on a Docker network of this host",
        "Give the address that this host can reach in runtime_database.dsn",
    )


def _address(endpoint: dict[str, Any]) -> str:
    return endpoint.get("IPAddress") or endpoint.get("GlobalIPv6Address") or ""


def _at(access: Access, address: str) -> Access:
    """The same server at another address: its certificate is still for the name that it was called by."""
    return access if address == access.host else replace(access, host=address, certified=access.host)


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

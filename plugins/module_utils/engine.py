# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Docker engine of one host, through the Docker SDK. Looking never leaves a trace in ``docker events``."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils import engine_address, inner_network, prerequisites
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.inner_network import Network
from ansible_collections.ratchet.runtime.plugins.module_utils.masking import mask, printable, secrets_of
from ansible_collections.ratchet.runtime.plugins.module_utils.references import Reference

PROJECT_LABEL = "com.docker.compose.project"
SERVICE_LABEL = "com.docker.compose.service"
VERSION_LABEL = "org.opencontainers.image.version"

LOG_LINES = 20


@dataclass(frozen=True)
class Container:
    """A container as the engine describes it; ``attributes`` is the whole of ``docker inspect``, secrets included."""

    attributes: dict[str, Any]

    @property
    def id(self) -> str:
        return self.attributes["Id"]

    @property
    def name(self) -> str:
        return self.attributes["Name"].lstrip("/")

    @property
    def reference(self) -> str:
        """The image as it was named when the container was made."""
        return self.attributes["Config"]["Image"]

    @property
    def image_id(self) -> str:
        return self.attributes["Image"]

    @property
    def labels(self) -> dict[str, str]:
        return self.attributes["Config"].get("Labels") or {}

    @property
    def environment(self) -> dict[str, str]:
        lines = self.attributes["Config"].get("Env") or []
        return dict(line.partition("=")[::2] for line in lines)

    @property
    def running(self) -> bool:
        return self.attributes["State"]["Status"] == "running"

    @property
    def begun(self) -> bool:
        """Whether it was ever started: who makes one may be killed in between, and an engine says of it that it has ended well."""
        return self.attributes["State"]["Status"] != "created"

    @property
    def networks(self) -> dict[str, dict[str, Any]]:
        return self.attributes["NetworkSettings"].get("Networks") or {}

    def endpoint(self, port: int) -> tuple[str, int] | None:
        """Where this host reaches a port of the container, by an address of its own; None where it has none."""
        addresses = [network.get("IPAddress") for network in self.networks.values()]
        address = next((each for each in addresses if each), None)
        return (address, port) if address else None

    @property
    def secrets(self) -> set[str]:
        return secrets_of(self.attributes["Config"].get("Env") or [])

    def describe(self) -> dict[str, Any]:
        """What may leave the host: no environment, no command."""
        state = self.attributes["State"]
        return {
            "id": self.id,
            "name": self.name,
            "service": self.labels.get(SERVICE_LABEL),
            "reference": self.reference,
            "image_id": self.image_id,
            "version_label": self.labels.get(VERSION_LABEL),
            # Vendors name theirs differently; other labels may hold anything, also secrets.
            "version_labels": {name: text for name, text in self.labels.items() if name.endswith("version")},
            "status": state["Status"],
            "health": (state.get("Health") or {}).get("Status"),
            "restart_count": self.attributes.get("RestartCount", 0),
            "restart_policy": self.attributes["HostConfig"].get("RestartPolicy", {}).get("Name") or "no",
            "exit_code": state.get("ExitCode"),
            "oom_killed": bool(state.get("OOMKilled")),
            "error": printable(mask(state.get("Error") or "", self.secrets), 500),
            "started_at": state.get("StartedAt"),
        }

    def health_output(self) -> str:
        """What the last health check printed, masked."""
        log = (self.attributes["State"].get("Health") or {}).get("Log") or []
        return printable(mask(log[-1].get("Output", ""), self.secrets), 500).strip() if log else ""


def login_of(login: Mapping[str, Any] | None) -> dict[str, str] | None:
    """Credentials as the SDK wants them, or None: then it looks into this user's Docker configuration."""
    if not login or not login.get("username"):
        return None
    return {"username": login["username"], "password": login.get("password") or ""}


def label_filter(labels: Mapping[str, str | None]) -> list[str]:
    """Labels as the engine's filters take them; None is any value."""
    return [name if value is None else f"{name}={value}" for name, value in labels.items()]


class Engine:
    """One connection to a Docker engine.

    :raises RatchetError: from :meth:`connect` when the SDK or the engine is missing.
    """

    def __init__(self, client: Any) -> None:
        self.client = client
        # Where it gives its containers addresses, when that isn't this host's own network: it is rootless.
        self.network: Network | None = None
        self._version: dict[str, str] = {}
        self._info: dict[str, Any] = {}

    @classmethod
    def connect(cls) -> Engine:
        try:
            import docker
        except ImportError:
            raise RatchetError(
                "the Docker SDK for Python is missing on this host", prerequisites.library("docker")
            ) from None
        where = engine_address.address()
        try:
            # Asking for the version that both speak is the proof that an engine answers.
            client = docker.from_env(version="auto", timeout=60)
        except docker.errors.DockerException as error:
            raise engine_address.unanswered(where, error) from error
        engine = cls(client)
        if where != engine_address.DEFAULT:
            engine.network = inner_network.of_engine(where)
            engine._refuse_rootless(where)
        return engine

    def _refuse_rootless(self, where: str) -> None:
        """Refuse a rootless engine whose containers couldn't write what Ansible's user owns, or can't be reached."""
        # https://docs.docker.com/reference/cli/docker/system/info/: what an engine says of itself.
        if not any(each.split(",")[0] == "name=rootless" for each in self.info().get("SecurityOptions") or []):
            return
        if os.geteuid() == 0:
            raise RatchetError(
                f"the engine at {where} is rootless, and Ansible is root here: its containers couldn't write what root owns",
                "Let Ansible be the engine's own user on this host: set ansible_become: false, and ansible_user",
            )
        if self.network is None:
            raise RatchetError(
                f"the engine at {where} is rootless, and where its containers have their addresses can't be told",
                "Start it without socket activation, as dockerd-rootless.sh does, and run again",
            )

    def version(self) -> dict[str, str]:
        """Version, operating system and architecture of the engine."""
        if not self._version:
            answer = self.client.version()
            self._version = {"version": answer["Version"], "os": answer["Os"], "architecture": answer["Arch"]}
        return self._version

    def info(self) -> dict[str, Any]:
        """The engine's settings, as in ``docker info``."""
        self._info = self._info or self.client.info()
        return self._info

    def root(self) -> str:
        """Where the engine keeps its images, as the engine itself names it."""
        return self.info()["DockerRootDir"]

    def containers(self, labels: dict[str, str | None] | None = None) -> list[Container]:
        """All containers with these labels (None is any value), stopped ones included, oldest first."""
        filters = {"label": label_filter(labels or {})}
        found = self.client.containers.list(all=True, filters=filters, ignore_removed=True)
        return sorted((Container(each.attrs) for each in found), key=lambda container: container.attributes["Created"])

    def swarm(self) -> Mapping[str, Any]:
        """What the engine says of the swarm that it is in."""
        return self.info().get("Swarm") or {}

    def manages(self) -> bool:
        """Whether it is a manager of a swarm: only those know its stacks."""
        return bool(self.swarm().get("ControlAvailable"))

    def service_containers(self, project: str, service: str) -> list[Container]:
        """The containers of one Compose service, without those of ``docker compose run``; of a stack's service, its tasks."""
        found = self.containers({PROJECT_LABEL: project, SERVICE_LABEL: service})
        if not found and self.manages():
            from ansible_collections.ratchet.runtime.plugins.module_utils import stack_tasks

            return [*stack_tasks.tasks(self.client, project, service)]
        return [
            container for container in found if container.labels.get("com.docker.compose.oneoff", "False") != "True"
        ]

    def local_image(self, reference: str) -> dict[str, Any] | None:
        """Id, digests and date of an image on this host, or None."""
        import docker

        try:
            image = self.client.images.get(reference)
        except docker.errors.ImageNotFound:
            return None
        return {
            "id": image.id,
            "digests": image.attrs.get("RepoDigests") or [],
            "created": image.attrs.get("Created") or "",
        }

    def registry_image(self, reference: Reference, login: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Ask the reference's registry, through the engine, what the tag stands for now.

        :param login: ``username`` and ``password``; without them, those of this user's Docker configuration.
        :returns: ``digest`` and ``platforms`` (``os/architecture``), or ``error`` with ``missing`` telling
            a tag that doesn't exist from a registry that doesn't answer.
        """
        import docker

        try:
            answer = self.client.api.inspect_distribution(str(reference), auth_config=login_of(login))
        except docker.errors.APIError as error:
            text = printable(str(error.explanation or error), 300)
            missing = error.status_code == 404 or "manifest unknown" in text or "not found" in text.lower()
            return {"error": text, "missing": missing}
        platforms = [f"{each['os']}/{each['architecture']}" for each in answer.get("Platforms") or []]
        return {"digest": answer["Descriptor"]["digest"], "platforms": platforms}

    def log_tail(self, container: Container, lines: int = LOG_LINES) -> list[str]:
        """The last lines of a container's log, secrets masked."""
        if "Task" in container.attributes:
            from ansible_collections.ratchet.runtime.plugins.module_utils import stack_tasks

            return stack_tasks.log_tail(self.client, container.attributes["Task"], lines)
        text = self.client.containers.get(container.id).logs(tail=lines).decode(errors="replace")
        return [printable(line, 500) for line in mask(text, container.secrets).splitlines()]


class StillEngine(Engine):
    """An engine for one look: its containers are read once, so that all that is said of them belongs together."""

    def __init__(self, client: Any) -> None:
        super().__init__(client)
        self._containers: list[Container] | None = None

    def containers(self, labels: dict[str, str | None] | None = None) -> list[Container]:
        if self._containers is None:
            self._containers = super().containers()
        return [
            container
            for container in self._containers
            if all(
                name in container.labels and value in (None, container.labels[name])
                for name, value in (labels or {}).items()
            )
        ]

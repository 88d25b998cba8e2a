# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The containers of a rehearsal: another version's services in their own configuration, on the copy of the database."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils import (
    compose,
    database,
    database_variables,
    rehearsal_project,
    runtime_services,
    throwaway,
)
from ansible_collections.ratchet.runtime.plugins.module_utils.container_files import Place
from ansible_collections.ratchet.runtime.plugins.module_utils.database_url import Address
from ansible_collections.ratchet.runtime.plugins.module_utils.engine import SERVICE_LABEL, Engine
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.rehearsal import ALIAS, Rehearsal

# Seconds; Compose waits for what the services need (depends_on with a condition).
_PATIENCE = 300.0


@dataclass(frozen=True)
class Original:
    """Production, as far as a rehearsal has to know it.

    :ivar addresses: the database's, as the application has them.
    :ivar database_service: the service of the project that is the database; empty if it is none.
    """

    project: compose.Project
    addresses: tuple[Address, ...] = field(repr=False)
    database_service: str = ""

    @classmethod
    def find(cls, engine: Engine, directory: str, services: list[str], wanted: dict[str, Any]) -> Original:
        """Look for it.

        :param wanted: what the operator says of the database.
        :raises RatchetError: when nobody says where the database is.
        """
        project = compose.load(engine, directory, services)
        own = runtime_services.of(project, services)
        access = database.locate(engine, project, own, wanted)
        if not access:
            raise RatchetError("nobody says where the runtime's database is", "Set runtime_database")
        containers = [each for service in own for each in engine.service_containers(project.name, service.name)]
        places = [Place.of_container(each) for each in containers] or [Place.of_service(each) for each in own]
        told = [address for place in places for address, _source in database_variables.find(place)]
        # What the application has in a file of its own is known by the operator's word alone.
        named = Address(access.certified or access.host, access.port, access.name, access.user, access.password)
        known = [each for each in told if each.name == access.name] or [named]
        service = access.container.labels.get(SERVICE_LABEL, "") if access.container else ""
        return cls(
            project,
            tuple(each for number, each in enumerate(known) if each not in known[:number]),
            service if service in project.services else "",
        )


@dataclass(frozen=True)
class Part:
    """Containers that are started together.

    :ivar name: a word of the project's name; containers of the same part that run already are left as they are.
    :ivar images: services of the runtime, each with the image to run.
    :ivar left_out: services that aren't started, whoever needs them.
    :ivar environment: variables, so that nothing fires.
    :ivar argv: the command that the one service is to run, in the place of its own.
    :ivar ends: whether they are to end.
    :ivar apart: services that have a part of their own: who needs them lacks nothing.
    """

    name: str
    images: Mapping[str, str]
    left_out: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    argv: tuple[str, ...] = ()
    ends: bool = False
    apart: tuple[str, ...] = ()


def start(engine: Engine, rehearsal: Rehearsal, original: Original, part: Part) -> dict[str, Any]:
    """Start a part of the rehearsal.

    :returns: ``project`` (its name), the ``services`` that it starts, those ``left_out``, and ``notes`` on what differs from production.
    :raises RatchetError: when it can't be started.
    """
    project, first = original.project, original.addresses[0]
    rendered = compose.render(project.directory, project.files, project.env_file_options, project.profiles)
    made = rehearsal_project.throwaway(
        rendered,
        rehearsal_project.Ask(
            project=rehearsal.project(part.name),
            images=part.images,
            network=rehearsal.network,
            database=(first.host, first.port),
            server=(ALIAS, throwaway.PORT),
            layers=os.path.join(rehearsal.upper(), part.name),
            database_service=original.database_service,
            left_out=part.left_out,
            apart=part.apart,
            environment=part.environment,
            labels=rehearsal.labels,
            mountpoints=_mountpoints(engine, rendered),
        ),
    )
    rehearsal.join(made.database_names)
    for overlay in made.overlays:
        overlay.make()
    for name in {*part.images} & {*made.project["services"]}:
        service = made.project["services"][name]
        # Some applications come up at the second try; who never does is told as a loop. After a restart of the engine nothing comes back.
        if rendered["services"][name].get("restart", "no") not in ("no", False) and not part.ends:
            service["restart"] = "on-failure:3"
        if part.argv:
            service["command"] = list(part.argv)
        if part.ends:
            service["healthcheck"] = {"disable": True}
    _up(rehearsal.project(part.name), made.project, project.env_files)
    return {
        "project": rehearsal.project(part.name),
        "services": list(made.services),
        "left_out": list(made.left_out),
        "notes": list(made.notes),
    }


def _up(name: str, project: Mapping[str, Any], env_files: Sequence[str]) -> None:
    """Bring it up. It holds secrets, so it is in no file; and in no directory, by which it might be taken for another project.

    :param env_files: of production, where a secret may come from.
    """
    options = ["--project-directory", "/", "--project-name", name, "--file", "-"]
    options += [part for path in env_files for part in ("--env-file", path)]
    up = ["up", "--detach", "--no-build", "--pull", "never", "--quiet-pull"]
    done = compose.run([*options, *up], "/", json.dumps(project).encode(), timeout=_PATIENCE)
    if done.returncode != 0:
        raise RatchetError(
            f"the rehearsal can't be started: {compose.said(done.stderr)}",
            "Mend what Compose says, or leave the service out (the profile's rehearsal.services). Production was not touched",
        )


def _mountpoints(engine: Engine, rendered: Mapping[str, Any]) -> dict[str, str | None]:
    """Where the project's volumes lie on this host, by their names."""
    import docker

    found: dict[str, str | None] = {}
    for key, volume in (rendered.get("volumes") or {}).items():
        name = (volume or {}).get("name") or key
        try:
            told = engine.client.volumes.get(name).attrs
        except docker.errors.NotFound:
            continue
        # Another driver's is mounted only while a container has it.
        found[name] = told["Mountpoint"] if told.get("Driver") == "local" else None
    return found

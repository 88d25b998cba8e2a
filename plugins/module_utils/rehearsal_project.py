# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Compose project of a rehearsal, made from production's: the same configuration, with no way out and nothing of production to write.

What isn't known to be harmless isn't taken over, so that what Compose learns to do tomorrow can't get out either.
https://github.com/compose-spec/compose-spec/blob/main/05-services.md
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils import rehearsal_mounts
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.rehearsal_address import Move
from ansible_collections.ratchet.runtime.plugins.module_utils.rehearsal_mounts import (
    Copies,
    Overlay,
    escaped,
    plain,
)
from ansible_collections.ratchet.runtime.plugins.module_utils.rehearsal_services import (
    aliases,
    choose,
    database_names,
    needs,
    partner,
)

# What says how the application runs, and nothing of the host.
_KEPT = (
    *("command", "entrypoint", "user", "group_add", "working_dir", "init", "tty", "stdin_open", "stop_signal"),
    *("read_only", "tmpfs", "shm_size", "ulimits", "sysctls", "pids_limit", "platform", "healthcheck", "cap_drop"),
    *("mem_limit", "mem_reservation", "memswap_limit", "mem_swappiness"),
    *("cpus", "cpu_shares", "cpu_count", "cpu_percent", "cpu_period", "cpu_quota", "cpuset"),
)
# What is done in another way below, or is of no account for a container that lives for minutes.
_OTHERWISE = frozenset(
    (
        *("image", "build", "container_name", "depends_on", "deploy", "develop", "dns", "dns_opt", "dns_search"),
        *("domainname", "env_file", "environment", "expose", "hostname", "ipc", "label_file", "labels", "links"),
        *("annotations", "attach", "blkio_config", "configs", "logging", "mac_address", "network_mode", "networks"),
        *("oom_kill_disable", "oom_score_adj", "pid", "ports", "profiles", "pull_policy", "restart", "scale"),
        *("secrets", "security_opt", "stop_grace_period", "storage_opt", "volumes"),
    )
)
_NETWORK = "rehearsal"
# With IPv6 on, this host has a link-local address in every network: https://docs.kernel.org/networking/ip-sysctl.html
_IPV6 = "net.ipv6."
# Other ways to give a variable's value: a file (many images), a command or a secret (Airflow).
_OTHER_WAYS = ("_FILE", "_CMD", "_SECRET")


@dataclass(frozen=True)
class Ask:
    """What is to be rehearsed, and where.

    :ivar project: the Compose project's name, which nothing else has.
    :ivar images: the runtime's services to start, each with the image to run.
    :ivar network: an existing network without a way out.
    :ivar database: host and port of the database as the application has them.
    :ivar server: host and port of the throwaway server in the network.
    :ivar database_service: the service of the project that is the database; empty if it is none.
    :ivar left_out: services that aren't started, whoever needs them.
    :ivar apart: services that are started on their own: who needs them lacks nothing.
    :ivar companions: other services to start, beside those that the runtime's need.
    :ivar environment: variables for the runtime's services, so that nothing fires.
    :ivar labels: for everything that is made.
    :ivar layers: directory for what the rehearsal writes; its file system has to bear upper layers of overlays.
    :ivar mountpoints: where volumes lie on this host, by name; None where that is no directory here.
    :ivar kind: what a path on this host is (``rehearsal_mounts.kind_of``).
    """

    project: str
    images: Mapping[str, str]
    network: str
    database: tuple[str, int]
    server: tuple[str, int]
    layers: str
    database_service: str = ""
    left_out: tuple[str, ...] = ()
    apart: tuple[str, ...] = ()
    companions: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    labels: Mapping[str, str] = field(default_factory=dict)
    mountpoints: Mapping[str, str | None] = field(default_factory=dict)
    kind: Callable[[str], str] = rehearsal_mounts.kind_of


@dataclass(frozen=True)
class Throwaway:
    """A project to write down and bring up.

    :ivar project: for ``docker compose --file``; holds secrets.
    :ivar services: those that it starts.
    :ivar left_out: services that those need in production and don't have here.
    :ivar overlays: whose directories have to be made before it is brought up.
    :ivar database_names: names by which the database is known in production, for the throwaway server.
    :ivar notes: what is different from production.
    """

    project: dict[str, Any] = field(repr=False)
    services: tuple[str, ...]
    left_out: tuple[str, ...]
    overlays: tuple[Overlay, ...]
    database_names: tuple[str, ...]
    notes: tuple[str, ...]


def throwaway(rendered: Mapping[str, Any], ask: Ask) -> Throwaway:
    """The project of a rehearsal.

    :param rendered: production's project, as ``compose.render`` tells it.
    :raises RatchetError: when none of the services that are asked for can be started.
    """
    if ask.project == rendered.get("name"):
        raise RatchetError(f"the rehearsal can't be the project {ask.project!r} itself", "Give it a name of its own")
    known = rendered.get("services") or {}
    names = database_names(known, ask.database[0], ask.database_service)
    never = {*ask.left_out, *names, ask.database_service}
    there, left_out = choose(known, [*ask.images, *ask.companions], ask.images, never)
    left_out = [name for name in left_out if name not in names]
    if not {*there} & {*ask.images}:
        raise RatchetError(
            f"none of the services {', '.join(sorted(ask.images))} can be started for a rehearsal",
            "Let the profile's rehearsal.services leave one of them in",
        )
    copies = Copies(ask.layers, ask.mountpoints, ask.kind)
    at: dict[str, int | None] = {ask.database[0].strip("[]").lower(): ask.database[1]}
    at.update((name.lower(), None) for name in names if name.lower() not in at)
    stage = _Stage(rendered, ask, there, names, copies, Move(at, *ask.server))
    services = {name: stage.service(name) for name in there}
    project = {
        "name": ask.project,
        "services": services,
        "networks": {_NETWORK: {"name": ask.network, "external": True}},
        "volumes": copies.volumes(_escaped(ask.labels)),
        **{kind: stage.files(kind, services.values()) for kind in ("secrets", "configs")},
    }
    lacking = {*left_out} - {*ask.apart}
    without = {name: [each for each in needs(known[name]) if each in lacking] for name in there}
    notes = [f"{name} is started without {', '.join(each)}, which it needs" for name, each in without.items() if each]
    notes += [*stage.told(), *copies.notes]
    return Throwaway(project, tuple(there), tuple(left_out), tuple(copies.overlays), tuple(names), tuple(notes))


class _Stage:
    """The making of the services, and what is noted meanwhile."""

    def __init__(
        self,
        rendered: Mapping[str, Any],
        ask: Ask,
        there: list[str],
        names: list[str],
        copies: Copies,
        move: Move,
    ) -> None:
        self._rendered, self._ask, self._there, self._names = rendered, ask, there, names
        self._copies, self._move = copies, move
        self._lacks: dict[str, list[str]] = {}
        self._moved: dict[str, list[str]] = {}

    def service(self, name: str) -> dict[str, Any]:
        rendered = self._rendered["services"][name]
        found = {key: rendered[key] for key in _KEPT if rendered.get(key) is not None}
        for key in ("command", "entrypoint"):
            if isinstance(found.get(key), list):
                found[key] = [self._move.text(str(each)) for each in found[key]]
        if "sysctls" in found:
            found["sysctls"] = {key: each for key, each in found["sysctls"].items() if not key.startswith(_IPV6)}
        mounts = [self._copies.mount(name, each, self._rendered) for each in rendered.get("volumes") or []]
        found.update(
            image=self._ask.images.get(name) or rendered.get("image") or f"{self._rendered['name']}-{name}",
            pull_policy="never",
            environment=self._environment(name, rendered),
            volumes=[each for each in mounts if each],
            labels=_escaped(self._ask.labels),
            logging={"driver": "json-file", "options": {"max-size": "10m"}},
            # A crash is to be seen.
            restart="no",
            stop_grace_period="2s",
            depends_on=self._depends_on(rendered),
            security_opt=[each for each in rendered.get("security_opt") or [] if each.startswith("no-new-privileges")],
            **self._network(name, rendered),
            **self._namespaces(rendered),
            **{kind: self._of_files(kind, rendered) for kind in ("secrets", "configs")},
        )
        resources = _resources(rendered.get("deploy") or {})
        self._note(name, rendered)
        return {**found, "deploy": {"resources": resources}} if resources else found

    def files(self, kind: str, services: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
        """The secrets or configs that ``services`` have."""
        used = {each["source"] for service in services for each in service[kind]}
        return {
            name: {key: each[key] for key in ("file", "environment", "content") if key in each}
            for name, each in (self._rendered.get(kind) or {}).items()
            if name in used
        }

    def told(self) -> list[str]:
        found = [f"{name} runs without {', '.join(lacks)}" for name, lacks in self._lacks.items() if lacks]
        for name, variables in self._moved.items():
            found.append(f"{name} finds the throwaway database by {', '.join(variables)}")
        if not self._moved and not self._names:
            found.append(
                "No variable tells the database's address; an address in a file leads nowhere in the rehearsal"
            )
        if self._ask.environment:
            found.append(f"Set so that nothing fires: {', '.join(sorted(self._ask.environment))}")
        return found

    def _environment(self, name: str, rendered: Mapping[str, Any]) -> dict[str, str]:
        given = {key: str(value) for key, value in (rendered.get("environment") or {}).items() if value is not None}
        found, moved = self._move.environment(given)
        if moved:
            self._moved[name] = moved
        if name not in self._ask.images:
            return found
        for variable, value in self._ask.environment.items():
            for way in _OTHER_WAYS:
                found.pop(variable + way, None)
            found[variable] = escaped(value)
        return found

    def _depends_on(self, rendered: Mapping[str, Any]) -> dict[str, Any]:
        found = {}
        for name, how in (rendered.get("depends_on") or {}).items():
            condition = (how or {}).get("condition") or "service_started"
            # Whether the runtime itself is well is the rehearsal's verdict, and not Compose's, which would end without one.
            if name in self._ask.images and condition == "service_healthy":
                condition = "service_started"
            if name in self._there:
                found[name] = {"condition": condition, "required": True}
        return found

    def _network(self, name: str, rendered: Mapping[str, Any]) -> dict[str, Any]:
        mode = rendered.get("network_mode")
        if mode == "none" or partner(mode) in self._there:
            return {"network_mode": mode}
        others = aliases(name, self._rendered["services"]) - {*self._names, *self._there}
        # No resolver but the network's own: it asks nobody outside when the next one is the container itself.
        found: dict[str, Any] = {"dns": ["127.0.0.1"], "networks": {_NETWORK: {"aliases": sorted(others)}}}
        return {**found, **{key: rendered[key] for key in ("hostname", "domainname", "expose") if rendered.get(key)}}

    def _namespaces(self, rendered: Mapping[str, Any]) -> dict[str, str]:
        found = {key: rendered[key] for key in ("ipc", "pid") if partner(rendered.get(key)) in self._there}
        if rendered.get("ipc") in ("private", "shareable", "none"):
            found["ipc"] = rendered["ipc"]
        return found

    def _of_files(self, kind: str, rendered: Mapping[str, Any]) -> list[Any]:
        """The service's secrets or configs; what the source of one is may be a directory, which isn't shown."""
        known = self._rendered.get(kind) or {}
        return [
            each
            for each in rendered.get(kind) or []
            if (known.get(each["source"]) or {}).keys() & {"environment", "content"}
            or self._copies.is_file((known.get(each["source"]) or {}).get("file") or "")
        ]

    def _note(self, name: str, rendered: Mapping[str, Any]) -> None:
        lacks = sorted(key for key in rendered if key not in _OTHERWISE and key not in _KEPT and rendered[key])
        lacks += sorted(key for key in rendered.get("sysctls") or {} if key.startswith(_IPV6))
        mode = rendered.get("network_mode")
        if mode and mode != "none" and partner(mode) not in self._there:
            lacks.append(f"network_mode {plain(mode)}")
        lacks += [
            f"{key} {plain(rendered[key])}"
            for key in ("ipc", "pid")
            if rendered.get(key) and key not in self._namespaces(rendered)
        ]
        if any(not each.startswith("no-new-privileges") for each in rendered.get("security_opt") or []):
            lacks.append("security_opt")
        if any(
            each.get("devices") for each in ((rendered.get("deploy") or {}).get("resources") or {}).values() if each
        ):
            lacks.append("reserved devices")
        for kind in ("secrets", "configs"):
            shown = self._of_files(kind, rendered)
            lacks += [f"its {kind[:-1]} {each['source']}" for each in rendered.get(kind) or [] if each not in shown]
        self._lacks[name] = lacks


def _resources(deploy: Mapping[str, Any]) -> dict[str, Any]:
    found = {}
    for kind, each in (deploy.get("resources") or {}).items():
        kept = {key: (each or {})[key] for key in ("cpus", "memory", "pids") if key in (each or {})}
        if kind in ("limits", "reservations") and kept:
            found[kind] = kept
    return found


def _escaped(labels: Mapping[str, str]) -> dict[str, str]:
    return {name: escaped(value) for name, value in labels.items()}

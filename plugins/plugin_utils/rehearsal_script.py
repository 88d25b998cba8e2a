# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a rehearsal does, act by act: from a host's part of the plan and the profile. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from ansible_collections.ratchet.runtime.plugins.module_utils.compose_service import SERVICE_HOST
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.plugin_utils import crossings
from ansible_collections.ratchet.runtime.plugins.plugin_utils.profile import Profile
from ansible_collections.ratchet.runtime.plugins.plugin_utils.profile_rehearsal import Check, Request


@dataclass(frozen=True)
class Act:
    """Containers that are started together.

    :ivar part: the word by which they are found again.
    :ivar argv: the command that the one service runs, in the place of its own.
    :ivar ends: whether they run to their end before the next act; otherwise they are watched until they are well.
    """

    part: str
    services: tuple[str, ...]
    argv: tuple[str, ...] = ()
    ends: bool = False


@dataclass(frozen=True)
class Script:
    """A whole rehearsal.

    :ivar services: the runtime's services that are started; ``left_out`` those that aren't.
    :ivar url: where the new version says how it is, with ``{SERVICE}`` for its host; empty if that isn't known.
    :ivar usual_port: the product's own, for requests where nobody says from within how it is.
    :ivar url_before: the same for the version before, and ``expect``, ``expect_before`` what they have to say.
    :ivar requests_before: what the version before has to answer on the new schema, after the new version was asked the same.
    """

    acts: tuple[Act, ...]
    services: tuple[str, ...]
    left_out: tuple[str, ...]
    environment: Mapping[str, str]
    url: str
    expect: Mapping[str, Any]
    url_before: str
    expect_before: Mapping[str, Any]
    checks: tuple[Check, ...] = ()
    requests: tuple[Request, ...] = ()
    requests_before: tuple[Request, ...] = ()
    notes: tuple[str, ...] = ()
    usual_port: int = 80

    @property
    def answering(self) -> str:
        """The service that is asked for pages."""
        named = SERVICE_HOST.match(self.url)
        return named["service"] if named else self.services[0]

    @property
    def port(self) -> int:
        """Its port, unless a request has another."""
        return urlsplit(SERVICE_HOST.sub("http://service", self.url)).port or (80 if self.url else self.usual_port)

    def asked(self, wanted: Sequence[Request]) -> list[dict[str, Any]]:
        """Requests as the host makes them."""
        return [
            {
                "service": self.answering,
                "port": each.port or self.port,
                "path": each.path,
                "method": each.method,
                "body": each.body,
            }
            for each in wanted
        ]


def id_of(run: str, database: str) -> str:
    """The id of a database's rehearsal: one run may rehearse several, and their hosts may be one machine with several projects."""
    return f"{run}-{hashlib.sha256(database.encode()).hexdigest()[:6]}"


def of(host: Mapping[str, Any], seen: Mapping[str, Any], profile: Profile) -> Script:
    """The script for one host.

    :param host: its part of the plan.
    :param seen: its observation, which knows the services' ports.
    :raises RatchetError: when the profile leaves no service to start.
    """
    facts = crossings.rehearsal(profile, host["target"])
    services = tuple(facts.starts(host["services"]))
    if not services:
        raise RatchetError(
            f"none of {', '.join(host['services'])} is started in a rehearsal",
            "Change rehearsal.services of the profile",
        )
    out = tuple(each for each in (*host["services"], *host["jobs"]) if each not in services)
    url, url_before = (_inner(host[key]["url"], services, seen) for key in ("health", "health_before"))
    known = crossings.health(profile, host["target"])
    told = [] if url else ["Nobody says from within how the application is: engine and database alone are asked"]
    return Script(
        acts=_acts(host, services),
        services=services,
        left_out=tuple(each for each in out if each not in host["jobs"]),
        environment=dict(facts.environment),
        url=url,
        expect=_expected(host["health"]["expect"], facts.health),
        url_before=url_before,
        expect_before=_expected(host["health_before"]["expect"], facts.health),
        checks=(*_of_migration(profile, host["target"]), *facts.checks),
        requests=tuple(each.in_turn(1) for each in facts.requests),
        requests_before=tuple(
            each.in_turn(2) for each in crossings.rehearsal(profile, host["current"]).requests if each.beside
        ),
        notes=tuple(told),
        usual_port=(known.port if known else None) or 80,
    )


def _of_migration(profile: Profile, version: str) -> list[Check]:
    """The vendor's own question whether the schema is the version's."""
    found = crossings.migration(profile, version)
    return [Check("migrations", found.check, why="the schema isn't that of the version")] if found.check else []


def _acts(host: Mapping[str, Any], services: Sequence[str]) -> tuple[Act, ...]:
    """As the roll-out does it on the first host of a database."""
    acts = []
    migration = host["migration"]
    if migration["by"] != "application":
        acts.append(Act("migration", (migration["service"],), tuple(migration["argv"]), ends=True))
    acts += [Act(f"job{number}", (job,), ends=True) for number, job in enumerate(host["jobs"])]
    several = len(services) > 1 and migration["by"] == "application"
    first = host["pioneer"] if host["pioneer"] in services else services[0] if services else ""
    if several:
        acts.append(Act("new", (first,)))
    return (*acts, Act("new", tuple(services)))


def _expected(expect: Mapping[str, Any], body: Mapping[str, Any] | None) -> dict[str, Any]:
    """What the application has to say where not all of it is started."""
    return {**expect, "json": dict(body)} if body is not None and expect.get("json") else dict(expect)


def _inner(url: str, services: Sequence[str], seen: Mapping[str, Any]) -> str:
    """A health URL as it is asked from within the project; empty where that can't be told."""
    named = SERVICE_HOST.match(url)
    if named:
        return url if named["service"] in services and url.startswith("http://") else ""
    parts = urlsplit(url)
    if parts.scheme != "http":
        return ""
    for service in seen["services"]:
        for port in service.get("ports") or []:
            if service["name"] in services and port["published"] == (parts.port or 80):
                query = f"?{parts.query}" if parts.query else ""
                return f"http://{{{service['name']}}}:{port['container']}{parts.path or '/'}{query}"
    return ""

# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where an application says how it is: what the operator says, else what the profile knows and the host publishes. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from ansible_collections.ratchet.runtime.plugins.module_utils.compose_service import SERVICE_HOST
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.plugin_utils import crossings
from ansible_collections.ratchet.runtime.plugins.plugin_utils.profile import Profile

# What stands for the version of the run in an expectation: it may not be known before the plan.
VERSION = "{version}"
# Seconds that good must stay good, where nobody says anything.
MONITOR = 10.0

# How an operator says it, as an option of the actions that plan.
WATCH: dict[str, Any] = {
    "type": "dict",
    "default": {},
    "options": {
        "url": {"type": "str", "default": ""},
        "expect": {
            "type": "dict",
            "default": {},
            "options": {"status": {"type": "int"}, "json": {"type": "dict"}},
        },
        "monitor": {"type": "float"},
        "stall_timeout": {"type": "float", "default": 600.0},
    },
}


def given(watch: Mapping[str, Any]) -> dict[str, Any]:
    """What the operator says in :data:`WATCH`, without what they left open."""
    return {**watch, "expect": {key: value for key, value in watch["expect"].items() if value is not None}}


def complete(watch: Mapping[str, Any]) -> dict[str, Any]:
    """The same as :func:`given`, with a monitor period where they left it open."""
    found = given(watch)
    return {**found, "monitor": MONITOR if found["monitor"] is None else found["monitor"]}


def of(profile: Profile, version: str, seen: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """``url`` (empty when none is known), ``expect``, and the ``service`` that answers it (empty when that isn't known) for one host.

    :param version: the version whose health is asked for: vendors move their health pages between versions.
    :param wanted: ``url`` and ``expect`` as the operator set them; each beats the profile's. A host's own URL counts before that.
    """
    known = crossings.health(profile, version)
    url, expect = seen.get("health_url", wanted.get("url")) or "", dict(wanted.get("expect") or {})
    if not url and known and known.port:
        published = _published(seen, known.port)
        url = f"http://127.0.0.1:{published}{known.path}" if published else ""
    if not expect and known and url:
        expect = {"status": known.status, "json": dict(known.json or {})}
    return {"url": url, "expect": _filled(expect, version), "service": _answering(url, seen)}


def of_what_runs(
    profile: Profile, current: str, target: str, seen: Mapping[str, Any], wanted: Mapping[str, Any]
) -> dict[str, Any]:
    """As :func:`of`, for the version that runs; for ``target``, where nobody can tell what that is."""
    try:
        return of(profile, current, seen, wanted)
    except RatchetError:
        return of(profile, target, seen, wanted)


def with_urls(fleet: Mapping[str, Mapping[str, Any]], url: str) -> dict[str, dict[str, Any]]:
    """The observations; where no host has a URL of its own, ``url`` is that of all, as an approved plan may bring it."""
    if any(seen.get("health_url") for seen in fleet.values()):
        return {host: dict(seen) for host, seen in fleet.items()}
    return {host: {**seen, "health_url": url} for host, seen in fleet.items()}


def _answering(url: str, seen: Mapping[str, Any]) -> str:
    """The runtime's service that a URL names, or that publishes its port on this host."""
    named = SERVICE_HOST.match(url)
    if named:
        return named["service"]
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return ""
    for service in seen["services"]:
        if port and any(each["published"] == port for each in service.get("ports") or []):
            return service["name"]
    return ""


def refuse_url(url: str) -> None:
    """Nothing else than an address of a web server may be asked.

    :raises RatchetError: also for a URL with a login, which would show in the plan and in the journal.
    """
    if not url:
        return
    try:
        parts = urlsplit(url)
        fit = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0 and "@" not in parts.netloc
    except ValueError:
        fit = False
    if not fit:
        raise RatchetError(
            "runtime_health_url isn't an address of a web server without a login",
            "Write it as http://127.0.0.1:8080/health, as each host reaches it",
        )


def refuse_service(url: str, seen: Mapping[str, Any]) -> None:
    """A service in the place of the URL's host has to be one of the runtime's.

    :raises RatchetError: when it isn't.
    """
    named = SERVICE_HOST.match(url)
    services = [service["name"] for service in seen["services"]]
    if "{" in url and (not named or named["service"] not in services):
        raise RatchetError(
            f"runtime_health_url: {url} names no service of the runtime in braces",
            f"Write one of {', '.join(services)} for the host, as in http://{{{services[0]}}}:8000/health",
        )


def _filled(value: Any, version: str) -> Any:
    if isinstance(value, Mapping):
        return {key: _filled(each, version) for key, each in value.items()}
    return version if value == VERSION else value


def _published(seen: Mapping[str, Any], port: int) -> int | None:
    for service in seen["services"]:
        for each in service.get("ports") or []:
            if each["container"] == port and each["published"]:
                return each["published"]
    return None

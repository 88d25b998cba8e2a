# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the witnesses say of a host right now: engine, application and database. They are judged on the controller."""

from __future__ import annotations

import hashlib
import http.client
import json
import time
import urllib.error
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from ansible.module_utils.urls import open_url
from ansible_collections.ratchet.runtime.plugins.module_utils import (
    activity,
    compose,
    database,
    inner_network,
    origins,
    stack_tasks,
)
from ansible_collections.ratchet.runtime.plugins.module_utils import stack as stacks
from ansible_collections.ratchet.runtime.plugins.module_utils.compose_service import SERVICE_HOST
from ansible_collections.ratchet.runtime.plugins.module_utils.database import Access
from ansible_collections.ratchet.runtime.plugins.module_utils.engine import (
    LOG_LINES,
    SERVICE_LABEL,
    Container,
    Engine,
)
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.inner_network import Network
from ansible_collections.ratchet.runtime.plugins.module_utils.masking import printable

HTTP_TIMEOUT = 3
# Health bodies are small; more than this is somebody else's page.
_BODY_LIMIT = 64 * 1024
_POLL = 0.25
# No request of the controller is left without an answer for longer, in seconds.
MOST_PATIENCE = 10
# From a URL to status, headers (their names in lower case) and body.
Get = Callable[[str], tuple[int, dict[str, str], bytes]]


@dataclass(frozen=True)
class Place:
    """Where to look: a project's services on one host, their health URL, and what locates their database.

    :ivar url: with ``{SERVICE}`` for its host, each container of that service is asked by its own address.
    :ivar without: ids of containers that don't count.
    """

    project: str
    directory: str
    services: tuple[str, ...]
    url: str
    wanted_database: dict[str, Any]
    without: tuple[str, ...] = ()


def probe(
    engine: Engine,
    place: Place,
    seen: str = "",
    patience: float = 0,
    all_logs: bool = False,
    access: Access | None = None,
    get: Get | None = None,
) -> dict[str, Any]:
    """Ask all witnesses, and again until they say something else than ``seen`` or ``patience`` seconds have passed.

    :param all_logs: the ends of all logs, and not only of those of containers in trouble.
    :param access: the database, where it isn't to be located; ``get`` asks a URL, where this host doesn't reach it itself.
    :returns: ``containers``, ``http``, ``database``, ``updates`` (of a Swarm stack's services), ``logs`` (of containers in trouble) and ``signature``, which is
        the same as long as nothing worth reporting has changed.
    """
    deadline = time.monotonic() + patience
    project = compose.from_containers(engine, place.project, place.directory)
    while True:
        found = [each for name in place.services for each in engine.service_containers(place.project, name)]
        containers = [each for each in found if each.id not in place.without]
        server = access or database.locate(
            engine, project, [compose.Service(name, None) for name in place.services], place.wanted_database
        )
        updates = stacks.updates(engine.client, place.project, place.services) if project.stack else None
        testimony = _testimony(engine, containers, server, place.url, get, updates)
        if testimony["signature"] != seen or time.monotonic() >= deadline:
            told = [each for each in containers if all_logs or _in_trouble(each)]
            logs = {each.name: engine.log_tail(each) for each in told}
            logs.update(stack_tasks.last_words(engine.client, updates or {}, LOG_LINES))
            # A task that has just begun has nothing to say yet.
            return {**testimony, "logs": {name: said for name, said in logs.items() if said or not project.stack}}
        time.sleep(_POLL)


def _testimony(
    engine: Engine,
    containers: list[Container],
    access: Access | None,
    url: str,
    get: Get | None,
    updates: dict[str, Any] | None = None,
) -> dict[str, Any]:
    said: dict[str, Any] = {
        "containers": [{**each.describe(), "health_output": each.health_output()} for each in containers],
        "http": answers(containers, url, get, engine.network) if url else None,
        "database": activity.progress(access) if access else None,
        "updates": updates,
    }
    if access:
        origins.place(engine, access, said["database"])
    return {**said, "signature": _signature(said)}


def answers(
    containers: list[Container], url: str, get: Get | None = None, network: Network | None = None
) -> dict[str, Any]:
    """The answer of ``url``; or ``each``, by the names of the containers of the service that stands for its host.

    :param get: asks a URL where this host doesn't reach it itself.
    :param network: in which containers have their own addresses; None where that is this host's.
    """
    named = SERVICE_HOST.match(url)
    if not named:
        return _without_headers(fetch(url, get))
    meant = [each for each in containers if each.labels.get(SERVICE_LABEL) == named["service"]]
    get = get or inside(network)
    return {"each": {each.name: _without_headers(_of_container(each, url, get)) for each in meant}}


def _of_container(container: Container, url: str, get: Get | None) -> dict[str, Any]:
    parts = urlsplit(SERVICE_HOST.sub(lambda found: f"{found['scheme']}container", url, count=1))
    place = container.endpoint(parts.port or {"http": 80, "https": 443}[parts.scheme])
    if not place:
        return {"error": f"{container.name} has no address"}
    return fetch(urlunsplit(parts._replace(netloc=":".join(map(str, place)))), get)


def _without_headers(answer: dict[str, Any]) -> dict[str, Any]:
    """Headers may hold cookies and dates: the one is secret, the other always new."""
    return {key: value for key, value in answer.items() if key != "headers"}


def _signature(said: dict[str, Any]) -> str:
    db = dict(said["database"] or {})
    db["migrating"] = [(each["pid"], each["query"], each["blocked_by"]) for each in db.get("migrating", [])]
    # What a busy database always has anew, and counters that rise all the time, are told at the next answer, not by one of their own.
    for key in ("writing", "waiting"):
        db.pop(key, None)
    db["commands"] = [(each["pid"], each["command"], each["phase"]) for each in db.get("commands", [])]
    containers = [(each["id"], each["status"], each["health"], each["restart_count"]) for each in said["containers"]]
    http = said["http"] or {}
    answers = [{**each, "milliseconds": None} for each in (http["each"].values() if "each" in http else [http])]
    return hashlib.sha256(
        json.dumps([containers, answers, db, said["updates"]], sort_keys=True, default=str).encode()
    ).hexdigest()


def _in_trouble(container: Container) -> bool:
    told = container.describe()
    return told["status"] != "running" or told["restart_count"] > 0 or told["health"] == "unhealthy"


def fetch(url: str, get: Get | None = None) -> dict[str, Any]:
    """GET a health URL.

    :returns: ``status``, ``headers`` and ``json`` (None when the body isn't JSON), or ``error``. The body of an error status is
        read too: that is where an application says that it is migrating.
    """
    started = time.monotonic()
    try:
        status, headers, body = (get or _get)(url)
        parsed = json.loads(body)
    except json.JSONDecodeError:
        parsed = None
    except RecursionError:
        return {"error": "the body is nested too deeply"}
    except (OSError, ValueError) as error:
        return {"error": printable(str(getattr(error, "reason", None) or error), 200)}
    except http.client.HTTPException as error:  # what answers there doesn't speak HTTP
        return {"error": printable(f"{type(error).__name__}: {error}", 200)}
    milliseconds = round((time.monotonic() - started) * 1000)
    return {"status": status, "json": parsed, "headers": headers, "milliseconds": milliseconds}


def inside(network: Network | None) -> Get | None:
    """How the own address of a container is asked; None where this host reaches it like any other."""
    return partial(_get_inside, network) if network else None


def _get_inside(network: Network, url: str) -> tuple[int, dict[str, str], bytes]:
    parts = urlsplit(url)
    port = parts.port or {"http": 80, "https": 443}[parts.scheme]
    try:
        place = inner_network.reach(network, parts.hostname or "", port, HTTP_TIMEOUT)
    except RatchetError as error:
        raise ConnectionError(error.reason) from None
    return _get(urlunsplit(parts._replace(netloc=":".join(map(str, place)))))


def _get(url: str) -> tuple[int, dict[str, str], bytes]:
    """Status, headers (their names in lower case) and body, which is read in pieces: the timeout of a socket starts again with every byte that drips in."""
    deadline = time.monotonic() + HTTP_TIMEOUT
    try:
        # No proxy: the application is on this host, and a proxy's answer would be a false witness.
        answer = open_url(url, headers={"Accept": "application/json"}, timeout=HTTP_TIMEOUT, use_proxy=False)
    except urllib.error.HTTPError as error:
        answer = error
    body = b""
    with answer:
        while len(body) < _BODY_LIMIT:
            piece = answer.read1(8192)
            if not piece:
                break
            body += piece
            if time.monotonic() > deadline:
                raise TimeoutError(f"the answer took longer than {HTTP_TIMEOUT} s")
    return answer.status, {name.lower(): text for name, text in answer.headers.items()}, body

# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the running containers of a rehearsal are asked."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Mapping
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils.engine import (
    PROJECT_LABEL,
    SERVICE_LABEL,
    Container,
    Engine,
)
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.masking import printable
from ansible_collections.ratchet.runtime.plugins.module_utils.rehearsal import Rehearsal


def container_of(engine: Engine, project: str, service: str) -> Container:
    """The running container of a service.

    :raises RatchetError: when there is none.
    """
    found = engine.containers({PROJECT_LABEL: project, SERVICE_LABEL: service})
    running = [each for each in found if each.running]
    if not running:
        raise RatchetError(f"{service} doesn't run in the rehearsal", "See its log")
    return running[-1]


def request(rehearsal: Rehearsal, container: Container, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Ask a container one HTTP request.

    :param asked: ``method``, ``path``, ``port`` and ``body``, which is sent as JSON where it is given.
    :returns: ``status`` and ``json`` (None where the body isn't JSON), or ``error``; ``milliseconds`` in any case.
    """
    (address, *_others) = [each.get("IPAddress") for each in container.networks.values() if each.get("IPAddress")] or [
        ""
    ]
    began = time.monotonic()
    try:
        url = f"http://{address}:{asked['port']}{asked['path']}"
        sent = None if asked.get("body") is None else json.dumps(asked["body"])
        status, _headers, body = rehearsal.get(url, asked.get("method") or "GET", sent)
        said = {"status": status, "json": _parsed(body)}
    except (OSError, http.client.HTTPException, ValueError) as error:
        said = {"error": printable(str(error) or type(error).__name__, 200)}
    return {**said, "milliseconds": round((time.monotonic() - began) * 1000)}


def in_short(said: dict[str, Any], prefix: str) -> dict[str, Any]:
    """What ``health.probe`` tells, with containers whose names begin with their service's and not with the throwaway project's."""
    short = {each["name"]: each["name"].removeprefix(prefix) for each in said["containers"]}
    found = {
        **said,
        "containers": [{**each, "name": short[each["name"]]} for each in said["containers"]],
        "logs": {short.get(name, name): log for name, log in said["logs"].items()},
    }
    http = said.get("http") or {}
    if "each" in http:
        found["http"] = {**http, "each": {short.get(name, name): answer for name, answer in http["each"].items()}}
    return found


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None

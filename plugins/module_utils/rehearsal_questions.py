# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the running containers of a rehearsal are asked: requests, and commands inside of them."""

from __future__ import annotations

import http.client
import json
import threading
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
from ansible_collections.ratchet.runtime.plugins.module_utils.masking import mask, printable
from ansible_collections.ratchet.runtime.plugins.module_utils.rehearsal import Rehearsal

# Seconds that a command may take.
PATIENCE = 300.0
# Of what it said: some judge by more than the last words. Bytes that are kept meanwhile, as it may never stop.
_LINES = 60
_MOST = 256 * 1024


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


def command(engine: Engine, container: Container, argv: list[str]) -> dict[str, Any]:
    """Run a command in a container.

    :returns: ``exit_code`` (None when it took too long), ``said`` (the end of what it printed, secrets masked) and ``seconds``.
    """
    began, done = time.monotonic(), []

    def execute() -> None:
        done.append(_executed(engine, container.id, argv))

    # Whoever hangs is removed with the container.
    worker = threading.Thread(target=execute, daemon=True)
    worker.start()
    worker.join(PATIENCE)
    seconds = round(time.monotonic() - began, 1)
    if not done:
        return {"exit_code": None, "said": [], "seconds": seconds}
    code, output = done[0]
    text = mask(output.decode(errors="replace"), container.secrets)
    said = [printable(line, 300) for line in text.strip().splitlines()[-_LINES:]]
    return {"exit_code": code, "said": said, "seconds": seconds}


def _executed(engine: Engine, container_id: str, argv: list[str]) -> tuple[int, bytes]:
    """The exit code of a command, and the end of what it printed."""
    api, end = engine.client.api, b""
    id = api.exec_create(container_id, argv)["Id"]
    for piece in api.exec_start(id, stream=True):
        end = (end + piece)[-_MOST:]
    return api.exec_inspect(id)["ExitCode"], end


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

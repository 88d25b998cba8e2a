# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a first look at a host makes one ask: further files of the project, and the application's own word on its version."""

from __future__ import annotations

import base64
import os
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils import health
from ansible_collections.ratchet.runtime.plugins.module_utils.engine import Engine
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.masking import printable

# Larger files aren't Compose files; a version fits in a line.
_FILE_LIMIT = 1024 * 1024
_ANSWER_LIMIT = 200


def files(paths: list[str]) -> dict[str, Any]:
    """The contents in base64 by path, None for what isn't there; and which of them this user can't replace.

    Contents may hold secrets: who asks uses them and drops them.
    """
    contents: dict[str, Any] = {}
    for path in paths:
        try:
            with open(path, "rb") as file:
                content = file.read(_FILE_LIMIT + 1)
        except OSError:
            contents[path] = None
            continue
        if len(content) > _FILE_LIMIT:
            raise RatchetError(
                f"{path} is larger than {_FILE_LIMIT} bytes, which no Compose file is", "See what the project includes"
            )
        contents[path] = base64.b64encode(content).decode()
    unwritable = [path for path in paths if not os.access(os.path.dirname(os.path.realpath(path)), os.W_OK)]
    return {"contents": contents, "unwritable": unwritable}


def answers(engine: Engine, questions: list[dict[str, Any]]) -> dict[str, dict[str, str]]:
    """What containers say of their version: by container id, ``answer`` (HTTP) and ``command`` where they said something.

    :param questions: each with ``container`` (an id), and ``url`` with ``field`` (a dotted path in the JSON body) or
        ``header``, or ``command`` (an argv, run in the container without a shell).
    """
    said: dict[str, dict[str, str]] = {}
    for question in questions:
        if question.get("command"):
            witness, text = "command", by_command(engine, question["container"], question["command"])
        else:
            witness, text = "answer", by_page(engine, question["url"], question.get("field"), question.get("header"))
        if text:
            said.setdefault(question["container"], {})[witness] = text
    return said


def by_command(engine: Engine, container: str, command: list[str]) -> str:
    """The last line that a command prints in a container, as warnings come before it; empty if it fails."""
    import docker

    try:
        code, output = engine.client.containers.get(container).exec_run(command, stderr=False)
    except docker.errors.APIError:
        return ""
    lines = (output or b"").decode(errors="replace").strip().splitlines()
    return printable(lines[-1].strip(), _ANSWER_LIMIT) if code == 0 and lines else ""


def by_page(engine: Engine, url: str, field: str | None, header: str | None) -> str:
    """What a page of a container says in a header, or in a field (a dotted path) of its JSON body; empty if it says nothing."""
    found = health.fetch(url, health.inside(engine.network))
    value = found.get("headers", {}).get(header.lower(), "") if header else found.get("json")
    for key in (field or "").split(".") if not header else ():
        value = value.get(key) if isinstance(value, dict) else None
    return printable(str(value), _ANSWER_LIMIT) if isinstance(value, (str, int, float)) else ""

# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP in a network that this host has no part in: asked by bash in one of its containers."""

from __future__ import annotations

import http.client
import io
from typing import Any
from urllib.parse import urlsplit

from ansible_collections.ratchet.runtime.plugins.module_utils.engine import Engine

# Seconds, as for any other health page; bytes that are read of an answer.
TIMEOUT = 5
_MOST = 128 * 1024
# https://www.gnu.org/software/bash/manual/html_node/Redirections.html: bash opens /dev/tcp/HOST/PORT itself. The request may hold
# a token, and the arguments are in the host's list of processes and in ``docker events``, so it comes by the environment.
_ASK = r"""
exec 3<> "/dev/tcp/$1/$2" && printf '%s' "$RATCHET_REQUEST" >&3 && head -c "$3" <&3
"""


class _Answer:
    """What ``http.client`` takes for a socket."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def makefile(self, *_mode: Any, **_options: Any) -> io.BytesIO:
        return io.BytesIO(self._content)


def get(
    engine: Engine, container_id: str, url: str, method: str = "GET", body: str | None = None
) -> tuple[int, dict[str, str], bytes]:
    """Ask ``url`` (http only) from within a container that has bash.

    :param body: JSON to send.
    :returns: status, headers (their names in lower case) and body.
    :raises OSError: when nobody answers; ``http.client.HTTPException`` when it isn't HTTP.
    """
    parts = urlsplit(url)
    if parts.scheme != "http" or not parts.hostname:
        raise OSError("only http is asked in the rehearsal's network")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    # HTTP/1.0: whoever answers closes the connection at the end, and never sends in chunks.
    # Called as by a health check on the host: applications that answer only to names they know, know that one.
    host = f"127.0.0.1:{parts.port or 80}"
    lines = [f"{method} {path} HTTP/1.0", f"Host: {host}", "Accept: application/json", "Connection: close"]
    if body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body.encode())}"]
    request = "\r\n".join([*lines, "", body or ""])
    command = [
        "timeout",
        str(TIMEOUT),
        "bash",
        "-c",
        _ASK,
        "ratchet",
        parts.hostname,
        str(parts.port or 80),
        str(_MOST),
    ]
    container = engine.client.containers.get(container_id)
    done = container.exec_run(command, demux=True, environment={"RATCHET_REQUEST": request})
    out, _said = done.output
    if not out:
        slow = f"no answer within {TIMEOUT} s" if done.exit_code == 124 else "connection refused"
        raise OSError(slow)
    answer = http.client.HTTPResponse(_Answer(out), method=method)  # type: ignore[arg-type]
    answer.begin()
    return answer.status, {name.lower(): text for name, text in answer.getheaders()}, answer.read()

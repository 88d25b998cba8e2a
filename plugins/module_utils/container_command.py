# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A command in a running container: it may hang, and never stop printing, and what it prints may hold secrets."""

from __future__ import annotations

import threading
import time
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils.engine import Container, Engine
from ansible_collections.ratchet.runtime.plugins.module_utils.masking import mask, printable

# Seconds that a command may take.
PATIENCE = 300.0
# Of what it said: some judge by more than the last words. Bytes that are kept meanwhile, as it may never stop.
_LINES = 60
_MOST = 256 * 1024


def run(engine: Engine, container: Container, argv: list[str], patience: float = PATIENCE) -> dict[str, Any]:
    """Run a command in a container.

    :param patience: seconds that it may take.
    :returns: ``exit_code`` (None when it took too long), ``said`` (the end of what it printed, secrets masked) and ``seconds``.
    """
    began, done = time.monotonic(), []

    def execute() -> None:
        done.append(_executed(engine, container.id, argv))

    # Whoever hangs goes with the container.
    worker = threading.Thread(target=execute, daemon=True)
    worker.start()
    worker.join(patience)
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

# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A command run once in a service's own configuration, by the engine: whoever started it may go away and come back."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils import compose
from ansible_collections.ratchet.runtime.plugins.module_utils.engine import PROJECT_LABEL, Container, Engine
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.sidecar import Sidecar

LABEL = "ratchet.runtime.one-shot"


@dataclass(frozen=True)
class Place:
    """The Compose project, and the service whose configuration the command gets."""

    directory: str
    project: str
    files: list[str]
    service: str
    env_file_options: list[str] = field(default_factory=list)


def run(
    engine: Engine, place: Place, argv: list[str], patience: float | None = None, resumes: str = ""
) -> dict[str, Any]:
    """Run it, or wait for the one that runs already.

    :param argv: program and arguments for the image's entry point; the service's own command when empty.
    :param patience: seconds until this returns in any case; None waits to the end.
    :param resumes: the id of what was under way when this returned before. It may have ended meanwhile, and isn't run again then.
    :returns: ``seconds`` and ``log`` (its end, secrets masked); or ``under_way`` with ``id``, ``seconds`` and ``doing``.
    :raises RatchetError: when it ends with another exit code than 0; its container is then gone, its last words are told.
    """
    found = _resumed(engine, place, argv, resumes) or _running(engine, place, argv) or _start(engine, place, argv)
    code = Sidecar(engine, found.id).wait(patience)
    seconds, log = _age(found), engine.log_tail(found)
    told = " ".join(argv) or place.service
    if code is None:
        return {
            "under_way": {"id": found.id, "seconds": seconds, "doing": f"{told}: {log[-1] if log else 'no word yet'}"}
        }
    Sidecar(engine, found.id).remove()
    if code != 0:
        last = "; ".join(log[-5:]) or "without a word"
        raise RatchetError(
            f"{told} ended with exit code {code} in the service {place.service}: {last}",
            "See what it says; nothing else was started",
        )
    return {"seconds": seconds, "log": log}


def _labels(place: Place, argv: list[str]) -> dict[str, str]:
    what = hashlib.sha256(json.dumps([place.service, *argv]).encode()).hexdigest()[:16]
    return {LABEL: what}


def _resumed(engine: Engine, place: Place, argv: list[str], id: str) -> Container | None:
    if not id:
        return None
    known = engine.containers({PROJECT_LABEL: place.project, **_labels(place, argv)})
    found = next((container for container in known if container.id == id), None)
    if not found:
        raise RatchetError(
            f"the container of {' '.join(argv) or place.service} is gone, so how it ended isn't known",
            "See whether something removes containers there, and run the same command again",
        )
    return found


def _running(engine: Engine, place: Place, argv: list[str]) -> Container | None:
    """The container of an earlier run that is still at it. One that has ended is removed: how it ended was for that run."""
    at_it = None
    for container in engine.containers({PROJECT_LABEL: place.project, **_labels(place, argv)}):
        if container.running:
            at_it = container
        else:
            Sidecar(engine, container.id).remove()
    return at_it


def _start(engine: Engine, place: Place, argv: list[str]) -> Container:
    options = ["--project-directory", place.directory, "--project-name", place.project]
    for path in place.files:
        options += ["--file", path]
    for path in place.env_file_options:
        options += ["--env-file", path]
    labels = [part for name, value in _labels(place, argv).items() for part in ("--label", f"{name}={value}")]
    done = compose.run(
        [*options, "run", "--detach", "--no-deps", "--no-TTY", *labels, place.service, *argv],
        place.directory,
    )
    if done.returncode != 0:
        raise RatchetError(
            f"{' '.join(argv) or place.service} can't be started in the service {place.service}: {compose.said(done.stderr)}",
            "Mend what Compose says; nothing else was started",
        )
    found = _newest(engine, place, argv)
    if not found:
        raise RatchetError(
            f"the container of {' '.join(argv) or place.service} went away as soon as it was started",
            "See whether the service has the option --rm or something else removes containers there",
        )
    return found


def _newest(engine: Engine, place: Place, argv: list[str]) -> Container | None:
    found = engine.containers({PROJECT_LABEL: place.project, **_labels(place, argv)})
    return found[-1] if found else None


def _age(container: Container) -> float:
    began = datetime.fromisoformat(container.attributes["Created"][:19]).replace(tzinfo=timezone.utc)
    return round((datetime.now(timezone.utc) - began).total_seconds(), 1)

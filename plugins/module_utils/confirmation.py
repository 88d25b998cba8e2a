# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a host's containers say of their own version, and whether the schema is what they expect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils import container_command, inquiry
from ansible_collections.ratchet.runtime.plugins.module_utils.engine import SERVICE_LABEL, Container, Engine
from ansible_collections.ratchet.runtime.plugins.module_utils.masking import printable

# Seconds that a command may take; one that tells a version loads the whole application first.
PATIENCE = 120.0
# A version is short; more is somebody else's words.
_LONGEST = 100


def versions(
    engine: Engine, containers: Sequence[Container], witnesses: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """What each running container says of its version.

    :param witnesses: of a profile: ``says``, and ``label``, ``http`` (``port``, ``path``, and ``field`` or ``header``) or ``exec``.
    :returns: ``name``, ``service`` and ``image_id`` of each, and ``said``: ``says``, ``by`` and ``text`` of who answered.
    """
    running = [each for each in containers if each.running]
    told = [
        {
            "name": each.name,
            "service": each.labels.get(SERVICE_LABEL),
            "image_id": each.image_id,
            "said": [said for witness in witnesses if (said := _without_command(engine, each, witness))],
        }
        for each in running
    ]
    for witness in witnesses:
        if witness.get("exec"):
            _by_command(engine, running, witness, told)
    return told


def _without_command(engine: Engine, container: Container, witness: Mapping[str, Any]) -> dict[str, str] | None:
    if witness.get("label"):
        return _said(witness, f"label {witness['label']}", container.labels.get(witness["label"]))
    if witness.get("http"):
        return _said(witness, witness["http"]["path"], _answer(engine, container, witness["http"]))
    return None


def _by_command(
    engine: Engine, containers: Sequence[Container], witness: Mapping[str, Any], told: Sequence[dict[str, Any]]
) -> None:
    """Ask those of whom no page has told it. A command tells of its image, so one container of an image is enough."""
    known = {
        each["image_id"]
        for each in told
        if any(said["says"] == witness["says"] and not said["by"].startswith("label ") for said in each["said"])
    }
    for container, entry in zip(containers, told):
        if container.image_id in known:
            continue
        known.add(container.image_id)
        said = _said(
            witness, " ".join(witness["exec"]), inquiry.by_command(engine, container.id, list(witness["exec"]))
        )
        entry["said"] += [said] if said else []


def _answer(engine: Engine, container: Container, page: Mapping[str, Any]) -> str:
    place = container.endpoint(page["port"])
    if not place:
        return ""
    return inquiry.by_page(engine, f"http://{place[0]}:{place[1]}{page['path']}", page.get("field"), page.get("header"))


def _said(witness: Mapping[str, Any], by: str, text: str | None) -> dict[str, str] | None:
    return {"says": witness["says"], "by": by, "text": printable(text, _LONGEST)} if text else None


def check(engine: Engine, containers: Sequence[Container], argv: Sequence[str]) -> dict[str, Any] | None:
    """Run the command that succeeds once the schema is what the image expects; None where nothing runs.

    :returns: as ``container_command.run``.
    """
    running = [each for each in containers if each.running]
    return container_command.run(engine, running[0], list(argv), PATIENCE) if running else None

# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Images on a host: the exact ones, pulled before anything stops."""

from __future__ import annotations

from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils.engine import Engine, login_of
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.masking import printable
from ansible_collections.ratchet.runtime.plugins.module_utils.references import parse


def ensure(
    engine: Engine, wanted: list[dict[str, Any]], pretend: bool = False, login: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Have every image on the host under its tag, with its digest where one is given.

    :param login: ``username`` and ``password`` for the registry; without them, those of this user's Docker configuration.
    :returns: ``changed`` and ``ids`` by reference (None for what was only pretended).
    """
    changed, ids = False, {}
    for image in wanted:
        reference, digest = image["reference"], image.get("digest")
        source = parse(reference).pinned(digest) if digest else reference
        tagged, exact = engine.local_image(reference), engine.local_image(source)
        if exact and tagged and exact["id"] == tagged["id"]:
            ids[reference] = exact["id"]
            continue
        changed = True
        ids[reference] = None if pretend else _fetch(engine, reference, source, login)
    return {"changed": changed, "ids": ids}


def _fetch(engine: Engine, reference: str, source: str, login: dict[str, Any] | None) -> str:
    """Pull ``source`` unless it is there, and let ``reference`` stand for it."""
    import docker

    if not engine.local_image(source):
        try:
            engine.client.images.pull(source, auth_config=login_of(login))
        except docker.errors.APIError as error:
            raise RatchetError(
                f"the image {source} can't be pulled: {printable(str(error.explanation or error), 300)}",
                "See to the registry, the login of the user who pulls, and the disk under the engine; nothing was stopped",
            ) from error
    image = engine.client.images.get(source)
    if source != reference:
        target = parse(reference)
        image.tag(target.name, target.tag)
    return image.id

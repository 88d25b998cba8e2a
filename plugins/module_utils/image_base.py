# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an image was built on: by the labels that say so, else by its layers, which begin with those of its base.

https://specs.opencontainers.org/image-spec/annotations/#pre-defined-annotation-keys
"""

from __future__ import annotations

from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils.engine import Engine
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.references import parse, tag_of

NAME_LABEL = "org.opencontainers.image.base.name"
DIGEST_LABEL = "org.opencontainers.image.base.digest"


def of(engine: Engine, image: str, base: str) -> dict[str, Any]:
    """The base of a built image, as far as this host can tell.

    :param image: its id.
    :param base: the reference in the Dockerfile's FROM; only images of that repository count.
    :returns: ``reference`` and ``digests`` of the base, empty where it can't be told; ``contradicts``: whether ``base`` is here,
        and is none that the image was built on.
    """
    import docker

    name = parse(base).name
    try:
        attributes = engine.client.images.get(image).attrs
    except docker.errors.ImageNotFound:
        return {"reference": "", "digests": [], "contradicts": False}
    found = _by_labels((attributes.get("Config") or {}).get("Labels") or {}, name) or _by_layers(
        engine, layers(attributes), name
    )
    named = engine.client.images.list(base) if not found else []
    contradicts = any(not begins_with(layers(attributes), layers(each.attrs)) for each in named)
    return {**(found or {"reference": "", "digests": []}), "contradicts": contradicts}


def layers(attributes: dict[str, Any]) -> list[str]:
    """An image's layers, the lowest first, by what is in them."""
    return (attributes.get("RootFS") or {}).get("Layers") or []


def begins_with(built: list[str], base: list[str]) -> bool:
    """Whether an image of the layers ``built`` has those of ``base`` below its own."""
    return bool(base) and built[: len(base)] == base


def _by_labels(labels: dict[str, str], name: str) -> dict[str, Any] | None:
    """What the labels say, if it is of this repository: the base hands down its own to images whose builder sets none."""
    try:
        said = parse(labels.get(NAME_LABEL, ""))
    except RatchetError:
        return None
    if not said.tag or not said.same_image_as(parse(name)):
        return None
    digest = labels.get(DIGEST_LABEL)
    return {"reference": f"{name}:{said.tag}", "digests": [f"{name}@{digest}"] if digest else []}


def _by_layers(engine: Engine, built: list[str], name: str) -> dict[str, Any] | None:
    """The image of this repository with the most layers that the built one begins with."""
    fitting = [each for each in engine.client.images.list(name) if begins_with(built, layers(each.attrs))]
    most = max((len(layers(each.attrs)) for each in fitting), default=0)
    for each in fitting:
        tags = [tag for tag in each.tags if tag_of(tag) and parse(tag).name == name]
        if len(layers(each.attrs)) == most and tags:
            # A full version says more than a word such as latest, and has a digit.
            tag = max(tags, key=lambda tag: (any(character.isdigit() for character in tag.rpartition(":")[2]), tag))
            return {"reference": tag, "digests": each.attrs.get("RepoDigests") or []}
    return None

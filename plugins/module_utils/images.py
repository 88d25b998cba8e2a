# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Images on a host: the exact ones, pulled before anything stops."""

from __future__ import annotations

import contextlib
import hashlib
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils.engine import Engine, login_of
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.masking import printable
from ansible_collections.ratchet.runtime.plugins.module_utils.references import parse


def ensure(
    engine: Engine, wanted: list[dict[str, Any]], pretend: bool = False, login: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Have every image on the host under its tag, with its digest where one is given.

    :param wanted: each with ``reference``, and ``digest`` or ``id``: that of an image which ran here once is asked of nobody else.
    :param login: ``username`` and ``password`` for the registry; without them, those of this user's Docker configuration.
    :returns: ``changed`` and ``ids`` by reference (None for what was only pretended).
    """
    changed, ids = False, {}
    for image in wanted:
        reference, digest = image["reference"], image.get("digest")
        source = parse(reference).pinned(digest) if digest else reference
        if image.get("id") and engine.local_image(image["id"]):
            source = image["id"]
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
                "See to the registry, the login of the user who pulls, and the disk under the engine, then run again",
            ) from error
    image = engine.client.images.get(source)
    target = parse(reference)
    if source != reference and target.tag:
        image.tag(target.name, target.tag)
    return image.id


def name(engine: Engine, wanted: list[dict[str, Any]], pretend: bool = False) -> list[str]:
    """Let names stand for images that are here, as Compose finds what it has built.

    :param wanted: each with ``reference`` and ``id``, and ``instead_of``: another name of the image, which it then loses.
    :returns: the names that stood for something else, or for nothing.
    :raises RatchetError: when an image isn't here any more; then no name was given.
    """
    import docker

    for each in wanted:
        if not engine.local_image(each["id"]):
            raise RatchetError(
                f"the image {each['id'][:19]}, which was built here for {each['reference']}, is gone, and no registry has it",
                "See what has removed it (docker image prune --all does), then build it again: docker compose build",
            )
    stale = [each for each in wanted if (engine.local_image(each["reference"]) or {}).get("id") != each["id"]]
    for each in () if pretend else stale:
        target = parse(each["reference"])
        engine.client.images.get(each["id"]).tag(target.name, target.tag or "latest")
    for each in () if pretend else wanted:
        if each.get("instead_of"):
            with contextlib.suppress(docker.errors.APIError):  # another run may have removed it
                engine.client.images.remove(each["instead_of"])
    return [each["reference"] for each in stale]


# A repository of our own, on no registry: what a deploy replaces keeps a name here, so that tidying up doesn't take the way back.
KEPT = "ratchet-runtime-kept"


def keep(engine: Engine, project: str, run: str, ids: list[str], most: int, pretend: bool = False) -> bool:
    """Keep the images that a deploy replaces, and let go of those that only older deploys replaced.

    :param run: id of the deploy; ids sort by time.
    :param most: how many deploys of the project keep theirs; 0 keeps all.
    :returns: whether anything was to be done.
    """
    import docker

    names = {f"{_tag_start(project)}{run}.{number}": id for number, id in enumerate(sorted(set(ids)))}
    kept = _kept(engine, project)
    missing = {tag: id for tag, id in names.items() if tag not in kept and engine.local_image(id)}
    runs = sorted({_run_of(project, tag) for tag in (*kept, *missing)})
    gone = runs[:-most] if most else []
    stale = [tag for tag in kept if _run_of(project, tag) in gone]
    if not pretend:
        for tag, id in missing.items():
            engine.client.images.get(id).tag(KEPT, tag)
        for tag in stale:
            with contextlib.suppress(docker.errors.APIError):  # somebody else's container may still need it
                engine.client.images.remove(f"{KEPT}:{tag}")
    return bool(missing or stale)


def _tag_start(project: str) -> str:
    # A tag has at most 128 characters, and two long names may begin alike.
    short = project if len(project) <= 64 else f"{project[:48]}-{hashlib.sha256(project.encode()).hexdigest()[:12]}"
    return f"{short}."


def _kept(engine: Engine, project: str) -> list[str]:
    tags = [tag for image in engine.client.images.list(KEPT) for tag in image.tags]
    return [name for name in (tag.rpartition(":")[2] for tag in tags) if name.startswith(_tag_start(project))]


def _run_of(project: str, tag: str) -> str:
    return tag[len(_tag_start(project)) :].rpartition(".")[0]

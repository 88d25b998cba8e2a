# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Images of services that are built from a Dockerfile, built on the planned base while the old ones run; nothing that runs is renamed.

https://github.com/compose-spec/compose-spec/blob/main/build.md
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils import atomic, compose, image_base, project_edit
from ansible_collections.ratchet.runtime.plugins.module_utils.engine import Engine
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.masking import mask, printable, secrets_of
from ansible_collections.ratchet.runtime.plugins.module_utils.project_edit import Place
from ansible_collections.ratchet.runtime.plugins.module_utils.references import parse

# A repository of our own, on no registry: what was built has its name here until the service gets it.
BUILT = "ratchet-runtime-built"
# Characters of what a failed build has said.
_LAST_WORDS = 800
# Seconds. Whatever takes longer hangs.
_PATIENCE = 4 * 3600
# With another one, of the user's choice, the base would be pulled anew, by its tag. https://docs.docker.com/build/builders/
_BUILDER = {"BUILDX_BUILDER": "default"}


def build(
    engine: Engine,
    edits: list[Mapping[str, Any]],
    place: Place,
    project: str,
    builds: Sequence[Mapping[str, Any]],
    base: Mapping[str, str],
    old: Sequence[str] = (),
) -> dict[str, str]:
    """Build what the services will run, from copies of the files with the planned edits.

    :param project: the Compose project's name.
    :param builds: each with ``service`` and ``dockerfile`` (its path).
    :param base: ``reference`` and ``digest`` of the planned base, which is here under this name.
    :param old: the ids of the images that are replaced.
    :returns: the id of each service's image.
    :raises RatchetError: when a build fails, or what came of it doesn't have the planned base, or is what runs already.
    """
    rendered, dockerfiles = project_edit.foresee(edits, place)
    names = {each["service"]: name_of(project, each["service"]) for each in builds}
    with tempfile.TemporaryDirectory(prefix="ratchet-") as directory:
        copies = {path: _copy(directory, path, content) for path, content in dockerfiles.items()}
        services = {
            each["service"]: _service(
                rendered["services"][each["service"]], copies[each["dockerfile"]], names[each["service"]], base
            )
            for each in builds
        }
        _run(place.directory, _project(rendered, services))
    ids = {service: engine.client.images.get(name).id for service, name in names.items()}
    wanted = engine.client.images.get(base["reference"])
    for service, id in ids.items():
        _prove(engine, service, id, wanted, base)
        if id in old:
            raise RatchetError(
                f"the image of {service!r} was built, and it is the one that runs already",
                "See what FROM names now, then run again; nothing was stopped",
            )
    return ids


def name_of(project: str, service: str) -> str:
    """What a service's new image is called until the service gets it."""
    tag = f"{project}.{service}"
    return f"{BUILT}:{tag if len(tag) <= 128 else hashlib.sha256(tag.encode()).hexdigest()}"


def _copy(directory: str, path: str, content: bytes) -> str:
    """The Dockerfile in a directory of its own, with what is ignored for it alone: https://docs.docker.com/build/concepts/context/#filename-and-location"""
    place = os.path.join(directory, hashlib.sha256(path.encode()).hexdigest()[:16])
    os.mkdir(place, 0o700)
    copy = os.path.join(place, os.path.basename(path))
    atomic.write(copy, content)
    if os.path.isfile(f"{path}.dockerignore"):
        shutil.copyfile(f"{path}.dockerignore", f"{copy}.dockerignore")
    return copy


def _service(rendered: Mapping[str, Any], dockerfile: str, name: str, base: Mapping[str, str]) -> dict[str, Any]:
    """The service as far as building it goes; the label tells whoever looks at its containers what they were built on."""
    labels = {
        **(rendered["build"].get("labels") or {}),
        image_base.NAME_LABEL: base["reference"],
        image_base.DIGEST_LABEL: base["digest"],
    }
    # Other names would stand for what doesn't run yet.
    how = {key: value for key, value in rendered["build"].items() if key != "tags"}
    return {
        "image": name,
        "build": {**how, "dockerfile": dockerfile, "labels": labels},
        **({"platform": rendered["platform"]} if rendered.get("platform") else {}),
    }


def _project(rendered: Mapping[str, Any], services: Mapping[str, Any]) -> dict[str, Any]:
    shared = {key: rendered[key] for key in ("name", "secrets", "configs", "networks", "volumes") if rendered.get(key)}
    return {**shared, "services": services}


def _run(directory: str, project: Mapping[str, Any]) -> None:
    """Let Compose build. What is pulled was pulled before, by its digest, so that no tag that has moved can come in."""
    text = json.dumps(project).encode()
    options = ["--project-directory", directory, "--file", "-"]
    done = compose.run([*options, "build", *project["services"]], directory, text, _PATIENCE, _BUILDER)
    if done.returncode != 0:
        # How it went is on stdout with one builder and on stderr with the other; why it failed comes last.
        said = mask((done.stdout + done.stderr).decode(errors="replace").strip(), _secrets(project))
        raise RatchetError(
            f"the image of {', '.join(project['services'])} can't be built on the new version: {printable(said, _LAST_WORDS)}",
            "Mend the Dockerfile or what it copies, as docker compose build would ask you to, and run again; nothing was stopped",
        )


def _secrets(project: Mapping[str, Any]) -> set[str]:
    given = [service["build"].get("args") or {} for service in project["services"].values()]
    return secrets_of([f"{name}={value}" for arguments in given for name, value in arguments.items()])


def _prove(engine: Engine, service: str, id: str, base: Any, planned: Mapping[str, str]) -> None:
    """See that the image stands on the planned base."""
    made = engine.client.images.get(id)
    if not image_base.begins_with(image_base.layers(made.attrs), image_base.layers(base.attrs)):
        raise RatchetError(
            f"the image of {service!r} was built, but not on {parse(planned['reference']).pinned(planned['digest'])}: its layers are others",
            "See what the FROM of its final stage stands for here: a builder or a proxy that keeps another image under this name",
        )

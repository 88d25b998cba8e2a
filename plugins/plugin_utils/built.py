# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Services that are built from a Dockerfile, seen as the image that they are built on: that is what has a version. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.references import parse
from ansible_collections.ratchet.runtime.plugins.plugin_utils import unfinished
from ansible_collections.ratchet.runtime.plugins.plugin_utils.dockerfile import path_of
from ansible_collections.ratchet.runtime.plugins.plugin_utils.problems import Problems


def dockerfiles(builds: Mapping[str, Mapping[str, Any]], services: Sequence[str]) -> list[str]:
    """The Dockerfiles to read: of ``services``, and of all others that may be built from the same.

    :param builds: the ``build`` of each service of the project that has one, as Compose renders it.
    :raises RatchetError: when one of ``services`` is built from what is no file on its host.
    """
    found = [path_of(name, builds[name]) for name in services if name in builds]
    for name in builds if found else ():
        try:
            found.append(path_of(name, builds[name]))
        except RatchetError:
            continue  # another service's business
    return list(dict.fromkeys(found))


def below(
    seen: Mapping[str, Any], sources: Sequence[Mapping[str, Any]], builds: Mapping[str, Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """The services with the base that their Dockerfile names as their ``image``, and the ``dockerfile``."""
    # Of each service, the base of its final stage is told first.
    written = {source["service"]: source["reference"] for source in reversed(sources)}
    return [
        {
            **service,
            "image": _tagged(written[service["name"]]),
            "dockerfile": path_of(service["name"], builds[service["name"]]),
        }
        if service.get("built")
        else service
        for service in seen["services"]
    ]


def questions(services: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """For the host: on what are these images built?"""
    found = {
        each["image_id"]: service["image"]
        for service in services
        if service.get("built")
        for each in service["containers"]
    }
    return [{"image": image, "base": base.partition("@")[0]} for image, base in found.items()]


def told(seen: Mapping[str, Any], answers: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The services, their containers with the reference and digests of the base that they were built on.

    :param answers: to :func:`questions`, by image.
    """
    known = dict(_recorded(seen))
    return [
        {
            **service,
            "containers": [_container(each, service["image"], answers, known) for each in service["containers"]],
        }
        if service.get("built")
        else service
        for service in seen["services"]
    ]


def refuse_several(services: Sequence[Mapping[str, Any]]) -> None:
    """One image at a time.

    :raises RatchetError: when the services are of several, or built on several.
    """
    if len({parse(service["image"]).name for service in services}) > 1:
        names = ", ".join(service["name"] for service in services)
        raise RatchetError(
            f"the services {names} run different images, or are built on different ones",
            "Upgrade them one image at a time: name those of one image in runtime_services",
        )


def refuse_rehearsal(fleet: Mapping[str, Mapping[str, Any]], problems: Problems) -> None:
    """What would be rehearsed is the image alone, without what the Dockerfile adds to it."""
    names = {each["name"] for seen in fleet.values() for each in seen["services"] if each.get("built")}
    if names:
        problems.add(
            RatchetError(
                f"{', '.join(sorted(names))} can't be rehearsed yet: built from a Dockerfile",
                "Rehearse where the service has an image: that was built from it",
            )
        )


def plans(services: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """What has to be built of these services: ``service``, ``dockerfile``, and the image's ``name``."""
    return [
        {"service": service["name"], "dockerfile": service["dockerfile"], "name": service["built"]}
        for service in services
        if service.get("built")
    ]


def project(services: Sequence[Mapping[str, Any]], image: str) -> dict[str, Any]:
    """What a planned project says of its services: the ``images`` that they are to have (any, where one is built), and the ``dockerfiles``."""
    return {
        "images": {service["name"]: "" if service.get("built") else image for service in services},
        "dockerfiles": sorted({service["dockerfile"] for service in services if service.get("built")}),
    }


def names_before(services: Sequence[Mapping[str, Any]], reference: str, digest: str | None) -> list[dict[str, str]]:
    """What the names of these services' images have to stand for again, should a host go back from ``reference``."""
    return [
        {"reference": service["built"], "id": old[0]}
        for service in services
        if service.get("built")
        and (old := [each["image_id"] for each in service["containers"] if _is_old(each, reference, digest)])
    ]


def recorded(before: Mapping[str, Any]) -> list[dict[str, str]]:
    """What the names of built images stood for before a deploy, by the side ``from`` of its entry in the journal."""
    found = [each for each in before.get("images") or [] if isinstance(each, dict)]
    return [
        {"reference": each["reference"], "id": each["id"]}
        for each in found
        if isinstance(each.get("reference"), str) and re.fullmatch(r"sha256:[0-9a-f]{64}", str(each.get("id")))
    ]


def names_again(services: Sequence[Mapping[str, Any]], named: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    """What the names of these services' images have to stand for again.

    :param named: as :func:`recorded` tells it.
    :raises RatchetError: when that isn't known of a service that is built.
    """
    ids = {each["reference"]: each["id"] for each in named}
    unknown = [
        each["name"] for each in services if each.get("built") and each["containers"] and each["built"] not in ids
    ]
    if unknown:
        raise RatchetError(
            f"the journal doesn't say which image {', '.join(unknown)} ran before, and it is built from a Dockerfile",
            "Write the old version into the Dockerfile by hand, build it (docker compose build), and use the playbook restore if the database "
            "has to go back, too",
        )
    return [{"reference": each["built"], "id": ids[each["built"]]} for each in services if each.get("built") in ids]


def _is_old(container: Mapping[str, Any], reference: str, digest: str | None) -> bool:
    known = [each.rpartition("@")[2] for each in container["digests"]]
    return container["reference"] != reference or bool(digest and known and digest not in known)


def _container(
    container: Mapping[str, Any],
    written: str,
    answers: Mapping[str, Mapping[str, Any]],
    known: Mapping[str, Mapping[str, Any]],
) -> dict[str, Any]:
    """By the image itself, by the journal of what ran before a deploy, and only then by the file: it may have been edited since."""
    answer = answers.get(container["image_id"]) or {}
    base = answer if answer.get("reference") else known.get(container["image_id"])
    if not base and answer.get("contradicts"):
        return dict(container)  # its own name has no version, which the plan says
    base = base or {"reference": written, "digests": []}
    reference = base["reference"].partition("@")[0]
    return {**container, "reference": reference, "digests": list(base.get("digests") or [])}


def _recorded(seen: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """By image, what the host's journal says of containers that ran before a deploy; the latest last."""
    for entry in unfinished.entries(seen):
        for each in entry["from"].get("containers") or []:
            if isinstance(each, dict) and each.get("image_id") and each.get("reference"):
                yield each["image_id"], each


def _tagged(reference: str) -> str:
    """Without a tag, the one that Docker takes then."""
    parsed = parse(reference)
    return f"{parsed.name}:{parsed.tag or 'latest'}" + (f"@{parsed.digest}" if parsed.digest else "")

# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the image of a service really lives, and who else lives from it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.references import parse
from ansible_collections.ratchet.runtime.plugins.plugin_utils.compose_file import child, pairs
from ansible_collections.ratchet.runtime.plugins.plugin_utils.compose_project import Contents, Pick, Project, decoded
from ansible_collections.ratchet.runtime.plugins.plugin_utils.dockerfile import Dockerfile, path_of
from ansible_collections.ratchet.runtime.plugins.plugin_utils.places import Origin, Piece, joined, undefined_in
from ansible_collections.ratchet.runtime.plugins.plugin_utils.source import Source, from_pieces


def missing_files(
    files: Sequence[str], contents: Contents, env_files: Sequence[str] = (), directory: str | None = None
) -> list[str]:
    """The files that ``extends`` and ``include`` lead to and that ``contents`` doesn't tell of yet.

    To be asked again with those added, until nothing is missing. One that doesn't exist is added as None: an included project's
    ``.env`` need not.
    """
    return Project(files, env_files, contents, directory).missing()


def locate(
    service: str,
    rendered: str,
    files: Sequence[str],
    env_files: Sequence[str],
    contents: Contents,
    directory: str | None = None,
) -> Source:
    """Find what to edit so that ``service`` gets another tag.

    :param rendered: the image as Compose renders it; what is found must give just this.
    :param files: the project's Compose files in the order in which they override each other.
    :param directory: the project's directory, if the first file lies elsewhere.
    :raises RatchetError: when the image isn't where an edit could reach it; the message names the place.
    """
    return _locate(Project(files, env_files, contents, directory), service, rendered, contents)


def locate_all(
    services: Mapping[str, str],
    images: Mapping[str, str | None],
    files: Sequence[str],
    env_files: Sequence[str],
    contents: Contents,
    directory: str | None = None,
    builds: Mapping[str, Mapping[str, Any]] | None = None,
) -> list[Source]:
    """The sources of ``services`` (name to rendered image), each with who shares it among ``images``, all of the project's.

    :param builds: the ``build`` of each service of the project that is built from a Dockerfile: its source is the base in there.
    """
    project, builds = Project(files, env_files, contents, directory), builds or {}
    sources = []
    for name, image in services.items():
        if name in builds:
            sources += _locate_build(project, name, builds[name], contents)
        else:
            sources.append(_locate(project, name, image, contents))
    others = {
        name: _below(project, name, builds[name], contents) if name in builds else _written(project, name)
        for name in images
    }
    return [
        replace(
            source,
            shared_with=tuple(name for name in images if name != source.service and _touches(source, others[name])),
        )
        for source in sources
    ]


def locate_build(
    service: str,
    build: Mapping[str, Any],
    files: Sequence[str],
    env_files: Sequence[str],
    contents: Contents,
    directory: str | None = None,
    repository: str = "",
) -> list[Source]:
    """Find what to edit so that ``service``, which is built from a Dockerfile, gets another base image.

    :param build: the service's ``build`` as Compose renders it: ``context``, ``dockerfile``, ``args``, ``target``.
    :param contents: with the Dockerfile's, under ``dockerfile.path_of(build)``.
    :param repository: the image that the base has to be; whatever the final stage is made from when empty.
    :returns: the base of the final stage first, then every other FROM of the same repository.
    :raises RatchetError: when the base isn't where an edit could reach it.
    """
    return _locate_build(Project(files, env_files, contents, directory), service, build, contents, repository)


def _locate_build(
    project: Project, service: str, build: Mapping[str, Any], contents: Contents, repository: str = ""
) -> list[Source]:
    file = _dockerfile(project, service, build, contents)
    base = _base(file, build)
    wanted = parse(repository or joined(base.pieces))
    if not parse(joined(base.pieces)).same_image_as(wanted):
        raise RatchetError(
            f"{service!r} is built from {joined(base.pieces)!r} ({base.place}), not from {repository}",
            "Set runtime_services to the services that are built from the runtime's image",
        )
    others = [each for each in file.images() if each != base and _names(each.pieces, wanted.name)]
    return [from_pieces(service, each.place, each.pieces, contents) for each in (base, *others)]


def _dockerfile(project: Project, service: str, build: Mapping[str, Any], contents: Contents) -> Dockerfile:
    path = path_of(service, build)
    content = contents.get(path)
    if content is None:
        raise RatchetError(
            f"{path}, from which {service!r} is built, wasn't read",
            "See that it is there, and that Ansible's user may read it",
        )
    arguments = {name: _argument(project, service, name, value) for name, value in (build.get("args") or {}).items()}
    return Dockerfile(path, decoded(path, content), arguments)


def _below(project: Project, service: str, build: Mapping[str, Any], contents: Contents) -> list[Piece]:
    """What the images below a built service are put together from, as far as that can be followed."""
    try:
        stages = _dockerfile(project, service, build, contents).images()
    except RatchetError:
        return []
    return [piece for stage in stages for piece in stage.pieces]


def _base(file: Dockerfile, build: Mapping[str, Any]) -> Any:
    """What the final stage is made from."""
    base = file.base(build.get("target") or "")
    unknown = undefined_in(base.pieces)
    if unknown:
        raise RatchetError(
            f"{base.place} is made from {base.origin.scalar.value!r}, and nothing gives {', '.join(unknown)} a value",
            "Give ARG a default before the first FROM, or set it under build: args:",
        )
    return base


def _locate(project: Project, service: str, rendered: str, contents: Contents) -> Source:
    found = project.pieces(service, _image_of(service))
    if not found:
        raise RatchetError(
            f"the image of the service {service!r} isn't written in {', '.join(project.files)} or in what they extend and include",
            "Write image: under the service itself",
        )
    origin, pieces = found
    return from_pieces(service, origin.place, _agreed(project, service, rendered, origin, pieces), contents)


def _agreed(project: Project, service: str, rendered: str, origin: Origin, pieces: list[Piece]) -> list[Piece]:
    """The pieces, if they give the rendered image; the value of one variable from outside the files is read off it.

    :raises RatchetError: when they don't.
    """
    if joined(pieces) == rendered and (_is_image(rendered) or not undefined_in(pieces)):
        return pieces
    unknown = [number for number, piece in enumerate(pieces) if undefined_in([piece])]
    if len(unknown) == 1:
        before, after = joined(pieces[: unknown[0]]), joined(pieces[unknown[0] :])
        if len(before + after) < len(rendered) and rendered.startswith(before) and rendered.endswith(after):
            value = rendered[len(before) : len(rendered) - len(after)]
            return [replace(each, text=value) if number in unknown else each for number, each in enumerate(pieces)]
    if unknown:
        names = ", ".join(dict.fromkeys(undefined_in(pieces)))
        raise RatchetError(
            f"the image of {service!r} in {origin.place} takes a part from {names}, which no env file of the project defines",
            f"Define {names} in {project.env_file}",
        )
    used = {f"{each.variable} from {each.origin.place}" for each in pieces if each.variable and each.origin}
    given = f" with {', '.join(sorted(used))}" if used else ""
    raise RatchetError(
        f"Compose renders the image of {service!r} as {rendered}, but {origin.place}{given} says {joined(pieces)!r}",
        "Something else decides, most likely a variable in the environment, which beats the file: unset it there",
        contradictory=True,
    )


def _image_of(name: str) -> Pick:
    def pick(service: Any) -> tuple[Any, str, int] | None:
        node = child(service, "image")
        return None if node is None else (node, f"{name}: image: ", 0)

    return pick


def _argument(project: Project, service: str, name: str, rendered: Any) -> list[Piece]:
    """A build argument's value; without a place where no file gives just this value."""

    def pick(owner: Any) -> tuple[Any, str, int] | None:
        found = next((each for each in pairs(child(child(owner, "build"), "args")) if each[0] == name), None)
        return None if found is None else (found[1], f"{service}: build: args: {name}=", found[2])

    found = project.pieces(service, pick)
    pieces = found[1] if found else project.variable(name) or []
    return pieces if joined(pieces) == str(rendered) else [Piece(str(rendered), variable=name)]


def _written(project: Project, service: str) -> list[Piece]:
    """What the image is put together from, as far as that can be followed."""
    try:
        found = project.pieces(service, _image_of(service))
    except RatchetError:
        return []
    return found[1] if found else []


def _touches(source: Source, pieces: Iterable[Piece]) -> bool:
    return any(
        piece.origin
        and piece.origin.path == place.path
        and piece.start < place.start + len(place.text)
        and place.start < piece.start + len(piece.text)
        for piece in pieces
        for place in source.places
    )


def _is_image(text: str) -> bool:
    try:
        parse(text)
    except RatchetError:
        return False
    return True


def _names(pieces: list[Piece], name: str) -> bool:
    try:
        return parse(joined(pieces)).same_image_as(parse(name))
    except RatchetError:
        return False

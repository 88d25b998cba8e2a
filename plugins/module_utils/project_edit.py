# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The planned edits of a project, all or none, proven by what Compose makes of them: only the planned services' image changes."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils import atomic, compose, splice
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.references import parse


@dataclass(frozen=True)
class Place:
    """A project on this host, and the images that its services are to have; ``digest`` where they are pinned, empty for any.

    :ivar dockerfiles: from which services are built; Compose renders nothing of them.
    """

    directory: str
    files: list[str]
    env_files: list[str] = field(default_factory=list)
    env_file_options: list[str] = field(default_factory=list)
    profiles: list[str] = field(default_factory=list)
    images: dict[str, str] = field(default_factory=dict)
    dockerfiles: list[str] = field(default_factory=list)


def make(edits: list[Mapping[str, Any]], place: Place, pretend: bool = False, undo: bool = False) -> dict[str, Any]:
    """Make the edits, or none of them.

    :param edits: each with ``path``, ``before`` and ``splices``.
    :param undo: take the edits back instead: every file is again what it was, to the last byte.
    :param pretend: change nothing, and let Compose render copies instead, as far as that can be tried out.
    :returns: ``changed``, ``written`` (paths), and ``also`` (keys of the planned services that follow the same variable).
    :raises RatchetError: when a file isn't as planned, or the rendered project isn't as it should be; then all is as before.
    """
    contents = _contents(edits, undo)
    if not contents:
        return {"changed": False, "written": [], "also": []}
    before = _rendered(place)
    if pretend:
        rendered = _rehearsed(contents, before, place)
        also = _refuse_surprises(before, rendered, place) if rendered else []
    else:
        also = _written(contents, before, place)
    return {"changed": True, "written": list(contents), "also": also}


def _contents(edits: list[Mapping[str, Any]], undo: bool = False) -> dict[str, bytes]:
    """What the files will be that are to change still."""
    contents = {}
    for each in edits:
        splices = [splice.Splice(**one) for one in each["splices"]]
        content = (splice.undone if undo else splice.after)(each["path"], each["before"], splices)
        if content is not None:
            contents[each["path"]] = content
    return contents


def foresee(edits: list[Mapping[str, Any]], place: Place) -> tuple[dict[str, Any], dict[str, bytes]]:
    """The project as Compose will render it once the edits are made, and what the Dockerfiles will be.

    :raises RatchetError: also when that can't be tried out with copies.
    """
    contents = _contents(edits)
    dockerfiles = {}
    for path in place.dockerfiles:
        with open(path, "rb") as file:
            dockerfiles[path] = contents.pop(path, None) or file.read()
    before = _rendered(place)
    rendered = _rehearsed(contents, before, place) if contents else before
    if rendered is None:
        raise RatchetError(
            f"what Compose will make of the new version in {', '.join(contents)} can't be tried out with copies, so no image can be built beforehand",
            "Write the version into the Dockerfile itself: FROM NAME:TAG",
        )
    return rendered, dockerfiles


def _rendered(place: Place) -> dict[str, Any]:
    """The project as Compose has it; of what only its profiles switch on, just the planned services."""
    found = compose.render(place.directory, place.files, place.env_file_options, place.profiles)
    if place.profiles:
        services = found["services"].items()
        found["services"] = {name: each for name, each in services if name in place.images or not each.get("profiles")}
    return found


def _rehearsed(contents: Mapping[str, bytes], before: dict[str, Any], place: Place) -> dict[str, Any] | None:
    """The project rendered with copies in place of the edited files; None where that can't be tried out.

    The copies stand in a directory that mirrors this host's: whoever names the file by a relative path finds the copy
    (extends, include, a service's env_file, the implied .env), and everything else is found where it is.
    """
    with tempfile.TemporaryDirectory(prefix="ratchet-") as directory:
        root = os.path.realpath(directory)
        try:
            _mirror(root, place.directory)
            for path, content in contents.items():
                _mirror(root, os.path.dirname(path))
                atomic.write(root + path, content)  # it takes the place of the link
        except OSError:  # a directory on the way may be passed but not listed
            return None
        files, env_files = ([root + path for path in paths] for paths in (place.files, place.env_file_options))
        try:
            copies = replace(place, directory=root + place.directory, files=files, env_file_options=env_files)
            rendered = _rendered(copies)
        except RatchetError as error:
            raise RatchetError(error.reason.replace(root, ""), error.remedy.replace(root, "")) from error
        # Whatever it says of paths in the mirror is meant of those that they mirror.
        rendered = json.loads(json.dumps(rendered).replace(json.dumps(root)[1:-1], ""))
    known = (*place.files, *place.env_files, *place.dockerfiles)
    if rendered == before and any(path not in known for path in contents):
        return None  # something names the original by its absolute path
    return rendered


def _mirror(root: str, directory: str) -> None:
    """Make each directory on the way to ``directory`` anew below ``root``, with links to what is in it."""
    at = "/"
    for name in ["", *directory.strip("/").split("/")]:
        at = os.path.join(at, name)
        mirrored = root + at
        if os.path.islink(mirrored):
            os.unlink(mirrored)
            os.mkdir(mirrored, 0o700)
        if not os.listdir(mirrored):
            for entry in os.listdir(at):
                os.symlink(os.path.join(at, entry), os.path.join(mirrored, entry))


def _written(contents: Mapping[str, bytes], before: dict[str, Any], place: Place) -> list[str]:
    old: dict[str, bytes] = {}
    try:
        for path, content in contents.items():
            old[path] = splice.write(path, content)
        return _refuse_surprises(before, _rendered(place), place)
    except BaseException:
        for path, content in old.items():
            splice.write(path, content)
        raise


def _refuse_surprises(before: dict[str, Any], after: dict[str, Any], place: Place) -> list[str]:
    """Hold what Compose makes of the edited files against what was planned.

    :returns: other keys of the planned services that changed with the image; their values may be secrets.
    """
    changed = sorted(_changes(before, after))
    planned = {("services", name) for name in place.images}
    surprises = [".".join(key) for key in changed if key[:2] not in planned or len(key) == 2]
    if surprises:
        raise RatchetError(
            f"the edit would change more of {place.directory} than the runtime's services: {', '.join(surprises[:8])}",
            "Something else takes its value from the same place: give it one of its own",
        )
    for name, wanted in place.images.items():
        image = after["services"][name].get("image") or ""
        if wanted and not _is(image, wanted):
            raise RatchetError(
                f"after the edit Compose would give the service {name!r} the image {image!r} instead of {wanted!r}",
                "Something else decides, most likely a variable in the environment, which beats the file: unset it there",
            )
    return [".".join(key) for key in changed if key[2:] != ("image",)]


def _is(image: str, wanted: str) -> bool:
    found, planned = parse(image), parse(wanted)
    return (found.name, found.tag) == (planned.name, planned.tag) and found.digest in (None, planned.digest)


def _changes(before: Any, after: Any, where: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The keys that differ, as ways from the top, as far down as both sides are mappings."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in {*before, *after}:
            # Compose shows extensions, in which anchors are kept, and makes nothing of them.
            if where or not key.startswith("x-"):
                yield from _changes(before.get(key), after.get(key), (*where, key))
    elif before != after:
        yield where

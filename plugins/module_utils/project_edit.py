# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The planned edits of a project, all or none, proven by what Compose makes of them: only the planned services' image changes."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils import compose, splice
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.references import parse


@dataclass(frozen=True)
class Place:
    """A project on this host, and the images that its services are to have; ``digest`` where they are pinned."""

    directory: str
    files: list[str]
    env_files: list[str] = field(default_factory=list)
    env_file_options: list[str] = field(default_factory=list)
    images: dict[str, str] = field(default_factory=dict)


def make(edits: list[Mapping[str, Any]], place: Place, pretend: bool = False) -> dict[str, Any]:
    """Make the edits, or none of them.

    :param edits: each with ``path``, ``before`` and ``splices``.
    :param pretend: change nothing, and let Compose render copies instead, as far as copies can stand in.
    :returns: ``changed``, ``written`` (paths), and ``also`` (keys of the planned services that follow the same variable).
    :raises RatchetError: when a file isn't as planned, or the rendered project isn't as it should be; then all is as before.
    """
    contents = {}
    for each in edits:
        content = splice.after(each["path"], each["before"], [splice.Splice(**one) for one in each["splices"]])
        if content is not None:
            contents[each["path"]] = content
    if not contents:
        return {"changed": False, "written": [], "also": []}
    before = compose.render(place.directory, place.files, place.env_file_options)
    if pretend:
        rendered = _rehearsed(contents, place)
        also = _refuse_surprises(before, rendered, place) if rendered else []
    else:
        also = _written(contents, before, place)
    return {"changed": True, "written": list(contents), "also": also}


def _rehearsed(contents: Mapping[str, bytes], place: Place) -> dict[str, Any] | None:
    """The project rendered from copies; None where a copy can't stand in: other files name the original."""
    if any(path not in (*place.files, *place.env_files) for path in contents):
        return None
    with tempfile.TemporaryDirectory(prefix="ratchet-") as directory:
        copies = {}
        for number, (path, content) in enumerate(contents.items()):
            copies[path] = os.path.join(directory, f"{number}-{os.path.basename(path)}")
            handle = os.open(copies[path], os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(content)
        files = [copies.get(path, path) for path in place.files]
        # The implied .env has to be named once a copy stands in for it.
        named = place.env_file_options or [path for path in place.env_files if path in copies]
        return compose.render(place.directory, files, [copies.get(path, path) for path in named])


def _written(contents: Mapping[str, bytes], before: dict[str, Any], place: Place) -> list[str]:
    old: dict[str, bytes] = {}
    try:
        for path, content in contents.items():
            old[path] = splice.write(path, content)
        return _refuse_surprises(before, compose.render(place.directory, place.files, place.env_file_options), place)
    except BaseException:
        for path, content in old.items():
            splice.write(path, content)
        raise


def _refuse_surprises(before: dict[str, Any], after: dict[str, Any], place: Place) -> list[str]:
    """Hold what Compose makes of the edited files against what was planned.

    :returns: other keys of the planned services that changed with the image; their values may be secrets.
    """
    changed = sorted(_changes(before, after))
    surprises = [key for key in changed if not any(key.startswith(f"services.{name}.") for name in place.images)]
    if surprises:
        raise RatchetError(
            f"the edit would change more of {place.directory} than the runtime's services: {', '.join(surprises[:8])}",
            "Something else takes its value from the same place: give it one of its own",
        )
    for name, wanted in place.images.items():
        image = after["services"][name].get("image") or ""
        if not _is(image, wanted):
            raise RatchetError(
                f"after the edit Compose would give the service {name!r} the image {image!r} instead of {wanted!r}",
                "Something else decides, most likely a variable in the environment, which beats the file: unset it there",
            )
    return [key for key in changed if not key.endswith(".image")]


def _is(image: str, wanted: str) -> bool:
    found, planned = parse(image), parse(wanted)
    return (found.name, found.tag) == (planned.name, planned.tag) and found.digest in (None, planned.digest)


def _changes(before: Any, after: Any, where: str = "") -> Iterator[str]:
    if isinstance(before, dict) and isinstance(after, dict):
        for key in {*before, *after}:
            yield from _changes(before.get(key), after.get(key), f"{where}.{key}" if where else str(key))
    elif before != after:
        yield where

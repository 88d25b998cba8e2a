# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the places where an image is written to the edits that write another version there. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.references import Reference, check_tag, parse
from ansible_collections.ratchet.runtime.plugins.plugin_utils.plan import Edit

Place = Mapping[str, Any]


def to_version(sources: Sequence[Place], version: str, digest: str | None, name: str | None = None) -> list[Edit]:
    """One edit per file; services that share a place are edited once.

    :param sources: as from ``image_source.locate``.
    :param digest: the target's digest, for images that are pinned to one.
    :param name: the target's registry and repository, where it isn't to stay the same.
    :raises RatchetError: when a place can't take the target, or a service without a source here would get it, too.
    """
    check_tag(version)
    changes: dict[str, dict[int, tuple[Place, str]]] = {}
    for source in sources:
        for place in _places(source):
            new = _new_text(place, version, digest, name)
            here = changes.setdefault(place["path"], {})
            _refuse_contradiction(here, place, new)
            here[place["start"]] = (_for_all(here, place), new)
    _refuse_bystanders(sources, changes)
    edits = []
    for path, by_start in changes.items():
        changed = [by_start[start] for start in sorted(by_start) if by_start[start][1] != by_start[start][0]["text"]]
        if changed:
            splices = [{"start": place["start"], "old": place["text"], "new": new} for place, new in changed]
            first = changed[0][0]
            old = "\n-".join(_line(place, place["text"]) for place, _new in changed)
            new = "\n+".join(_line(place, new) for place, new in changed)
            edits.append(Edit(path, first["before"], first["line"], old, new, splices))
    return edits


def way_back(sources: Sequence[Place], version: str, name: str | None = None) -> list[tuple[str, int, str]]:
    """What to write where (path, line, text) to have ``version`` again, also when an interrupted run has written the new one.

    :param name: the registry and repository that ``version`` is of, if the target has another.
    """
    steps = []
    for source in sources:
        as_it_was = _tag(source) == version and not _renamed(_name(source), name)
        for place in _places(source):
            if as_it_was:
                text = place["text"]
            elif place["holds"] == "digest":
                text = f"<the digest of {version}>"
            else:
                text = _new_text(place, version, None, name)
            # What is to be typed there: whose image it is, is no part of the line.
            step = (place["path"], place["line"], _line(place, text).removeprefix(f"{place['service']}: "))
            if step not in steps:
                steps.append(step)
    return steps


def _places(source: Place) -> Iterator[Place]:
    yield source
    yield from source.get("also", ())


def _for_all(here: Mapping[int, tuple[Place, str]], place: Place) -> Place:
    """The place, shown under the names of all services that share it."""
    if place["start"] not in here:
        return place
    first = here[place["start"]][0]
    names = f"{first['service']}, {place['service']}"
    label, after = first.get("around", ("", ""))
    if label.startswith(f"{first['service']}: "):
        first = {**first, "around": [names + label[len(first["service"]) :], after]}
    return {**first, "service": names}


def _new_text(place: Place, version: str, digest: str | None, name: str | None) -> str:
    if place["holds"] == "reference":
        reference = parse(place["text"])
        renamed = Reference(_renamed(reference.name, name) or reference.name, version)
        return f"{renamed}" + (f"@{digest}" if reference.digest and digest else "")
    if _renamed(_name(place), name):
        raise RatchetError(
            f"{place['path']} line {place['line']} holds only the {place['holds']} of {place['reference']}; "
            f"its name is written in {place['name_at'] or place['path']} and would have to become {name}",
            "Change the name there by hand, or write the whole image in one place: image: NAME:TAG",
        )
    whole = version if place["holds"] == "tag" else digest
    if not whole:
        raise RatchetError(
            f"{place['path']} line {place['line']} pins the image to a digest, and that of {version} isn't known",
            "Let the hosts reach the registry, or take the digest out of the reference",
        )
    prefix, suffix = place.get("prefix", ""), place.get("suffix", "")
    if len(whole) <= len(prefix) + len(suffix) or not (whole.startswith(prefix) and whole.endswith(suffix)):
        raise RatchetError(
            f"{place['path']} line {place['line']} is the part of the {place['holds']} {prefix}{place['text']}{suffix} "
            f"between {prefix!r} and {suffix!r}, and {whole} doesn't fit around that",
            f"Write the whole {place['holds']} in one place, or ask for one of the same form",
        )
    return whole[len(prefix) : len(whole) - len(suffix)]


def _refuse_contradiction(here: Mapping[int, tuple[Place, str]], place: Place, new: str) -> None:
    """Two services may share a place only if it can be right for both."""
    for start, (other, its_new) in here.items():
        apart = place["start"] + len(place["text"]) <= start or start + len(other["text"]) <= place["start"]
        same = start == place["start"] and other["text"] == place["text"] and its_new == new
        if not (apart or same):
            raise RatchetError(
                f"{place['path']} line {place['line']} is part of the images of {other['service']!r} and {place['service']!r}, "
                "which would need different text there",
                "Give each a place of its own: image: NAME:TAG under the service",
            )


def _refuse_bystanders(sources: Sequence[Place], changes: Mapping[str, Mapping[int, tuple[Place, str]]]) -> None:
    planned = {source["service"] for source in sources}
    for source in sources:
        strangers = [name for name in source.get("shared_with", ()) if name not in planned]
        changing = any(
            new != here["text"] for place in _places(source) for here, new in [changes[place["path"]][place["start"]]]
        )
        if strangers and changing:
            raise RatchetError(
                f"{source['path']} line {source['line']} decides the image of {', '.join(strangers)}, too, and the plan leaves that alone",
                f"Write image: NAME:TAG under the service {source['service']!r} itself, or add {', '.join(strangers)} to runtime_services",
            )


def _tag(source: Place) -> str | None:
    if source["holds"] == "tag":
        return f"{source.get('prefix', '')}{source['text']}{source.get('suffix', '')}"
    return parse(source["text"]).tag


def _renamed(written: str, wanted: str | None) -> str | None:
    """The name to write, or None where what is written means the same image."""
    if not wanted or not written or parse(written).same_image_as(parse(wanted)):
        return None
    return wanted


def _name(place: Place) -> str:
    image = place["text"] if place["holds"] == "reference" else place.get("reference", "")
    return parse(image).name if image else ""


def _line(place: Place, text: str) -> str:
    if "around" in place:
        before, after = place["around"]
        return f"{before}{text}{after}"
    return f"{place['variable']}={text}" if place["variable"] else f"{place['service']}: image: {text}"

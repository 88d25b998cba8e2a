# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find and load a profile: by the running image, by name, from a file of the operator's own, or from a mapping.

Reading files is all the I/O there is; only the controller does it.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.references import Reference
from ansible_collections.ratchet.runtime.plugins.module_utils.references import parse as parse_reference
from ansible_collections.ratchet.runtime.plugins.plugin_utils import profile_schema
from ansible_collections.ratchet.runtime.plugins.plugin_utils.packages_diff import Product
from ansible_collections.ratchet.runtime.plugins.plugin_utils.profile import (
    Application,
    Beforehand,
    Benign,
    Compatible,
    Consideration,
    Duration,
    Health,
    Image,
    Incompatible,
    LowTraffic,
    Majors,
    Migration,
    NotImage,
    OutOfScope,
    Profile,
    RequiredStop,
    Services,
    WayBack,
    Witness,
)
from ansible_collections.ratchet.runtime.plugins.plugin_utils.profile_file import (
    Written,
    extended,
    from_mapping,
    from_yaml,
)
from ansible_collections.ratchet.runtime.plugins.plugin_utils.profile_rehearsal import Check, Rehearsal, Request

GENERIC = "generic"
_SHIPPED = Path(__file__).resolve().parent.parent / "profiles"


def shipped() -> list[str]:
    """The names of the profiles that come with the collection."""
    return sorted(path.stem for path in _SHIPPED.glob("*.yml"))


def load(
    wanted: str | Mapping[str, Any] | None, reference: Reference | None, base_dir: str
) -> tuple[Profile, list[str]]:
    """The profile to judge by, and what the operator should know about the choice.

    :param wanted: ``runtime_profile``: None to go by the image, a shipped name, a path (it has a ``/`` or ends in
        ``.yml`` or ``.yaml``), or a mapping, which extends ``generic`` unless it says otherwise.
    :param reference: the image that runs.
    :param base_dir: what a relative path starts from.
    :raises RatchetError: for an unknown name, an unreadable file, and for a profile with mistakes, all of which it lists.
    """
    if isinstance(wanted, Mapping):
        written = _with_parent(from_mapping(wanted, "runtime_profile"), GENERIC)
        profile = build(profile_schema.check(written))
    elif wanted is not None and not isinstance(wanted, str):
        raise RatchetError(
            f"runtime_profile: {wanted!r} is neither a name, nor a path, nor a mapping",
            "See docs/profiles.md for what it may be",
        )
    elif wanted is None or not wanted.strip():
        name, note = _recognise(reference)
        return _load_shipped(name or GENERIC), [note] if note else []
    elif "/" in wanted or wanted.endswith((".yml", ".yaml")):
        profile = build(profile_schema.check(_with_parent(_read(Path(base_dir, wanted).expanduser()), "")))
    else:
        profile = _load_shipped(wanted.strip())
    return profile, _warnings(profile, reference)


def candidates(wanted: Any, base_dir: str) -> list[Profile]:
    """The profiles that may be about what no image names: the one that the operator chose, else all that are shipped.

    :raises RatchetError: as :func:`load`.
    """
    return [load(wanted, None, base_dir)[0]] if wanted else [_load_shipped(name) for name in shipped()]


def detect(reference: Reference) -> str | None:
    """The shipped profile of an image, or None.

    The exact repository first; then mirrors and proxies, which keep the repository's path behind their own. What a
    profile says it must not be confused with is never a match.
    """
    return _recognise(reference)[0]


def mistaken(reference: Reference) -> str:
    """Why an image isn't the product that it is easily taken for; empty where no shipped profile says so."""
    for profile in (_load_shipped(name) for name in shipped()):
        for other in profile.not_images:
            if matches(other.image, reference):
                return _not_what_it_seems(profile, other, reference)
    return ""


def matches(image: str, reference: Reference) -> str | None:
    """How ``reference`` is the repository ``image``: ``exact``, ``mirror`` (at the end of a longer path), or None.

    A repository of one component (``runtime``) is too common a word: a mirror of it has to carry its registry, too.
    """
    known = parse_reference(image)
    if reference.same_image_as(known):
        return "exact"
    path = f"/{reference.repository}"
    if path.endswith(f"/{known.registry}/{known.repository}"):
        return "mirror"
    return "mirror" if "/" in known.repository and path.endswith(f"/{known.repository}") else None


def build(data: Mapping[str, Any]) -> Profile:
    """A profile of checked data."""
    plain = {key: data[key] for key in ("name", "title", "scheme", "ledger", "heads", "links", "advice") if key in data}
    lists = {"images": Image, "not_images": NotImage, "out_of_scope": OutOfScope, "compatible": Compatible}
    lists |= {"incompatible": Incompatible, "required_stops": RequiredStop, "version": Witness}
    records = {
        "application": Application,
        "services": Services,
        "majors": Majors,
        "low_traffic": LowTraffic,
        "benign": Benign,
        "packages": Product,
    }
    return Profile(
        **plain,
        **{key: tuple(kind(**_bounded(each)) for each in data.get(key, ())) for key, kind in lists.items()},
        **{key: kind(**_bounded(data[key])) for key, kind in records.items() if key in data},
        **({"back": _back(data["back"])} if "back" in data else {}),
        health=tuple(Health(**each) for each in _changes(data.get("health", {}))),
        migrates=tuple(Migration(**each) for each in _changes(data["migrates"])),
        considerations=tuple(_consideration(each) for each in data.get("considerations", ())),
        rehearsal=_rehearsal(data.get("rehearsal", {})),
    )


def _back(data: Mapping[str, Any]) -> WayBack:
    first = tuple(Beforehand(**_bounded(each)) for each in data.get("first", ()))
    return WayBack(**{**_bounded(data), "first": first})


def _rehearsal(data: Mapping[str, Any]) -> Rehearsal:
    plain = {key: data[key] for key in ("environment", "ignore_tables") if key in data}
    return Rehearsal(
        **plain,
        **data.get("services", {}),
        health=data.get("health", {}).get("json"),
        checks=tuple(Check(**_bounded(each)) for each in data.get("checks", ())),
        requests=tuple(Request(**_bounded(each)) for each in data.get("requests", ())),
    )


def _consideration(data: Mapping[str, Any]) -> Consideration:
    rest = {key: value for key, value in _bounded(data).items() if key not in ("when", "time")}
    time = Duration(**data["time"]) if "time" in data else None
    return Consideration(**rest, env=data.get("when", {}).get("env", ""), time=time)


def _bounded(data: Mapping[str, Any]) -> dict[str, Any]:
    """``from`` is a word of Python's."""
    return {"since" if key == "from" else key: value for key, value in data.items()}


def _changes(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One full entry per change: each says only what is different from the one before."""
    if not data:
        return []
    entries = [{key: value for key, value in data.items() if key != "since"}]
    for change in data.get("since", ()):
        entries.append({**entries[-1], **_bounded(change)})
    return entries


def _recognise(reference: Reference | None) -> tuple[str | None, str]:
    """The shipped profile of an image, and a note where there is none."""
    if reference is None:
        return None, "No running image says which product this is: the generic profile is used."
    profiles = [_load_shipped(name) for name in shipped()]
    known = [(profile, image.image) for profile in profiles for image in profile.images]
    for profile, image in known:
        if matches(image, reference) == "exact":
            return profile.name, ""
    why = mistaken(reference)
    if why:
        return None, f"{why} The generic profile is used; set runtime_profile if you know better."
    for profile, image in known:
        if matches(image, reference):
            return profile.name, ""
    return None, f"No profile knows {reference.name}: the generic one is used; set runtime_profile if you know better."


def _warnings(profile: Profile, reference: Reference | None) -> list[str]:
    """What speaks against a profile that the operator chose."""
    if reference is None or any(matches(each.image, reference) == "exact" for each in profile.images):
        return []
    found = [each for each in profile.not_images if matches(each.image, reference)]
    return [_not_what_it_seems(profile, each, reference) for each in found[:1]]


def _not_what_it_seems(profile: Profile, other: NotImage, reference: Reference) -> str:
    return f"{reference.name} isn't what the profile {profile.name} is about: {other.why.rstrip('.')}."


@cache
def _load_shipped(name: str) -> Profile:
    return build(profile_schema.check(_read_shipped(name)))


def _read_shipped(name: str, where: str = "runtime_profile") -> Written:
    names = shipped()
    if name not in names:
        close = difflib.get_close_matches(name, names, n=1)
        meant = f" (did you mean {close[0]!r}?)" if close else ""
        raise RatchetError(
            f"{where}: there is no profile {name!r}{meant}",
            f"Use one of: {', '.join(names)}; or the path of a file of your own, which has a / or ends in .yml",
        )
    return _read(_SHIPPED / f"{name}.yml")


def _read(path: Path) -> Written:
    if path.exists() and not path.is_file():
        raise RatchetError(f"the profile {path} isn't a file", "Give the path of a file on the controller")
    try:
        return from_yaml(path.read_text(encoding="utf-8"), str(path))
    except OSError as error:
        raise RatchetError(
            f"the profile {path} can't be read: {error.strerror}", "Give the path of a file on the controller"
        ) from error
    except RecursionError as error:
        raise RatchetError(
            f"the profile {path} is nested too deeply", "No profile needs that: see docs/profiles.md"
        ) from error
    except UnicodeDecodeError as error:
        raise RatchetError(f"the profile {path} isn't UTF-8 (byte {error.start})", "Save it as UTF-8") from error


def _with_parent(written: Written, default: str) -> Written:
    """``written`` as an extension of the profile that it names, or of ``default``."""
    named = written.get("extends")
    if named and named.kind == "str":
        return extended(_read_shipped(named.value, f"{named.where}: extends"), written)
    return extended(_read_shipped(default), written) if default else written

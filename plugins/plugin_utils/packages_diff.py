# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What changed between two lists of packages: each change once, in the group that says how much it may matter. Pure.

The groups are those of `astro dev upgrade-test`, with downgrades on their own:
https://www.astronomer.io/docs/astro/cli/astro-dev-upgrade-test
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.ratchet.runtime.plugins.plugin_utils.package_list import Package

LEVELS = ("major", "minor", "patch")
# Of all packages, and, but for the product's own, in this order.
KINDS = ("unknown", *LEVELS, "added", "removed", "downgraded")
_WORDS = {
    "unknown": "Unknown Updates",
    "major": "Major Updates",
    "minor": "Minor Updates",
    "patch": "Patch Updates",
    "added": "Added",
    "removed": "Removed",
    "downgraded": "Downgrades",
}


@dataclass(frozen=True)
class Change:
    """One package that differs; an empty side is one on which it isn't there.

    :ivar kind: one of :data:`KINDS`.
    """

    name: str
    kind: str
    before: str
    after: str


@dataclass(frozen=True)
class Product:
    """The packages that matter more than others: the product's own, and its providers, by the beginning of their names."""

    name: str = ""
    title: str = ""
    providers: str = ""
    providers_title: str = "Providers"


def changes(before: Mapping[str, Package], after: Mapping[str, Package]) -> list[Change]:
    """Every package that differs, once, by name."""
    found = []
    for key in sorted({*before, *after}):
        old, new = before.get(key), after.get(key)
        if old is None and new is not None:
            found.append(Change(new.name, "added", "", str(new)))
        elif new is None and old is not None:
            found.append(Change(old.name, "removed", str(old), ""))
        elif old is not None and new is not None and _differ(old, new):
            found.append(Change(new.name, _kind(old, new), str(old), str(new)))
    return found


def _differ(old: Package, new: Package) -> bool:
    if old.version != new.version or not old.version:
        return (old.version, old.origin, old.digest) != (new.version, new.origin, new.digest)
    # One side may name a checksum and the other none.
    return bool(old.digest and new.digest and old.digest != new.digest)


def _kind(old: Package, new: Package) -> str:
    """How much changed: the first part of the release that differs; unknown where nothing orders the two."""
    from packaging.version import InvalidVersion, Version

    try:
        then, now = Version(old.version), Version(new.version)
    except InvalidVersion:
        return _kind_of_others(old.version, new.version)
    if then == now:  # another content, or another spelling
        return "unknown"
    if now < then:
        return "downgraded"
    return _level((then.epoch, *then.release), (now.epoch, *now.release))


def _level(then: Sequence[int], now: Sequence[int]) -> str:
    width = max(len(then), len(now))
    pairs = zip((*then, *[0] * (width - len(then))), (*now, *[0] * (width - len(now))), strict=True)
    first = next((place for place, (old, new) in enumerate(pairs) if old != new), width)
    # The first is the epoch, which starts the counting anew. What follows the release (post-releases, local versions) is a patch.
    return LEVELS[min(max(first - 1, 0), 2)]


def _kind_of_others(old: str, new: str) -> str:
    """Versions of Debian, Alpine and others, ``[EPOCH:]UPSTREAM[-REVISION]``, as far as their numbers tell.

    https://www.debian.org/doc/debian-policy/ch-controlfields.html#version
    """
    then, now = _numbers(old), _numbers(new)
    if then is None or now is None or then == now:
        return "unknown"
    return "downgraded" if now < then else _level(then, now)


def _numbers(version: str) -> tuple[int, ...] | None:
    match = re.match(r"(?:(?P<epoch>\d+):)?v?(?P<release>\d+(?:\.\d+)*)", version)
    if not match:
        return None
    return (int(match["epoch"] or 0), *(int(part) for part in match["release"].split(".")))


def grouped(found: Sequence[Change], product: Product) -> list[dict[str, Any]]:
    """The changes under their headings, without empty ones: the product's own first, then its providers, then all others.

    :returns: each with ``id``, ``title`` and ``packages`` (``name``, ``before``, ``after``).
    """
    groups: dict[str, tuple[str, list[Change]]] = {"product": (f"{product.title or product.name} Update", [])}
    groups |= {f"providers_{kind}": (f"{product.providers_title} {_WORDS[kind]}", []) for kind in KINDS}
    groups |= {kind: (_WORDS[kind], []) for kind in KINDS}
    for each in found:
        groups[_group(each, product)][1].append(each)
    return [
        {
            "id": id,
            "title": title,
            "packages": [{"name": each.name, "before": each.before, "after": each.after} for each in members],
        }
        for id, (title, members) in groups.items()
        if members
    ]


def _group(change: Change, product: Product) -> str:
    if product.name and change.name.lower() == product.name.lower() and change.kind in LEVELS:
        return "product"
    if product.providers and change.name.lower().startswith(product.providers.lower()):
        return f"providers_{change.kind}"
    return change.kind


def text(groups: Sequence[Mapping[str, Any]]) -> str:
    """The groups as lines: a heading, then ``name before >> after``."""
    return "\n".join(_told(groups, "{title}:", "{name} {change}")) or "No package differs."


def markdown(groups: Sequence[Mapping[str, Any]]) -> str:
    """The groups as a Markdown document's sections."""
    return "\n".join(_told(groups, "### {title}\n", "- `{name}` {change}")) or "No package differs."


def _told(groups: Sequence[Mapping[str, Any]], heading: str, line: str) -> list[str]:
    lines: list[str] = []
    for group in groups:
        lines += ["", heading.format(title=group["title"])] if lines else [heading.format(title=group["title"])]
        for each in group["packages"]:
            change = " >> ".join(side for side in (each["before"], each["after"]) if side)
            lines.append(line.format(name=each["name"], change=change))
    return lines

# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which way a change of version goes, and whether it may: the ratchet itself. Pure."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from itertools import zip_longest
from types import ModuleType
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.references import check_tag
from ansible_collections.ratchet.runtime.plugins.plugin_utils.schemes import (
    astro,
    calver,
    numeric,
    pact_broker,
    pep440,
    semver,
)
from ansible_collections.ratchet.runtime.plugins.plugin_utils.schemes.version import Unordered, Version

SCHEMES: dict[str, ModuleType] = {
    module.NAME: module for module in (semver, pep440, calver, astro, pact_broker, numeric)
}

# Tags that registries move by habit. Not needed to refuse most of them (they don't parse), but to say why.
FLOATING = frozenset(
    {"latest", "stable", "edge", "nightly", "main", "master", "dev", "develop", "next", "current", "lts", "rolling"}
    | {"alpha", "beta", "rc", "canary", "head", "trunk", "testing", "unstable", "innovation", "production", "release"}
)


@dataclass(frozen=True)
class Judgement:
    """What a change from ``current`` to ``target`` is.

    :ivar relation: of target to current: ``older``, ``same``, ``newer`` or ``unordered``.
    :ivar change: ``major``, ``minor``, ``patch``, ``build`` (another build or pre-release of the same release) or
        ``none``; the scheme's ``LEVELS`` say which number is what.
    :ivar verdict: ``upgrade``, ``current`` or ``refused``; ``reason`` says why in a sentence.
    """

    current: str
    target: str
    scheme: str
    relation: str
    change: str
    verdict: str
    reason: str
    remedy: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The judgement as a module result."""
        return asdict(self)


def parse(tag: str, scheme: str) -> Version:
    """Parse ``tag`` by ``scheme``.

    :raises RatchetError: for an unknown scheme, for what isn't a tag, and for a tag that can't be ordered.
    """
    if scheme not in SCHEMES:
        raise RatchetError(f"there is no version scheme {scheme!r}", f"Use one of: {', '.join(sorted(SCHEMES))}")
    if not tag:
        raise RatchetError("no version was given", "Name the full version, for example -e runtime_version=1.4.2")
    check_tag(tag)
    module = SCHEMES[scheme]
    if is_floating(tag):
        raise _floating(tag, module)
    try:
        return module.parse(tag)
    except Unordered as unordered:
        if FLOATING.intersection(_words(tag)):
            raise _floating(tag, module) from unordered
        raise RatchetError(
            f"{tag!r} is {unordered}",
            f"Name a full version that the scheme {scheme} can order, for example {module.EXAMPLE}",
        ) from unordered


def is_floating(tag: str) -> bool:
    """Whether a tag says by a word that it moves, whatever else is in it: ``latest-python3.11``, ``12-latest``.

    Other words than ``latest`` must come first: ``2.426.1-lts`` is a full version in its repository's ``lts`` variant.
    """
    words = _words(tag)
    return "latest" in words or words[0] in FLOATING


def judge(current: str, target: str, scheme: str = semver.NAME) -> Judgement:
    """Judge the change from one tag to another.

    Never raises for a pair it can't order: law 3 makes that a refusal with its reason.
    """
    try:
        old, new = parse(current, scheme), parse(target, scheme)
    except RatchetError as error:
        return Judgement(current, target, scheme, "unordered", "none", "refused", error.reason, error.remedy)
    if old.variant != new.variant:
        reason = f"{current} and {target} are different variants ({old.variant or 'none'}, {new.variant or 'none'})"
        kept = (
            f"a version of the variant {old.variant}, as {current} is" if old.variant else "a version without a suffix"
        )
        remedy = f"Ask for {kept}; or change the variant first, by itself and by hand, at the same version"
        return Judgement(current, target, scheme, "unordered", "none", "refused", reason, remedy)
    if new.key == old.key:
        return Judgement(current, target, scheme, "same", "none", "current", f"{current} is what runs")
    change = _change(old, new, scheme)
    if new.key < old.key:
        reason = f"{current} runs, and {target} is older: versions only go forward"
        remedy = (
            "The way down is a rollback (ansible-playbook ratchet.runtime.rollback), a separate act that decides about the database: see "
            '"Going back" in the README'
        )
        return Judgement(current, target, scheme, "older", change, "refused", reason, remedy)
    return Judgement(
        current, target, scheme, "newer", change, "upgrade", f"{target} is newer than {current} ({change})"
    )


def highest(tags: list[str], scheme: str = semver.NAME) -> str:
    """The highest of ``tags``; law 2 compares a request with this one.

    :raises RatchetError: when one of them can't be ordered, or they are of different variants.
    """
    versions = [parse(tag, scheme) for tag in tags]
    variants = sorted({version.variant or "none" for version in versions})
    if len(variants) > 1:
        raise RatchetError(
            f"the fleet runs several variants at once ({', '.join(variants)}), which have no order",
            "Bring all hosts to one variant first",
        )
    return max(versions, key=lambda version: version.key).text


def _change(old: Version, new: Version, scheme: str) -> str:
    for level, before, after in zip_longest(SCHEMES[scheme].LEVELS, old.release, new.release):
        if (before or 0) != (after or 0):
            return level or "build"
    return "build"


def _words(tag: str) -> list[str]:
    return re.split("[-_]", tag.lower())


def _floating(tag: str, module: ModuleType) -> RatchetError:
    return RatchetError(
        f"{tag!r} is a floating tag: what it stands for changes without notice",
        f"Name the full version that it stands for today, for example {module.EXAMPLE}",
    )

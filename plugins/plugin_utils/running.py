# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a container runs, by all who can tell: its tag, its image's label, the application itself. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.references import tag_of
from ansible_collections.ratchet.runtime.plugins.plugin_utils import versions
from ansible_collections.ratchet.runtime.plugins.plugin_utils.profile import Profile
from ansible_collections.ratchet.runtime.plugins.plugin_utils.schemes.version import Version

# The least trusted first: anybody may move a tag, a derived image may inherit a label, the process knows what it is.
WITNESSES = ("tag", "registry", "label", "command", "answer")


@dataclass(frozen=True)
class Running:
    """What one container runs.

    :ivar version: the highest version that any witness names; law 2 counts that one.
    :ivar lies: how the witnesses disagree, in a sentence without a full stop; empty when they agree.
    """

    version: Version
    lies: str = ""


def of_container(container: Mapping[str, Any], profile: Profile) -> Running:
    """What ``container`` (of an observation) runs.

    Its key ``witnesses`` holds what was asked beyond tag and labels: ``registry`` (the tag with the same digest),
    ``command`` and ``answer``, where the profile names them.

    :raises RatchetError: when no witness names a full version.
    """
    said = {"tag": tag_of(container["reference"]), **_labels(container, profile), **(container.get("witnesses") or {})}
    named = {}
    for witness, text in said.items():
        try:
            named[witness] = versions.parse(text or "", profile.scheme)
        except RatchetError:
            continue
    if not named:
        told = ", ".join(f"its {witness} says {text}" for witness, text in said.items() if text) or "nothing says it"
        raise RatchetError(
            f"the version of the container {container['name']} can't be told ({told}; image {container['reference']})",
            "Pin the image to the full version that runs, or name a witness in runtime_profile (version)",
        )
    highest = max(named.values(), key=lambda version: version.key)
    # The tag's own spelling where it says the same: it carries the variant.
    tag = named.get("tag")
    version = tag if tag and tag.key == highest.key else highest
    agree = len({each.key for each in named.values()}) == 1
    return Running(version, "" if agree else _lies(container["name"], named))


def _labels(container: Mapping[str, Any], profile: Profile) -> dict[str, str]:
    """What the labels say that the profile takes for the image's version."""
    labels = container.get("version_labels") or {}
    names = [each.label for each in profile.version if each.label and each.says == "image"]
    return {f"label {name}": labels[name] for name in names if labels.get(name)}


def _lies(name: str, named: Mapping[str, Version]) -> str:
    trusted = max(named, key=lambda witness: WITNESSES.index(witness.partition(" ")[0]))
    if trusted.startswith("label"):
        said = f"its tag says {named['tag'].text}, its {trusted} says {named[trusted].text}"
        return (
            f"the witnesses of {name} disagree: {said}; one of them is wrong (a label that only comes from a base image is "
            "no witness: set runtime_profile to {version: []})"
        )
    liars = [witness for witness, version in named.items() if version.key != named[trusted].key]
    said = ", ".join(f"its {witness} says {version.text}" for witness, version in named.items())
    return f"the witnesses of {name} disagree: {said}; most likely its {' and '.join(liars)} is wrong"


def highest(containers: Iterable[Mapping[str, Any]], profile: Profile) -> Version:
    """The highest version among containers.

    :raises RatchetError: when one can't be told, or they are of different variants.
    """
    return max(versions_of(containers, profile), key=lambda version: version.key)


def versions_of(containers: Iterable[Mapping[str, Any]], profile: Profile) -> list[Version]:
    """What containers run; at least one, and all of one variant.

    :raises RatchetError: when one can't be told, or they are of different variants.
    """
    found = [of_container(container, profile).version for container in containers]
    if not found:
        raise RatchetError(
            "the runtime has no container, so what ran last isn't known",
            "Start it as it is: docker compose up --detach",
        )
    versions.highest(sorted({each.text for each in found}), profile.scheme)
    return found


def with_registry(container: Mapping[str, Any], tag_of: Mapping[str, str]) -> dict[str, Any]:
    """The container with the registry's testimony: the full tag that stands for one of its image's digests.

    :param tag_of: digest to tag.
    """
    digests = [each.rpartition("@")[2] for each in container.get("digests") or []]
    told = [tag_of[digest] for digest in digests if digest in tag_of]
    return {**container, "witnesses": {**(container.get("witnesses") or {}), **({"registry": told[0]} if told else {})}}

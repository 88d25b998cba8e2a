# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which images of manifests are the runtime's: those of its profile, or the only ones that can be meant. Pure but for the profiles' files."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.references import Reference, parse
from ansible_collections.ratchet.runtime.plugins.module_utils.runtime_services import SUPPORTING
from ansible_collections.ratchet.runtime.plugins.plugin_utils import profiles
from ansible_collections.ratchet.runtime.plugins.plugin_utils.manifest_file import Image
from ansible_collections.ratchet.runtime.plugins.plugin_utils.problems import Problems
from ansible_collections.ratchet.runtime.plugins.plugin_utils.profile import Profile


def of(
    images: Sequence[Image], wanted: str | Mapping[str, Any] | None, base_dir: str
) -> tuple[Profile, list[str], list[Image]]:
    """The profile, notes on how it was chosen, and the images that are the runtime's, whatever is wrong with them.

    :param wanted: ``runtime_profile``; None to go by the images.
    :raises RatchetError: when which images are meant would have to be guessed.
    """
    named = {image: reference_of(image) for image in images}
    if wanted:
        profile, notes = profiles.load(wanted, None, base_dir)
    else:
        profile, notes = _recognised(named)
    if not profile.images:
        sole = _sole(named)
        return profile, notes, [image for image, found in named.items() if _may_be(image, found, [sole.name])]
    known = [each.image for each in profile.images]
    ours = [image for image, found in named.items() if _may_be(image, found, known)]
    if not ours:
        raise RatchetError(
            f"the manifests name no image of {', '.join(known)}: {_told(named) or 'they name none at all'}",
            "Name the manifests that do (what a chart or an overlay makes has to be rendered first), or the product in runtime_profile",
        )
    return profile, notes, ours


def refuse_overlays(contents: Mapping[str, bytes], ours: Sequence[Image], problems: Problems) -> None:
    """Kustomize writes another image over what a manifest says: editing that alone would change nothing.

    https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/images/
    """
    names = {found.name for image in ours if (found := reference_of(image))}
    for path, content in contents.items():
        if os.path.basename(path) not in ("kustomization.yaml", "kustomization.yml"):
            continue
        text = content.decode("utf-8", "replace")
        named = sorted(
            name
            for name in names
            if re.search(rf"\bname:[ \t]*[\"']?{re.escape(name)}[\"']?[ \t\r]*$", text, re.MULTILINE)
        )
        if named and re.search(r"\b(?:newTag|newName|digest):", text):
            problems.add(
                RatchetError(
                    f"{path} decides the image of {', '.join(named)}, whatever the manifests name",
                    "Write the version there by hand (newTag), or leave this overlay out of runtime_manifests",
                )
            )


def reference_of(image: Image) -> Reference | None:
    """What an image is, as far as it is written literally; None where that isn't even its name."""
    text = image.literal.rstrip(":@") if image.templated else image.literal
    try:
        return parse(text) if text and not text.endswith("/") else None
    except RatchetError:
        return None


def _may_be(image: Image, found: Reference | None, known: Sequence[str]) -> bool:
    """Whether an image is one of ``known``, or may be made one by a template."""
    if found is None:
        return image.templated
    return any(profiles.matches(each, found) for each in known)


def _recognised(named: Mapping[Image, Reference | None]) -> tuple[Profile, list[str]]:
    names = {profiles.detect(found) for found in named.values() if found} - {None}
    if len(names) > 1:
        raise RatchetError(
            f"the manifests name images of different products: {', '.join(sorted(str(name) for name in names))}",
            "Upgrade one at a time: name its profile in runtime_profile, or only its manifests in runtime_manifests",
        )
    name = next(iter(names), None)
    notes = (
        [] if name else ["No profile knows the image: the generic one is used; set runtime_profile if you know better"]
    )
    return profiles.load(name or profiles.GENERIC, None, ".")[0], notes


def _sole(named: Mapping[Image, Reference | None]) -> Reference:
    """The only image that can be meant where nobody says which: not a database's, nor a proxy's."""
    candidates = {
        (found.registry, found.repository): found
        for found in named.values()
        if found and found.repository.rpartition("/")[2] not in SUPPORTING
    }
    if len(candidates) == 1:
        return next(iter(candidates.values()))
    example = json.dumps(
        {"runtime_profile": {"images": [next(iter(candidates.values())).name if candidates else "NAME"]}}
    )
    raise RatchetError(
        f"which image of the manifests is the runtime can't be told: {_told(named) or 'they name none'}",
        f"Name the product's profile in runtime_profile, or the image: -e '{example}'",
    )


def _told(named: Mapping[Image, Reference | None]) -> str:
    return ", ".join(sorted({found.name if found else image.scalar.value for image, found in named.items()}))

# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What two images have installed, held against each other, kind by kind. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from ansible_collections.ratchet.runtime.plugins.plugin_utils import package_list, packages_diff
from ansible_collections.ratchet.runtime.plugins.plugin_utils.packages_diff import Product

# The application's own first, then the operating system's.
KINDS = ("pip", "npm", "gem", "apk", "deb")


def of(current: Mapping[str, Any], target: Mapping[str, Any], product: Product) -> dict[str, Any]:
    """The comparison of two results of ``image_packages``.

    :returns: ``changes`` (the groups of ``packages_diff``, each with the ``kind`` of packages), ``text``, and ``counts`` by kind of change;
        or the ``error`` of one of the two.
    """
    for each in (current, target):
        if "packages" not in each:
            return {"error": str(each.get("msg", "the image can't be looked into")).strip()}
    groups: list[dict[str, Any]] = []
    texts, counts = [], Counter[str]()
    for kind in KINDS:
        before, after = (package_list.read(each["packages"].get(kind) or {}) for each in (current, target))
        found = packages_diff.changes(before, after)
        counts.update(each.kind for each in found)
        own = packages_diff.grouped(found, product)
        groups += [{**group, "kind": kind, "title": _title(group["title"], kind)} for group in own]
        if found:
            texts.append(f"{kind}\n\n{packages_diff.text(own)}")
    return {"changes": groups, "text": "\n\n".join(texts) or packages_diff.text([]), "counts": dict(counts)}


def files(current: Mapping[str, Any], target: Mapping[str, Any], product: Product) -> dict[str, str]:
    """The lists as files: what both images have, and the current providers pinned as they are, for a ``requirements.txt``."""
    return {
        "packages-current.txt": _listed(current),
        "packages-target.txt": _listed(target),
        "pinned-providers.txt": package_list.pins(current.get("freeze") or [], product.providers),
    }


def _title(title: str, kind: str) -> str:
    return title if kind == "pip" else f"{title} ({kind})"


def _listed(installed: Mapping[str, Any]) -> str:
    """As ``pip freeze`` prints them; packages of other kinds follow, each with its kind."""
    others = [
        f"{name} {version} ({kind})"
        for kind in KINDS[1:]
        for name, version in sorted(((installed.get("packages") or {}).get(kind) or {}).items())
    ]
    return "".join(f"{line}\n" for line in [*(installed.get("freeze") or []), *others])

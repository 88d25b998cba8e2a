# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Floating tags in the files of the hosts, which each host has pulled at a time of its own. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.references import parse
from ansible_collections.ratchet.runtime.plugins.plugin_utils import versions
from ansible_collections.ratchet.runtime.plugins.plugin_utils.profile import Profile


def images(fleet: Mapping[str, Mapping[str, Any]], profile: Profile) -> dict[str, dict[str, list[str]]]:
    """The images that are written with a floating tag, each with the digests that the hosts know theirs by, where that is known."""
    found: dict[str, dict[str, list[str]]] = {}
    for host, seen in fleet.items():
        for service in seen["services"]:
            image = service["image"].partition("@")[0]
            digests = [
                digest.rpartition("@")[2] for each in service["containers"] for digest in each.get("digests") or []
            ]
            if digests and _floats(image, profile):
                found.setdefault(image, {})[host] = sorted({*digests})
    return found


def stale(image: str, there: Mapping[str, Sequence[str]], tag_of: Mapping[str, str]) -> list[str]:
    """What to know of the hosts whose tag is behind.

    :param there: the digests of each host.
    :param tag_of: those of the digests that the registry has under the tag now.
    """
    hosts = [host for host, digests in there.items() if not {*digests} & {*tag_of}]
    digests = ", ".join(sorted({digest for host in hosts for digest in there[host]}))
    if not hosts:
        return []
    return [f"{image} on {', '.join(hosts)} is not what the registry has under that tag by now: they run {digests}"]


def _floats(image: str, profile: Profile) -> bool:
    try:
        versions.parse(parse(image).tag or "latest", profile.scheme)
    except RatchetError:
        return True
    return False

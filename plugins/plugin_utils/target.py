# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The image that the whole fleet will run: one digest, for every host's platform, with room for it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.sizes import readable
from ansible_collections.ratchet.runtime.plugins.plugin_utils.plan import DatabasePlan
from ansible_collections.ratchet.runtime.plugins.plugin_utils.problems import Problems

# An image on disk against its compressed layers in the registry, which lie beside it while they are unpacked.
UNPACKED = 3


def in_registry(fleet: Mapping[str, Mapping[str, Any]], problems: Problems) -> str | None:
    """What the registry says the target is, if it says the same to all of these hosts."""
    digests: dict[str, list[str]] = {}
    for host, seen in fleet.items():
        target = seen["target"]
        refused = _refused(target, f"{seen['engine']['os']}/{seen['engine']['architecture']}")
        if refused:
            # What the registry doesn't have is missing for all hosts alike: said once.
            problems.add(refused, "" if target.get("missing") else host)
        else:
            digests.setdefault(target["digest"], []).append(host)
    if len(digests) > 1:
        told = "; ".join(f"{', '.join(hosts)}: {digest}" for digest, hosts in digests.items())
        problems.add(
            RatchetError(
                f"the hosts see different images under the same tag ({told})",
                "Let all hosts use the same registry or mirror",
            )
        )
    return next(iter(digests), None)


def _refused(target: Mapping[str, Any], platform: str) -> RatchetError | None:
    if target.get("error") and target.get("remedy"):
        return RatchetError(target["error"], target["remedy"])
    if target.get("error") and target["missing"]:
        return RatchetError(
            f"{target['reference']} doesn't exist in its registry ({target['error']})",
            "Look the version up in the vendor's list of tags; if the repository is private, log the hosts in first (docker login there, or "
            "runtime_registry)",
        )
    if target.get("error"):
        return RatchetError(
            f"the registry can't be asked for {target['reference']} ({target['error']})",
            "See to the registry or the way to it",
        )
    if target["platforms"] and platform not in target["platforms"]:
        return RatchetError(
            f"{target['reference']} is made for {', '.join(target['platforms'])}, and the host is {platform}",
            "Ask for a version that is made for it",
        )
    return None


def digests_of(seen: Mapping[str, Any]) -> set[str]:
    """The digests under which a host's engine knows the image that all of the runtime's containers there run."""
    known = [
        {digest.rpartition("@")[2] for digest in container.get("digests", [])}
        for service in seen["services"]
        for container in service["containers"]
    ]
    return set.intersection(*known) if known else set()


def agree(there: Mapping[str, set[str]]) -> bool:
    """Whether hosts may run one image, as far as is known; an image without a digest was built or loaded there."""
    known = [digests for digests in there.values() if digests]
    return not known or bool(set.intersection(*known))


def settle(registry: str | None, there: Mapping[str, set[str]]) -> tuple[str | None, list[str]]:
    """The one digest of the fleet.

    A tag can be moved in the registry at any time. Hosts that got the target before it moved decide, if they agree:
    the rest of the fleet gets the image that they run.

    :param registry: the digest that the tag stands for in the registry now.
    :param there: hosts that run the target already, with the digests under which their engines know its image.
    :returns: the digest, and notes about it.
    """
    known = [digests for digests in there.values() if digests]
    common = set.intersection(*known) if known else set()
    if not common or registry in common:
        return registry, []
    digest = min(common)
    if registry is None:
        return digest, []
    note = f"the tag has moved in the registry to {registry} since {', '.join(there)} got it: the whole fleet gets the image that runs there, {digest}"
    return digest, [note]


def refuse_small_stores(
    fleet: Mapping[str, Mapping[str, Any]],
    upgrading: list[str],
    databases: Mapping[str, DatabasePlan],
    problems: Problems,
) -> None:
    """Room in every engine's store for the image and the backup's trial, together with the backup where both are on one file system."""
    # The first host has asked for all: they get the same image.
    size = max((int(((seen["target"] or {}).get("size") or 0) * UNPACKED) for seen in fleet.values()), default=0)
    for host in dict.fromkeys([*upgrading, *(each.backup_host for each in databases.values())]):
        images = fleet[host]["engine"].get("images")
        if not images:
            continue
        own = [each for each in databases.values() if each.backup_host == host]
        shared = (fleet[host]["backup"] or {}).get("file_system") == images["file_system"]
        parts = {
            "the image": size if host in upgrading and not _has_image(fleet[host]) else 0,
            "the trial of the backup": sum(each.trial for each in own),
            "the backup": sum(each.space_needed for each in own) if shared else 0,
        }
        if images["free"] < sum(parts.values()) and (parts["the image"] or parts["the trial of the backup"]):
            told = ", ".join(f"{name} about {readable(size)}" for name, size in parts.items() if size)
            remedy = "Free some space there (docker image ls shows what may go; keep the image that runs)"
            if parts["the trial of the backup"]:
                remedy += ", or do without the trial: runtime_backup_verify=read"
            problems.add(
                RatchetError(
                    f"the engine's store has only {readable(images['free'])} free, and there is to be room for: {told}",
                    remedy,
                ),
                host,
            )


def _has_image(seen: Mapping[str, Any]) -> bool:
    """Whether the engine has the image already."""
    target = seen["target"] or {}
    return bool(target.get("local")) and not target.get("error")

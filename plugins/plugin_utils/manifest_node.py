# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One mapping of a manifest, read for its keys. Pure."""

from __future__ import annotations

import yaml
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError


def entries(path: str, node: yaml.MappingNode) -> dict[str, yaml.Node]:
    """The values of a mapping by key; keys that are no scalars are left out.

    :raises RatchetError: for a key that is there twice: parsers don't agree on which one counts.
    """
    found: dict[str, yaml.Node] = {}
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            continue
        if key.value in found and key.value != "<<":
            raise RatchetError(
                f"{path} has the key {key.value!r} twice in one mapping, the second time in line {key.start_mark.line + 1}",
                "Take out the one that isn't meant: which one counts can't be told",
            )
        found[key.value] = value
    return found


def text_of(node: yaml.Node | None) -> str:
    """A scalar's value; empty for anything else."""
    return str(node.value) if isinstance(node, yaml.ScalarNode) else ""

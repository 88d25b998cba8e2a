# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""YAML read for its positions alone. Pure."""

from __future__ import annotations

import re

import yaml
from ansible_collections.ratchet.runtime.plugins.plugin_utils.places import Scalar

# An anchor or tag before a scalar: PyYAML's mark stands before it. No plain scalar begins with either character.
_PROPERTIES = re.compile(r"(?:[&!]\S*\s+)*")


def documents(text: str) -> list[yaml.Node]:
    """The documents that aren't empty.

    :raises yaml.YAMLError: when the text isn't YAML.
    """
    try:
        return _documents(text)
    except yaml.YAMLError:
        if "\t" not in text:
            raise
        try:
            # Other parsers take a tab between a value and its comment, PyYAML doesn't. No position is changed by this.
            return _documents(text.replace("\t", " "))
        except yaml.YAMLError:
            pass
        raise


def written(text: str, node: yaml.Node) -> Scalar | None:
    """Where a scalar's value stands, without quotes; None when it isn't written character by character on one line."""
    if not isinstance(node, yaml.ScalarNode):
        return None
    start, end = _PROPERTIES.match(text, node.start_mark.index).end(), node.end_mark.index  # type: ignore[union-attr]
    if node.style in ("'", '"'):
        start, end = start + 1, end - 1
    if text[start:end] != node.value:
        return None
    return Scalar(node.value, start, text.count("\n", 0, start) + 1)


def _documents(text: str) -> list[yaml.Node]:
    return [each for each in yaml.compose_all(text, Loader=yaml.SafeLoader) if each]

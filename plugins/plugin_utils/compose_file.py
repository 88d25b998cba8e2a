# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a service's ``image:`` stands in a Compose file: located by its YAML marks, never re-emitted."""

from __future__ import annotations

import yaml
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.plugin_utils.env_file import Scalar


def find_image(text: str, service: str, path: str) -> Scalar | None:
    """The scalar of ``services.<service>.image`` written in this file, or None.

    :raises RatchetError: when it is written in a way that can't be replaced in place.
    """
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" line {mark.line + 1}" if mark else ""
        raise RatchetError(
            f"{path}{where} isn't valid YAML: {getattr(error, 'problem', error)}", "Mend the file"
        ) from error
    owner = _child(_child(root, "services"), service)
    node = _child(owner, "image")
    if owner is None or node is None:
        return None
    line = node.start_mark.line + 1
    start, end = node.start_mark.index, node.end_mark.index
    if isinstance(node, yaml.ScalarNode) and node.style in ("'", '"'):
        start, end = start + 1, end - 1
    elsewhere = not owner.start_mark.index <= start < owner.end_mark.index  # an alias: its anchor may serve others too
    if elsewhere or not isinstance(node, yaml.ScalarNode) or text[start:end] != node.value:
        raise RatchetError(
            f"the image of the service {service!r} in {path} line {line} is written in a form that can't be edited in place",
            "Write it as a plain scalar on one line: image: NAME:TAG",
        )
    return Scalar(node.value, start, line)


def _child(node: yaml.Node | None, key: str) -> yaml.Node | None:
    if not isinstance(node, yaml.MappingNode):
        return None
    return next((value for name, value in node.value if isinstance(name, yaml.ScalarNode) and name.value == key), None)

# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a Kubernetes manifest names an image: by its YAML marks, and by its text where it isn't indented as meant. Pure.

Containers: https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#Container
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping

import yaml
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.references import Reference, parse
from ansible_collections.ratchet.runtime.plugins.plugin_utils import yaml_marks
from ansible_collections.ratchet.runtime.plugins.plugin_utils.places import Origin, Piece, Scalar
from ansible_collections.ratchet.runtime.plugins.plugin_utils.source import Source, from_pieces

_IMAGE_LINE = re.compile(
    r"""^[ \t]*(?:-[ \t]+)?image:[ \t]+(?P<quote>["']?)(?P<value>[^\s"'#]+)(?P=quote)[ \t]*(?:[ \t]\#[^\n]*)?\r?$""",
    re.MULTILINE,
)
_DATA = frozenset({"ConfigMap", "Secret"})


def locate(path: str, content: bytes, repository: str) -> list[Source]:
    """All places in a manifest that name an image of ``repository``, in the file's order.

    :raises RatchetError: when there is none, or one that can't be edited in place.
    """
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise RatchetError(f"{path} isn't UTF-8 (byte {error.start})", "Save it as UTF-8") from error
    wanted = parse(repository)
    found = [scalar for scalar in find(text, path) if _names(scalar.value, wanted)]
    if not found:
        raise RatchetError(
            f"{path} names no image of {repository}",
            f"Name the manifest that has a line image: {repository}:TAG; one that a template makes can't be edited",
        )
    contents: Mapping[str, bytes | None] = {path: content}
    origins = [Origin(path, scalar, "image: ") for scalar in found]
    return [from_pieces(path, each.place, [Piece(each.scalar.value, each)], contents) for each in origins]


def find(text: str, path: str) -> list[Scalar]:
    """Every image that the manifest names, in its order.

    :raises RatchetError: for one that isn't written character by character on one line.
    """
    try:
        documents = yaml_marks.documents(text)
    except yaml.YAMLError:
        # Indentation that YAML refuses, or a template around it: an image's line is told by itself.
        return [_scalar(text, match["value"], match.start("value")) for match in _IMAGE_LINE.finditer(text)]
    found: dict[int, Scalar] = {}
    for document in documents:
        if _kind(document) not in _DATA:
            for node in _images(document, set()):
                scalar = _written(text, node, path)
                found[scalar.start] = scalar
    return [found[start] for start in sorted(found)]


def unified_diff(path: str, before: str, after: str, context: int = 3) -> str:
    """The change of a file; ``context`` lines around it are shown, too."""
    lines = difflib.unified_diff(
        before.splitlines(keepends=True), after.splitlines(keepends=True), path, path, n=context
    )
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def _images(node: yaml.Node, seen: set[int]) -> Iterator[yaml.ScalarNode]:
    """The values of all keys ``image``, wherever the indentation has put them."""
    if id(node) in seen or isinstance(node, yaml.ScalarNode):
        return
    seen.add(id(node))
    for item in node.value:
        key, value = item if isinstance(node, yaml.MappingNode) else (None, item)
        if key is not None and key.value == "image" and isinstance(value, yaml.ScalarNode):
            yield value
        else:
            yield from _images(value, seen)


def _kind(document: yaml.Node) -> str:
    if not isinstance(document, yaml.MappingNode):
        return ""
    return next((str(value.value) for key, value in document.value if key.value == "kind"), "")


def _written(text: str, node: yaml.ScalarNode, path: str) -> Scalar:
    scalar = yaml_marks.written(text, node)
    if not scalar:
        raise RatchetError(
            f"the image in {path} line {node.start_mark.line + 1} is written in a form that can't be edited in place",
            "Write it as a plain scalar on one line: image: NAME:TAG",
        )
    return scalar


def _scalar(text: str, value: str, start: int) -> Scalar:
    return Scalar(value, start, text.count("\n", 0, start) + 1)


def _names(image: str, wanted: Reference) -> bool:
    try:
        return parse(image).same_image_as(wanted)
    except RatchetError:
        return False

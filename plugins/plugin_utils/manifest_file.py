# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a Kubernetes manifest names images: by its YAML marks, and by its text where it isn't indented as meant. Pure.

Containers: https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#Container
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import yaml
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.plugin_utils import yaml_marks
from ansible_collections.ratchet.runtime.plugins.plugin_utils.manifest_node import entries, text_of
from ansible_collections.ratchet.runtime.plugins.plugin_utils.places import Scalar

_IMAGE_LINE = re.compile(
    r"""^[ \t]*(?:-[ \t]+)?image:[ \t]+(?P<quote>["']?)(?P<value>[^\s"'#]+)(?P=quote)[ \t]*(?:[ \t]\#[^\n]*)?\r?$""",
    re.MULTILINE,
)
_TEMPLATE_LINE = re.compile(
    r"""^[ \t]*(?:-[ \t]+)?image:[ \t]+["']?(?P<value>[^#\n]*?(?:\{\{|\$[{(])[^#\n]*)""", re.MULTILINE
)
_DIVIDER = re.compile(r"^---(?=[ \t\r\n]|\Z)", re.MULTILINE)
_DATA = frozenset({"ConfigMap", "Secret"})
_DATA_LINE = re.compile(r"^kind:[ \t]+[\"']?(?:ConfigMap|Secret)\b", re.MULTILINE)
# What stands for something else in a file that Helm, envsubst or a shell make a manifest of.
_TEMPLATE = re.compile(r"\{\{|\$[{(]")
# etcd takes no object above 1.5 MiB, and reading a megabyte for its positions takes half a minute.
LARGEST = 1024 * 1024


@dataclass(frozen=True)
class Workload:
    """The object whose pods run an image, as far as the manifest names it."""

    kind: str
    name: str
    namespace: str = ""
    api_version: str = ""
    strategy: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.name}{f' in {self.namespace}' if self.namespace else ''}"


@dataclass(frozen=True)
class Image:
    """One image in a manifest.

    :ivar workload: None where the file can't be read as YAML, so that only its lines tell.
    :ivar environment: names of the variables that the manifest gives the container.
    """

    path: str
    scalar: Scalar
    workload: Workload | None = None
    container: str = ""
    environment: frozenset[str] = frozenset()

    @property
    def place(self) -> str:
        """For messages."""
        return f"{self.path} line {self.scalar.line}"

    @property
    def literal(self) -> str:
        """What of it is no template's: all, or what stands before the template."""
        found = _TEMPLATE.search(self.scalar.value)
        return self.scalar.value[: found.start()] if found else self.scalar.value

    @property
    def templated(self) -> bool:
        """Whether something else decides what it is."""
        return self.literal != self.scalar.value


def find(path: str, content: bytes) -> list[Image]:
    """Every image that the manifest names, in its order.

    :raises RatchetError: for a file that is no manifest, and for an image that isn't written character by character on one line.
    """
    if len(content) > LARGEST:
        raise RatchetError(f"{path} has {len(content):,} bytes, more than any manifest", "Name the manifests alone")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise RatchetError(f"{path} isn't UTF-8 (byte {error.start})", "Save it as UTF-8") from error
    try:
        return _find(path, text)
    except RecursionError as error:
        raise RatchetError(f"{path} is nested too deeply", "No manifest needs that") from error


def _find(path: str, text: str) -> list[Image]:
    try:
        return list(_of_documents(path, text, 0))
    except yaml.YAMLError:
        pass
    # One document that YAML refuses doesn't make the others unreadable.
    borders = [0, *(match.start() for match in _DIVIDER.finditer(text)), len(text)]
    found: list[Image] = []
    for start, end in pairwise(borders):
        above = text.count("\n", 0, start)
        try:
            # On the lines where it is in the file, for whatever is said about it.
            found += _of_documents(path, "\n" * above + text[start:end], start - above)
        except yaml.YAMLError:
            found += _by_line(path, text, start, end)
    return found


def _of_documents(path: str, text: str, offset: int) -> Iterator[Image]:
    """The images of a part of a file.

    :param offset: how many characters more stand before a place in the file than in ``text``.
    """
    seen: set[int] = set()
    for document in yaml_marks.documents(text):
        if _is_compose(path, document):
            continue
        for image, node in _images(path, document, None, seen):
            scalar = yaml_marks.written(text, node)
            start = node.start_mark.index
            if not scalar and text.startswith("{{", start):
                scalar = Scalar(text[start:].partition("\n")[0].strip(), start, node.start_mark.line + 1)
            elif not scalar and isinstance(node, yaml.ScalarNode):
                raise RatchetError(
                    f"the image in {path} line {node.start_mark.line + 1} is written in a form that can't be edited in place",
                    "Write it as a plain scalar on one line: image: NAME:TAG",
                )
            if scalar:
                yield replace(image, scalar=replace(scalar, start=scalar.start + offset))


def _is_compose(path: str, document: yaml.Node) -> bool:
    """A compose file beside the manifests is another matter, and the playbook ``upgrade`` its way."""
    found = entries(path, document) if isinstance(document, yaml.MappingNode) else {}
    return "services" in found and "kind" not in found


def _images(path: str, node: yaml.Node, workload: Workload | None, seen: set[int]) -> Iterator[tuple[Image, yaml.Node]]:
    """The values of all keys ``image``, wherever the indentation has put them, each with what is around it."""
    if id(node) in seen or isinstance(node, yaml.ScalarNode):
        return
    seen.add(id(node))
    if isinstance(node, yaml.SequenceNode):
        for each in node.value:
            yield from _images(path, each, workload, seen)
        return
    inside = entries(path, node)
    if text_of(inside.get("kind")) in _DATA:
        return
    workload = _workload(path, inside) or workload
    for key, value in inside.items():
        if key == "image" and (isinstance(value, yaml.ScalarNode) or value.start_mark.line == value.end_mark.line):
            yield (
                Image(path, Scalar("", 0, 0), workload, text_of(inside.get("name")), _environment(path, inside)),
                value,
            )
        else:
            yield from _images(path, value, workload, seen)


def _workload(path: str, inside: dict[str, yaml.Node]) -> Workload | None:
    metadata, spec = inside.get("metadata"), inside.get("spec")
    if "kind" not in inside or not isinstance(metadata, yaml.MappingNode):
        return None
    about = entries(path, metadata)
    of_spec = entries(path, spec) if isinstance(spec, yaml.MappingNode) else {}
    how = of_spec.get("strategy", of_spec.get("updateStrategy"))
    return Workload(
        text_of(inside["kind"]),
        text_of(about.get("name")),
        text_of(about.get("namespace")),
        text_of(inside.get("apiVersion")),
        text_of(entries(path, how).get("type")) if isinstance(how, yaml.MappingNode) else "",
    )


def _environment(path: str, container: dict[str, yaml.Node]) -> frozenset[str]:
    listed = container.get("env")
    if not isinstance(listed, yaml.SequenceNode):
        return frozenset()
    variables = [entries(path, each) for each in listed.value if isinstance(each, yaml.MappingNode)]
    return frozenset(text_of(each.get("name")) for each in variables)


def _by_line(path: str, text: str, start: int, end: int) -> Iterator[Image]:
    """Indentation that YAML refuses, or a template around it: an image's line is told by itself."""
    if _DATA_LINE.search(text, start, end):
        return
    matches = [*_IMAGE_LINE.finditer(text, start, end), *_TEMPLATE_LINE.finditer(text, start, end)]
    by_start = {match.start("value"): match["value"].strip().strip("\"'") for match in matches}
    for at in sorted(by_start):
        yield Image(path, Scalar(by_start[at], at, text.count("\n", 0, at) + 1))


def unified_diff(path: str, before: str, after: str, context: int = 3) -> str:
    """The change of a file; ``context`` lines around it are shown, too."""
    lines = difflib.unified_diff(
        before.splitlines(keepends=True), after.splitlines(keepends=True), path, path, n=context
    )
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)

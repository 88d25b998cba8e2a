# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands where in one Compose file: located by its YAML marks, never re-emitted.

Merge keys: https://yaml.org/type/merge.html
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass

import yaml
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.plugin_utils import yaml_marks
from ansible_collections.ratchet.runtime.plugins.plugin_utils.places import Origin, Scalar

_MERGE, _NULL = "tag:yaml.org,2002:merge", "tag:yaml.org,2002:null"


@dataclass(frozen=True)
class Extends:
    """``extends`` of a service; ``file`` is None for the same file."""

    service: str
    file: Origin | None


@dataclass(frozen=True)
class Include:
    """One entry of ``include``."""

    paths: list[Origin]
    env_files: list[Origin]
    directory: Origin | None


class ComposeFile:
    """A parsed file. Its documents override each other in their order, as files would."""

    def __init__(self, path: str, text: str) -> None:
        """Parse ``text``.

        :raises RatchetError: when it isn't YAML.
        """
        self.path, self.text = path, text
        try:
            self._documents = yaml_marks.documents(text)
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            where = f" line {mark.line + 1}" if mark else ""
            raise RatchetError(
                f"{path}{where} isn't valid YAML: {getattr(error, 'problem', error)}", "Mend the file"
            ) from error

    def services(self) -> set[str]:
        """The names of the services in this very file."""
        return {name for document in self._documents for name, _node in entries(child(document, "services"))}

    def service(self, name: str) -> list[yaml.Node]:
        """The service in each document that has it, the one that overrides first."""
        found = (child(child(document, "services"), name) for document in reversed(self._documents))
        return [node for node in found if node is not None]

    def extends(self, service: yaml.Node) -> Extends | None:
        """What a service extends."""
        node = child(service, "extends")
        if isinstance(node, yaml.ScalarNode):
            return Extends(node.value, None)
        name, file = child(node, "service"), child(node, "file")
        if not isinstance(name, yaml.ScalarNode):
            return None
        return Extends(name.value, self.origin(file, "extends: file: ") if file is not None else None)

    def includes(self) -> list[Include]:
        """The files that this one includes."""
        return [
            self._include(node)
            for document in self._documents
            for node in _sequence(child(document, "include"))
            if isinstance(node, (yaml.ScalarNode, yaml.MappingNode))
        ]

    def _include(self, node: yaml.Node) -> Include:
        if isinstance(node, yaml.ScalarNode):
            return Include([self.origin(node, "include: ")], [], None)
        paths, env_files, directory = (child(node, key) for key in ("path", "env_file", "project_directory"))
        return Include(
            [self.origin(each, "include: path: ") for each in _sequence(paths)],
            [self.origin(each, "include: env_file: ") for each in _sequence(env_files)],
            self.origin(directory, "include: project_directory: ") if directory is not None else None,
        )

    def origin(self, node: yaml.Node, label: str, skip: int = 0) -> Origin:
        """Where a scalar stands, without its quotes and its first ``skip`` characters.

        :raises RatchetError: when it isn't written character by character on one line.
        """
        scalar = yaml_marks.written(self.text, node)
        if not scalar:
            raise RatchetError(
                f"{label.rstrip(' :=')} in {self.path} line {node.start_mark.line + 1} is written in a form that can't be edited in place",
                f"Write it as a plain value on one line: {label}VALUE",
            )
        return Origin(self.path, Scalar(scalar.value[skip:], scalar.start + skip, scalar.line), label)


@functools.lru_cache(maxsize=64)
def parse(path: str, text: str) -> ComposeFile:
    """The parsed file; the same text is parsed once for all services.

    :raises RatchetError: when it isn't YAML.
    """
    return ComposeFile(path, text)


def entries(node: yaml.Node | None) -> Iterator[tuple[str, yaml.Node]]:
    """The keys and values of a mapping: its own first, then what it merges in; of two equal keys the first counts."""
    if not isinstance(node, yaml.MappingNode):
        return
    for key, value in node.value:
        if isinstance(key, yaml.ScalarNode) and key.tag != _MERGE:
            yield key.value, value
    for key, value in node.value:
        if key.tag == _MERGE:
            for merged in _sequence(value):
                yield from entries(merged)


def child(node: yaml.Node | None, key: str) -> yaml.Node | None:
    """A mapping's value; None where there is none or null, and where Compose's ``!reset`` takes it away."""
    found = next((value for name, value in entries(node) if name == key), None)
    return None if found is None or found.tag in (_NULL, "!reset") else found


def pairs(node: yaml.Node | None) -> Iterator[tuple[str, yaml.Node, int]]:
    """A mapping, or a list of ``NAME=value``: each name, the node with its value, and how much comes before the value there."""
    yield from ((name, value, 0) for name, value in entries(node))
    for item in _sequence(node) if isinstance(node, yaml.SequenceNode) else []:
        name, equals, _value = str(item.value).partition("=")
        if equals:
            yield name, item, len(name) + 1


def _sequence(node: yaml.Node | None) -> list[yaml.Node]:
    """The nodes of a sequence; a single node counts as a sequence of itself."""
    if node is None:
        return []
    return list(node.value) if isinstance(node, yaml.SequenceNode) else [node]

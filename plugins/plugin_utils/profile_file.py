# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Profiles as they are written: YAML or a mapping, where every value knows its place, and what extends what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError

# Lists whose entries are merged by their id, and those to which an extension adds; any other list is replaced.
MERGED_BY_ID = frozenset({"considerations", "required_stops", "compatible", "incompatible", "checks"})
APPENDED = frozenset({"images", "not_images", "out_of_scope", "requests", "ignore_tables"})
# Of these, one takes the place of the other.
ALTERNATIVES = frozenset({"only", "without"})
# In these, an entry of the list "since" changes the rest from a version on.
CHANGING = frozenset({"health", "migrates"})
# The C one reads a profile in a tenth of the time, where PyYAML was built with it.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# More values than any profile has; an alias that multiplies itself reaches it.
_MOST_VALUES = 20_000


@dataclass(frozen=True)
class Written:
    """A value and where it stands: ``FILE line N``, or the path of keys in a mapping.

    :ivar value: a dict or list of ``Written``, or a scalar; of a file, a scalar's text as it is written.
    :ivar kind: ``map``, ``list``, ``str``, ``int``, ``float``, ``bool``, ``null`` or ``other``, as YAML reads it.
    :ivar keys: where each key of a map stands.
    """

    value: Any
    where: str
    kind: str
    keys: Mapping[str, str] | None = None

    def get(self, key: str) -> Written | None:
        """The value of ``key``, None where this isn't a map or doesn't have it."""
        return self.value.get(key) if self.kind == "map" else None


_KINDS = {"str": "str", "int": "int", "float": "float", "bool": "bool", "null": "null", "timestamp": "str"}


def from_yaml(text: str, path: str) -> Written:
    """Read a profile's file.

    :raises RatchetError: when it isn't YAML, or repeats a key; the message names file and line.
    """
    try:
        root = yaml.compose(text, Loader=_LOADER)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path} line {mark.line + 1}" if mark else path
        raise RatchetError(
            f"{where} isn't valid YAML: {getattr(error, 'problem', None) or error}", "Mend the file"
        ) from error
    except RecursionError as error:
        raise RatchetError(f"{path} is nested too deeply", "Mend the file") from error
    if root is None:
        return Written({}, f"{path} line 1", "map", {})
    return _Reader(path).read(root)


class _Reader:
    """Turns YAML nodes into ``Written``; an anchor that contains itself, or multiplies, is refused."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.read_so_far = 0
        self.open: set[int] = set()

    def read(self, node: yaml.Node) -> Written:
        self.read_so_far += 1
        if id(node) in self.open or self.read_so_far > _MOST_VALUES:
            raise RatchetError(
                f"{self._where(node)}: the alias never ends, or the profile is too long", "Write out what matters"
            )
        if isinstance(node, yaml.ScalarNode):
            kind = _KINDS.get(node.tag.rpartition(":")[2], "other")
            return Written(node.value, self._where(node), kind)
        self.open.add(id(node))
        if isinstance(node, yaml.MappingNode):
            written = self._map(node)
        else:
            written = Written([self.read(each) for each in node.value], self._where(node), "list")
        self.open.discard(id(node))
        return written

    def _map(self, node: yaml.MappingNode) -> Written:
        values: dict[str, Written] = {}
        keys: dict[str, str] = {}
        for key, value in node.value:
            where = self._where(key)
            if not isinstance(key, yaml.ScalarNode):
                raise RatchetError(f"{where}: a key has to be a word", "Mend the file")
            if key.value in values:
                raise RatchetError(f"{where}: {key.value!r} is there twice", "Leave one of them")
            values[key.value], keys[key.value] = self.read(value), where
        return Written(values, self._where(node), "map", keys)

    def _where(self, node: yaml.Node) -> str:
        return f"{self.path} line {node.start_mark.line + 1}"


def from_mapping(value: Any, where: str) -> Written:
    """Read a profile that is given as a mapping, for example in an inventory."""
    if isinstance(value, Mapping):
        read = {str(key): from_mapping(each, f"{where}.{key}") for key, each in value.items()}
        return Written(read, where, "map", {key: each.where for key, each in read.items()})
    if isinstance(value, list | tuple):
        return Written([from_mapping(each, f"{where}[{index}]") for index, each in enumerate(value)], where, "list")
    if isinstance(value, bool):
        return Written(str(value).lower(), where, "bool")
    return Written(str(value), where, _kind(value))


def _kind(value: Any) -> str:
    # By isinstance: Ansible hands over subclasses that remember where a value came from.
    for type_, kind in ((int, "int"), (float, "float"), (str, "str")):
        if isinstance(value, type_):
            return kind
    return "null" if value is None else "other"


def extended(parent: Written, child: Written, name: str = "") -> Written:
    """``parent`` with what ``child`` says instead or besides; each value keeps its place.

    :param name: the key under which both stand; it decides how lists are joined.
    """
    if parent.kind == child.kind == "map":
        values, keys = dict(parent.value), dict(parent.keys or {})
        if ALTERNATIVES & {*child.value}:
            values = {key: value for key, value in values.items() if key not in ALTERNATIVES}
        for key, value in child.value.items():
            values[key] = extended(values[key], value, key) if key in values else value
            keys[key] = (child.keys or {})[key]
        if name in CHANGING and "since" in values and "since" not in child.value:
            values["since"] = _without(values["since"], set(child.value))
        return Written(values, child.where, "map", keys)
    if parent.kind == child.kind == "list" and name in APPENDED:
        return Written([*parent.value, *child.value], child.where, "list")
    if parent.kind == child.kind == "list" and name in MERGED_BY_ID:
        return Written(_by_id(parent.value, child.value), child.where, "list")
    return child


def _by_id(parents: list[Written], children: list[Written]) -> list[Written]:
    places = {_id(each): index for index, each in enumerate(parents) if _id(each)}
    merged = list(parents)
    for child in children:
        # A second entry of the same id is kept as it is, for the check for duplicates to see.
        index = places.pop(_id(child), None)
        if index is None:
            merged.append(child)
        else:
            merged[index] = extended(merged[index], child)
    return merged


def _id(written: Written) -> str:
    found = written.get("id")
    return found.value if found and found.kind not in ("map", "list") else ""


def _without(changes: Written, keys: set[str]) -> Written:
    """What an extension says holds for all versions, so the parent's later changes of the same keys are off."""
    if changes.kind != "list":
        return changes
    kept = [
        Written({key: value for key, value in each.value.items() if key not in keys}, each.where, "map", each.keys)
        if each.kind == "map"
        else each
        for each in changes.value
    ]
    return Written(kept, changes.where, "list")

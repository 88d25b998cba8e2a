# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kinds of values a profile is made of, and what is wrong with one that isn't of its kind.

A check turns a ``Written`` into plain data and adds what is wrong to a list of sentences, each with its place, so that
all errors of a profile are reported together.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils import references
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.plugin_utils import versions
from ansible_collections.ratchet.runtime.plugins.plugin_utils.profile_file import Written

# What an error calls a kind of YAML value.
_CALLED = {"map": "a mapping", "list": "a list", "null": "empty", "bool": "true or false", "float": "a decimal number"}


class Found:
    """What a check has found so far: ``wrong`` lists sentences; ``scheme`` is what versions are parsed by."""

    def __init__(self, scheme: str = "") -> None:
        self.wrong: list[str] = []
        self.scheme = scheme

    def add(self, where: str, sentence: str) -> None:
        self.wrong.append(f"{where}: {sentence}")


Check = Callable[[Written, Found], Any]


def text(written: Written, found: Found) -> str:
    """One scalar as text. Of a file its text counts (3.10 stays 3.10); of a mapping a decimal number has lost it."""
    if written.kind in ("map", "list", "null", "bool", "other"):
        found.add(written.where, f"it has to be text, and is {_CALLED.get(written.kind, 'something else')}")
        return ""
    if written.kind == "float" and " line " not in written.where:
        found.add(written.where, f"put {written.value} in quotes: as a number, 3.10 would be 3.1")
    elif not written.value.strip():
        found.add(written.where, "it is empty")
    return written.value.strip()


def value(written: Written, found: Found) -> str:
    """Text that may be empty."""
    return "" if written.kind == "str" and not written.value.strip() else text(written, found)


def like(pattern: re.Pattern[str], what: str) -> Check:
    """Text that matches ``pattern``; ``what`` ends the sentence "X isn't ..."."""

    def check(written: Written, found: Found) -> str:
        value = text(written, found)
        if value and not pattern.match(value):
            found.add(written.where, f"{value!r} isn't {what}")
        return value

    return check


def choice(allowed: Callable[[], Any], what: str) -> Check:
    """One of a set of words, asked for late: registries grow."""

    def check(written: Written, found: Found) -> str:
        value, words = text(written, found), sorted(allowed())
        if value and value not in words:
            found.add(
                written.where, f"there is no {what} {value!r}{_meant(value, words)}; use one of: {', '.join(words)}"
            )
        return value

    return check


def version(written: Written, found: Found) -> str:
    """A version that the profile's own scheme can order, without a variant: bounds hold for all variants."""
    value = text(written, found)
    if not value or found.scheme not in versions.SCHEMES:
        return value
    try:
        parsed = versions.parse(value, found.scheme)
    except RatchetError as error:
        found.add(written.where, f"{error.reason} (scheme {found.scheme})")
    else:
        if parsed.variant and value.endswith(f"-{parsed.variant}"):
            found.add(
                written.where, f"{value!r} names the variant {parsed.variant!r}, and bounds hold for all variants"
            )
    return value


def number(least: int, most: int, of: type[int] | type[float] = int) -> Check:
    """A number from ``least`` to ``most``."""

    def check(written: Written, found: Found) -> int | float:
        kinds = ("int",) if of is int else ("int", "float")
        try:
            value = of(written.value) if written.kind in kinds else None
        except ValueError:
            value = None
        if value is None or not least <= value <= most:
            found.add(written.where, f"it has to be {'a whole' if of is int else 'a'} number from {least} to {most}")
            return least
        return value

    return check


def flag(written: Written, found: Found) -> bool:
    if written.kind != "bool" or written.value.lower() not in ("true", "false"):
        found.add(written.where, "it has to be true or false")
    return str(written.value).lower() == "true"


def regex(written: Written, found: Found) -> str:
    value = text(written, found)
    try:
        re.compile(value)
    except re.error as error:
        found.add(written.where, f"{value!r} isn't a regular expression: {error}")
    return value


def regex_naming_a_table(written: Written, found: Found) -> str:
    """A regular expression with a group called ``table``."""
    value = regex(written, found)
    if value and "(?P<table>" not in value:
        found.add(written.where, f"{value!r} doesn't name the table the rows are of: it needs a group (?P<table>...)")
    return value


def image(written: Written, found: Found) -> str:
    """A repository without tag or digest."""
    value = text(written, found)
    try:
        reference = references.parse(value) if value else None
    except RatchetError as error:
        found.add(written.where, error.reason)
    else:
        if reference and (reference.tag or reference.digest):
            found.add(written.where, f"{value!r} has a tag or digest: name the repository alone")
    return value


def free(written: Written, found: Found) -> Any:
    """Any JSON: what a health body has to contain."""
    if written.kind == "map":
        return {key: free(each, found) for key, each in written.value.items()}
    if written.kind == "list":
        return [free(each, found) for each in written.value]
    if written.kind in ("bool", "int", "float"):
        try:
            return json.loads(written.value.lower())
        except ValueError:
            return written.value
    return None if written.kind == "null" else written.value


def many(check: Check, least: int = 0) -> Check:
    """A list, each of whose entries passes ``check``; entries with an id have it for themselves."""

    def check_all(written: Written, found: Found) -> tuple[Any, ...]:
        if written.kind != "list":
            found.add(written.where, f"it has to be a list, and is {_CALLED.get(written.kind, 'text')}")
            return ()
        if len(written.value) < least:
            found.add(written.where, "it is empty")
        seen: dict[str, str] = {}
        for each in written.value:
            name = each.get("id")
            if name and name.kind == "str":
                if name.value in seen:
                    found.add(name.where, f"the id {name.value!r} is taken by {seen[name.value]}")
                seen.setdefault(name.value, name.where)
        return tuple(check(each, found) for each in written.value)

    return check_all


def mapped(key_check: Check, check: Check) -> Check:
    """A mapping with keys of the operator's choice."""

    def check_all(written: Written, found: Found) -> dict[str, Any]:
        if written.kind != "map":
            found.add(written.where, f"it has to be a mapping, and is {_CALLED.get(written.kind, 'text')}")
            return {}
        for key in written.value:
            key_check(Written(key, (written.keys or {}).get(key, written.where), "str"), found)
        return {key: check(each, found) for key, each in written.value.items()}

    return check_all


@dataclass(frozen=True)
class Record:
    """A mapping with known keys.

    :ivar needs: keys that have to be there.
    :ivar one_of: if given, exactly one of these keys has to be there.
    :ivar short: key that a plain text stands for, as in ``- apache/airflow`` for ``- image: apache/airflow``.
    """

    keys: Mapping[str, Check]
    needs: tuple[str, ...] = ()
    one_of: tuple[str, ...] = ()
    short: str = ""

    def __call__(self, written: Written, found: Found) -> dict[str, Any]:
        if self.short and written.kind == "str":
            return {self.short: self.keys[self.short](written, found)}
        if written.kind != "map":
            found.add(written.where, f"it has to be a mapping, and is {_CALLED.get(written.kind, 'text')}")
            return {}
        data = {}
        for key, each in written.value.items():
            if key in self.keys:
                data[key] = self.keys[key](each, found)
            else:
                known = ", ".join(sorted(self.keys))
                found.add(
                    (written.keys or {}).get(key, each.where),
                    f"there is no key {key!r} here{_meant(key, list(self.keys))}; known are: {known}",
                )
        for key in self.needs:
            if key not in written.value:
                found.add(written.where, f"{key} is missing")
        if self.one_of and sum(key in written.value for key in self.one_of) != 1:
            found.add(written.where, f"exactly one of {', '.join(self.one_of)} has to be there")
        return data


def _meant(word: str, words: list[str]) -> str:
    close = difflib.get_close_matches(word, words, n=1, cutoff=0.6)
    return f" (did you mean {close[0]!r}?)" if close else ""

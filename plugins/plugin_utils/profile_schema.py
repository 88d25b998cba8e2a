# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What may stand in a profile: every key with its kind, in one table, and the rules between keys."""

from __future__ import annotations

import re
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils import ledgers
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.plugin_utils import versions
from ansible_collections.ratchet.runtime.plugins.plugin_utils.problems import MATTERS
from ansible_collections.ratchet.runtime.plugins.plugin_utils.profile_checks import (
    Check,
    Found,
    Record,
    choice,
    flag,
    free,
    image,
    like,
    many,
    mapped,
    number,
    regex,
    regex_naming_a_table,
    text,
    value,
    version,
)
from ansible_collections.ratchet.runtime.plugins.plugin_utils.profile_file import Written

# The migration frameworks a profile may name: those whose ledgers can be read.
FRAMEWORKS = frozenset(ledger.framework for ledger in ledgers.LEDGERS)
_ID = re.compile(r"[a-z0-9][a-z0-9._-]*\Z")
_ENV = re.compile(r"[A-Za-z_]\w*\Z", re.ASCII)
_TABLE = re.compile(r"[A-Za-z_][\w.]*\Z", re.ASCII)
_URL = re.compile(r"https?://[^\s/]+(/\S*)?\Z")
_PATH = re.compile(r"/[^\s#]*\Z")
_FIELD = re.compile(r"[\w-]+(\.[\w-]+)*\Z", re.ASCII)
_HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]*\Z")
_HEAD = re.compile(r"[\w.-]+\Z", re.ASCII)
_SERVICE = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9._-]*\Z")
_id = like(_ID, "an id: small letters, digits, '.', '_' and '-'")
_url = like(_URL, "a URL that starts with http:// or https://")
_service = like(_SERVICE, "the name of a Compose service")
_path = like(_PATH, "a path that starts with /")
_file = like(re.compile(r"[\w.][\w.-]*\Z", re.ASCII), "the name of a file, without its directory")
_variable = like(_ENV, "the name of an environment variable")
_argv = many(text, least=1)
_bounds: dict[str, Check] = {"from": version, "before": version}

_HEALTH: dict[str, Check] = {
    "port": number(1, 65535),
    "path": _path,
    "status": number(100, 599),
    "json": free,
    "asks_database": flag,
    "note": text,
}
_MIGRATES: dict[str, Check] = {
    "by": choice(lambda: ("application", "service", "command"), "way to migrate"),
    "service": _service,
    "command": _argv,
    "check": _argv,
    "repeats": flag,
    "link": _url,
}
_CONSIDERATION: dict[str, Check] = {
    "id": _id,
    "message": text,
    "link": _url,
    "crossing": version,
    **_bounds,
    "when": Record({"env": _variable}, ("env",)),
    "needs_accepting": flag,
    "time": Record(
        {
            "at_least": number(0, 10**7),
            "without_counts": number(0, 10**7),
            "per_million_rows": mapped(like(_TABLE, "the name of a table"), number(0, 10**7, float)),
        },
        ("at_least",),
    ),
}
_REHEARSAL: dict[str, Check] = {
    "services": Record({"only": many(_service, least=1), "without": many(_service)}, one_of=("only", "without")),
    "environment": mapped(_variable, value),
    "health": Record({"json": free}, ("json",)),
    "checks": many(
        Record(
            {
                "id": _id,
                "command": _argv,
                "service": _service,
                "fails_if": regex,
                "passes_if": regex,
                "any_exit": flag,
                **_bounds,
                "why": text,
                "link": _url,
            },
            ("id", "command"),
        )
    ),
    "requests": many(
        Record(
            {
                "path": _path,
                "method": choice(lambda: ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"), "method"),
                "port": number(1, 65535),
                "status": number(100, 599),
                "body": free,
                "json": free,
                "beside": flag,
                **_bounds,
                "why": text,
                "link": _url,
            },
            ("path",),
        )
    ),
    "ignore_tables": many(regex),
}

PROFILE = Record(
    {
        "name": _id,
        "title": text,
        "extends": text,
        "scheme": choice(lambda: versions.SCHEMES, "version scheme"),
        "images": many(Record({"image": image, **_bounds}, ("image",), short="image")),
        "not_images": many(Record({"image": image, "why": text}, ("image", "why"))),
        "out_of_scope": many(
            Record(
                {
                    "what": text,
                    "why": text,
                    "link": _url,
                    "found_by": Record({"file": _file, "says": regex}, ("file", "says")),
                },
                ("what", "why"),
            )
        ),
        "health": Record({**_HEALTH, "since": many(Record({"from": version, **_HEALTH}, ("from",)))}),
        "version": many(
            Record(
                {
                    "says": choice(
                        lambda: ("image", "application"), "such witness: says is what version it tells, not"
                    ),
                    "label": like(re.compile(r"[\w.-]+\Z", re.ASCII), "the name of an image label"),
                    "http": Record(
                        {
                            "path": _path,
                            "field": like(_FIELD, "a dotted path of keys"),
                            "header": like(_HEADER, "a header"),
                        },
                        ("path",),
                        one_of=("field", "header"),
                    ),
                    "exec": _argv,
                    **_bounds,
                },
                ("says",),
                one_of=("label", "http", "exec"),
            )
        ),
        "application": Record(
            {"name": text, "versions": mapped(version, like(re.compile(r"\d+(\.\d+)*\Z"), "a version")), "link": _url}
        ),
        "migrates": Record({**_MIGRATES, "since": many(Record({"from": version, **_MIGRATES}, ("from",)))}, ("by",)),
        "back": Record(
            {
                "by": choice(lambda: ("image", "command", "restore"), "way back"),
                "command": _argv,
                "first": many(Record({"command": _argv, **_bounds, "why": text, "link": _url}, ("command", "why"))),
                **_bounds,
                "down_to": version,
                "unless_tag": regex,
                "why": text,
                "link": _url,
            },
            ("by",),
        ),
        "ledger": choice(lambda: FRAMEWORKS, "migration framework"),
        "services": Record({"share_image": flag, "order": many(_service), "one_shot": many(_service)}),
        "compatible": many(
            Record(
                {"id": _id, **_bounds, "why": text, "link": _url, "keeps": many(text), "unless_tag": regex},
                ("id", "from", "why"),
            )
        ),
        "incompatible": many(
            Record(
                {"id": _id, "from": version, "until": version, "why": text, "link": _url},
                ("id", "from", "until", "why"),
            )
        ),
        "required_stops": many(
            Record(
                {"id": _id, "crossing": version, "at_least": version, "why": text, "link": _url},
                ("id", "crossing", "at_least", "why"),
            )
        ),
        "considerations": many(Record(_CONSIDERATION, ("id", "message"))),
        "heads": mapped(like(_HEAD, "a schema head"), version),
        "majors": Record({"need_accepting": flag, "why": text, "link": _url}),
        "low_traffic": Record({"sessions": number(0, 10_000), "why": text, "link": _url}, ("sessions",)),
        "links": mapped(_id, _url),
        "advice": many(text),
        "benign": Record({"tables": many(regex), "moved": many(regex_naming_a_table), "logs": many(regex)}),
        "packages": Record({"name": text, "title": text, "providers": text, "providers_title": text}),
        "rehearsal": Record(_REHEARSAL),
    },
    ("name", "title", "scheme", "migrates"),
)


def check(written: Written) -> dict[str, Any]:
    """The profile as plain data.

    :raises RatchetError: with everything that is wrong, each with file and line, or the path of keys of a mapping.
    """
    scheme = written.get("scheme")
    found = Found(scheme.value if scheme and scheme.kind == "str" else "")
    data = PROFILE(written, found)
    if not found.wrong:
        _check_rules(written, found)
    if len(found.wrong) == 1:
        raise RatchetError(f"the profile is wrong: {found.wrong[0]}", "Mend it, then run again", wrong=found.wrong)
    if found.wrong:
        told = "\n  - ".join(found.wrong)
        raise RatchetError(
            f"the profile is wrong in {len(found.wrong)} places:\n  - {told}",
            "Mend them, then run again",
            wrong=found.wrong,
        )
    return data


# Lists, in each entry of which one version has to be below another.
_ORDERED = (
    ("images", "from", "before"),
    ("version", "from", "before"),
    ("compatible", "from", "before"),
    ("considerations", "from", "before"),
    ("incompatible", "from", "until"),
    ("required_stops", "at_least", "crossing"),
)


def _check_rules(written: Written, found: Found) -> None:
    """The rules between keys, for a profile whose values are all of their kind."""
    for name, low, high in _ORDERED:
        for entry in _entries(written, name):
            _check_order(entry, low, high, found)
    for name in ("checks", "requests"):
        for entry in _entries(written.get("rehearsal"), name):
            _check_order(entry, "from", "before", found)
    _check_back(written.get("back"), found)
    for entry in _entries(written, "considerations"):
        if entry.get("crossing") and (entry.get("from") or entry.get("before")):
            found.add(entry.where, "crossing and from/before say different things: keep one of them")
    _check_accepted(written, found)
    for name in ("health", "migrates"):
        _check_changes(written.get(name), found)
    migrates = written.get("migrates")
    for entry in [migrates, *_entries(migrates, "since")] if migrates else []:
        by = (entry.get("by") or migrates.get("by") or entry).value
        if by in ("service", "command") and not (entry.get(by) or migrates.get(by)):
            found.add(entry.where, f"by: {by} needs the {by}")


def _check_back(back: Written | None, found: Found) -> None:
    if not back:
        return
    for entry in [back, *_entries(back, "first")]:
        _check_order(entry, "from", "before", found)
    if (back.get("by") or back).value == "command" and not back.get("command"):
        found.add(back.where, "by: command needs the command")


def _check_accepted(written: Written, found: Found) -> None:
    """What is accepted by its id has one that means nothing else."""
    taken = dict.fromkeys(MATTERS, "what may have to be accepted for any product")
    for name in ("considerations", "incompatible"):
        for entry in _entries(written, name):
            id = entry.get("id")
            if id and id.value in taken:
                found.add(id.where, f"the id {id.value!r} is taken by {taken[id.value]}")
            elif id:
                taken[id.value] = id.where


def _check_changes(written: Written | None, found: Found) -> None:
    """The entries of ``since`` go upwards, so that the last one that applies is the newest."""
    before = None
    for entry in _entries(written, "since"):
        start = entry.get("from")
        if start and before and _key(before, found) >= _key(start, found):
            found.add(start.where, f"{start.value} isn't above {before.value}, the entry before it: order them upwards")
        before = start


def _check_order(entry: Written, low: str, high: str, found: Found) -> None:
    lower, higher = entry.get(low), entry.get(high)
    if lower and higher and _key(lower, found) >= _key(higher, found):
        found.add(lower.where, f"{low}: {lower.value} has to be below {high}: {higher.value}")


def _key(written: Written, found: Found) -> tuple[Any, ...]:
    return versions.parse(written.value.strip(), found.scheme).key


def _entries(written: Written | None, name: str) -> list[Written]:
    entries = written.get(name) if written else None
    return entries.value if entries else []

# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Text from outside (logs, health bodies, errors) made fit to be shown: no secret, no control character, no flood."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus, unquote

MASK = "********"

# Names of variables whose values are secrets, as the common images spell them.
_SECRET_NAME = re.compile(
    r"PASS|SECRET|TOKEN|CREDENTIAL|PRIVATE|APIKEY|API_KEY|ACCESS_KEY|FERNET|_KEY\Z|SALT|COOKIE|_PWD?\Z|WEBHOOK",
    re.IGNORECASE,
)
_USER_NAME = re.compile(r"(?:USER|USER_?NAME|LOGIN)\Z", re.IGNORECASE)
# The password inside any URL; greedy up to the last "@" before the path, as a password may hold one.
# The scheme is bounded: a log may hold a word of a megabyte, and every letter of it may begin one.
_URL_PASSWORD = re.compile(
    r"(?P<head>[A-Za-z][A-Za-z0-9+.-]{0,40}://(?P<user>[^\s:/@'\"]*):)(?P<password>[^\s/'\"]+)(?=@)"
)
_CONTROL = re.compile(
    r"\x1b\[[0-9;?]*[ -/]*[@-~]|[\x00-\x08\x0b-\x1f\x7f\x80-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)


def is_secret(name: str) -> bool:
    """Whether a variable of this name holds a secret."""
    return _SECRET_NAME.search(name) is not None and not name.endswith("_FILE")


def secrets_of(environment: Iterable[str]) -> set[str]:
    """The secret values among ``NAME=value`` lines of a container's environment, in all their URL spellings.

    A password that is the user's name, as ``airflow`` in Airflow's own compose file, is none: it would blank out the product's
    name wherever it stands, and so tell the password. In URLs it is masked all the same.
    """
    found: set[str] = set()
    users: set[str] = set()
    for line in environment:
        name, _equals, value = line.partition("=")
        if is_secret(name):
            found.add(value)
        elif _USER_NAME.search(name):
            users.add(value)
        for match in _URL_PASSWORD.finditer(value):
            found.add(match["password"])
            users.add(match["user"])
    return spellings(found - users)


def spellings(secrets: Iterable[str]) -> set[str]:
    """Secrets as they are, and as they stand in URLs and in JSON."""
    found = {spell(value) for value in secrets for spell in (str, quote, quote_plus, unquote, _in_json)}
    # Shorter ones would blank out half of every line, and whoever has such a password has no secret to keep.
    return {value for value in found if len(value) >= 4}


def _in_json(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)[1:-1]


def mask(text: str, secrets: Iterable[str] = ()) -> str:
    """``text`` without the given secrets and without passwords in URLs."""
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, MASK)
    return _URL_PASSWORD.sub(lambda match: match["head"] + MASK, text)


def printable(text: str, limit: int = 2000) -> str:
    """``text`` without terminal sequences and control characters; the end of it if it is longer than ``limit``."""
    clean = _CONTROL.sub("", text)
    return clean if len(clean) <= limit else "..." + clean[-limit:]

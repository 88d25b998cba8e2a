# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes to people outside: whatever isn't known to be harmless is masked. Pure.

Stricter than the masking of messages, which go to whoever runs the playbooks: there, a secret is what looks like one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils.masking import (
    MASK,
    is_secret,
    mask,
    printable,
    secrets_of,
    spellings,
)

# Variables whose values say how something is set up, and are no secrets in any product.
_HARMLESS = re.compile(
    r"TZ|LANG|LANGUAGE|LC_[A-Z]+|PATH|HOME|HOSTNAME|TERM|SHELL|PWD|PORT|[A-Z0-9_]+_PORT|[A-Z0-9_]+_VERSION|[A-Z0-9_]*LOG_?LEVEL|"
    r"[A-Z0-9_]+_(?:SECONDS|TIMEOUT|INTERVAL|THREADS|WORKERS|REPLICAS)|max-size|max-file|"
    r"PYTHONUNBUFFERED|PYTHONPATH|NODE_ENV|RAILS_ENV|RACK_ENV|JAVA_HOME|AIRFLOW_HOME|PG_MAJOR|PGDATA|PGPORT|PGSSLMODE|"
    r"AIRFLOW__CORE__EXECUTOR|AIRFLOW__CORE__LOAD_EXAMPLES|AIRFLOW_UID|PUMA_MAX_THREADS|WEB_CONCURRENCY"
)
_SWITCH = re.compile(r"|true|false|yes|no|on|off", re.IGNORECASE)
# Letters and digits without a space, a dot or a slash between them are more likely a key than a word.
_RANDOM = re.compile(r"(?=\S*\d)(?=\S*[A-Za-z])[A-Za-z0-9+=_!@#$%^&*~-]{12,}")
# Characters; what is shorter, such as a brace on a line of its own, would blank out half of every text.
_SHORTEST_PART = 6
_WORD = re.compile(r"[A-Za-z0-9+_!@#$%^&*~-]{12,}=*")
# Parts of a Compose project whose values may be anything, and the ones of which only the program is told.
_SEALED = frozenset(
    [
        "labels",
        "annotations",
        "args",
        "additional_contexts",
        "driver_opts",
        "options",
        "content",
        "dockerfile_inline",
        "sysctls",
        "ssh",
    ]
)
_COMMANDS = frozenset(["command", "entrypoint", "test"])
_SECRET = re.compile(r"password|passphrase|secret|token|credential|private_?key|api_?key|cookie", re.IGNORECASE)
# Bounded, and without what may stand before it: a log may hold a word of a megabyte.
_NAMED = re.compile(
    r"""(?P<head>(?:pass(?:word|wd|phrase)?|pwd|secret|token|api[_-]?key|credential|cookie|session[_-]?id)[\w.-]{0,64}["']?\s{0,8}[=:]\s{0,8})"""
    r"""(?P<value>"[^"]*"|'[^']*'|[^\s,;&]+)""",
    re.IGNORECASE,
)
# Of a command line, of SQL, and the key that some services take for a user in their URLs.
_GIVEN = re.compile(
    r"""(?P<head>(?<![\w-])--?[\w-]*(?:password|passphrase|secret|token|api-?key)\s+|\bpassword\s+(?=E?')|https?://(?=[^\s/@:]+@))"""
    r"""(?:E?'(?:[^']|'')*'?|"[^"]*"|[^\s'"@]+)""",
    re.IGNORECASE,
)
_HEADER = re.compile(
    r"(?P<head>\b(?:proxy-)?authorization[\"']?\s*[=:]\s*[\"']?)(?:(?:bearer|basic|token|digest)\s+)?[^\s\"']+",
    re.IGNORECASE,
)
_KEYS = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"
    r"|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|\bgh[pousr]_[A-Za-z0-9]{20,}|\bglpat-[\w-]{20,}|\beyJ[\w-]{10,}\.[\w-]+\.[\w-]*",
    re.DOTALL,
)


@dataclass(frozen=True)
class Redaction:
    """What is known to be secret on a host, and the rules for the rest."""

    secrets: frozenset[str] = field(default=frozenset(), repr=False)

    @classmethod
    def knowing(cls, environment: Iterable[str], others: Iterable[str] = ()) -> Redaction:
        """With the secrets among ``NAME=value`` lines, and with what is told to be one."""
        lines = list(environment)
        keys = {
            value
            for name, value in (line.partition("=")[::2] for line in lines)
            if not harmless(name) and _RANDOM.fullmatch(value)
        }
        parts = {part for name, value in (line.partition("=")[::2] for line in lines) for part in _parts(name, value)}
        return cls(frozenset(secrets_of(lines) | spellings({*keys, *parts, *(each for each in others if each)})))

    def text(self, text: str, limit: int = 2000) -> str:
        """A text without secrets and control characters, at most the end of it."""
        # What is masked may be told by what follows it, so the whole goes through before it is cut; and a colour may stand within a secret.
        clean = _KEYS.sub(MASK, mask(printable(text, len(text)), self.secrets))
        clean = _HEADER.sub(lambda found: found["head"] + MASK, clean)
        clean = _GIVEN.sub(lambda found: found["head"] + MASK, clean)
        return printable(_NAMED.sub(lambda found: found["head"] + MASK, clean), limit)

    def value(self, value: Any) -> Any:
        """A structure, each text in it as :meth:`text`."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {
                self.text(str(name)): MASK
                if each and isinstance(each, str) and _SECRET.search(str(name))
                else self.value(each)
                for name, each in value.items()
            }
        if isinstance(value, Sequence) and not isinstance(value, (bytes, bytearray)):
            return [self.value(each) for each in value]
        return value if value is None or isinstance(value, (bool, int, float)) else self.text(str(value))

    def environment(self, variables: Mapping[str, Any]) -> dict[str, Any]:
        """Variables, their values masked that aren't known to be harmless."""
        return {
            name: self.text(str(value))
            if value is not None and (harmless(name) or _SWITCH.fullmatch(str(value)))
            else value and MASK
            for name, value in variables.items()
        }

    def project(self, rendered: Mapping[str, Any]) -> dict[str, Any]:
        """A Compose project as it is rendered, without what may be secret in it."""
        return {key: self._part(key, value) for key, value in rendered.items()}

    def _part(self, key: str, value: Any) -> Any:
        if key.startswith("x-") or key in _SEALED:
            return _sealed(value)
        if key == "environment":
            return self.environment(value) if isinstance(value, Mapping) else _sealed(value)
        if key in _COMMANDS and isinstance(value, (str, list)):
            return self._program(value)
        if isinstance(value, Mapping):
            return {name: self._part(name, each) for name, each in value.items()}
        if isinstance(value, list):
            return [self._part("", each) for each in value]
        return self.value(value)

    def _program(self, argv: str | list[Any]) -> list[str]:
        """The program of a command line; its arguments may be secrets."""
        words = argv.split() if isinstance(argv, str) else [str(each) for each in argv]
        # A health check's list begins with how it is run: https://docs.docker.com/reference/compose-file/services/#healthcheck
        kept = 2 if words[:1] == ["CMD"] else 1
        return [*(self.text(each) for each in words[:kept]), *([MASK] if len(words) > kept else [])]


def _parts(name: str, value: str) -> set[str]:
    """What is secret within a variable's value: programs print a line of it, or one of its keys."""
    if harmless(name):
        return set()
    found = {match["value"].strip("\"'") for match in _NAMED.finditer(value)}
    if is_secret(name):
        found |= {word for word in _WORD.findall(value) if _RANDOM.fullmatch(word)}
        found |= {line.strip() for line in value.splitlines()} if "\n" in value.strip() else set()
    return {each for each in found if len(each) >= _SHORTEST_PART}


def keys_of(value: Any, key: str = "", sealed: bool = False) -> set[str]:
    """What looks like a key in those parts of a rendered project of which no value is told: its programs may print it."""
    inner = sealed or key.startswith("x-") or key in _SEALED or key in _COMMANDS
    # A label tells of an image, such as the commit that it was built from.
    if key == "labels":
        return set()
    if isinstance(value, Mapping):
        return {found for name, each in value.items() for found in keys_of(each, str(name), inner)}
    if isinstance(value, list):
        return {found for each in value for found in keys_of(each, "", inner)}
    return (
        {word for word in _WORD.findall(value) if _RANDOM.fullmatch(word)}
        if inner and isinstance(value, str)
        else set()
    )


def harmless(name: str) -> bool:
    """Whether the value of a variable of this name may be told."""
    return _HARMLESS.fullmatch(name) is not None


def _sealed(value: Any) -> Any:
    """The names of what is in it, and no value."""
    if isinstance(value, Mapping):
        return {name: each if harmless(str(name)) else _sealed(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_sealed(each) for each in value]
    return MASK if value not in (None, "") else value

# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The database's address in a service's configuration, turned to a throwaway server. No value is ever told, only names.

A name that isn't found here still leads to the throwaway server, which has it as an alias in the rehearsal's network; an
IP address that isn't found leads nowhere.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ansible_collections.ratchet.runtime.plugins.module_utils.database_url import PORT

# The quantifier is bounded: values may be long, and hold no URL.
_URL = re.compile(
    r"(?P<head>(?P<scheme>[a-z][a-z0-9+.-]{0,40})://(?:[^\s/?#]*@)?)(?P<servers>[^\s/?#@\"'<>(){}|;\\]*)",
    re.IGNORECASE,
)
_POSTGRES = re.compile(r"\bpg\b|postgres|pgsql|postgis|psycopg", re.IGNORECASE)
# host=db dbname=app (libpq), Host=db;Database=app (.NET), {"host": "db", "login": ...} (Airflow), ?host=db (libpq, in a URL).
_PAIR = re.compile(
    r"(?<![a-z])(?P<key>(?:host|hostaddr|hostname|server|data source)[\"']?\s*[=:]\s*[\"']?)"
    r"(?P<host>\[[^\]\s]*\]|[^\s;&,:\"'?#/]+)(?P<port>:\d+)?(?=[\s;&,\"'#]|\Z)",
    re.IGNORECASE,
)
_PAIRS_OF_A_DATABASE = re.compile(r"dbname|database|initial catalog|user|login|postgres", re.IGNORECASE)
_PORT_PAIR = re.compile(r"(?<![a-z])(?P<key>port[\"']?\s*[=:]\s*[\"']?)(?P<port>\d+)(?!\d)", re.IGNORECASE)
# The throwaway server has no certificate, and nobody can listen between it and the application.
_TLS = r"(?:require[d]?|verify[-_]?(?:ca|full))"
_TLS_PAIR = re.compile(rf"(?<![a-z])(?P<key>ssl ?mode[\"']?\s*[=:]\s*[\"']?){_TLS}(?![\w-])", re.IGNORECASE)
_TLS_VALUE = re.compile(rf"{_TLS}\Z", re.IGNORECASE)
# Variables of which each says a part.
_HOST_VARIABLE = re.compile(r"(?P<prefix>.*?)(?:HOST|HOSTNAME|HOSTADDR|SERVER|ADDR|ADDRESS|IP)\Z", re.IGNORECASE)
_DATABASE_PREFIX = re.compile(
    r"(?<![a-z])(?:pg|psql|postgres(?:ql)?|db|database|sql\w*|datasource)(?![a-z])", re.IGNORECASE
)
_MODES = ("SSLMODE", "SSL_MODE")


@dataclass(frozen=True)
class Move:
    """From the database's addresses to the throwaway server's.

    :ivar at: the database's hosts in small letters, with the port; None where the host is the database's alone.
    """

    at: Mapping[str, int | None]
    host: str
    port: int

    def environment(self, environment: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
        """The environment with the throwaway server's address, and the names of the variables that tell it."""
        moved = {name: self._moved(value) for name, value in environment.items()}
        found = {name: value for name, (value, _hit) in moved.items()}
        told = {name for name, (_value, hit) in moved.items() if hit}
        for name, value in environment.items():
            part = _HOST_VARIABLE.match(name)
            if part and name not in told and self._is_host_of_parts(part["prefix"], value, environment):
                self._move_parts(part["prefix"], name, found)
                told.add(name)
        return found, sorted(told)

    def text(self, value: str) -> str:
        """An argument, or another piece of text, with the throwaway server's address."""
        return self._moved(value)[0]

    def _is_host_of_parts(self, prefix: str, value: str, environment: Mapping[str, str]) -> bool:
        port = environment.get(f"{prefix}PORT", "")
        if not self._is_ours(value, port if port.isdigit() else str(PORT)):
            return False
        return bool(_DATABASE_PREFIX.search(prefix)) or port == str(self.at[value.lower()] or PORT)

    def _move_parts(self, prefix: str, name: str, found: dict[str, str]) -> None:
        found[name] = self.host
        if f"{prefix}PORT" in found or self.port != PORT:
            found[f"{prefix}PORT"] = str(self.port)
        for mode in _MODES:
            if _TLS_VALUE.match(found.get(prefix + mode, "")):
                found[prefix + mode] = "prefer"

    def _is_ours(self, host: str, port: str) -> bool:
        host = host.strip("[]").lower()
        return host in self.at and self.at[host] in (None, int(port))

    def _moved(self, value: str) -> tuple[str, bool]:
        """The text with the throwaway server's address, and whether it held the database's."""
        hits = []

        def server(text: str, is_postgres: bool) -> str:
            host, colon, port = text.rpartition(":") if re.search(r"(?:\A[^:]*|\]):\d{1,5}\Z", text) else (text, "", "")
            if not (colon or is_postgres) or not self._is_ours(host, port or str(PORT)):
                return text
            hits.append(text)
            return f"{self.host}:{self.port}" if colon or self.port != PORT else self.host

        def url(match: re.Match[str]) -> str:
            is_postgres = bool(_POSTGRES.search(match["scheme"]))
            return match["head"] + ",".join(server(each, is_postgres) for each in match["servers"].split(","))

        def pair(match: re.Match[str]) -> str:
            given = _PORT_PAIR.search(value)
            port = (match["port"] or "")[1:] or (given["port"] if given else str(PORT))
            if not self._is_ours(match["host"], port):
                return match[0]
            hits.append(match[0])
            return f"{match['key']}{self.host}" + (f":{self.port}" if match["port"] else "")

        moved = _URL.sub(url, value)
        if _PAIRS_OF_A_DATABASE.search(value):
            before = len(hits)
            moved = _PAIR.sub(pair, moved)
            if len(hits) > before:
                moved = _PORT_PAIR.sub(lambda match: f"{match['key']}{self.port}", moved)
        moved = self._bare.sub(lambda match: server(match[0], False), moved) if self.at else moved
        if hits:
            moved = _TLS_PAIR.sub(lambda match: f"{match['key']}prefer", moved)
        return moved, bool(hits)

    @property
    def _bare(self) -> re.Pattern[str]:
        """Host and port outside a URL, as in ``db:5432``."""
        hosts = "|".join(re.escape(each) for each in sorted(self.at, key=len, reverse=True))
        return re.compile(rf"(?<![\w.:/@\[-])(?:\[(?:{hosts})\]|(?:{hosts})):\d{{1,5}}(?![\w:])", re.IGNORECASE)

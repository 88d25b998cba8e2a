# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Database URLs, in all the ways in which applications spell them. No error quotes one: they hold passwords."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from ansible_collections.ratchet.runtime.plugins.module_utils import tls
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError

PORT = 5432
# SQLAlchemy, Django, Rails and node spell the scheme in these ways: postgres, postgresql, postgresql+psycopg2 ...
POSTGRES_URL = re.compile(r"(?:postgres|postgresql|pgsql|postgis)(?:\+[a-z0-9_]+)?://", re.IGNORECASE)


@dataclass(frozen=True)
class Address:
    """What a URL, or variables that say the same, tell of a database."""

    host: str
    port: int
    name: str
    user: str
    password: str = field(repr=False)
    tls: tls.Tls = field(default_factory=tls.Tls)


def parse(url: str, source: str) -> Address:
    """The address in a database URL.

    :param source: where it stands, for the error.
    :raises RatchetError: when it isn't one, or one that can't be followed from here.
    """
    if not POSTGRES_URL.match(url):
        raise _no_url(source)
    try:
        parts = urlsplit(url)
        query = parse_qs(parts.query, keep_blank_values=True)
        host = _host(parts, query, source)
        port = number(query["port"][-1]) if "port" in query and not parts.port else parts.port or PORT
    except ValueError:
        raise _no_url(source) from None
    if not host:
        raise _no_url(source)
    user = unquote(parts.username or "") or query.get("user", [""])[-1] or "postgres"
    return Address(
        host=host,
        port=port,
        name=unquote(parts.path.lstrip("/")) or query.get("dbname", [""])[-1] or user,
        user=user,
        password=unquote(parts.password or "") or query.get("password", [""])[-1],
        tls=tls.of_query(query, source),
    )


def number(text: str) -> int:
    """A port.

    :raises ValueError: when it isn't one.
    """
    port = int(text)
    if not 0 < port < 65536:
        raise ValueError(text)
    return port


def refuse_unreachable(host: str, source: str) -> None:
    """Refuse what libpq takes for a host and nobody can follow from elsewhere.

    :raises RatchetError: for a directory of Unix sockets, and for more than one host.
    """
    if host.startswith(("/", "@")):
        raise RatchetError(
            f"{source} names a Unix socket, which is only where the server itself is",
            "Give the server's address on the network in runtime_database.dsn",
        )
    if "," in host:
        raise RatchetError(
            f"{source} names several hosts",
            "Give the one that is the primary in runtime_database.dsn",
        )


def _host(parts: SplitResult, query: dict[str, list[str]], source: str) -> str:
    authority = parts.netloc.rpartition("@")[2]
    given = [*query.get("host", []), *query.get("hostaddr", [])]
    # libpq takes the parameter, whatever stands in the authority; SQLAlchemy writes several of them.
    refuse_unreachable(",".join(given) or unquote(authority), source)
    return given[-1] if given else unquote(parts.hostname or "")


def _no_url(source: str) -> RatchetError:
    return RatchetError(
        f"{source} isn't a Postgres URL",
        "Write it as postgresql://USER:PASSWORD@HOST:PORT/DATABASE, special characters percent-encoded",
    )

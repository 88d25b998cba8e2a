# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How applications are told of their database: in which variables of their environment. One table of each kind.

Nothing is guessed: variables that don't say that it is Postgres aren't taken for it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from ansible_collections.ratchet.runtime.plugins.module_utils import database_url, tls
from ansible_collections.ratchet.runtime.plugins.module_utils.container_files import Place
from ansible_collections.ratchet.runtime.plugins.module_utils.database_url import POSTGRES_URL, Address
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError

# A URL may stand in any variable; a file is only looked into where the variable's name says that it is a database's.
_URL_FILE = re.compile(r"(?:.*_)?(?:DATABASE|DB|POSTGRES|POSTGRESQL|PG|SQL\w*)_?(?:URL|URI|DSN|CONN)_FILE")


@dataclass(frozen=True)
class Family:
    """Variables that together say what a URL says, by their common prefix.

    :ivar postgres: whether the prefix alone says that it is Postgres; otherwise the adapter or the port has to.
    :ivar name_is_user: whether a database without a name has the user's.
    """

    prefix: str
    postgres: bool = False
    name_is_user: bool = False


FAMILIES = (
    # https://www.postgresql.org/docs/current/libpq-envars.html
    Family("PG", postgres=True, name_is_user=True),
    Family("POSTGRES_", postgres=True),
    Family("POSTGRESQL_", postgres=True),
    Family("DB_"),
    Family("DATABASE_"),
    # https://github.com/pact-foundation/pact_broker/blob/master/docs/CONFIGURATION.md: its adapter is postgres unless it says otherwise.
    Family("PACT_BROKER_DATABASE_", postgres=True),
)
# What follows the prefix, in the order in which they count.
_USER = ("USER", "USERNAME")
_PASSWORD = ("PASSWORD", "PASS")
_NAME = ("NAME", "DATABASE", "DB", "DBNAME")
_MODE = ("SSLMODE", "SSL_MODE")
_ADAPTER = ("ADAPTER", "CONNECTION", "TYPE", "ENGINE", "DRIVER", "DIALECT", "VENDOR", "CLIENT")
_POSTGRES = re.compile(r"\bpg\b|postgres|pgsql|postgis|psycopg", re.IGNORECASE)


def find(place: Place) -> list[tuple[Address, str]]:
    """The databases that an environment names, each with the variable that does.

    :raises RatchetError: for one that is named and can't be read or followed.
    """
    found = []
    for variable, value in place.environment.items():
        if POSTGRES_URL.match(value):
            found.append((variable, value))
        elif value and _URL_FILE.fullmatch(variable) and not place.environment.get(variable[: -len("_FILE")]):
            content = place.read(f"the environment variable {variable}", value)
            if POSTGRES_URL.match(content):
                found.append((variable, content))
    if found:
        return [(_of_url(place, variable, url), _told(variable)) for variable, url in found]
    # Applications that take a URL prefer it, and what stands beside it may be left over.
    return [
        (_of_family(place, family), _told(f"{family.prefix}HOST"))
        for family in FAMILIES
        if _is_complete(family, place.environment)
    ]


def names_one(environment: Mapping[str, str]) -> bool:
    """Whether an environment seems to name a Postgres database; nothing is read."""
    return (
        any(POSTGRES_URL.match(value) for value in environment.values())
        or any(_URL_FILE.fullmatch(variable) for variable in environment)
        or any(_is_complete(family, environment) for family in FAMILIES)
    )


def _told(variable: str) -> str:
    return f"the runtime's environment variable {variable}"


def _of_url(place: Place, variable: str, url: str) -> Address:
    address = database_url.parse(url, _told(variable))
    return _with_files(place, address, variable)


def _with_files(place: Place, address: Address, variable: str) -> Address:
    """The address with its certificates where they lie on this host; the application names them as it sees them."""
    return replace(address, tls=address.tls.elsewhere(lambda what, path: place.on_host(f"{what} in {variable}", path)))


def _is_complete(family: Family, environment: Mapping[str, str]) -> bool:
    def given(endings: tuple[str, ...]) -> bool:
        return any(
            environment.get(family.prefix + each) or environment.get(f"{family.prefix}{each}_FILE") for each in endings
        )

    adapter = next(
        (environment[family.prefix + each] for each in _ADAPTER if environment.get(family.prefix + each)), ""
    )
    evident = (
        bool(_POSTGRES.search(adapter))
        if adapter
        else family.postgres or environment.get(f"{family.prefix}PORT") == "5432"
    )
    return evident and given(("HOST",)) and given(_USER) and (family.name_is_user or given(_NAME))


def _of_family(place: Place, family: Family) -> Address:
    def value(endings: tuple[str, ...]) -> str:
        return next((found for each in endings if (found := place.value(family.prefix + each))), "")

    host, source = value(("HOST",)), _told(f"{family.prefix}HOST")
    database_url.refuse_unreachable(host, source)
    try:
        port = database_url.number(value(("PORT",)) or str(database_url.PORT))
    except ValueError:
        raise RatchetError(
            f"{_told(family.prefix + 'PORT')} isn't the number of a port", "Mend it, or set runtime_database"
        ) from None
    user = value(_USER)
    address = Address(
        host=host,
        port=port,
        name=value(_NAME) or user,
        user=user,
        password=value(_PASSWORD),
        tls=tls.of_values(value(_MODE) or None, value(("SSLROOTCERT",)), source=_told(family.prefix + _MODE[0])),
    )
    return _with_files(place, address, f"{family.prefix}SSLROOTCERT")

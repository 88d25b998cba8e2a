# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a connection to Postgres is encrypted and the server believed, by libpq's own parameters.

https://www.postgresql.org/docs/current/libpq-ssl.html
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError

MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
# Not a file: the certificate authorities of the system, from libpq 16 on.
_SYSTEM = "system"
# Where libpq looks by itself, in ~/.postgresql.
_DEFAULTS = {"rootcert": "root.crt", "cert": "postgresql.crt", "key": "postgresql.key"}
# What asyncpg, node and JDBC write in place of libpq's sslmode.
_SWITCHES = {"true": "require", "1": "require", "on": "require", "false": "prefer", "0": "prefer", "off": "prefer"}


@dataclass(frozen=True)
class Tls:
    """TLS of one access.

    :ivar mode: libpq's ``sslmode``.
    :ivar rootcert: the certificate of the authority that the server is believed by, ``cert`` and ``key`` our own; paths on this host.
    """

    mode: str = "prefer"
    rootcert: str = ""
    cert: str = ""
    key: str = ""

    def parameters(self) -> dict[str, str]:
        """libpq's parameters for a connection from this host."""
        files = {f"ssl{name}": getattr(self, name) for name in _DEFAULTS if getattr(self, name)}
        return {"sslmode": self.mode, **files}

    def environment(self, directory: str) -> tuple[dict[str, str], dict[str, str]]:
        """libpq's variables for a container with the files in ``directory``; and those, by their path there, as paths on this host."""
        variables, files = {"PGSSLMODE": self.mode}, {}
        for name in _DEFAULTS:
            here = getattr(self, name)
            there = here if here == _SYSTEM else os.path.join(directory, f".ratchet-ssl{name}")
            if here:
                variables[f"PGSSL{name.upper()}"] = there
            if here and here != _SYSTEM:
                files[there] = here
        return variables, files

    def elsewhere(self, find: Callable[[str, str], str]) -> Tls:
        """The same with every file at another path.

        :param find: gets libpq's name of the parameter, and the path.
        """
        moved = {name: getattr(self, name) for name in _DEFAULTS if getattr(self, name) not in ("", _SYSTEM)}
        return replace(self, **{name: find(f"ssl{name}", path) for name, path in moved.items()})

    def complete(self, source: str) -> Tls:
        """The same with the files that libpq would take by itself: a sidecar has another home.

        :raises RatchetError: when a file is missing, or there is nothing to verify the server by.
        """
        home = os.path.join(os.path.expanduser("~"), ".postgresql")
        there = {
            name: os.path.join(home, file)
            for name, file in _DEFAULTS.items()
            if not getattr(self, name) and self.mode != "disable" and os.path.isfile(os.path.join(home, file))
        }
        full = replace(self, **there)
        for name in _DEFAULTS:
            path = getattr(full, name)
            if path not in ("", _SYSTEM) and not os.access(path, os.R_OK):
                raise RatchetError(
                    f"{source} names ssl{name}={path}, which this user can't read on this host",
                    "Put the file there, or name another one; the path is that of the Docker host",
                )
        if full.mode.startswith("verify-") and not full.rootcert:
            raise RatchetError(
                f"{source} asks for sslmode={full.mode}, and there is no certificate of an authority to verify the server by",
                "Name one on the Docker host: sslrootcert=/path/to/ca.crt in runtime_database.dsn",
            )
        return full


def of_query(query: Mapping[str, Sequence[str]], source: str) -> Tls:
    """TLS as the parameters of a URL ask for it.

    :raises RatchetError: for a mode that libpq hasn't: to take a lesser one instead would be no favour.
    """
    last = {name: values[-1] for name, values in query.items()}
    mode = last.get("sslmode")
    if mode is None and "ssl" in last:
        mode = _SWITCHES.get(last["ssl"].lower(), last["ssl"])
    return of_values(mode, last.get("sslrootcert", ""), last.get("sslcert", ""), last.get("sslkey", ""), source=source)


def of_values(mode: str | None, rootcert: str = "", cert: str = "", key: str = "", *, source: str) -> Tls:
    """TLS as it is asked for; None is libpq's own default.

    :raises RatchetError: for a mode that libpq hasn't.
    """
    if mode is not None and mode not in MODES:
        raise RatchetError(
            f"{source} asks for an sslmode that libpq doesn't have",
            f"Use one of: {', '.join(MODES)}, in runtime_database.dsn",
        )
    # As libpq has it: the authorities of the system are everybody's, so the name has to be right, too.
    default = "verify-full" if rootcert == _SYSTEM else "prefer"
    return Tls(mode or default, rootcert, cert, key)

# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""libpq's password file, read as libpq reads it: the sidecar has to have the password, and only libpq on the host finds it by itself.

https://www.postgresql.org/docs/current/libpq-pgpass.html
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable

_HINT = "is no plain file that its owner alone may read (chmod 0600), so it counts for nothing"


def path() -> str:
    """Where this user's password file is: ``PGPASSFILE``, else ``~/.pgpass``."""
    return os.environ.get("PGPASSFILE") or os.path.join(os.path.expanduser("~"), ".pgpass")


def find(host: str, port: int, database: str, user: str) -> tuple[str | None, str]:
    """The password for this connection in this user's password file.

    :returns: the password, or None if there is none; and what is wrong with the file, empty if nothing is.
    """
    file = path()
    try:
        # libpq doesn't look into a file that others may read, nor into anything else than a file.
        status = os.stat(file)
        if not stat.S_ISREG(status.st_mode) or status.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            return None, f"{file} {_HINT}"
        with open(file, encoding="utf-8", errors="surrogateescape", newline="\n") as lines:
            return password_in(lines, (host, str(port), database, user)), ""
    except OSError:
        return None, ""


def password_in(lines: Iterable[str], wanted: tuple[str, str, str, str]) -> str | None:
    """The password in the first line that fits host, port, database and user."""
    for line in lines:
        text = line.rstrip("\r\n")
        if line.startswith("#"):
            continue
        rest: str | None = text
        for value in wanted:
            rest = _after(rest, value) if rest is not None else None
        if rest is not None:
            return _plain(rest)
    return None


def _after(text: str, value: str) -> str | None:
    """What follows the first field of ``text`` if that field is ``value`` or the wildcard; None if it is another."""
    if text.startswith("*:"):
        return text[2:]
    position = 0
    for character in value:
        if text[position : position + 1] == "\\":
            position += 1
        if text[position : position + 1] != character:
            return None
        position += 1
    return text[position + 1 :] if text[position : position + 1] == ":" else None


def _plain(field: str) -> str:
    """The last field without its escapes; like every field, it ends at a colon that isn't escaped."""
    found, position = [], 0
    while position < len(field) and field[position] != ":":
        if field[position] == "\\" and position + 1 < len(field):
            position += 1
        found.append(field[position])
        position += 1
    return "".join(found)

# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The program that dumps a database in a sidecar and reads the archive back, and what it leaves for us to compare."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from typing import Any

FORMATS = ("directory", "custom")
COMPRESSIONS = ("auto", "zstd", "lz4", "gzip", "none")

# What is compressed with which of these is found out from pg_dump itself, which says so before it connects.
# pg_restore reads every block of the archive, and its text form has one line per row between COPY and "\.":
# https://www.postgresql.org/docs/current/sql-copy.html ("Text Format"). "pg_restore --list" would pass half a file.
# There may be line breaks in names, which then go on after a tab in what is written down.
# The keepalives end the dump within a minute when the server has gone without a word. That the database is named by PGDATABASE
# alone spares quoting it: a name with a "=" in it would be taken for a connection string.
SCRIPT = r"""
set -euo pipefail
umask 077
patience='keepalives_idle=15 keepalives_interval=5 keepalives_count=6'
format=$1 jobs=$2 snapshot=$3 compression=$4 server=$5
shift 5
client=$(pg_dump --version | sed 's/^[^0-9]*\([0-9]*\).*/\1/')
if [ "$client" -lt "$server" ]; then
    echo "pg_dump $client is older than the server, which is $server" >&2
    exit 3
fi
knows() {
    # Not a pipe: pg_dump fails in any case, and so would the pipe (pipefail).
    said=$(PGHOST=/nonexistent PGHOSTADDR= pg_dump --format=custom --file=/dev/null --compress="$1" 2>&1 || true)
    # BusyBox, as in Alpine's images, has no long options.
    ! grep -qi compress <<< "$said"
}
if [ "$compression" = auto ]; then
    for compression in zstd lz4 gzip; do
        if knows "$compression"; then break; fi
    done
fi
case $compression in
gzip) level=6 ;;
none) level=0 ;;
*) level=$compression ;;
esac
[ "$format" = custom ] || set -- --jobs="$jobs" "$@"
echo "$compression" > compression
pg_dump --format="$format" --compress="$level" --snapshot="$snapshot" --lock-wait-timeout=60s --no-password --file=data \
    --dbname="$patience" "$@"
pg_dumpall --globals-only --no-role-passwords --no-password --database="$patience" --file=globals.sql || rm -f globals.sql
find data globals.sql -type f -exec sha256sum {} + > sha256 2> /dev/null || [ ! -f globals.sql ]
pg_restore --schema-only --file=/dev/null data
pg_restore --data-only --file=- data | awk '
    function half(text, quote) { return gsub(quote, "", text) % 2 }
    inside && $0 == "\\." { gsub(/\n/, "\n\t", statement); print rows "\t" statement; inside = 0; next }
    inside { rows++; next }
    { statement = unfinished ? statement "\n" $0 : $0; unfinished = 0 }
    statement ~ /^SELECT pg_catalog.setval/ { unfinished = half(statement, "\047") }
    statement ~ /^COPY / { unfinished = half(statement, "\""); inside = !unfinished && / FROM stdin;$/; rows = 0 }
    END { if (inside) exit 1 }' > rows
"""
# What the program leaves beside the archive.
_NOTES = ("rows", "sha256", "compression")


def program(wish: Any, snapshot: str, server_major: int) -> list[str]:
    """The program with its arguments.

    :param wish: as ``backup.Wish``.
    """
    return [
        SCRIPT,
        "ratchet-backup",
        wish.format,
        str(wish.jobs),
        snapshot,
        wish.compression,
        str(server_major),
        *(f"--exclude-table-data={table}" for table in wish.without_data),
    ]


def differences(directory: str, tables: Mapping[str, int], without_data: Collection[str]) -> list[str]:
    """The tables of which the archive doesn't hold the rows that were counted, in words."""
    found = _rows_read_back(directory)
    wrong = []
    for table, rows in tables.items():
        read = next(
            (count for header, count in found.items() if header.startswith((f"COPY {table} (", f"COPY {table}  FROM"))),
            None,
        )
        if read != rows and table not in without_data:
            wrong.append(f"{table} ({rows} counted, {'none' if read is None else read} in the archive)")
    return wrong


def files(directory: str) -> dict[str, dict[str, Any]]:
    """The files of the archive, each with ``sha256`` and ``size``, in the order of their names."""
    with open(os.path.join(directory, "sha256"), encoding="utf-8") as file:
        lines = sorted(line.rstrip("\n").split("  ", 1)[::-1] for line in file)
    return {
        path: {"sha256": checksum, "size": os.path.getsize(os.path.join(directory, path))} for path, checksum in lines
    }


def compression(directory: str) -> str:
    """What ``auto`` became."""
    with open(os.path.join(directory, "compression"), encoding="utf-8") as file:
        return file.read().strip()


def tidy(directory: str) -> None:
    """Remove what is no part of a backup; also what an interrupted call has left of it."""
    for name in _NOTES:
        path = os.path.join(directory, name)
        if os.path.exists(path):
            os.unlink(path)


def _rows_read_back(directory: str) -> dict[str, int]:
    with open(os.path.join(directory, "rows"), encoding="utf-8", errors="surrogateescape", newline="\n") as file:
        # No name holds a NUL.
        lines = file.read().replace("\n\t", "\0").split("\n")
    pairs = (line.replace("\0", "\n").split("\t", 1) for line in lines if line)
    return {header: int(count) for count, header in pairs}

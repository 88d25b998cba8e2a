# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How an archive is loaded into a database: the part that the programs of a trial and of a restore share."""

from __future__ import annotations

# ``load OPTION...`` loads the archive ``data`` into the database that PGDATABASE names; $into says so, and may be set to what leads to it.
# A name with a "=" in it would be taken for a connection string, so there are only keepalives, for a server that has gone.
# pg_restore makes event triggers before it refreshes materialised views, and so fires them: what they write would be there twice.
# https://www.postgresql.org/docs/current/event-trigger-definition.html
LOAD = r"""
set -euo pipefail
database=--dbname='keepalives_idle=15 keepalives_interval=5 keepalives_count=6'
into=("$database")
load() {
    local last='^[0-9]+; [0-9]+ [0-9]+ ((COMMENT|SECURITY LABEL) - )?EVENT TRIGGER '
    pg_restore --list data > /tmp/everything
    grep -Ev "$last" /tmp/everything > /tmp/first
    pg_restore --exit-on-error --no-password --use-list=/tmp/first "${into[@]}" "$@" data
    if grep -E "$last" /tmp/everything > /tmp/last; then
        pg_restore --exit-on-error --no-password --use-list=/tmp/last "$database" "$@" data
    fi
}
"""

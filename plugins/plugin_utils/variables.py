# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The names of the public variables, and what was probably meant by a name that is nearly one of them."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

# As documented in the roles' argument specs and the README.
PUBLIC = frozenset(
    {
        "runtime_accept",
        "runtime_backup_dir",
        "runtime_backup_jobs",
        "runtime_backup_keep",
        "runtime_backup_verify",
        "runtime_database",
        "runtime_health_expect",
        "runtime_health_url",
        "runtime_hops",
        "runtime_hosts",
        "runtime_monitor",
        "runtime_plan_file",
        "runtime_profile",
        "runtime_project_dir",
        "runtime_registry",
        "runtime_resolve",
        "runtime_serial",
        "runtime_services",
        "runtime_stall_timeout",
        "runtime_state_dir",
        "runtime_strategy",
        "runtime_version",
        "runtime_window",
    }
)
# What the stages hand to each other.
_INTERNAL = frozenset(
    [
        "runtime_observed",
        "runtime_planned",
        "runtime_plan",
        "runtime_host",
        "runtime_prepared",
        "runtime_backed_up",
        "runtime_watched",
        "runtime_found",
        "runtime_resolved",
        "runtime_target",
        "runtime_executes",
    ]
)


def misspelt(names: Iterable[str]) -> dict[str, str]:
    """Names that are none of ours but nearly one, each with the one that was probably meant."""
    found = {}
    for name in names:
        if name.startswith("runtime") and name not in PUBLIC and name not in _INTERNAL:
            for meant in difflib.get_close_matches(name, PUBLIC, n=1, cutoff=0.88):
                found[name] = meant
    return found

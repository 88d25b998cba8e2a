# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The names of the public variables, and what was probably meant by a name that is nearly one of them."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping

from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.plugin_utils import artifacts
from ansible_collections.ratchet.runtime.plugins.plugin_utils.problems import Problems

# As documented in the roles' argument specs and docs/variables.md.
PUBLIC = frozenset(
    {
        "runtime_accept",
        "runtime_approved_plan",
        "runtime_backup",
        "runtime_backup_copy",
        "runtime_backup_dir",
        "runtime_backup_jobs",
        "runtime_backup_keep",
        "runtime_backup_verify",
        "runtime_bundle_dir",
        "runtime_bundle_lines",
        "runtime_cluster",
        "runtime_database",
        "runtime_deploy",
        "runtime_description",
        "runtime_disconnect",
        "runtime_failure_action",
        "runtime_health_expect",
        "runtime_health_url",
        "runtime_hooks",
        "runtime_hops",
        "runtime_hosts",
        "runtime_job_url",
        "runtime_lock",
        "runtime_lock_expiry",
        "runtime_manifests",
        "runtime_monitor",
        "runtime_nodes",
        "runtime_order",
        "runtime_output",
        "runtime_output_file",
        "runtime_plan_file",
        "runtime_plan_fingerprint",
        "runtime_profile",
        "runtime_progress_file",
        "runtime_project_dir",
        "runtime_registry",
        "runtime_rehearsal_host",
        "runtime_report_dir",
        "runtime_require_rehearsal",
        "runtime_resolve",
        "runtime_serial",
        "runtime_services",
        "runtime_stall_timeout",
        "runtime_state_dir",
        "runtime_strategy",
        "runtime_version",
        "runtime_way_back",
        "runtime_webhook",
        "runtime_window",
    }
)
# What the stages hand to each other. Nobody sets them: what the command line says would beat what the stages find.
_INTERNAL = frozenset(
    [
        "runtime_observed",
        "runtime_planned",
        "runtime_plan",
        "runtime_host",
        "runtime_prepared",
        "runtime_built",
        "runtime_named",
        "runtime_recreated",
        "runtime_backed_up",
        "runtime_copied",
        "runtime_watched",
        "runtime_found",
        "runtime_resolved",
        "runtime_target",
        "runtime_executes",
        "runtime_stored",
        "runtime_stopped",
        "runtime_restored",
        "runtime_trouble",
        "runtime_recorded",
        "runtime_went_back",
        "runtime_started_again",
        "runtime_journal",
        "runtime_goes_back",
        "runtime_failure",
        "runtime_written",
        "runtime_stopping_containers",
        "runtime_stopping_tasks",
        "runtime_watched_again",
        "runtime_image_ids",
        "runtime_outcome",
        "runtime_locked",
        "runtime_locked_first",
        "runtime_locked_next",
        "runtime_lock_verb",
        "runtime_stage",
        "runtime_unlocked",
        "runtime_drained",
        "runtime_serving",
        "runtime_rehearses",
        "runtime_rehearsed",
        "runtime_marks",
        "runtime_checked",
        "runtime_migrated",
        "runtime_watched_alone",
        "runtime_manifest",
        "runtime_newest",
        "runtime_confirmed",
        "runtime_leftovers",
        "runtime_failed",
        "runtime_failed_hosts",
        "runtime_first",
        "runtime_kept",
        "runtime_running",
        "runtime_unready",
        "runtime_argv",
        *artifacts.TOLD,
        "runtime_evidence",
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


def refuse_misspelt(found: Mapping[str, str], problems: Problems) -> None:
    """Variables that would silently do nothing.

    :param found: as :func:`misspelt` tells them.
    """
    for name, meant in found.items():
        problems.add(
            RatchetError(f"{name} isn't a variable of this collection", f"Write {meant}, if that is what you mean")
        )


def refuse_overridden(given: Iterable[str]) -> None:
    """Extra variables that would take the place of what the stages find, and so of a guard.

    :param given: the names on the command line (``-e``). What an earlier job of a workflow has left is among them, and nobody reads it.
    """
    found = sorted({*given} & _INTERNAL - artifacts.TOLD)
    if found:
        raise RatchetError(
            f"{', '.join(found)} on the command line (-e) would override what the run finds by itself",
            "Leave it out; docs/variables.md lists what can be set. Nothing was touched",
        )

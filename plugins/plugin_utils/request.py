# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the operator asks for, and what is wrong with that alone. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.plugin_utils import (
    batches,
    copies,
    destination,
    health_check,
    order,
    variables,
    versions,
    window,
)
from ansible_collections.ratchet.runtime.plugins.plugin_utils.plan import Hook
from ansible_collections.ratchet.runtime.plugins.plugin_utils.problems import MATTERS, Problems
from ansible_collections.ratchet.runtime.plugins.plugin_utils.profile import Profile

STRATEGIES = ("auto", "rolling", "single_instance")
# https://github.com/compose-spec/compose-spec/blob/main/deploy.md#update_config (``failure_action``)
FAILURE_ACTIONS = ("rollback", "pause", "continue")


@dataclass(frozen=True)
class Request:
    """What the operator asks for. Durations in seconds.

    :ivar version: the full version to go to in this run: what was asked for, or what that was resolved to.
    :ivar asked: what was asked for, as it was written.
    :ivar hops: versions still to come after ``version``, when required stops are walked one by one.
    :ivar newest: the newest full version that an unfit ``asked`` may stand for, as the registry has it.
    :ivar accept: ids of what they have read and accept.
    :ivar limit: Ansible's ``--limit``, which hides hosts.
    :ivar serial: sizes of batches, as they were written.
    :ivar failure_action: what follows when a host fails.
    :ivar delay: seconds between two batches.
    :ivar order: ``start-first`` or ``stop-first``; ``order_asked`` is whether the operator said so, and not the files.
    :ivar rollout_asked: the variables by which the operator says how to roll out, whatever the files say.
    :ivar description: why it is done, in the operator's words.
    :ivar misspelt: variables that are none of ours but nearly one, with what was probably meant.
    :ivar copy: the copy of the backup, as it was written, with what it holds of secrets.
    :ivar hooks: the operator's task files, as they were found.
    :ivar troubles: what the controller has found wrong with what is asked of itself.
    :ivar notes: what was found out on the way to ``version``.
    :ivar mistaken: why images that run aren't the product that they are easily taken for.
    :ivar require_rehearsal: how many days ago a passed rehearsal of just this may be; 0 asks for none.
    :ivar rehearses: whether it is only tried on a copy, where versions may also go down.
    :ivar executes: whether the plan is about to be executed, so that nobody else may be at work.
    """

    version: str
    profile: Profile
    asked: str = ""
    resolve: str = "exact"
    hops: tuple[str, ...] = ()
    newest: str | None = None
    strategy: str = "auto"
    accept: tuple[str, ...] = ()
    limit: str = ""
    serial: Any = 1
    window: str = ""
    failure_action: str = "rollback"
    delay: float = 0.0
    order: str = order.STOP_FIRST
    order_asked: bool = False
    rollout_asked: tuple[str, ...] = ()
    description: str = ""
    now: datetime | None = None
    misspelt: Mapping[str, str] = field(default_factory=dict)
    backup: Mapping[str, Any] = field(default_factory=dict)
    copy: Any = field(default=None, repr=False)
    watch: Mapping[str, Any] = field(default_factory=dict)
    hooks: Mapping[str, Hook] = field(default_factory=dict)
    troubles: tuple[RatchetError, ...] = ()
    notes: tuple[str, ...] = ()
    mistaken: tuple[str, ...] = ()
    require_rehearsal: int = 0
    rehearses: bool = False
    executes: bool = False


def refuse(request: Request, problems: Problems) -> bool:
    """Everything that is wrong with the request itself.

    :returns: whether its version is one that can be planned for.
    """
    fit = _refuse_version(request, problems)
    variables.refuse_misspelt(request.misspelt, problems)
    refuse_unknown_ids(request.accept, request.profile, problems)
    if request.limit:
        problems.matter(
            "limit",
            f"--limit {request.limit} hides hosts that may share the database and run any version",
            "Run without it: hosts that are done are left alone",
        )
    for name, least in (("monitor", 0), ("stall_timeout", 1)):
        if request.watch.get(name, least) < least:
            problems.add(
                RatchetError(f"runtime_{name}: {request.watch[name]:g} seconds make no sense", f"Give at least {least}")
            )
    if request.require_rehearsal < 0:
        problems.add(
            RatchetError(
                f"runtime_require_rehearsal: {request.require_rehearsal} days make no sense", "Give at least 0"
            )
        )
    refuse_backup(request.backup, request.copy, request.troubles, problems)
    if request.strategy not in STRATEGIES:
        problems.add(
            RatchetError(
                f"runtime_strategy: {request.strategy!r} isn't a strategy", f"Use one of: {', '.join(STRATEGIES)}"
            )
        )
    if request.failure_action not in FAILURE_ACTIONS:
        problems.add(
            RatchetError(
                f"runtime_failure_action: {request.failure_action!r} isn't one",
                f"Use one of: {', '.join(FAILURE_ACTIONS)}",
            )
        )
    if request.resolve not in destination.HOW:
        problems.add(
            RatchetError(
                f"runtime_resolve: {request.resolve!r} isn't a way to resolve a version",
                f"Use one of: {', '.join(destination.HOW)}",
            )
        )
    problems.attempt("", batches.parse, request.serial)
    problems.attempt("", order.refuse, request.order)
    problems.attempt("", health_check.refuse_url, request.watch.get("url") or "")
    if request.window and request.now:
        problems.attempt("", _refuse_hour, request.window, request.now, request.rehearses, problems)
    return fit


def _refuse_version(request: Request, problems: Problems) -> bool:
    try:
        versions.parse(request.version, request.profile.scheme)
        return True
    except RatchetError as error:
        remedy = error.remedy
        if request.newest:
            remedy = (
                f"The newest full version that it may stand for is {request.newest}: ask for that, or let it be found with runtime_resolve "
                "(patch, minor or newest)"
            )
        problems.add(RatchetError(f"runtime_version: {error.reason}", remedy))
        return False


def refuse_backup(how: Mapping[str, Any], copy: Any, troubles: Iterable[RatchetError], problems: Problems) -> None:
    """What is wrong with how backups are to be made and copied."""
    for name in ("jobs", "keep"):
        if how.get(name, 0) < 0:
            problems.add(RatchetError(f"runtime_backup_{name}: {how[name]} makes no sense", "Give at least 0"))
    for error in copies.errors(copy):
        problems.add(RatchetError(f"runtime_backup_copy: {error.reason}", error.remedy))
    for error in troubles:
        problems.add(error)


def refuse_unknown_ids(accept: Iterable[str], profile: Profile, problems: Problems) -> None:
    """Ids in ``runtime_accept`` that stand for nothing."""
    known = {*MATTERS, *(each.id for each in (*profile.considerations, *profile.incompatible))}
    for id in accept:
        if id not in known:
            meant = difflib.get_close_matches(id, known, n=1)
            problems.add(
                RatchetError(
                    f"runtime_accept: there is nothing called {id!r} to accept",
                    f"Write {meant[0]}, if that is what you mean" if meant else f"There is: {', '.join(sorted(known))}",
                )
            )


def _refuse_hour(text: str, now: datetime, rehearses: bool, problems: Problems) -> None:
    found = window.parse(text)
    # Production, for whose sake there are windows, notices nothing of a rehearsal.
    if not found.is_open(now) and not rehearses:
        opening = found.opens_at(now)
        problems.matter(
            "window",
            f"it is {now.astimezone(found.zone):%H:%M} in {found.zone.key}, outside the maintenance window {text}",
            f"Run again after {opening:%Y-%m-%d %H:%M %Z}",
        )

# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A rehearsal's stage: what of it is on the host, as the controller directs it. Each call is one of a module."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.plugin_utils import lock_owner, tables, watching
from ansible_collections.ratchet.runtime.plugins.plugin_utils.controller import HEARTBEAT, say
from ansible_collections.ratchet.runtime.plugins.plugin_utils.rehearsal_script import Act, Script
from ansible_collections.ratchet.runtime.plugins.plugin_utils.wording import counted

# Seconds that one probe may wait for a change.
PATIENCE = 5.0


class Stage:
    """The stage of one rehearsal.

    :ivar ask: runs a module on the host, by its name and arguments.
    :ivar place: ``id``, ``database_id`` and ``state_dir``, by which the host knows the rehearsal.
    :ivar original: ``project_dir``, ``services`` and ``database`` of what is rehearsed.
    """

    def __init__(
        self,
        name: str,
        ask: Callable[[str, Mapping[str, Any]], dict[str, Any]],
        place: Mapping[str, Any],
        original: Mapping[str, Any],
    ) -> None:
        self._name, self.ask = name, ask
        self.place, self.original = place, original

    def copy(self, asked: Mapping[str, Any], owner: Mapping[str, Any]) -> dict[str, Any]:
        """Have a copy of the database, and wait until it is loaded; what it holds.

        :param asked: ``backup``, ``directory`` and ``jobs``.
        :param owner: who rehearses, as ``lock_owner.me`` tells it.
        :raises RatchetError: also when somebody else rehearses this database.
        """
        began, over, resumes = time.monotonic(), "", ""
        constant = {**self.place, **self.original, **asked, "owner": owner, "patience": HEARTBEAT}
        while True:
            made = self.must("rehearsal", {**constant, "over": over, "resumes": resumes})
            if made.get("held"):
                over = _of_a_dead_one(made["held"], owner)
                continue
            if not made["under_way"]:
                break
            resumes = made["under_way"]["id"]
            progress = {**made["under_way"], "seconds": time.monotonic() - began}
            say([tables.under_way(self._name, "rehearsal", progress)])
        rows = sum(made["contents"]["tables"].values())
        held = f"{counted(rows, 'row')} in {counted(len(made['contents']['tables']), 'table')}"
        what = f"{held}, schema head {made['contents']['head'] or 'unknown'}"
        say([f"{self._name}  has a copy of the database: {what}"])
        return made["contents"]

    def start(self, act: Act, script: Script, images: Mapping[str, str], apart: Sequence[str]) -> dict[str, Any]:
        """Start an act's containers.

        :param images: what each service runs.
        :param apart: jobs of the project, which are acts of their own.
        """
        asked = {
            **self.place,
            **self.original,
            "part": act.part,
            "images": dict(images),
            "left_out": list(script.left_out),
            "apart": list(apart),
            "environment": dict(script.environment),
            "argv": list(act.argv),
            "ends": act.ends,
        }
        return self.must("rehearsal_containers", asked)

    def watch(
        self, watch: watching.Watch, asked: Mapping[str, Any], began: float, timeline: list[dict[str, Any]]
    ) -> tuple[watching.Sight, dict[str, Any]]:
        """Watch a project of the rehearsal until the verdict, tell what is seen, and note it.

        :param asked: ``project``, ``services`` and ``url``.
        :param began: when the first container was started, by the monotonic clock.
        """
        probe: dict[str, Any] = {}
        printed, printed_at, sight = None, 0.0, watching.Sight("starting", "")
        while True:
            patience = watch.patience(PATIENCE, time.monotonic())
            answer = self.ask(
                "rehearsal_probe", {**self.place, **asked, "seen": probe.get("signature", ""), "patience": patience}
            )
            now = time.monotonic()
            if "containers" in answer:
                probe = answer
                sight = watch.see(probe, now)
            elif answer.get("over"):
                raise _refused(answer)
            else:
                sight = watch.unreachable(str(answer.get("msg", "no answer")).strip(), now)
            if (sight.state, sight.detail) != printed or now - printed_at >= HEARTBEAT:
                say([watching.told(self._name, sight, now - began)])
                printed, printed_at = (sight.state, sight.detail), now
            note(timeline, sight, probe, now - began)
            if sight.verdict:
                break
        if sight.verdict == "bad" and not probe.get("logs"):
            probe = {
                **probe,
                "logs": self.ask("rehearsal_probe", {**self.place, **asked, "all_logs": True}).get("logs", {}),
            }
        return sight, probe

    def remove(self) -> None:
        """Leave nothing."""
        gone = self.ask("rehearsal", {**self.place, **self.original, "state": "absent"})
        if gone.get("failed"):
            told = f"couldn't remove the rehearsal, and does so by itself within two minutes: {gone.get('msg', '')}"
            say([f"{self._name}  {told}"])

    def must(self, module: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Run a module on the host.

        :raises RatchetError: when it fails.
        """
        answer = self.ask(module, arguments)
        if answer.get("failed"):
            raise _refused(answer)
        return answer


def _of_a_dead_one(held: Mapping[str, Any], owner: Mapping[str, Any]) -> str:
    """The id of another rehearsal of this database, if its run is dead.

    :raises RatchetError: when it may live.
    """
    known = {"started": "", "controller": "", "boot": "", "namespace": "", "pid": 0, "user": "?", **held["owner"]}
    if lock_owner.standing({"owner": known, "expired": False, "age": held["age"]}, owner) == "dead":
        return held["id"]
    raise RatchetError(
        f"{known['user']} on {known['controller'] or '?'} rehearses this database already ({held['id']}, last heard of {held['age']} s ago)",
        "Wait for its end; what a dead run has left is removed after two minutes",
    )


def _refused(answer: Mapping[str, Any]) -> RatchetError:
    why = str(answer.get("msg", "no reason given")).strip().removesuffix(".")
    return RatchetError(why, "Nothing of production was touched")


def note(timeline: list[dict[str, Any]], sight: watching.Sight, probe: Mapping[str, Any], seconds: float) -> None:
    """Add what is seen to the timeline, unless it says the same as the last entry."""
    applied = ((probe.get("database") or {}).get("ledger") or {}).get("applied")
    seen = {"state": sight.state, "detail": sight.detail, "applied": applied, "head": watching.head_of(probe)}
    if not timeline or {key: timeline[-1][key] for key in seen} != seen:
        timeline.append({"at": round(seconds, 1), **seen})

# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Have a copy of a backup on the controller, or have a command on the host make one somewhere else."""

from __future__ import annotations

import base64
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict
from typing import Any, ClassVar

from ansible_collections.ratchet.runtime.plugins.module_utils import store
from ansible_collections.ratchet.runtime.plugins.plugin_utils import approval, copies, fetched, tables
from ansible_collections.ratchet.runtime.plugins.plugin_utils.controller import ControllerAction, say, telling, unlogged

# How often a piece is asked for when the connection breaks; a copy goes on where it was, so this is for one piece.
_TRIES = 5


class _Failed(Exception):
    """What a module on the host returned when it failed: its message is the task's."""

    def __init__(self, result: dict[str, Any]) -> None:
        super().__init__(result.get("msg"))
        self.result = {key: value for key, value in result.items() if key != "invocation"}


class ActionModule(ControllerAction):
    """The pieces are put together here; a command is the module's."""

    _requires_connection = True
    timed = True
    argument_spec: ClassVar[dict[str, Any]] = {
        "backup": {"type": "str", "required": True},
        "directory": {"type": "str", "default": store.DIRECTORY},
        "to": {"type": "raw"},
        "command": {"type": "raw"},
        "check": {"type": "raw"},
        "environment": {"type": "raw", "no_log": True},
    }

    def act(self, arguments: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        """Copy, compare, and tell where the copy is."""
        asked = {key: arguments[key] for key in ("to", "command", "check", "environment") if arguments[key] is not None}
        error = next(copies.errors(asked or {"to": ""}), None)
        if error:
            raise error
        self._host = task_vars["inventory_hostname"]
        self._task_vars = task_vars
        self._backup = {key: arguments[key] for key in ("directory", "backup")}
        wish = copies.told(asked)
        if "to" in wish:
            wish["to"] = approval.absolute(wish["to"])
        began = time.monotonic()
        try:
            changed, copy = self._copy(wish, arguments["environment"] or {})
        except _Failed as failure:
            return failure.result
        if copy is None:
            return {"changed": changed, "copied": None}
        seconds = round(time.monotonic() - began, 1)
        copy = {**copy, "place": copies.place(wish, copy["id"]), "seconds": seconds}
        say([tables.copied(copy)])
        return {"changed": changed, "copied": copy}

    def _copy(self, wish: dict[str, Any], environment: dict[str, Any]) -> tuple[bool, dict[str, Any] | None]:
        """Whether it had to be copied, and the copy; none when that is only predicted."""
        if "to" in wish:
            return self._fetch(wish["to"])
        return (True, None) if self._task.check_mode else self._command({**wish, "environment": environment})

    def _command(self, asked: dict[str, Any]) -> tuple[bool, dict[str, Any]]:
        """Have the command run on the host."""
        with telling(self._host, "copy", lambda: {"doing": f"waiting for {asked['command'][0]}"}):
            made = self._execute_module(module_args={**self._backup, **asked}, task_vars=self._task_vars)
        if "copied" not in made:
            raise _Failed(made)
        return made["changed"], made["copied"]

    def _fetch(self, to: str) -> tuple[bool, dict[str, Any] | None]:
        """Have the files come here."""
        copy = fetched.Copy.of(to, base64.b64decode(self._ask([])["manifest"]))
        files = len(copy.manifest["files"]) + 1
        told = {"id": copy.manifest["id"], "files": files, "size": copy.size}
        if self._task.check_mode:
            there = copy.is_there()
            return not there, told if there else None
        doing = ["waiting for another copy into the same directory"]

        def progress() -> dict[str, Any]:
            return {"doing": doing[0], "written": copy.received, "at_most": copy.size}

        with telling(self._host, "copy", progress), ExitStack() as held:
            with fetched.writing(to):
                held.enter_context(store.only_one(to))
            held.callback(copy.close)
            doing[0] = "comparing what is there"
            if copy.is_there():
                return False, told
            copy.begin()
            doing[0] = "fetching it"
            for asked in copy.questions():
                contents = self._ask([asdict(each) for each in asked])["contents"]
                copy.receive(asked, [base64.b64decode(each) for each in contents])
            copy.finish()
        return True, told

    def _ask(self, wanted: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """Ask the host for pieces, or for the manifest; a connection that breaks is made anew."""
        from ansible.errors import AnsibleConnectionFailure

        asked = {**self._backup, "pieces": list(wanted)}
        for tried in range(_TRIES):
            try:
                with unlogged(self._connection):
                    answer = self._execute_module(
                        module_name="ratchet.runtime.backup_pieces", module_args=asked, task_vars=self._task_vars
                    )
                break
            except AnsibleConnectionFailure:
                if tried == _TRIES - 1:
                    raise
                say([f"{self._host}  copy  the connection broke; trying again"])
                time.sleep(2**tried)
        if "contents" not in answer:
            raise _Failed(answer)
        return answer

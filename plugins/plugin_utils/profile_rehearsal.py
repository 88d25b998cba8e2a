# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a profile knows of rehearsals: what may run in one, what keeps it quiet, and what the new version has to answer there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ansible_collections.ratchet.runtime.plugins.plugin_utils.wording import listed


@dataclass(frozen=True)
class Check:
    """A command in a container of the new version.

    :ivar command: argv; no shell is involved.
    :ivar service: whose container; empty for any that runs.
    :ivar fails_if, passes_if: regular expressions, searched in what it says.
    :ivar any_exit: whether another exit code than 0 says nothing.
    """

    id: str
    command: tuple[str, ...]
    service: str = ""
    fails_if: str = ""
    passes_if: str = ""
    any_exit: bool = False
    since: str = ""
    before: str = ""
    why: str = ""
    link: str = ""

    def failure(self, code: int, said: str) -> str:
        """What is wrong with the command's end; empty if it has passed."""
        found = re.finditer(self.fails_if, said, re.MULTILINE) if self.fails_if else ()
        if wrong := [*dict.fromkeys(each[0].strip() for each in found)]:
            return f"it says {listed([repr(each) for each in wrong])}"
        if code and not self.any_exit:
            return f"it ended with exit code {code}"
        if self.passes_if and not re.search(self.passes_if, said, re.MULTILINE):
            return f"it doesn't say {self.passes_if!r}"
        return ""


@dataclass(frozen=True)
class Request:
    """A request that the new version has to answer. In ``path``, ``body`` and ``json``, ``{turn}`` is another number for each version that is asked.

    :ivar port: the container's; None for that of ``health``.
    :ivar body: what is sent, as JSON; None for nothing.
    :ivar json: what the answer has to contain at least.
    :ivar beside: whether the version before has to answer it as well on the new schema, where both run side by side for a while.
    """

    path: str
    method: str = "GET"
    port: int | None = None
    status: int = 200
    body: Any = None
    json: Mapping[str, Any] | None = None
    beside: bool = False
    since: str = ""
    before: str = ""
    why: str = ""
    link: str = ""

    def in_turn(self, turn: int) -> Request:
        """The same, of something that nobody was asked to make before: a second time it may be there, and then nothing is written."""

        def filled(content: Any) -> Any:
            return json.loads(json.dumps(content).replace("{turn}", str(turn)))

        return replace(self, path=filled(self.path), body=filled(self.body), json=filled(self.json))


@dataclass(frozen=True)
class Rehearsal:
    """How the product is rehearsed.

    :ivar only: the services that are started, by name; empty for all of the runtime but ``without``.
    :ivar environment: variables that are set, so that nothing fires.
    :ivar health: what the body of ``health`` has to contain while the other services aren't there; None for what it always has to.
    :ivar ignore_tables: regular expressions for the whole names of tables whose rows may vanish.
    """

    only: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    health: Mapping[str, Any] | None = None
    checks: tuple[Check, ...] = ()
    requests: tuple[Request, ...] = ()
    ignore_tables: tuple[str, ...] = ()

    def starts(self, services: Iterable[str]) -> list[str]:
        """Those of the runtime's ``services`` that run in a rehearsal."""
        return [name for name in services if name not in self.without and (not self.only or name in self.only)]

    def ignores(self, table: str) -> bool:
        """Whether rows of a table, with or without its schema, may vanish."""
        return any(re.fullmatch(each, table.rpartition(".")[2]) for each in self.ignore_tables)

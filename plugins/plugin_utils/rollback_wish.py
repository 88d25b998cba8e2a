# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a rollback is asked for, and what each host goes back to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.references import Reference
from ansible_collections.ratchet.runtime.plugins.plugin_utils import request, variables
from ansible_collections.ratchet.runtime.plugins.plugin_utils.plan import Hook
from ansible_collections.ratchet.runtime.plugins.plugin_utils.problems import Problems
from ansible_collections.ratchet.runtime.plugins.plugin_utils.profile import Profile

# What becomes of the database: left as it is, migrated down in the newer image, or replaced by its backup.
WAYS = ("auto", "image", "command", "restore")


@dataclass(frozen=True)
class Wish:
    """What the operator asks for.

    :ivar deploy: id of the deploy to go back to; the one before the last when empty.
    :ivar way: one of :data:`WAYS`.
    :ivar hooks: the operator's task files, as they were found; ``troubles`` what is wrong with them.
    """

    profile: Profile
    deploy: str = ""
    way: str = "auto"
    accept: tuple[str, ...] = ()
    limit: str = ""
    description: str = ""
    misspelt: Mapping[str, str] = field(default_factory=dict)
    hooks: Mapping[str, Hook] = field(default_factory=dict)
    troubles: tuple[RatchetError, ...] = ()
    watch: Mapping[str, Any] = field(default_factory=dict)
    now: datetime | None = None


@dataclass(frozen=True)
class Step:
    """What one host goes back from, and to.

    :ivar named: what the names of built images stood for, each with ``reference`` and ``id``.
    """

    deploys: list[dict[str, Any]]
    reference: Reference
    image_id: str
    digest: str | None
    version: str
    newer: str
    named: list[dict[str, str]] = field(default_factory=list)

    @property
    def first(self) -> dict[str, Any]:
        """The oldest deploy that is taken back: it knows what was before."""
        return self.deploys[0]


def refuse(wish: Wish, told: Problems) -> None:
    """What is wrong with the wish itself."""
    variables.refuse_misspelt(wish.misspelt, told)
    for trouble in wish.troubles:
        told.add(trouble)
    request.refuse_unknown_ids(wish.accept, wish.profile, told)
    if wish.limit:
        told.matter("limit", f"--limit {wish.limit} hides hosts that may share the database", "Run without it")
    if wish.way not in WAYS:
        told.add(RatchetError(f"runtime_way_back: {wish.way!r} isn't a way back", f"Use one of: {', '.join(WAYS)}"))

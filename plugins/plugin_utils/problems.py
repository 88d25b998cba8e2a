# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that is in the way of a plan, collected, so that one run reports it all."""

from __future__ import annotations

from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError


class Refusal(RatchetError):
    """No plan: ``problems`` lists everything that is wrong, each with its remedy."""

    def __init__(self, problems: list[str]) -> None:
        many = f"{len(problems)} things are in the way:\n  - " + "\n  - ".join(each.rstrip(".") for each in problems)
        super().__init__(
            problems[0].rstrip(".") if len(problems) == 1 else many, "Nothing was touched", problems=list(problems)
        )


class Problems(list[str]):
    """Collects refusals, so that one run reports them all."""

    def add(self, error: RatchetError, where: str = "") -> None:
        sentence = f"{where}: {error}" if where else str(error)
        if sentence not in self:
            self.append(sentence)

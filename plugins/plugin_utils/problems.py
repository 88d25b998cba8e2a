# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that is in the way of a plan, collected, so that one run reports it all."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError

# What can be accepted whatever the product; profiles add the ids of their considerations.
MATTERS = (
    "clock_skew",
    "data_loss",
    "database_image",
    "failed_check",
    "further_back",
    "journal",
    "limit",
    "long_transactions",
    "lost_rows",
    "major",
    "no_backup",
    "not_rehearsed",
    "older_version",
    "other_server",
    "schema_head",
    "several_deploys",
    "traffic",
    "unused_copy",
    "window",
)
_UNTOUCHED = "Nothing was touched"


@dataclass(frozen=True)
class Matter:
    """Something that an operator may read and accept by its id; until then it stops an upgrade.

    :ivar id: what goes into ``runtime_accept``.
    :ivar reason: one sentence without a full stop; ``remedy`` what to do instead of accepting, or before it.
    """

    id: str
    reason: str
    remedy: str
    accepted: bool

    def __str__(self) -> str:
        accept = json.dumps({"runtime_accept": [self.id]})
        return f"{self.reason}. {self.remedy}, or accept it with -e '{accept}'."


class Refusal(RatchetError):
    """No plan: ``problems`` lists everything that is wrong, each with its remedy; ``accept`` all ids at once, where there are several."""

    def __init__(self, problems: list[str], accept: Collection[str] = ()) -> None:
        many = f"{len(problems)} things are in the way:\n  - " + "\n  - ".join(each.rstrip(".") for each in problems)
        if accept:
            many += f"\nTo accept all that can be: -e '{json.dumps({'runtime_accept': list(accept)})}'"
        super().__init__(problems[0].rstrip(".") if len(problems) == 1 else many, _UNTOUCHED, problems=list(problems))


class Problems(list[str]):
    """Collects what is in the way: refusals, and matters that the operator may accept.

    :param accept: the ids that the operator accepts.
    :param besides: what is no refusal by itself, but may be the reason of one.
    """

    def __init__(self, accept: Collection[str] = (), besides: Collection[str] = ()) -> None:
        super().__init__()
        self._accept = accept
        self._besides = besides
        self.matters: list[Matter] = []

    def add(self, error: RatchetError, where: str = "") -> None:
        """A refusal."""
        sentence = f"{where}: {error}" if where else str(error)
        if sentence not in self:
            self.append(sentence)

    def matter(self, id: str, reason: str, remedy: str, where: str = "") -> bool:
        """Something to accept.

        :returns: whether it is accepted.
        """
        told = Matter(id, f"{where}: {reason}" if where else reason, remedy, id in self._accept)
        if told not in self.matters:
            self.matters.append(told)
        return told.accepted

    def accepts(self, id: str) -> bool:
        """Whether the operator accepts this, needed or not."""
        return id in self._accept

    def attempt(self, where: str, act: Any, *arguments: Any, **options: Any) -> Any:
        """What ``act`` returns; None when it refuses, which is noted."""
        try:
            return act(*arguments, **options)
        except RatchetError as error:
            self.add(error, where)
            return None

    def stop(self) -> None:
        """Go no further if anything is refused; what is left to accept is then told, too.

        :raises Refusal: with all of it.
        """
        if self:
            raise Refusal([*self, *(str(matter) for matter in self.open), *self._besides])

    @property
    def open(self) -> list[Matter]:
        """What still has to be accepted."""
        return [each for each in self.matters if not each.accepted]


def refuse_unread(content: Mapping[str, Any]) -> None:
    """A plan may be looked at with matters left to accept; it is executed without any, unless there is nothing to do.

    :param content: the plan, as it travels.
    :raises Refusal: naming each of them.
    """
    if content["changes"]:
        refuse_open(content["matters"])


def refuse_open(matters: Collection[Mapping[str, Any]]) -> None:
    """Go no further with anything left to accept.

    :param matters: of a plan, as it travels.
    :raises Refusal: naming each of them.
    """
    known = [Matter(**each) for each in matters]
    unread = [str(matter) for matter in known if not matter.accepted]
    if unread:
        raise Refusal(unread, _at_once(known))


def of_a_later_hop(error: RatchetError, before: str) -> None:
    """Let a refusal say that the hop before it is done.

    :param before: the version that this one has gone to; empty where there was none.
    """
    if before and error.remedy.endswith(_UNTOUCHED):
        error.remedy += f" by this hop; the one before it, to {before}, is done"


def _at_once(matters: Collection[Matter]) -> list[str]:
    """What ``runtime_accept`` would have to be, if that takes more than one message says: of several -e, Ansible takes the last."""
    ids = list(dict.fromkeys(each.id for each in matters))
    return ids if len(ids) > 1 else []

# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lock of a fleet, as one host takes, renews and releases its part of it: the database's first, then its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils import lease, lock_comment, lock_file
from ansible_collections.ratchet.runtime.plugins.module_utils.database import Access
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.lease import Lease

_Decide = Callable[["str | None", float], "str | None"]


@dataclass(frozen=True)
class Wish:
    """Who wants the lock, and for how long without a sign of life (seconds).

    :ivar instead_of: tokens of leases that may be taken over or removed, whoever holds them.
    """

    run: str
    verb: str
    owner: dict[str, Any]
    expiry: float = 900.0
    instead_of: tuple[str, ...] = ()


@dataclass(frozen=True)
class Places:
    """Where a host's part is kept.

    :ivar access: of the database, if it is this host that holds its lock.
    :ivar file: whether the host's own is meant, too.
    """

    state_dir: str
    project: str
    access: Access | None = None
    file: bool = True

    def all(self) -> dict[str, Callable[[_Decide], str]]:
        """How what is kept is exchanged, by the name of the place; the database is where controllers meet that share no host."""
        found: dict[str, Callable[[_Decide], str]] = {}
        access = self.access
        if access:
            found["database"] = lambda decide: lock_comment.exchange(access, decide)
        if self.file:
            found["host"] = lambda decide: lock_file.exchange(self.state_dir, self.project, decide) or ""
        return found


def take(places: Places, wish: Wish) -> dict[str, Any]:
    """Take all of it or nothing; who has it already, takes it again.

    :returns: ``held`` (names of the places), and ``notes`` on what can't be locked, ``over`` (leases that were taken over, by place);
        or ``refused`` (the lease that is in the way, by place).
    :raises RatchetError: when a place can't be written to.
    """
    held: list[str] = []
    notes, over, refused = [], {}, {}
    for place, exchange in places.all().items():
        seen: list[dict[str, Any] | None] = []
        try:
            note = exchange(partial(_taken, wish, seen))
        except RatchetError:
            release(_only(places, held), wish)
            raise
        before, granted = seen[0], seen[1] is None
        if not granted:
            refused[place] = before
            break
        if note:
            notes.append(note)
            continue
        held.append(place)
        if before and not _is_own(before, wish):
            over[place] = before
    if refused:
        release(_only(places, held), wish)
        return {"refused": refused}
    return {"held": held, "notes": notes, "over": over}


def _taken(wish: Wish, seen: list[dict[str, Any] | None], text: str | None, now: float) -> str | None:
    """What is written: ours if it may be; into ``seen`` go what was there, and that again if it is in the way."""
    mine = Lease.new(wish.run, wish.verb, wish.owner, now, wish.expiry)
    there = lease.described(text, now)
    granted = lease.take(text, mine, now, wish.instead_of)
    seen += [there, None if granted else there]
    return mine.text() if granted else text


def _is_own(described: dict[str, Any], wish: Wish) -> bool:
    fields = ("run", "verb", "owner", "taken_at", "heartbeat", "expires")
    return "run" in described and Lease(**{key: described[key] for key in fields}).is_of(wish.owner, wish.run)


def _only(places: Places, held: list[str]) -> Places:
    return Places(places.state_dir, places.project, places.access if "database" in held else None, file="host" in held)


def renew(places: Places, wish: Wish) -> dict[str, Any]:
    """A sign of life.

    :returns: ``lost``, by place: what is there instead (None for nothing).
    """
    lost: dict[str, Any] = {}

    def decide(place: str, text: str | None, now: float) -> str | None:
        found = lease.parse(text) if text is not None else None
        if found and found.is_of(wish.owner, wish.run):
            return found.renewed(now, wish.expiry).text()
        lost[place] = lease.described(text, now)
        return text

    for place, exchange in places.all().items():
        exchange(partial(decide, place))
    return {"lost": lost}


def release(places: Places, wish: Wish, pretend: bool = False) -> dict[str, Any]:
    """Let go of what this owner holds, and of what was named; of nothing else.

    :returns: ``released``, by place: what was there.
    """
    released: dict[str, Any] = {}

    def decide(place: str, text: str | None, now: float) -> str | None:
        found = lease.parse(text) if text is not None else None
        named = text is not None and lease.token_of(text) in wish.instead_of
        if not named and not (found and found.is_of(wish.owner, wish.run)):
            return text
        released[place] = lease.described(text, now)
        return text if pretend else None

    notes = []
    for place, exchange in places.all().items():
        note = exchange(partial(decide, place))
        if note:
            notes.append(note)
            released.pop(place, None)
    return {"released": released, "notes": notes}

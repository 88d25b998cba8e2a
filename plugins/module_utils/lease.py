# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A lease: who works on a fleet, since when, and when they last gave a sign of life. Pure.

It is written where all controllers meet: in the database's comment, and in a file on each host. So it is text that
others may have written, and read with as little trust.
"""

from __future__ import annotations

import calendar
import hashlib
import json
import time
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils.masking import printable

# Characters; ours have a few hundred.
MOST = 8192
_LONGEST_WORD = 300
_TIME = "%Y-%m-%dT%H:%M:%SZ"
_OWNER = {"user": str, "controller": str, "boot": str, "namespace": str, "pid": int, "started": str, "job": dict}
# What tells a process from all others. A pid alone comes again, and means something else in each container.
_PROCESS = ("controller", "boot", "namespace", "pid", "started")


@dataclass(frozen=True)
class Lease:
    """Who holds a lock. Times are by the clock of where it is kept, in UTC and whole seconds.

    :ivar run: id of the plan that is executed; ``verb`` what that does.
    :ivar owner: ``user``, ``controller`` (its host name), ``boot``, ``namespace`` (of its pids), ``pid`` and ``started`` of the process
        that all of a run's tasks share, and ``job`` (``id``, ``user``, ``url``) of AWX.
    """

    run: str
    verb: str
    owner: Mapping[str, Any]
    taken_at: str
    heartbeat: str
    expires: str

    @classmethod
    def new(cls, run: str, verb: str, owner: Mapping[str, Any], now: float, expiry: float) -> Lease:
        """One that begins now."""
        return cls(run, verb, dict(owner), _told(now), _told(now), _told(now + expiry))

    def renewed(self, now: float, expiry: float) -> Lease:
        """The same with a sign of life."""
        return replace(self, heartbeat=_told(now), expires=_told(now + expiry))

    def is_of(self, owner: Mapping[str, Any], run: str) -> bool:
        """Whether the same process holds it; where processes can't be told apart, the same run."""
        same = all(self.owner[key] == owner.get(key) for key in _PROCESS)
        return same and (self.run == run or bool(self.owner["started"]))

    def expired(self, now: float) -> bool:
        """Whether its time is over."""
        return _read(self.expires) <= now

    def text(self) -> str:
        """As it is kept."""
        return json.dumps(asdict(self), sort_keys=True)


def parse(text: str) -> Lease | None:
    """The lease in a text; None when it isn't one."""
    try:
        found = json.loads(text) if len(text) <= MOST else None
        return _checked(found)
    except (ValueError, TypeError, KeyError, RecursionError, OverflowError):
        return None


def _is(value: Any, kind: type) -> bool:
    """Whether JSON had just that: true is no number there."""
    return isinstance(value, kind) and isinstance(value, bool) == (kind is bool)


def _checked(found: Any) -> Lease:
    names = {"run", "verb", "owner", "taken_at", "heartbeat", "expires"}
    if not isinstance(found, dict) or set(found) != names or not isinstance(found["owner"], dict):
        raise ValueError
    owner = found.pop("owner")
    job = owner.get("job")
    if set(owner) != set(_OWNER) or any(not _is(owner[key], kind) for key, kind in _OWNER.items()):
        raise ValueError
    words = [*found.values(), *(each for key, each in owner.items() if _OWNER[key] is str), *job, *job.values()]
    for word in words:
        # What takes over a terminal, or pretends to be another line, was not written by us.
        if not isinstance(word, str) or len(word) > _LONGEST_WORD or not word.isprintable() or printable(word) != word:
            raise ValueError
    for name in ("taken_at", "heartbeat", "expires"):
        _read(found[name])
    return Lease(owner=owner, **found)


def token_of(text: str) -> str:
    """What a lease is named by that is to be taken over or removed: any change of it, such as a sign of life, is another one."""
    return hashlib.sha256(text.encode("utf-8", errors="surrogateescape")).hexdigest()


def described(text: str | None, now: float) -> dict[str, Any] | None:
    """For an observation: the lease with its ``age`` (seconds since the last sign of life), the seconds ``left`` and its ``token``."""
    if text is None:
        return None
    found = parse(text)
    if not found:
        # On one line: it is told in a table, and who writes it may be anybody who may comment on the database.
        return {"unreadable": " ".join(printable(text, 120).split()) or "nothing", "token": token_of(text)}
    left = _read(found.expires) - now
    return {
        **asdict(found),
        "age": round(now - _read(found.heartbeat), 1),
        "left": round(left, 1),
        "expired": left <= 0,
        "token": token_of(text),
    }


def take(text: str | None, mine: Lease, now: float, instead_of: Collection[str]) -> bool:
    """Whether a lease may be taken where ``text`` is now: nothing, the owner's own, one whose time is over, or what was named."""
    if text is None or token_of(text) in instead_of:
        return True
    held = parse(text)
    return held is not None and (held.is_of(mine.owner, mine.run) or held.expired(now))


def _told(at: float) -> str:
    return time.strftime(_TIME, time.gmtime(at))


def _read(told: str) -> float:
    return float(calendar.timegm(time.strptime(told, _TIME)))

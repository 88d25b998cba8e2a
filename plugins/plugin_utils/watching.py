# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a series of probes to a state and, in the end, a verdict. Pure: time is given, nothing is asked.

States: ``starting``, ``migrating``, ``healthy``, ``stable``; ``failed`` (by Swarm's word),
``crashed``, ``stopped``, ``unhealthy``, ``stalled``, ``unreachable``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.ratchet.runtime.plugins.plugin_utils import migration_words, stack_updates, witnesses
from ansible_collections.ratchet.runtime.plugins.plugin_utils.wording import counted

# Applications that start before their database come up at the second or third try; a fourth start is a loop.
CRASH_LOOP = 3
# A good host may miss a beat; it has this long to be good again once it was, in seconds, and so many times.
RELAPSE = 5
RELAPSES = 3
# The engine starts a container at once whose policy says so; one that has ended and isn't restarting after so many seconds, it won't.
STOPPED = 15


@dataclass(frozen=True)
class Expectation:
    """What "well" means on this host; durations in seconds.

    :ivar image_ids: the planned image's id on this host; empty when any image will do.
    :ivar head: the schema head that the first host of the database settled on; None on the first host.
    :ivar applied: how many migrations there will be, where that is known.
    :ivar replicas: how many containers a service is to have, where that isn't one.
    :ivar host: the name of this host, and ``addresses`` those of the fleet by the addresses that the database's server sees.
    """

    services: list[str]
    image_ids: set[str] = field(default_factory=set)
    health: Mapping[str, Any] = field(default_factory=dict)
    head: str | None = None
    monitor: float = 10
    stall_timeout: float = 600
    applied: int | None = None
    host: str = ""
    addresses: Mapping[str, str] = field(default_factory=dict)
    replicas: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Sight:
    """The state after one probe. ``verdict`` is None while it is open, else ``good`` or ``bad``."""

    state: str
    detail: str
    verdict: str | None = None


class Watch:
    """The state machine of one host's watch."""

    def __init__(self, expectation: Expectation) -> None:
        self._expect = expectation
        self._ledger: Any = None
        self._restarts: dict[str, int] = {}
        self._exit_codes: dict[str, int] = {}
        self._ended_at: dict[str, float] = {}
        self._progress: Any = None
        self._progress_at: float | None = None
        self._good_since: float | None = None
        self._good_head: str | None = None
        self._relapsed_at: float | None = None
        self._relapses = 0

    def patience(self, most: float, now: float) -> float:
        """How long the next probe may wait for a change: not beyond the end of the monitor period."""
        if self._good_since is None:
            return most
        return min(most, max(0.0, self._good_since + self._expect.monitor - now))

    def unreachable(self, why: str, now: float) -> Sight:
        """The host couldn't be asked: that says nothing of the application, so only silence counts."""
        self._note_progress(None, now)
        silence = self._silence(now)
        if silence >= self._expect.stall_timeout:
            return Sight("unreachable", f"it hasn't answered for {silence:.0f} s; last: {why}", "bad")
        return Sight("unreachable", why)

    def see(self, probe: Mapping[str, Any], now: float) -> Sight:
        """Take in one probe.

        :param now: monotonic time in seconds.
        """
        probe = self._with_ledger(probe)
        failed = stack_updates.failure(probe.get("updates"), self._expect.image_ids)
        if failed:
            return Sight("failed", failed, "bad")
        crash = self._crash(probe["containers"])
        # While Swarm still updates, its own rules say what becomes of a task that fails.
        if crash and not stack_updates.under_way(probe.get("updates")):
            return Sight("crashed", crash, "bad")
        stopped = self._stopped(probe["containers"], now)
        if stopped:
            return Sight("stopped", stopped, "bad")
        doubt = self._doubt(probe)
        if doubt and self._good_since is None:
            return self._in_progress(probe, doubt, now)
        self._note(probe, now)
        return self._relapse(probe, doubt, now) if doubt else self._good(probe, now)

    def _in_progress(self, probe: Mapping[str, Any], doubt: str, now: float) -> Sight:
        """Not yet well, which is no verdict as long as something moves."""
        self._note(probe, now)
        return self._unless_stalled(_waiting_state(probe), self._waiting_detail(probe, doubt), now)

    def _note(self, probe: Mapping[str, Any], now: float) -> None:
        # What others write while the migration waits for them is no progress of its own.
        alive = (probe["database"] or {}).get("writing") and not migration_words.blocked(probe["database"])
        self._note_progress(progress(probe), now, alive=bool(alive))

    def _with_ledger(self, probe: Mapping[str, Any]) -> Mapping[str, Any]:
        """The probe, with the ledger as it was when it could last be read: that it is locked meanwhile is no movement."""
        database = probe["database"]
        if database and database.get("ledger_held"):
            return {**probe, "database": {**database, "ledger": self._ledger}}
        if database and "ledger" in database:
            self._ledger = database["ledger"]
        return probe

    def _doubt(self, probe: Mapping[str, Any]) -> str | None:
        expect = self._expect
        return (
            stack_updates.doubt(probe.get("updates"))
            or witnesses.engine(probe["containers"], expect.services, expect.image_ids, expect.replicas)
            or witnesses.application(probe["http"], expect.health)
            or witnesses.database(probe["database"], expect.head)
        )

    def _crash(self, containers: list[Mapping[str, Any]]) -> str | None:
        for container in containers:
            restarts = container["restart_count"]
            loops = restarts - self._restarts.setdefault(
                container["id"], restarts if container["status"] == "running" else 0
            )
            ended = container["status"] in ("exited", "dead")
            if ended or container["status"] == "restarting":
                self._exit_codes[container["id"]] = container["exit_code"]
            final = ended and (
                container["restart_policy"] == "no" or (container["restart_policy"] == "on-failure" and restarts > 0)
            )
            if loops >= CRASH_LOOP or final:
                again = f", restarted {counted(loops, 'time')}" if loops else ""
                error = f", {container['error']}" if container["error"] else ""
                # Between two ends it runs, and the engine then says 0.
                code = self._exit_codes.get(container["id"], container["exit_code"])
                words = migration_words.exit_code(code, container["oom_killed"])
                return f"{container['name']} exits with code {words}{again}{error}"
        return None

    def _stopped(self, containers: list[Mapping[str, Any]], now: float) -> str:
        """Who has ended and isn't started again: an engine that was killed leaves them so, and so does somebody who stops them."""
        ended = {each["id"]: each for each in containers if each["status"] == "exited"}
        self._ended_at = {id: self._ended_at.get(id, now) for id in ended}
        for id, container in ended.items():
            if now - self._ended_at[id] >= STOPPED and container["restart_policy"] in ("always", "unless-stopped"):
                return (
                    f"{container['name']} has ended with code {container['exit_code']}, and the engine doesn't start it again: "
                    "it was itself started anew, or somebody has stopped the container"
                )
        return ""

    def _good(self, probe: Mapping[str, Any], now: float) -> Sight:
        head = head_of(probe)
        if self._good_since is None or head != self._good_head or self._relapsed_at is not None:
            self._good_since, self._good_head, self._relapsed_at = now, head, None
        if now - self._good_since >= self._expect.monitor:
            return Sight("stable", f"head {head}" if head else "", "good")
        return Sight("healthy", f"watching it for {self._expect.monitor:g} s")

    def _relapse(self, probe: Mapping[str, Any], doubt: str, now: float) -> Sight:
        """It was good and isn't any more: a matter of seconds, not of the stall timeout."""
        if self._relapsed_at is None:
            self._relapsed_at = now
            self._relapses += 1
        given_up = any(container["health"] == "unhealthy" for container in probe["containers"])
        if self._relapses > RELAPSES:
            return Sight("unhealthy", f"it was healthy {self._relapses} times and didn't stay so; now {doubt}", "bad")
        if given_up or now - self._relapsed_at >= RELAPSE:
            return Sight("unhealthy", f"it was healthy, then {doubt}", "bad")
        return Sight("unhealthy", doubt)

    def _waiting_detail(self, probe: Mapping[str, Any], doubt: str) -> str:
        database = probe["database"] or {}
        head = head_of(probe)
        doing = migration_words.session(database, self._expect.host, self._expect.addresses)
        # Beside what a session does, that a migration is in flight says nothing more.
        told = "" if database.get("migrating") else doubt
        parts = [migration_words.applied(database.get("ledger"), self._expect.applied), f"head {head}" if head else ""]
        return "  ".join(filter(None, [*parts, told, doing]))

    def _note_progress(self, progress: Any, now: float, alive: bool = False) -> None:
        if self._progress_at is None or alive or (progress is not None and progress != self._progress):
            self._progress, self._progress_at = progress, now

    def _silence(self, now: float) -> float:
        return now - (now if self._progress_at is None else self._progress_at)

    def _unless_stalled(self, state: str, detail: str, now: float) -> Sight:
        silence = self._silence(now)
        if silence >= self._expect.stall_timeout:
            return Sight("stalled", f"nothing has moved for {silence:.0f} s; last: {detail}", "bad")
        return Sight(state, detail)


def told(host: str, sight: Sight, seconds: float) -> str:
    """A line about a host: its state after so many seconds."""
    return f"{host}  {sight.state:<9} {int(seconds) // 60:02d}:{int(seconds) % 60:02d}  {sight.detail}".rstrip()


def head_of(probe: Mapping[str, Any]) -> str | None:
    """The schema head in a probe; None also when there was no answer."""
    ledger = (probe.get("database") or {}).get("ledger")
    return ledger["head"] if ledger else None


def progress(probe: Mapping[str, Any]) -> Any:
    """What moves when an application gets on; clocks and counters of the health body don't count."""
    containers = [(each["id"], each["status"], each["health"], each["restart_count"]) for each in probe["containers"]]
    http = [(each.get("status"), _body(each).get("status"), _body(each).get("head")) for each in _answers(probe)]
    database = probe["database"] or {}
    sessions = [(each["pid"], each["query"]) for each in database.get("migrating", [])]
    # An index that takes an hour is one statement in one session all the while, but its counters rise.
    commands = [
        (each["pid"], each["command"], each["phase"], each["counters"]) for each in database.get("commands", [])
    ]
    return (
        containers,
        http,
        head_of(probe),
        sessions,
        commands,
        [(name, each["state"], each["message"]) for name, each in (probe.get("updates") or {}).items()],
    )


def _answers(probe: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return witnesses.answers(probe["http"])


def _body(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    return answer["json"] if isinstance(answer.get("json"), dict) else {}


def _waiting_state(probe: Mapping[str, Any]) -> str:
    says_so = any("migrat" in str(_body(each).get("status", "")).lower() for each in _answers(probe))
    database = probe["database"] or {}
    ledger = database.get("ledger") or {}
    under_way = database.get("migrating") or database.get("ledger_held") or ledger.get("dirty") or ledger.get("locked")
    if says_so or under_way:
        return "migrating"
    unhealthy = any(container["health"] == "unhealthy" for container in probe["containers"])
    return "unhealthy" if unhealthy else "starting"

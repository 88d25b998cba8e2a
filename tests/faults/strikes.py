"""A run, hit at some moment."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass

import fleet
from verb import Verb

# Who is hit, how, and what brings them back.
VICTIMS: dict[str, tuple[Callable[[], object] | None, Callable[[], None]]] = {
    "controller": (None, fleet.nothing),
    "sidecar": (fleet.kill_sidecar, fleet.nothing),
    "engine": (fleet.kill_engine, fleet.engine_is_back),
    "container": (fleet.kill_container, fleet.nothing),
    "database": (fleet.kill_database, fleet.start_database),
    "disk": (fleet.fill_disk, fleet.empty_disk),
    "registry": (fleet.stop_registry, fleet.start_registry),
    "network": (fleet.cut_network, fleet.nothing),
    "rival": (None, fleet.nothing),
    "nobody": (fleet.nothing, fleet.nothing),
}
# Who stays away until the run has ended; the others only for a moment, so that the run meets it.
STAY_AWAY = ("disk", "registry")
# What a run prints when the part begins that is worth hitting: all that takes the lock, and more.
WHOLE = {"upgrade": "PLAY [Lock the fleet]", "rollback": "ratchet.runtime.rollback : See what was deployed here"}


@dataclass(frozen=True)
class Struck:
    """What came of it: ``after`` how many seconds of the part it was hit, ``seconds`` that the part took, and how the run ``ended``."""

    after: float
    seconds: float
    ended: str


def strike(
    name: str,
    victim: str,
    span: float,
    moments: random.Random,
    part: str,
    must: bool = True,
    **variables: str,
) -> Struck:
    """Run a verb and hit a victim at some moment of a part of it.

    :param must: whether a run in which nobody is hit has to end well.
    """
    hit, heal = VICTIMS[victim]
    verb = Verb(name, **variables)
    if victim == "nobody":
        return _undisturbed(verb, part, must)
    began, after = verb.reach(part), moments.uniform(0, span)
    time.sleep(max(0.0, began + after - time.monotonic()))
    if victim == "rival":
        return _met_by_a_rival(verb, after, began, Verb(name, **variables))
    if hit is None:
        verb.kill()
        return Struck(after, after, "killed")
    while hit() is False:
        if verb.ended:
            # It was faster than the one that nobody disturbed, and its last sidecar was gone by then: earlier, that is.
            assert verb.end() == 0, verb.said
            return strike(name, victim, after, moments, part, must, **variables)
    if victim not in STAY_AWAY:
        heal()
    code = verb.end()
    if victim in STAY_AWAY:
        heal()
    return Struck(after, time.monotonic() - began, "ended well" if code == 0 else f"told: {verb.words}")


def _met_by_a_rival(verb: Verb, after: float, began: float, rival: Verb) -> Struck:
    """Two controllers at once: the first ends well, and the second is refused by its name, or comes too late for that and finds nothing to do."""
    code = rival.end()
    assert verb.end() == 0, verb.said
    if code:
        # A rollback that comes too late has nothing to take back.
        assert "another run is at work" in rival.said or "could be taken back" in rival.said, rival.said
        return Struck(after, time.monotonic() - began, "ended well, the rival was refused")
    assert "Nothing is left to do" in rival.said, rival.said
    return Struck(after, time.monotonic() - began, "ended well, the rival came late")


def _undisturbed(verb: Verb, part: str, must: bool) -> Struck:
    began = verb.reach(part)
    code = verb.end()
    assert code == 0 or not must, verb.said
    return Struck(0.0, time.monotonic() - began, "ended well" if code == 0 else f"told: {verb.words}")

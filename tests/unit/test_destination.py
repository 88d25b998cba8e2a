"""From what was asked for to one full version: nothing larger, older or of another variant than was asked for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.plugin_utils import crossings, destination, versions
from ansible_collections.ratchet.runtime.plugins.plugin_utils.destination import Destination
from fleet_observations import profile_of
from hypothesis import example, given
from hypothesis import strategies as st

TAGS = [
    *("1.0.0", "1.0.1", "1.0.9", "1.0.10", "1.1.0", "1.9.3", "2.0.0", "2.1.0", "2.2.0-rc1"),
    *("1.0.11-alpine", "1.9.9-alpine", "2.9.0-alpine", "latest", "1", "1.0", "edge"),
]
GENERIC = profile_of()
STOPS = [{"id": "shop-1.9", "crossing": "2.0.0", "at_least": "1.9.0", "why": "2.0.0 drops what 1.9.0 moves"}]
STOPPING = profile_of(required_stops=STOPS)


class Registry:
    """Its list of tags, and how often it was asked for."""

    def __init__(self, tags: Sequence[str] = tuple(TAGS), error: RatchetError | None = None) -> None:
        self.asked = 0
        self._tags, self._error = tags, error

    def __call__(self) -> Sequence[str]:
        self.asked += 1
        if self._error:
            raise self._error
        return self._tags


def find(
    asked: str,
    how: str = "exact",
    registry: Registry | None = None,
    current: str = "1.0.1",
    walk: bool = False,
    profile: Any = GENERIC,
) -> Destination:
    at = versions.parse(current, profile.scheme)
    return destination.find(asked, how, walk, [at], profile, registry or Registry())


@pytest.mark.parametrize("how", destination.HOW)
@pytest.mark.parametrize("asked", ["1.1.0", "0.9.0", "7.7.7", "1.1.0-alpine", "2.2.0-rc1"])
def test_a_full_version_is_what_it_is_and_no_registry_is_asked(asked: str, how: str) -> None:
    registry = Registry()
    assert find(asked, how, registry) == Destination(asked)
    assert registry.asked == 0


@pytest.mark.parametrize(
    ("asked", "newest"), [("latest", "2.1.0"), ("1", "1.9.3"), ("1.0", "1.0.10"), ("edge", None), ("3", None)]
)
def test_exact_leaves_an_unfit_request_alone_and_names_what_it_may_stand_for(asked: str, newest: str | None) -> None:
    registry = Registry()
    assert find(asked, registry=registry) == Destination(asked, newest=newest)
    assert registry.asked == 1


def test_nothing_asked_for_asks_nobody() -> None:
    registry = Registry()
    assert find("", registry=registry) == Destination("")
    assert registry.asked == 0


def test_a_registry_that_is_away_does_not_hide_why_the_request_is_unfit() -> None:
    away = Registry(error=RatchetError("the registry is away", "Bring it back"))
    assert find("latest", registry=away) == Destination("latest")
    with pytest.raises(RatchetError, match="the registry is away"):
        find("", "newest", away)


@pytest.mark.parametrize(
    ("asked", "how", "version"),
    [
        ("", "patch", "1.0.10"),
        ("", "minor", "1.9.3"),
        ("", "newest", "2.1.0"),
        ("latest", "newest", "2.1.0"),
        ("1", "minor", "1.9.3"),
        ("1", "newest", "1.9.3"),
        ("1.0", "patch", "1.0.10"),
        ("1.0", "minor", "1.0.10"),
        ("1.1", "minor", "1.1.0"),
        ("2", "newest", "2.1.0"),
    ],
)
def test_what_is_resolved_and_within_what(asked: str, how: str, version: str) -> None:
    found = find(asked, how)
    assert (found.version, found.newest, found.hops) == (version, None, ())
    assert found.notes == (f"{asked or how} was resolved to {version}, by the tags in the registry now",)


@pytest.mark.parametrize(
    ("asked", "how", "wanted"),
    [
        ("1.1", "patch", "1.1.0"),
        ("1", "patch", "1.9.3"),
        ("2", "minor", "2.1.0"),
        ("latest", "patch", "2.1.0"),
        ("latest", "minor", "2.1.0"),
    ],
)
def test_a_step_that_is_larger_than_allowed_is_refused_with_what_it_would_be(asked: str, how: str, wanted: str) -> None:
    with pytest.raises(RatchetError, match=f"stands for {wanted} today.*runtime_resolve={how} from 1.0.1"):
        find(asked, how)


def test_a_step_back_is_left_to_the_judge() -> None:
    # Law 2 refuses it later, by its own reason, with what the journals and the database say.
    assert find("1.0", "patch", current="1.1.0").version == "1.0.10"


@pytest.mark.parametrize("how", ["patch", "minor", "newest"])
def test_the_variant_stays(how: str) -> None:
    assert find("", how, current="1.0.1-alpine").version.endswith("-alpine")
    with pytest.raises(RatchetError, match="variant bookworm"):
        find("", how, current="1.0.1-bookworm")


def test_another_variant_is_refused_as_one() -> None:
    # DEFECT (destination._is_within), left failing: it is told as a step that is too large, with a remedy that fails the same way.
    with pytest.raises(RatchetError) as caught:
        find("1.9-alpine", "minor")
    assert "variant" in str(caught.value)
    assert "more than a step" not in str(caught.value)


@given(
    st.lists(st.sampled_from(TAGS)),
    st.sampled_from(["", "latest", "1", "1.0", "2"]),
    st.sampled_from(["patch", "minor", "newest"]),
)
def test_what_is_found_is_a_tag_of_the_registry(tags: list[str], asked: str, how: str) -> None:
    try:
        found = find(asked, how, Registry(tags)).version
    except RatchetError:
        return
    assert found in tags
    assert versions.parse(found, "semver").variant == ""


@pytest.mark.parametrize("tags", [[], ["latest", "edge", "1.0"], ["1.9.3-alpine"], ["0.9.0"]])
def test_a_registry_without_anything_fitting_is_refused(tags: list[str]) -> None:
    with pytest.raises(RatchetError, match="no full version that 'minor' could stand for"):
        find("", "minor", Registry(tags))


def test_an_unknown_way_to_resolve_is_refused_with_those_there_are() -> None:
    with pytest.raises(RatchetError, match=r"'lastest'.*exact, patch, minor, newest"):
        find("1.1.0", "lastest")


def test_stops_are_walked_through_the_newest_fitting_version() -> None:
    registry = Registry()
    found = find("2.1.0", registry=registry, walk=True, profile=STOPPING)
    assert (found.version, found.hops) == ("1.9.3", ("2.1.0",))
    assert found.notes == ("required stops are walked one by one: 1.0.1 > 1.9.3 > 2.1.0",)
    assert registry.asked > 0


def test_stops_are_of_the_same_variant_and_no_pre_release() -> None:
    found = find("2.9.0-alpine", current="1.0.1-alpine", walk=True, profile=STOPPING)
    assert found.version == "1.9.9-alpine"
    tags = ["1.9.3", "1.9.5-rc1", "1.9.9-alpine", "2.0.0"]
    assert find("2.0.0", registry=Registry(tags), walk=True, profile=STOPPING).version == "1.9.3"


def test_several_stops_are_walked_in_order() -> None:
    stops = [*STOPS, {"id": "shop-3", "crossing": "3.0.0", "at_least": "2.5.0", "why": "3.0.0 reads what 2.5.0 writes"}]
    tags = ["1.0.1", "1.9.0", "1.9.5", "2.0.0", "2.5.1", "2.6.0", "3.1.0"]
    found = find("", "newest", Registry(tags), walk=True, profile=profile_of(required_stops=stops))
    assert (found.version, found.hops) == ("1.9.5", ("2.6.0", "3.1.0"))
    assert len(found.notes) == 2


@pytest.mark.parametrize(("asked", "current"), [("1.9.3", "1.0.1"), ("2.1.0", "1.9.3"), ("2.1.0", "2.0.0")])
def test_where_no_stop_is_in_the_way_no_registry_is_asked(asked: str, current: str) -> None:
    registry = Registry()
    assert find(asked, registry=registry, current=current, walk=True, profile=STOPPING) == Destination(asked)
    assert registry.asked == 0


def test_stops_are_only_walked_when_that_is_asked_for() -> None:
    assert find("2.1.0", profile=STOPPING) == Destination("2.1.0")


@pytest.mark.parametrize("tags", [[], ["1.8.9", "2.0.0"], ["1.9.0-alpine"], ["1.9.0-rc1"]])
def test_a_stop_that_the_registry_does_not_have_is_refused_with_why(tags: list[str]) -> None:
    with pytest.raises(RatchetError, match=re.escape("from 1.9.0 to before 2.0.0") + ".*2.0.0 drops what 1.9.0 moves"):
        find("2.1.0", registry=Registry(tags), walk=True, profile=STOPPING)


numbers = st.integers(1, 7)


def _stop(least: int, before: int) -> dict[str, str]:
    return {"id": f"stop-{least}-{before}", "at_least": f"1.{least}.0", "crossing": f"1.{before}.0", "why": "it is so"}


@given(st.lists(st.tuples(numbers, numbers).filter(lambda pair: pair[0] < pair[1]), max_size=3, unique=True), numbers)
@example([(1, 5), (2, 4)], 6)
def test_no_hop_skips_a_required_stop(pairs: list[tuple[int, int]], target: int) -> None:
    # DEFECT (destination._stop), left failing: with stops 1.2.0 (before 1.4.0) and 1.1.0 (before 1.5.0) the first hop goes to the newest
    # before 1.5.0, past the other stop; the plan then refuses the walk that it was told to make. The lowest `before` of all bounds a hop.
    profile = profile_of(required_stops=[_stop(*pair) for pair in pairs])
    registry = Registry([f"1.{number}.0" for number in range(8)])
    found = find(f"1.{target}.0", registry=registry, current="1.0.0", walk=True, profile=profile)
    at = "1.0.0"
    for hop in (found.version, *found.hops):
        assert crossings.required_stops(profile, at, hop) == []
        assert versions.parse(hop, "semver").key > versions.parse(at, "semver").key
        at = hop
    assert at == f"1.{target}.0"


def test_the_way_begins_at_the_lowest_of_a_half_upgraded_fleet() -> None:
    """A walk that was killed within a hop: the host that is left behind takes the same hop first."""
    containers = [versions.parse(tag, "semver") for tag in ("1.9.3", "1.0.1")]
    found = destination.find("2.1.0", "exact", True, containers, STOPPING, Registry())
    assert found.version == "1.9.3"
    assert found.hops == ("2.1.0",)

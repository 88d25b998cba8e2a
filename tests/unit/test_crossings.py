"""What a profile says of one upgrade: boundaries fire once, stops lead to the target, nothing is rolled by guess."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.references import parse
from ansible_collections.ratchet.runtime.plugins.plugin_utils import crossings, versions
from ansible_collections.ratchet.runtime.plugins.plugin_utils.crossings import Facts
from ansible_collections.ratchet.runtime.plugins.plugin_utils.profile import (
    Application,
    Compatible,
    Consideration,
    Duration,
    Image,
    Incompatible,
    Migration,
    Profile,
    RequiredStop,
    WayBack,
    Witness,
)
from hypothesis import given
from hypothesis import strategies as st

SHOP = Profile("shop", "The shop", "semver", (Migration("application"),))
tags = st.builds("{}.{}.0{}".format, st.integers(0, 5), st.integers(0, 3), st.sampled_from(["", "", "-rc1", "-alpine"]))
releases = st.builds("{}.{}.0".format, st.integers(0, 5), st.integers(0, 3))


def key(tag: str) -> object:
    return versions.parse(tag, "semver").key


def fired(consideration: Consideration, current: str, target: str, facts: Facts | None = None) -> bool:
    return bool(
        crossings.considerations(replace(SHOP, considerations=(consideration,)), current, target, facts or Facts())
    )


@pytest.mark.parametrize(
    ("current", "target", "crossed"),
    [
        ("1.9.0", "2.0.0", True),
        ("1.9.0", "2.1.0", True),
        ("1.9.0", "2.0.0-rc1", True),
        ("1.9.0-alpine", "2.0.0-alpine", True),
        ("1.8.0", "1.9.0", False),
        ("2.0.0", "2.1.0", False),
        ("2.0.0-rc1", "2.0.0", False),
        ("2.0.0", "2.0.0", False),
        ("2.1.0", "1.9.0", False),
    ],
)
def test_a_crossing_fires_from_below_to_it_or_above(current: str, target: str, crossed: bool) -> None:
    assert fired(Consideration("a", "text", crossing="2.0.0"), current, target) == crossed


@given(st.lists(releases, min_size=2, max_size=6, unique=True))
def test_however_an_upgrade_is_cut_into_hops_a_crossing_fires_once(found: list[str]) -> None:
    hops = sorted(found, key=key)
    consideration = Consideration("a", "text", crossing="2.1.0")
    times = sum(fired(consideration, old, new) for old, new in pairwise(hops))
    assert times == fired(consideration, hops[0], hops[-1])


@pytest.mark.parametrize(
    ("current", "target", "inside"),
    [
        ("0.9.0", "1.0.0", True),
        ("1.0.0", "1.9.0", True),
        ("1.0.0", "2.0.0", False),
        ("0.8.0", "0.9.0", False),
        ("1.0.0", "1.0.0", False),
    ],
)
def test_a_range_fires_for_targets_in_it(current: str, target: str, inside: bool) -> None:
    assert fired(Consideration("a", "text", since="1.0.0", before="2.0.0"), current, target) == inside


def test_a_condition_on_the_environment_has_to_hold_too() -> None:
    consideration = Consideration("a", "text", env="FEATURES")
    assert not fired(consideration, "1.0.0", "1.1.0")
    assert fired(consideration, "1.0.0", "1.1.0", Facts(env=frozenset({"FEATURES"})))


@pytest.mark.parametrize(
    ("time", "rows", "seconds"),
    [
        (None, {"a": 5}, None),
        (Duration(60), {}, 60),
        (Duration(60, 900), {}, 900),
        (Duration(60, 900, {"a": 10}), {}, 900),
        (Duration(60, 900, {"a": 10}), {"other": 5}, 900),
        (Duration(60, 900, {"a": 10}), {"a": 0}, 60),
        (Duration(60, 900, {"a": 10}), {"public.a": 100_000_001}, 1001),
        (Duration(60, 900, {"a": 10, "b": 1}), {"a": 10_000_000, "b": 10_000_000}, 110),
    ],
)
def test_time_is_estimated_by_counted_rows(time: Duration | None, rows: dict[str, int], seconds: int | None) -> None:
    profile = replace(SHOP, considerations=(Consideration("a", "text", time=time),))
    assert crossings.considerations(profile, "1.0.0", "1.1.0", Facts(rows=rows))[0].seconds == seconds


# --- required stops ---

stops = st.lists(
    st.tuples(releases, releases)
    .filter(lambda pair: key(pair[0]) < key(pair[1]))
    .map(lambda pair: RequiredStop("s", pair[1], pair[0], "why")),
    max_size=6,
).map(tuple)


@given(stops, releases, tags)
def test_walking_the_stops_one_by_one_ends_and_each_step_goes_forward(
    known: tuple[RequiredStop, ...], current: str, target: str
) -> None:
    profile = replace(SHOP, required_stops=known)
    planned = [each.at_least for each in crossings.required_stops(profile, current, target)]
    for index, hop in enumerate(planned):
        assert key(current) < key(hop) < key(target)
        assert crossings.required_stops(profile, current, hop) == []  # no stop on the way to a stop
        current = hop
        assert [each.at_least for each in crossings.required_stops(profile, current, target)] == planned[index + 1 :]


@given(stops, releases, releases)
def test_no_hop_crosses_what_it_is_not_ready_for(known: tuple[RequiredStop, ...], current: str, target: str) -> None:
    profile = replace(SHOP, required_stops=known)
    if key(current) > key(target):
        return
    hops = [current, *(each.at_least for each in crossings.required_stops(profile, current, target)), target]
    for old, new in pairwise(hops):
        for stop in known:
            if key(old) < key(stop.crossing) <= key(new):
                assert key(old) >= key(stop.at_least)


def test_a_pre_release_is_not_enough_for_a_stop() -> None:
    profile = replace(SHOP, required_stops=(RequiredStop("s", "3.0.0", "2.7.0", "why"),))
    assert crossings.required_stops(profile, "2.7.0-rc1", "3.0.0")
    assert not crossings.required_stops(profile, "2.7.0", "3.0.0")


def test_one_halt_that_serves_two_stops_gives_both_reasons() -> None:
    profile = replace(
        SHOP, required_stops=(RequiredStop("a", "4.0.0", "2.0.0", "one"), RequiredStop("b", "3.0.0", "2.0.0", "two"))
    )
    (stop,) = crossings.required_stops(profile, "1.0.0", "5.0.0")
    assert (stop.id, stop.before) == ("b", "3.0.0")
    assert set(stop.why.split("; ")) == {"one", "two"}


# --- strategy ---

MIXED = replace(
    SHOP,
    compatible=(
        Compatible("c", "promised", "2.1.0", "3.0.0", "https://example.com/c"),
        Compatible("d", "promised", "3.0.0", "4.0.0"),
    ),
    incompatible=(
        Incompatible("i", "1.0.0", "2.1.0", "breaks", "https://example.com/i"),
        Incompatible("j", "2.5.0", "2.6.0", "breaks"),
    ),
)


@pytest.mark.parametrize(
    ("current", "target", "strategy", "because"),
    [
        ("2.1.0", "2.4.0", "rolling", "https://example.com/c"),
        ("2.6.0", "2.9.9", "rolling", "promised"),
        ("2.4.0", "2.1.0", "rolling", "promised"),
        ("2.4.0", "2.6.0", "single_instance", "crosses j: breaks"),
        ("2.6.0", "2.4.0", "single_instance", "crosses j: breaks"),
        ("2.0.0", "2.1.0", "single_instance", "https://example.com/i"),
        ("0.9.0", "1.0.0", "single_instance", "isn't known"),
        ("2.6.0", "3.0.0", "single_instance", "isn't known"),
        ("2.6.0", "3.0.0-rc1", "single_instance", "isn't known"),
        ("3.0.0", "3.1.0", "rolling", "promised"),
        ("4.0.0", "4.0.1", "single_instance", "isn't known"),
    ],
)
def test_only_what_is_promised_is_rolled(current: str, target: str, strategy: str, because: str) -> None:
    chosen, reason = crossings.strategy(MIXED, current, target)
    assert chosen == strategy
    assert because in reason


@given(tags, tags)
def test_a_strategy_never_depends_on_the_direction(one: str, other: str) -> None:
    assert crossings.strategy(MIXED, one, other)[0] == crossings.strategy(MIXED, other, one)[0]


# --- the repository ---

MOVED = replace(SHOP, images=(Image("quay.io/vendor/shop", before="3.0.0"), Image("cr.vendor.com/shop", since="3.0.0")))
RENAMED_REGISTRY = replace(
    SHOP, images=(Image("quay.io/vendor/shop", before="3.0.0"), Image("ghcr.io/vendor/shop", since="3.0.0"))
)


@pytest.mark.parametrize(
    ("profile", "image", "target", "repository"),
    [
        (MOVED, "quay.io/vendor/shop:2.0.0", "2.1.0", "quay.io/vendor/shop"),
        (MOVED, "quay.io/vendor/shop:2.0.0", "3.0.0", "cr.vendor.com/shop"),
        (MOVED, "quay.io/vendor/shop:2.0.0", "3.0.0-rc1", "cr.vendor.com/shop"),
        (MOVED, "cr.vendor.com/shop:3.0.0", "3.1.0", "cr.vendor.com/shop"),
        (MOVED, "registry.corp/mirror/vendor/shop:2.0.0", "2.1.0", "registry.corp/mirror/vendor/shop"),
        (RENAMED_REGISTRY, "registry.corp/mirror/vendor/shop:2.0.0", "3.0.0", "registry.corp/mirror/vendor/shop"),
        (MOVED, "registry.corp/team/own:2.0.0", "3.0.0", "registry.corp/team/own"),
        (SHOP, "vendor/shop:2.0.0", "3.0.0", "vendor/shop"),
    ],
)
def test_the_target_is_looked_for_where_the_vendor_keeps_it(
    profile: Profile, image: str, target: str, repository: str
) -> None:
    assert crossings.repository(profile, parse(image), target) == repository


def test_a_mirror_that_may_not_hold_the_new_path_is_asked_for() -> None:
    with pytest.raises(RatchetError) as caught:
        crossings.repository(MOVED, parse("registry.corp/mirror/vendor/shop:2.0.0"), "3.0.0")
    assert "cr.vendor.com/shop" in str(caught.value)
    assert "images: [{image: ..., from: 3.0.0}]" in str(caught.value)


def test_a_mirror_that_the_operator_has_named_is_used() -> None:
    profile = replace(MOVED, images=(*MOVED.images, Image("registry.corp/mirror/shop", since="3.0.0")))
    mirrored = parse("registry.corp/mirror/vendor/shop:2.0.0")
    assert crossings.repository(profile, mirrored, "3.0.0") == "registry.corp/mirror/shop"


def test_a_version_that_no_repository_holds_is_refused() -> None:
    profile = replace(SHOP, images=(Image("quay.io/vendor/shop", before="3.0.0"),))
    with pytest.raises(RatchetError, match=r"no repository that holds 3\.0\.0"):
        crossings.repository(profile, parse("quay.io/vendor/shop:2.0.0"), "3.0.0")


# --- the rest ---


def test_a_way_back_holds_only_between_its_bounds() -> None:
    profile = replace(SHOP, back=WayBack("image", since="2.1.0", before="3.0.0"))
    assert crossings.way_back(profile, "2.1.0", "2.9.0").by == "image"
    assert crossings.way_back(profile, "2.0.0", "2.9.0").by == "restore"
    assert crossings.way_back(profile, "2.9.0", "3.0.0").by == "restore"
    assert crossings.way_back(profile, "2.9.0", "3.0.0-rc1").by == "restore"


@given(st.dictionaries(st.sampled_from("abcdef"), releases), st.lists(st.sampled_from("abcdefgh")))
def test_a_database_is_at_least_at_each_of_its_known_heads(known: dict[str, str], heads: list[str]) -> None:
    found = crossings.version_of_heads(replace(SHOP, heads=known), heads)
    of_heads = [known[head] for head in heads if head in known]
    assert (found is None) == (not of_heads)
    assert all(key(each) <= key(found) for each in of_heads)


def test_application_and_witnesses_are_those_of_the_version() -> None:
    witnesses = (
        Witness("image", label="v"),
        Witness("application", exec=("a",), before="2.0.0"),
        Witness("application", exec=("b",), since="2.0.0"),
    )
    profile = replace(SHOP, application=Application("App", {"1.0.0": "0.9", "2.0.0": "0.10"}), version=witnesses)
    assert [crossings.application_version(profile, tag) for tag in ("0.9.0", "1.5.0", "2.0.0-rc1")] == [
        None,
        "0.9",
        "0.10",
    ]
    assert [each.exec for each in crossings.witnesses(profile, "1.0.0")] == [(), ("a",)]
    assert [each.exec for each in crossings.witnesses(profile, "2.1.0")] == [(), ("b",)]

"""The order laws of semantic versions, and what is refused instead of guessed."""

from __future__ import annotations

import random

import pytest
from ansible_collections.ratchet.runtime.plugins.plugin_utils.schemes import semver
from ansible_collections.ratchet.runtime.plugins.plugin_utils.schemes.version import Unordered
from hypothesis import given, settings
from hypothesis import strategies as st

numbers = st.integers(min_value=0, max_value=9999)
prereleases = st.one_of(
    st.just(""),
    st.builds("-{}.{}".format, st.sampled_from(["alpha", "beta", "rc"]), numbers),
    st.builds("-{}{}".format, st.sampled_from(["rc", "b", "dev"]), numbers),
)
tags = st.builds("{}{}.{}.{}{}".format, st.sampled_from(["", "v"]), numbers, numbers, numbers, prereleases)


def key(tag: str) -> tuple:
    return semver.parse(tag).key


@settings(max_examples=2000, deadline=None)
@given(tags, tags, tags)
def test_the_order_is_total_antisymmetric_and_transitive(a: str, b: str, c: str) -> None:
    assert (key(a) < key(b)) + (key(a) == key(b)) + (key(a) > key(b)) == 1
    if key(a) <= key(b) <= key(c):
        assert key(a) <= key(c)


@given(numbers, numbers, numbers, prereleases.filter(bool))
def test_a_prerelease_is_below_its_release(major: int, minor: int, patch: int, prerelease: str) -> None:
    release = f"{major}.{minor}.{patch}"
    assert key(release + prerelease) < key(release)


@pytest.mark.parametrize(
    "ordered",
    [
        ["1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0"],
        ["1.0.0-rc2", "1.0.0-rc10", "1.0.0", "1.0.1", "1.2.0", "1.10.0", "2.0.0", "10.0.0"],
        ["v0.9.0", "1.0.0-dev", "v1.0.0"],
    ],
)
def test_known_orders(ordered: list[str]) -> None:
    shuffled = random.Random(1).sample(ordered, len(ordered))
    assert sorted(shuffled, key=key) == ordered


def test_a_suffix_that_is_no_prerelease_is_a_variant() -> None:
    assert semver.parse("1.2.3-alpine").variant == "alpine"
    assert semver.parse("1.2.3-alpine").key == semver.parse("1.2.3-bookworm").key
    assert semver.parse("1.2.3-rc.1-alpine").variant == "alpine"
    assert semver.parse("1.2.3-rc.1-alpine").key == semver.parse("1.2.3-rc.1").key


def test_a_prerelease_is_known_as_one() -> None:
    assert [semver.parse(tag).prerelease for tag in ("1.2.3", "1.2.3-rc.1", "1.2.3-rc1-alpine", "1.2.3-alpine")] == [
        False,
        True,
        True,
        False,
    ]


@pytest.mark.parametrize("tag", ["\u0661.\u0662.\u0663", "1\u0663.2.3", "1.2.3\u00b2"])
def test_digits_of_other_scripts_are_no_numbers(tag: str) -> None:
    with pytest.raises(Unordered):
        semver.parse(tag)


@pytest.mark.parametrize("tag", ["1.50.x", "v0.50.x", "1.x"])
def test_an_x_is_partial(tag: str) -> None:
    with pytest.raises(Unordered, match="partial"):
        semver.parse(tag)


@pytest.mark.parametrize(
    "tag", ["latest", "1", "1.2", "v1", "1.2-alpine", "1.2.3.4", "01.2.3", "1.2.3-1", "", "abc", "1.2.x"]
)
def test_what_cannot_be_ordered_is_refused(tag: str) -> None:
    with pytest.raises(Unordered):
        semver.parse(tag)

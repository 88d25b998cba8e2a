"""Dotted numbers: PostgreSQL, Checkmk, Metabase, Jenkins."""

from __future__ import annotations

from itertools import pairwise

import pytest
from ansible_collections.ratchet.runtime.plugins.plugin_utils import versions
from ansible_collections.ratchet.runtime.plugins.plugin_utils.schemes import numeric
from ansible_collections.ratchet.runtime.plugins.plugin_utils.schemes.version import Unordered


@pytest.mark.parametrize(
    "ordered",
    [
        "1.5.0i1 1.5.0i2 1.5.0b1 1.5.0b10 1.5.0 1.5.0p1 1.5.0p9 1.5.0p13 1.6.0",
        "16.4 17beta1 17beta2 17rc1 17.0 17.2 17.10 18.0",
        "v0.49.0-beta v0.49.0-RC1 v0.49.0-RC2 v0.49.0 v0.49.1 v0.49.1.1 v0.50.0",
        "2.319 2.319.1 2.320 2.440 2.440.3",
        "1.2a1 1.2b1 1.2rc1 1.2 1.2p1 1.2.1",
        "17.6.1.106 17.6.1.147",
    ],
)
def test_known_orders(ordered: str) -> None:
    keys = [numeric.parse(tag).key for tag in ordered.split()]
    assert all(one < other for one, other in pairwise(keys))


@pytest.mark.parametrize(
    ("current", "target", "change"),
    [
        ("16.4", "17.0", "major"),
        ("16.4", "16.5", "minor"),
        ("17rc1", "17.0", "build"),
        ("2.4.0p1", "2.5.0", "minor"),
        ("2.5.0p9", "2.5.0p13", "patch"),
        ("2.5.0", "2.5.0p1", "patch"),
        ("v0.46.6", "v0.46.6.1", "patch"),
        ("1.2.3.4.5", "1.2.3.4.6", "build"),
    ],
)
def test_the_numbers_that_name_a_change(current: str, target: str, change: str) -> None:
    judgement = versions.judge(current, target, "numeric")
    assert (judgement.verdict, judgement.change) == ("upgrade", change)


def test_missing_numbers_are_zeros() -> None:
    assert versions.judge("1.2", "1.2.0", "numeric").verdict == "current"
    assert versions.judge("1.2", "1.2.1", "numeric").verdict == "upgrade"


@pytest.mark.parametrize(("tag", "variant"), [("17.2-alpine3.20", "alpine3.20"), ("17rc1-bookworm", "bookworm")])
def test_variants(tag: str, variant: str) -> None:
    assert numeric.parse(tag).variant == variant


@pytest.mark.parametrize("tag", ["5", "v5", "5-alpine", "17p1", "v0.50.x", "17.x"])
def test_partial_tags_are_named_so(tag: str) -> None:
    with pytest.raises(Unordered, match="partial"):
        numeric.parse(tag)


@pytest.mark.parametrize(
    "tag",
    [
        "1.0.2a",
        "1.2i",
        "2.4.0-2025.01.01",
        "2.5.0p1-rc1",
        "2.5.0b1-rc1",
        "8.0-M02",
        "1..2",
        "1.2.",
        ".1.2",
        "1.2-nightly",
    ],
)
def test_what_has_no_known_place_is_refused(tag: str) -> None:
    with pytest.raises(Unordered):
        numeric.parse(tag)

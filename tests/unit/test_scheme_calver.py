"""Dates as versions, in shapes that have no order among them."""

from __future__ import annotations

from itertools import pairwise

import pytest
from ansible_collections.ratchet.runtime.plugins.plugin_utils import versions
from ansible_collections.ratchet.runtime.plugins.plugin_utils.schemes import calver
from ansible_collections.ratchet.runtime.plugins.plugin_utils.schemes.version import Unordered


def test_a_known_order() -> None:
    ordered = [
        "2023.12.4",
        "2024.1.0.dev202312150225",
        "2024.1.0b0",
        "2024.1.0b10",
        "2024.1.0-rc1",
        "2024.1.0",
        "2024.1.0.1",
        "2024.1.2",
        "2024.1.10",
        "2024.10.0",
        "2025.1.0",
    ]
    keys = [calver.parse(tag).key for tag in ordered]
    assert all(one < other for one, other in pairwise(keys))


@pytest.mark.parametrize(
    ("current", "target", "change"),
    [
        ("2019.06.04T1110", "2019.07.16T1534", "minor"),
        ("2019.06.04T1110", "2019.06.05T0900", "patch"),
        ("2019.06.04T1110", "2019.06.04T1111", "build"),
        ("2024.12.5", "2025.2.0", "minor"),
        ("2024.12.4", "2024.12.5", "patch"),
        ("2024.2.0b3", "2024.2.0", "build"),
        ("RELEASE.2023-03-20T20-16-18Z", "RELEASE.2024-01-16T16-07-38Z", "minor"),
        ("RELEASE.2023-03-20T20-16-18Z", "RELEASE.2023-03-20T20-16-19Z", "build"),
    ],
)
def test_a_year_is_no_major_version(current: str, target: str, change: str) -> None:
    judgement = versions.judge(current, target, "calver")
    assert (judgement.verdict, judgement.change) == ("upgrade", change)


@pytest.mark.parametrize("other", ["2019.06.04", "2020.1.1", "RELEASE.2023-03-20T20-16-18Z", "2019.07.16T1534-alpine"])
def test_shapes_are_not_compared(other: str) -> None:
    for pair in (("2019.06.04T1110", other), (other, "2019.06.04T1110")):
        assert versions.judge(*pair, "calver").relation == "unordered"


def test_padding_and_missing_seconds_change_nothing() -> None:
    assert calver.parse("2024.06.01").key == calver.parse("2024.6.1").key
    assert calver.parse("2019.06.04T1110").key == calver.parse("2019.06.04T111000").key


@pytest.mark.parametrize("tag", ["2024", "2024.06", "2024.6-alpine", "v2024", "2024.6.x"])
def test_partial_tags_are_named_so(tag: str) -> None:
    with pytest.raises(Unordered, match="partial"):
        calver.parse(tag)


@pytest.mark.parametrize(
    "tag",
    [
        "2024.13.1",
        "2024.0.1",
        "2019.02.29T1110",
        "2019.06.04T2460",
        "2019.06.04T111",
        "2019.6.4T1110",
        "1.2.3",
        "20240601",
        "24.04.1",
        "RELEASE.2023-02-30T00-00-00Z",
        "EDGE.2023-03-20T20-16-18Z",
        "2024.1.1-1",
        "0.118.5",
        "2024.1.1-nightly",
        "2024.1.0b1-rc1",
        "RELEASE.2023-03-20T20-16-18Z.",
        "2024.1.1.1.1",
    ],
)
def test_what_is_no_such_date_is_refused(tag: str) -> None:
    with pytest.raises(Unordered):
        calver.parse(tag)

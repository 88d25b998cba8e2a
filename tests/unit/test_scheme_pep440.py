"""Python's versions with what Airflow's image puts around them."""

from __future__ import annotations

from itertools import pairwise

import pytest
from ansible_collections.ratchet.runtime.plugins.plugin_utils import versions
from ansible_collections.ratchet.runtime.plugins.plugin_utils.schemes import pep440
from ansible_collections.ratchet.runtime.plugins.plugin_utils.schemes.version import Unordered


def test_a_known_order() -> None:
    ordered = [
        "2.9.3",
        "2.10.0.dev1",
        "2.10.0a1",
        "2.10.0b2",
        "2.10.0b10",
        "2.10.0rc1",
        "2.10.0",
        "2.10.0.post1",
        "2.10.1",
        "2.11.0",
        "3.0.0",
    ]
    keys = [pep440.parse(tag).key for tag in ordered]
    assert all(one < other for one, other in pairwise(keys))


@pytest.mark.parametrize(
    ("current", "target", "change"),
    [
        ("2.9.1", "3.0.0", "major"),
        ("2.9.1", "2.10.0", "minor"),
        ("2.9.1", "2.9.2", "patch"),
        ("2.9.1", "2.9.1.1", "build"),
        ("2.10.0rc1", "2.10.0", "build"),
        ("2.10.0b2", "2.10.0rc1", "build"),
    ],
)
def test_the_numbers_that_name_a_change(current: str, target: str, change: str) -> None:
    judgement = versions.judge(current, target, "pep440")
    assert (judgement.verdict, judgement.change) == ("upgrade", change)


@pytest.mark.parametrize(
    ("tag", "variant"),
    [
        ("2.9.1", ""),
        ("2.9.1-python3.11", "python3.11"),
        ("slim-2.9.1", "slim-*"),
        ("slim-2.9.1-python3.11", "slim-*-python3.11"),
        ("2.9.1-slim-python3.11", "slim-python3.11"),
        ("2.10.0b2-python3.12", "python3.12"),
        ("2.10.0-rc1-python3.12", "python3.12"),
    ],
)
def test_the_variant_is_what_is_around_the_version(tag: str, variant: str) -> None:
    assert pep440.parse(tag).variant == variant


def test_other_spellings_of_the_same_version() -> None:
    keys = {pep440.parse(tag).key for tag in ("2.10.0rc1", "v2.10.0rc1", "2.10.0-rc1", "2.10.0RC1", "2.10.0.rc1")}
    assert len(keys) == 1
    assert pep440.parse("2.9.1").key == pep440.parse("2.9.1.0").key


@pytest.mark.parametrize("tag", ["2", "2.9", "2.9-python3.11", "slim-2.9", "2.10rc1", "v2.9"])
def test_partial_tags_are_named_so(tag: str) -> None:
    with pytest.raises(Unordered, match="partial"):
        pep440.parse(tag)


@pytest.mark.parametrize(
    "tag",
    [
        "slim",
        "2.9.1-1",
        "2.9.1-20240101",
        "v1.0.0-2.0.0",
        "3.11-2.9.1",
        "2.9.1rc1-rc2",
        "2.9.1python",
        "2.9.1-nightly",
        "2.9.x",
        "2..9.1",
        "-2.9.1",
        "2.9.1_rc1",
        "constraints-2-9",
    ],
)
def test_what_is_no_version_or_can_be_read_in_two_ways_is_refused(tag: str) -> None:
    with pytest.raises(Unordered):
        pep440.parse(tag)

"""Astro Runtime: two generations, the second newer than the first."""

from __future__ import annotations

import pytest
from ansible_collections.ratchet.runtime.plugins.plugin_utils import versions
from ansible_collections.ratchet.runtime.plugins.plugin_utils.schemes import astro
from ansible_collections.ratchet.runtime.plugins.plugin_utils.schemes.version import Unordered


@pytest.mark.parametrize(
    ("current", "target", "change"),
    [
        ("12.5.0", "3.0-1", "major"),
        ("13.7.0", "3.0-1", "major"),
        ("12.5.0", "13.0.0", "major"),
        ("12.5.0", "12.6.0", "minor"),
        ("12.5.0", "12.5.1", "patch"),
        ("3.2-5", "4.0-1", "major"),
        ("3.0-7", "3.1-1", "minor"),
        ("3.0-7", "3.0-10", "patch"),
        ("3.0-7.rc1", "3.0-7", "build"),
        ("3.0-7-rc1", "3.0-7.rc2", "build"),
        ("5.0.0-alpha1", "5.0.0", "build"),
        ("3.0-9-python-3.11-base", "3.0-10-python-3.11-base", "patch"),
    ],
)
def test_the_numbers_that_name_a_change(current: str, target: str, change: str) -> None:
    forward = versions.judge(current, target, "astro")
    assert (forward.verdict, forward.change) == ("upgrade", change)
    assert versions.judge(target, current, "astro").verdict == "refused"


def test_the_old_3_0_8_is_older_than_the_new_3_0_1() -> None:
    assert astro.parse("3.0.8").key < astro.parse("3.0-1").key


@pytest.mark.parametrize(
    ("tag", "variant", "prerelease"),
    [
        ("12.5.0", "", False),
        ("12.5.0-base", "base", False),
        ("13.7.0-slim-python-3.12", "slim-python-3.12", False),
        ("3.0-1-base", "base", False),
        ("3.0-1-python-3.11", "python-3.11", False),
        ("3.0-1-python-3.11-base", "python-3.11-base", False),
        ("3.0-1.rc1-base", "base", True),
        ("v3.0-1", "", False),
    ],
)
def test_variants_and_prereleases(tag: str, variant: str, prerelease: bool) -> None:
    version = astro.parse(tag)
    assert (version.variant, version.prerelease) == (variant, prerelease)


@pytest.mark.parametrize("tag", ["12", "12.5", "3.0", "3", "12-base", "12.5-base", "3.0-base", "12.5.x"])
def test_partial_tags_are_named_so(tag: str) -> None:
    with pytest.raises(Unordered, match="partial"):
        astro.parse(tag)


@pytest.mark.parametrize(
    "tag", ["2.7.3-1", "3.0-01", "3.0-", "3.0-1-2", "3.0-1.2", "3-1", "12.5.0.1", "03.0-1", "V3.0-1"]
)
def test_what_is_no_runtime_version_is_refused(tag: str) -> None:
    with pytest.raises(Unordered):
        astro.parse(tag)

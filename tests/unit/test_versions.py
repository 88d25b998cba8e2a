"""The ratchet: forward is an upgrade, backward is refused, and nothing is guessed (laws 2 and 3)."""

from __future__ import annotations

import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.plugin_utils import versions


@pytest.mark.parametrize(
    ("current", "target", "relation", "change", "verdict"),
    [
        ("1.0.0", "1.1.0", "newer", "minor", "upgrade"),
        ("1.0.0", "1.0.1", "newer", "patch", "upgrade"),
        ("1.9.9", "2.0.0", "newer", "major", "upgrade"),
        ("1.0.0-rc1", "1.0.0", "newer", "build", "upgrade"),
        ("1.1.0", "1.1.0", "same", "none", "current"),
        ("v1.1.0", "1.1.0", "same", "none", "current"),
        ("1.1.0", "1.0.0", "older", "minor", "refused"),
        ("1.0.0", "1.0.0-rc1", "older", "build", "refused"),
        ("1.0.0-alpine", "1.1.0-bookworm", "unordered", "none", "refused"),
        ("1.0.0-alpine", "1.1.0", "unordered", "none", "refused"),
        ("1.0.0", "latest", "unordered", "none", "refused"),
        ("latest", "1.0.0", "unordered", "none", "refused"),
        ("1.0.0", "1", "unordered", "none", "refused"),
    ],
)
def test_judgements(current: str, target: str, relation: str, change: str, verdict: str) -> None:
    judgement = versions.judge(current, target)
    assert (judgement.relation, judgement.change, judgement.verdict) == (relation, change, verdict)
    assert judgement.reason


def test_a_refused_downgrade_names_both_versions_and_the_way_down() -> None:
    judgement = versions.judge("1.1.0", "1.0.0")
    assert "1.1.0" in judgement.reason
    assert "1.0.0" in judgement.reason
    assert "rollback" in judgement.remedy


@pytest.mark.parametrize(
    "tag", ["1.1.0; touch /pwned", "$(id)", "1.1.0\n", "../../etc/passwd", "a" * 129, "-rf", ".hidden", "1.1.0 "]
)
def test_what_is_no_tag_gets_no_further(tag: str) -> None:
    with pytest.raises(RatchetError, match="is not an image tag"):
        versions.parse(tag, "semver")


@pytest.mark.parametrize("scheme", sorted(versions.SCHEMES))
@pytest.mark.parametrize(
    "tag",
    [
        "latest",
        "LATEST",
        "slim-latest",
        "latest-python3.11",
        "12-latest",
        "2.5.0-latest",
        "stable",
        "1-beta",
        "lts-jdk17",
    ],
)
def test_a_floating_tag_is_called_so_and_the_remedy_has_an_example(tag: str, scheme: str) -> None:
    with pytest.raises(RatchetError, match="floating") as refusal:
        versions.parse(tag, scheme)
    assert versions.SCHEMES[scheme].EXAMPLE in refusal.value.remedy


def test_a_word_that_may_float_is_a_variant_behind_a_full_version() -> None:
    assert versions.parse("2.426.1-lts-jdk17", "semver").variant == "lts-jdk17"


@pytest.mark.parametrize("scheme", sorted(versions.SCHEMES))
def test_every_example_is_a_full_version(scheme: str) -> None:
    for tag in versions.SCHEMES[scheme].EXAMPLE.split(" or "):
        assert versions.parse(tag, scheme).text == tag


@pytest.mark.parametrize("scheme", sorted(versions.SCHEMES))
@pytest.mark.parametrize(
    "tag", ["1.2.3@sha256:" + "a" * 64, "registry:5000/app:1.2.3", "app:1.2.3", "sha256:" + "a" * 64]
)
def test_what_is_more_than_a_tag_is_refused(tag: str, scheme: str) -> None:
    with pytest.raises(RatchetError, match="is not an image tag"):
        versions.parse(tag, scheme)


def test_an_empty_version_says_what_to_give() -> None:
    with pytest.raises(RatchetError) as caught:
        versions.parse("", "semver")
    assert "runtime_version=" in str(caught.value)


def test_the_highest_is_by_version_not_by_text() -> None:
    assert versions.highest(["1.9.0", "1.10.0", "1.2.0"]) == "1.10.0"


def test_a_fleet_of_two_variants_has_no_highest() -> None:
    with pytest.raises(RatchetError, match="variants"):
        versions.highest(["1.0.0-alpine", "1.0.0"])

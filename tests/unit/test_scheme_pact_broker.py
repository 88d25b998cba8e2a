"""The Pact Broker image: three forms of tags, and a suffix that doesn't order."""

from __future__ import annotations

import pytest
from ansible_collections.ratchet.runtime.plugins.plugin_utils import versions
from ansible_collections.ratchet.runtime.plugins.plugin_utils.schemes import pact_broker
from ansible_collections.ratchet.runtime.plugins.plugin_utils.schemes.version import Unordered


@pytest.mark.parametrize(
    ("current", "target", "change"),
    [
        ("2.107.0.1", "2.107.1-pactbroker2.107.1", "patch"),
        ("2.140.0-pactbroker2.120.0", "2.141.0-pactbroker2.119.0", "minor"),
        ("2.142.0-pactbroker2.120.0", "3.0.0-pactbroker2.121.2", "major"),
        ("2.106.0.1", "2.106.0.2", "build"),
        ("2.16.1-3", "2.17.1-1", "minor"),
        ("2.16.1-9", "2.16.1-10", "build"),
        ("2.107.0.9", "2.107.0-pactbroker2.107.0", "build"),
        ("3.0.0-rc1-pactbroker2.121.0", "3.0.0-pactbroker2.121.0", "build"),
        ("2.107.0.1-multi", "2.110.0-pactbroker2.107.1-multi", "minor"),
        ("2.110.0-pactbroker2.121.0.beta.1", "2.111.0-pactbroker2.121.0", "minor"),
    ],
)
def test_the_numbers_that_name_a_change(current: str, target: str, change: str) -> None:
    forward = versions.judge(current, target, "pact_broker")
    assert (forward.verdict, forward.change) == ("upgrade", change)
    assert versions.judge(target, current, "pact_broker").verdict == "refused"


@pytest.mark.parametrize(
    ("one", "other"), [("2.140.0-pactbroker2.119.0", "2.140.0-pactbroker2.120.0"), ("2.49.0-1", "2.49.0.1")]
)
def test_the_same_image_version_is_the_same(one: str, other: str) -> None:
    assert versions.judge(one, other, "pact_broker").verdict == "current"


def test_a_rebuilt_beta_is_newer_and_still_below_the_release() -> None:
    keys = [pact_broker.parse(tag).key for tag in ("2.8.0.beta.4-1", "2.8.0.beta.4-2", "2.8.0-1")]
    assert keys == sorted(set(keys))
    assert pact_broker.parse("2.8.0.beta.4-2").prerelease


@pytest.mark.parametrize("tag", ["2", "2.107", "2.107.1", "2-debian", "2.107.1-debian", "2.107.1-multi", "2.x"])
def test_partial_tags_are_named_so(tag: str) -> None:
    with pytest.raises(Unordered, match="partial"):
        pact_broker.parse(tag)


@pytest.mark.parametrize(
    "tag",
    [
        "2.107.1-pactbroker",
        "2.107.1-pactbroker2.107",
        "2.107.0.1.1",
        "2.107.0.1-pactbroker2.107.1",
        "2.107.1-Pactbroker2.107.1",
        "02.1.1.1",
        "2.107.1-1-1",
        "V2.107.0.1",
    ],
)
def test_what_no_release_is_called_is_refused(tag: str) -> None:
    with pytest.raises(Unordered):
        pact_broker.parse(tag)

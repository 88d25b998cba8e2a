"""Which full version "the newest" is, and that nothing less is chosen (law 3)."""

from __future__ import annotations

import random
import time

import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.plugin_utils import resolution, versions

SEMVER = [
    "1.4.1",
    "1.4.2",
    "1.4.10",
    "1.5.0",
    "1.5.0-alpine",
    "1.6.0-rc1",
    "2.0.0",
    "2.1.0-rc1",
    "latest",
    "1",
    "1.4",
    "2.0.0-alpine",
    "sha256-abc.sig",
]
AIRFLOW = [
    "2.9.1",
    "2.9.3",
    "2.10.0rc1",
    "2.9.3-python3.11",
    "2.10.5-python3.11",
    "slim-2.9.2-python3.11",
    "3.0.0",
    "latest",
    "2.9",
]
ASTRO = [
    "12.5.0",
    "12.6.1",
    "12.6.0-base",
    "13.1.0",
    "3.0-1",
    "3.0-10",
    "3.0-9",
    "3.1-2",
    "3.1-2-base",
    "3.2-1.rc1",
    "3.0.5",
    "12",
    "3.0",
]
PACT = [
    "2.106.0.1",
    "2.107.0.1",
    "2.107.0.2",
    "2.107.1-pactbroker2.107.1",
    "2.140.0-pactbroker2.120.0",
    "3.0.0-pactbroker2.121.2",
    "2",
    "3",
]
AUTHENTIK = ["2024.8.3", "2024.12.1", "2024.12.4", "2024.12.5-rc1", "2025.2.0", "2025.2", "latest"]
CHECKMK = ["2.4.0", "2.4.0p1", "2.4.0p14", "2.4.0p9", "2.5.0b1", "2.5.0", "2.5.0p2", "2.5.0-latest"]
MINIO = ["RELEASE.2023-03-13T19-46-17Z", "RELEASE.2023-03-20T20-16-18Z", "RELEASE.2024-01-16T16-07-38Z", "latest"]


@pytest.mark.parametrize(
    ("tags", "scheme", "like", "within", "expected"),
    [
        (SEMVER, "semver", "1.4.1", "patch", "1.4.10"),
        (SEMVER, "semver", "1.4.1", "minor", "1.5.0"),
        (SEMVER, "semver", "1.4.1", "newest", "2.0.0"),
        (SEMVER, "semver", "1.4.1-alpine", "minor", "1.5.0-alpine"),
        (SEMVER, "semver", "1.4.1-alpine", "patch", None),
        (SEMVER, "semver", "1.4.1-bookworm", "newest", None),
        (SEMVER, "semver", "1.6.0-beta1", "minor", "1.6.0-rc1"),
        (SEMVER, "semver", "1.6.0-beta1", "newest", "2.1.0-rc1"),
        (SEMVER, "semver", "2.0.0", "newest", "2.0.0"),
        (SEMVER, "semver", "2.0.1", "newest", None),
        (AIRFLOW, "pep440", "2.9.1", "patch", "2.9.3"),
        (AIRFLOW, "pep440", "2.9.1", "minor", "2.9.3"),
        (AIRFLOW, "pep440", "2.9.1", "newest", "3.0.0"),
        (AIRFLOW, "pep440", "2.9.1-python3.11", "minor", "2.10.5-python3.11"),
        (AIRFLOW, "pep440", "slim-2.9.1-python3.11", "newest", "slim-2.9.2-python3.11"),
        (ASTRO, "astro", "12.5.0", "patch", "12.5.0"),
        (ASTRO, "astro", "12.5.0", "minor", "12.6.1"),
        (ASTRO, "astro", "12.5.0", "newest", "3.1-2"),
        (ASTRO, "astro", "3.0-1", "patch", "3.0-10"),
        (ASTRO, "astro", "3.0-1", "minor", "3.1-2"),
        (ASTRO, "astro", "12.5.0-base", "newest", "3.1-2-base"),
        (PACT, "pact_broker", "2.107.0.1", "patch", "2.107.1-pactbroker2.107.1"),
        (PACT, "pact_broker", "2.107.0.1", "minor", "2.140.0-pactbroker2.120.0"),
        (PACT, "pact_broker", "2.107.0.1", "newest", "3.0.0-pactbroker2.121.2"),
        (AUTHENTIK, "calver", "2024.12.1", "patch", "2024.12.4"),
        (AUTHENTIK, "calver", "2024.8.3", "minor", "2025.2.0"),
        (CHECKMK, "numeric", "2.4.0p1", "patch", "2.4.0p14"),
        (CHECKMK, "numeric", "2.4.0p1", "minor", "2.5.0p2"),
        (MINIO, "calver", MINIO[0], "patch", MINIO[1]),
        (MINIO, "calver", MINIO[0], "newest", MINIO[2]),
        ([], "semver", "1.0.0", "newest", None),
    ],
)
def test_the_newest_within(tags: list[str], scheme: str, like: str, within: str, expected: str | None) -> None:
    like_version = versions.parse(like, scheme)
    assert resolution.newest(tags, scheme, like_version, within) == expected
    assert resolution.newest(reversed(tags), scheme, like_version, within) == expected


@pytest.mark.parametrize(
    ("asked", "tags", "scheme", "variant", "expected"),
    [
        ("1", SEMVER, "semver", "", "1.5.0"),
        ("v1", SEMVER, "semver", "", "1.5.0"),
        ("1.4", SEMVER, "semver", "", "1.4.10"),
        ("1.4.x", SEMVER, "semver", "", "1.4.10"),
        ("1", SEMVER, "semver", "alpine", "1.5.0-alpine"),
        ("1-alpine", SEMVER, "semver", "", "1.5.0-alpine"),
        ("1.4-alpine", SEMVER, "semver", "", None),
        ("latest", SEMVER, "semver", "", "2.0.0"),
        ("latest", SEMVER, "semver", "alpine", "2.0.0-alpine"),
        ("latest-alpine", SEMVER, "semver", "", "2.0.0-alpine"),
        ("2-latest", SEMVER, "semver", "", "2.0.0"),
        ("1.4.1", SEMVER, "semver", "", "1.4.1"),
        ("1.6.0-rc1", SEMVER, "semver", "", "1.6.0-rc1"),
        ("1.6", SEMVER, "semver", "", None),
        ("7", SEMVER, "semver", "", None),
        ("what-is-this", SEMVER, "semver", "", None),
        ("edge", SEMVER, "semver", "", None),
        ("1-rc", SEMVER, "semver", "", None),
        ("latest-1", SEMVER, "semver", "", None),
        ("", SEMVER, "semver", "", None),
        ("latest-python-3.11", ["3.0-1", "3.0-1-python-3.11", "3.11-1"], "astro", "", "3.0-1-python-3.11"),
        ("2.9", AIRFLOW, "pep440", "", "2.9.3"),
        ("2.9-python3.11", AIRFLOW, "pep440", "", "2.9.3-python3.11"),
        ("slim-2.9-python3.11", AIRFLOW, "pep440", "", "slim-2.9.2-python3.11"),
        ("slim-latest-python3.11", AIRFLOW, "pep440", "", "slim-2.9.2-python3.11"),
        ("slim-2.9", AIRFLOW, "pep440", "", None),
        ("12", ASTRO, "astro", "", "12.6.1"),
        ("12.5", ASTRO, "astro", "", "12.5.0"),
        ("12-base", ASTRO, "astro", "", "12.6.0-base"),
        ("3.0", ASTRO, "astro", "", "3.0-10"),
        ("3", ASTRO, "astro", "", "3.1-2"),
        ("3.1", ASTRO, "astro", "base", "3.1-2-base"),
        ("2", PACT, "pact_broker", "", "2.140.0-pactbroker2.120.0"),
        ("2.107.0", PACT, "pact_broker", "", "2.107.0.2"),
        ("2.107", PACT, "pact_broker", "", "2.107.1-pactbroker2.107.1"),
        ("2-debian", PACT, "pact_broker", "", None),
        ("2024.12", AUTHENTIK, "calver", "", "2024.12.4"),
        ("2024", AUTHENTIK, "calver", "", "2024.12.4"),
        ("latest", MINIO, "calver", "RELEASE", MINIO[2]),
        ("2023", MINIO, "calver", "RELEASE", MINIO[1]),
        ("2.4.x", CHECKMK, "numeric", "", "2.4.0p14"),
        ("2", CHECKMK, "numeric", "", "2.5.0p2"),
        ("2.5.0-latest", CHECKMK, "numeric", "", "2.5.0p2"),
    ],
)
def test_what_a_partial_tag_stands_for(
    asked: str, tags: list[str], scheme: str, variant: str, expected: str | None
) -> None:
    assert resolution.matching(asked, tags, scheme, variant) == expected
    assert resolution.matching(asked, reversed(tags), scheme, variant) == expected


@pytest.mark.parametrize(
    ("like", "expected"), [("1.0.0", "1.2.0"), ("v1.0.0", "v1.2.0"), ("1.2.0", "1.2.0"), ("v1.2.0", "v1.2.0")]
)
def test_of_two_spellings_the_one_in_use_is_chosen(like: str, expected: str) -> None:
    tags = ["v1.2.0", "1.2.0", "1.1.0", "v1.1.0"]
    for listed in (tags, tags[::-1]):
        assert resolution.newest(listed, "semver", versions.parse(like, "semver"), "newest") == expected


def test_equal_versions_with_different_suffixes_are_chosen_the_same_way_every_time() -> None:
    tags = ["2.140.0-pactbroker2.119.0", "2.140.0-pactbroker2.120.0"]
    like = versions.parse("2.107.0.1", "pact_broker")
    assert len({resolution.newest(listed, "pact_broker", like, "newest") for listed in (tags, tags[::-1])}) == 1
    runs = versions.parse(tags[0], "pact_broker")
    assert resolution.newest(tags, "pact_broker", runs, "newest") == tags[0], "what runs stays when nothing is newer"


def test_an_unknown_range_or_scheme_is_an_error_and_not_nothing() -> None:
    like = versions.parse("1.0.0", "semver")
    with pytest.raises(RatchetError, match="range"):
        resolution.newest(["1.0.0"], "semver", like, "major")
    with pytest.raises(RatchetError, match="scheme"):
        resolution.matching("1", ["1.0.0"], "roman", "")


@pytest.mark.parametrize("scheme", sorted(versions.SCHEMES))
def test_ten_thousand_tags_take_well_under_a_second(scheme: str) -> None:
    chosen = random.Random(1)
    kinds = [
        "{}.{}.{}",
        "{}.{}-{}",
        "{}.{}.{}-rc1",
        "{}.{}.{}.1",
        "{}.{}.{}-pactbroker2.1.0",
        "202{}.{}.{}",
        "sha-{}{}{}",
    ]
    tags = [chosen.choice(kinds).format(*(chosen.randint(1, 9) for _number in range(3))) for _tag in range(10_000)]
    like = versions.parse({"pact_broker": "1.1.1.0", "calver": "2020.1.1"}.get(scheme, "1.1.1"), scheme)
    start = time.process_time()
    assert resolution.newest(tags, scheme, like, "newest")
    assert time.process_time() - start < 0.9

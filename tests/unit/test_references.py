"""Image references, as the registry's grammar has them."""

from __future__ import annotations

import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils import references
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError

DIGEST = "sha256:" + "0123456789abcdef" * 4


@pytest.mark.parametrize(
    ("text", "registry", "repository", "tag", "digest"),
    [
        ("postgres", "docker.io", "library/postgres", None, None),
        ("postgres:17", "docker.io", "library/postgres", "17", None),
        ("apache/airflow:2.9.1", "docker.io", "apache/airflow", "2.9.1", None),
        ("registry:5000/fleet/app:1.0.0", "registry:5000", "fleet/app", "1.0.0", None),
        ("registry:5000/app", "registry:5000", "app", None, None),
        ("localhost/app:1", "localhost", "app", "1", None),
        (f"quay.io/a/b:1.0@{DIGEST}", "quay.io", "a/b", "1.0", DIGEST),
        (f"app@{DIGEST}", "docker.io", "library/app", None, DIGEST),
        ("Registry/app:V1_x.Y-z", "Registry", "app", "V1_x.Y-z", None),
    ],
)
def test_parse(text: str, registry: str, repository: str, tag: str | None, digest: str | None) -> None:
    reference = references.parse(text)
    assert (reference.registry, reference.repository, reference.tag, reference.digest) == (
        registry,
        repository,
        tag,
        digest,
    )
    assert str(reference) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "App:1",
        "app:",
        "app:1:2",
        "app@sha256:short",
        "a b:1",
        "app:$(id)",
        "registry:5000/",
        "//app",
        "app:-1",
        "reg:99999999/app:1",
        "app:1\n",
    ],
)
def test_what_is_no_reference_is_refused(text: str) -> None:
    with pytest.raises(RatchetError):
        references.parse(text)


def test_a_port_is_not_a_tag() -> None:
    assert references.parse("registry:5000/app").with_tag("2.0.0") == references.Reference("registry:5000/app", "2.0.0")


def test_one_image_under_two_spellings_is_one_image() -> None:
    assert references.parse("postgres:17").same_image_as(references.parse("docker.io/library/postgres:16"))
    assert not references.parse("dius/pact-broker").same_image_as(references.parse("pactfoundation/pact-broker"))

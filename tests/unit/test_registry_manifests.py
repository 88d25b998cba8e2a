"""A digest is believed only when the content has it, and a manifest may lie about everything."""

from __future__ import annotations

import hashlib
import json
from email.message import Message

import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.registry_errors import Answer, Corrupt
from ansible_collections.ratchet.runtime.plugins.module_utils.registry_manifests import (
    Part,
    digest_of,
    image,
    labels_of,
    parts,
    platform_of,
)
from ansible_collections.ratchet.runtime.plugins.module_utils.registry_policy import RegistryPolicy

A, B = ("sha256:" + each * 64 for each in "ab")
BODY = b'{"a": 1}'
SHA256, SHA512 = (f"{name}:{hashlib.new(name, BODY).hexdigest()}" for name in ("sha256", "sha512"))


def answer(said: str | None) -> Answer:
    headers = Message()
    if said:
        headers["Docker-Content-Digest"] = said
    return Answer(200, headers, BODY, "", "https://registry.example.com/v2/")


@pytest.mark.parametrize(
    ("said", "wanted", "expected"),
    [
        (SHA256, None, SHA256),
        (SHA512, None, SHA512),
        (None, None, SHA256),
        (None, SHA256, SHA256),
        # What was asked for counts, not what the registry says.
        (A, SHA256, SHA256),
        (A, None, None),
        (SHA256, A, None),
        ("sha384:" + "a" * 96, None, None),
        ("sha512:" + SHA256[7:], None, None),
        ("\x1b[31mred", None, None),
    ],
)
def test_a_digest_is_what_the_content_has(said: str | None, wanted: str | None, expected: str | None) -> None:
    if expected:
        assert digest_of(answer(said), wanted) == expected
        return
    with pytest.raises(Corrupt, match="Don't use that image") as caught:
        digest_of(answer(said), wanted)
    assert "\x1b" not in str(caught.value)


def test_an_index_names_its_platforms_and_not_its_attestations() -> None:
    found = {
        "manifests": [
            {"digest": A, "platform": {"os": "linux", "architecture": "amd64"}},
            {"digest": B, "platform": {"os": "linux", "architecture": "arm", "variant": "v7"}},
            {"digest": B, "platform": {"os": "unknown", "architecture": "unknown"}},
            {"digest": "../../etc", "platform": {"os": "linux", "architecture": "arm64"}},
            {"digest": B, "platform": {"os": "linux", "architecture": "amd64\n; rm"}},
            {"digest": B},
            {"platform": {"os": "linux", "architecture": "s390x"}},
            "nonsense",
        ]
    }
    assert parts(json.dumps(found).encode()) == [Part(A, "linux/amd64"), Part(B, "linux/arm")]


@pytest.mark.parametrize("found", [{}, {"layers": []}, {"manifests": [], "layers": []}, {"manifests": {}}, [], "x"])
def test_what_is_no_index_is_not_taken_for_one(found: object) -> None:
    assert parts(json.dumps(found).encode()) is None


@pytest.mark.parametrize(
    ("layers", "size"),
    [
        ([], 0),
        ([{"digest": A, "size": 5}, {"digest": B, "size": 7}], 12),
        # One content is sent once.
        ([{"digest": A, "size": 5}, {"digest": A, "size": 5}], 5),
        ([{"digest": A, "size": -5}, {"digest": B, "size": True}], 0),
        ([{"digest": A, "size": "5"}, "nonsense", {"digest": B}], 0),
    ],
)
def test_the_size_is_what_the_layers_weigh(layers: list, size: int) -> None:
    assert image(json.dumps({"layers": layers, "config": {"digest": B}}).encode()) == (size, Part(B))


@pytest.mark.parametrize(
    "found", [{}, {"layers": []}, {"config": {}}, {"fsLayers": [], "schemaVersion": 1}, {"layers": {}, "config": {}}]
)
def test_what_is_no_image_is_refused(found: dict) -> None:
    with pytest.raises(RatchetError, match="isn't an image"):
        image(json.dumps(found).encode())


@pytest.mark.parametrize("digest", ["", "../../v2/", "sha256:short", 7, None, {}])
def test_a_configuration_without_a_digest_is_not_asked_for(digest: object) -> None:
    assert image(json.dumps({"layers": [], "config": {"digest": digest}}).encode()) == (0, None)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"os": "linux", "architecture": "arm64", "variant": "v8"}, "linux/arm64"),
        ({"os": "linux"}, None),
        ({"os": ["linux"], "architecture": "arm64"}, None),
        (None, None),
    ],
)
def test_a_platform_is_two_words(value: object, expected: str | None) -> None:
    assert platform_of(value) == expected


@pytest.mark.parametrize(
    ("configuration", "expected"),
    [
        (
            {"config": {"Labels": {"org.opencontainers.image.version": "1.0\x1b[2J", "maintainer": "me"}}},
            {"org.opencontainers.image.version": "1.0"},
        ),
        ({"config": {"Labels": {"org.opencontainers.image.version": 7}}}, {}),
        ({"config": {"Labels": None}}, {}),
        ({"config": "x"}, {}),
        ({}, {}),
    ],
)
def test_labels_are_fit_to_be_shown(configuration: dict, expected: dict) -> None:
    assert labels_of(configuration) == expected


INFO = {
    "RegistryConfig": {
        "IndexConfigs": {
            "docker.io": {"Secure": True, "Mirrors": ["https://mirror.example.com/"]},
            "plain.example.com:5000": {"Secure": False},
            "127.0.0.1:6000": {"Secure": True},
        },
        "InsecureRegistryCIDRs": ["127.0.0.0/8", "10.1.0.0/16"],
        "Mirrors": ["https://mirror.example.com/", "http://127.0.0.1:5001", "https://u:p@x.example.com", "ftp://x"],
    }
}


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("docker.io", ("https://registry-1.docker.io",)),
        ("index.docker.io", ("https://registry-1.docker.io",)),
        ("10.2.0.1:5000", ("https://10.2.0.1:5000",)),
        ("10.1.0.1:5000", ("https://10.1.0.1:5000", "http://10.1.0.1:5000")),
        ("127.0.0.1:5000", ("https://127.0.0.1:5000", "http://127.0.0.1:5000")),
        # What is listed by name counts before its network.
        ("127.0.0.1:6000", ("https://127.0.0.1:6000",)),
        ("plain.example.com:5000", ("https://plain.example.com:5000", "http://plain.example.com:5000")),
    ],
)
def test_plain_text_is_only_for_whom_the_engine_trusts(host: str, expected: tuple[str, ...]) -> None:
    assert RegistryPolicy.of(INFO).bases(host) == expected


def test_mirrors_are_for_docker_hub_only() -> None:
    policy = RegistryPolicy.of(INFO)
    assert policy.mirror_bases("docker.io") == ("https://mirror.example.com", "http://127.0.0.1:5001")
    assert policy.mirror_bases("registry.example.com") == ()


@pytest.mark.parametrize("info", [{}, {"RegistryConfig": None}, {"RegistryConfig": {"Mirrors": None}}])
def test_an_engine_without_settings_trusts_nobody(info: dict) -> None:
    assert RegistryPolicy.of(info).bases("127.0.0.1:5000") == ("https://127.0.0.1:5000",)

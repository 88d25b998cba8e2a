"""Law 2 begins with every container: the highest version that any witness names counts, and who lies is told."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.plugin_utils import running, versions
from fleet_observations import profile_of
from hypothesis import given
from hypothesis import strategies as st

OCI = "org.opencontainers.image.version"
GENERIC = profile_of()
OTHER_LABEL = profile_of(version=[{"says": "image", "label": "vendor"}, {"says": "application", "label": OCI}])
releases = st.builds("{}.{}.{}".format, st.integers(0, 3), st.integers(0, 3), st.integers(0, 3))


def container(tag: str = "1.0.0", label: str | None = None, **changes: Any) -> dict[str, Any]:
    plain = {"name": "web-1", "reference": f"reg:5000/app:{tag}", "version_labels": {OCI: label} if label else {}}
    return {**plain, **changes}


def test_agreeing_witnesses_say_nothing() -> None:
    found = running.of_container(container("1.0.0", "1.0.0", witnesses={"answer": "1.0.0"}), GENERIC)
    assert (found.version.text, found.lies) == ("1.0.0", "")


@pytest.mark.parametrize(
    ("tag", "label", "witnesses", "version", "liars"),
    [
        ("1.0.0", "1.0.0", {"answer": "1.2.0"}, "1.2.0", f"its tag and label {OCI} is wrong"),
        ("1.2.0", "1.0.0", {"command": "1.0.0"}, "1.2.0", "its tag is wrong"),
        ("1.0.0", "1.3.0", {"answer": "1.0.0"}, "1.3.0", f"its label {OCI} is wrong"),
        ("1.0.0", None, {"command": "1.1.0", "answer": "1.0.0"}, "1.1.0", "its command is wrong"),
        ("1.0.0", None, {"registry": "1.1.0"}, "1.1.0", "its tag is wrong"),
    ],
)
def test_the_highest_counts_and_the_liar_is_named(
    tag: str, label: str | None, witnesses: dict[str, str], version: str, liars: str
) -> None:
    found = running.of_container(container(tag, label, witnesses=witnesses), GENERIC)
    assert found.version.text == version
    assert found.lies.endswith(f"most likely {liars}")
    assert "the witnesses of web-1 disagree" in found.lies


@pytest.mark.parametrize(("tag", "label"), [("1.0.0", "1.1.0"), ("1.1.0", "1.0.0")])
def test_a_tag_and_a_label_that_disagree_are_not_decided_between(tag: str, label: str) -> None:
    """The label may be that of the image that this one was made from."""
    found = running.of_container(container(tag, label), GENERIC)
    assert found.version.text == "1.1.0"
    assert "one of them is wrong" in found.lies
    assert "version: []" in found.lies


@given(st.dictionaries(st.sampled_from(["registry", "command", "answer"]), releases), releases, st.none() | releases)
def test_no_witness_can_lower_what_another_says(said: dict[str, str], tag: str, label: str | None) -> None:
    found = running.of_container(container(tag, label, witnesses=said), GENERIC)
    told = [tag, *said.values(), *([label] if label else [])]
    assert found.version.text == versions.highest(told)
    assert bool(found.lies) == (len(set(told)) > 1)


@pytest.mark.parametrize("label", ["24.04", "bookworm", "latest", "1.0", "; touch /pwned", "$(id)"])
def test_a_label_that_is_no_version_is_none_of_ours(label: str) -> None:
    found = running.of_container(container("1.0.0", label), GENERIC)
    assert (found.version.text, found.lies) == ("1.0.0", "")


@pytest.mark.parametrize(
    "reference",
    ["reg:5000/app:latest", "reg:5000/app", "reg:5000/app:1", "sha256:" + "ab" * 32, "app@sha256:" + "ab" * 32],
)
@pytest.mark.parametrize("witness", [{"label": "1.0.0"}, {"witnesses": {"registry": "1.0.0"}}])
def test_a_tag_that_says_nothing_leaves_it_to_the_others(reference: str, witness: dict[str, Any]) -> None:
    found = running.of_container(container(**witness, reference=reference), GENERIC)
    assert (found.version.text, found.lies) == ("1.0.0", "")


def test_what_nobody_knows_is_said_with_what_everybody_says() -> None:
    with pytest.raises(RatchetError) as caught:
        running.of_container(container("latest", "24.04", witnesses={"answer": "unknown"}), GENERIC)
    said = str(caught.value)
    assert all(
        words in said for words in ("web-1", "its tag says latest", "24.04", "its answer says unknown", "Pin the image")
    )


def test_a_container_without_any_witness_is_refused() -> None:
    with pytest.raises(RatchetError, match="nothing says it"):
        running.of_container(container(reference="reg:5000/app@sha256:" + "ab" * 32), GENERIC)


def test_only_labels_that_speak_of_the_image_count() -> None:
    both = container("1.0.0", version_labels={OCI: "9.9.9", "vendor": "1.1.0"})
    assert running.of_container(both, OTHER_LABEL).version.text == "1.1.0"
    assert running.of_container(container("1.0.0", "9.9.9"), OTHER_LABEL).version.text == "1.0.0"


def test_the_tags_own_spelling_keeps_the_variant() -> None:
    found = running.of_container(container("1.0.0-alpine", "1.0.0"), GENERIC)
    assert (found.version.text, found.version.variant, found.lies) == ("1.0.0-alpine", "alpine", "")


def test_the_highest_of_several_containers() -> None:
    assert running.highest([container("1.0.0"), container("1.2.0"), container("1.1.0")], GENERIC).text == "1.2.0"


@pytest.mark.parametrize(
    ("containers", "words"),
    [
        ([], "has no container"),
        ([container("1.0.0"), container("latest")], "can't be told"),
        ([container("1.0.0-alpine"), container("1.1.0-bookworm")], "several variants"),
    ],
)
def test_what_has_no_highest_is_refused(containers: list[dict[str, Any]], words: str) -> None:
    with pytest.raises(RatchetError, match=words):
        running.highest(containers, GENERIC)


def test_the_registry_tells_what_a_floating_tag_runs() -> None:
    digest = "sha256:" + "cd" * 32
    floating = container("latest", digests=["reg:5000/app@sha256:" + "ab" * 32, f"reg:5000/app@{digest}"])
    seen = running.with_registry(floating, {digest: "1.4.2"})
    assert running.of_container(seen, GENERIC).version.text == "1.4.2"
    assert "witnesses" not in floating, "what was observed stays as it was"


def test_the_registrys_silence_keeps_the_other_witnesses() -> None:
    seen = running.with_registry(container("latest", witnesses={"answer": "1.4.2"}, digests=[]), {"sha256:x": "9.0.0"})
    assert seen["witnesses"] == {"answer": "1.4.2"}

"""An edit writes the whole target or is refused, and the way back leads back."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils import splice
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.plugin_utils import edits, image_source
from ansible_collections.ratchet.runtime.plugins.plugin_utils.plan import Edit
from hypothesis import given
from hypothesis import strategies as st

COMPOSE, ENV = "/p/compose.yaml", "/p/.env"


def located(contents: dict[str, bytes], images: dict[str, str]) -> list[dict[str, Any]]:
    sources = image_source.locate_all(images, images, [COMPOSE], [ENV], contents)
    return [source.as_dict() for source in sources]


def texts(compose: str, env: str = "") -> dict[str, bytes]:
    return {COMPOSE: compose.encode(), ENV: env.encode()}


def applied(contents: dict[str, bytes], made: list[Edit]) -> dict[str, bytes]:
    changed = {
        edit.path: splice.spliced(contents[edit.path], [splice.Splice(**each) for each in edit.splices])
        for edit in made
    }
    return {**contents, **changed}


MERGED = "x-c: &c {image: 'reg/app:1.0.0'}\nservices: {web: {<<: *c}, job: {<<: *c}, db: {<<: *c}}\n"


def test_services_that_share_a_place_are_edited_once() -> None:
    images = dict.fromkeys(("web", "job", "db"), "reg/app:1.0.0")
    (edit,) = edits.to_version(located(texts(MERGED), images), "1.1.0", None)
    assert [each["new"] for each in edit.splices] == ["reg/app:1.1.0"]
    assert edit.old == "web, job, db: image: reg/app:1.0.0"


def test_the_way_back_says_once_what_is_to_be_typed() -> None:
    images = dict.fromkeys(("web", "job", "db"), "reg/app:1.0.0")
    assert edits.way_back(located(texts(MERGED), images), "1.0.0") == [(COMPOSE, 1, "image: reg/app:1.0.0")]


def test_a_service_that_is_not_planned_is_not_changed() -> None:
    images = dict.fromkeys(("web", "job", "db"), "reg/app:1.0.0")
    sources = [each for each in located(texts(MERGED), images) if each["service"] != "db"]
    with pytest.raises(RatchetError, match=r"/p/compose.yaml line 1 decides the image of db, too"):
        edits.to_version(sources, "1.1.0", None)
    assert edits.to_version(sources, "1.0.0", None) == []


def test_one_place_cannot_be_right_for_two_that_read_it_differently() -> None:
    contents = texts("services: {a: {image: 'app:v${T}'}, b: {image: 'app:${T}'}}\n", "T=1.0\n")
    sources = located(contents, {"a": "app:v1.0"}) + located(contents, {"b": "app:1.0"})
    with pytest.raises(RatchetError, match="which would need different text there"):
        edits.to_version(sources, "v2.0", None)


@pytest.mark.parametrize(
    ("compose", "env", "expected"),
    [
        (
            "services: {web: {image: old.io/rt:12.5.0}}\n",
            "",
            (COMPOSE, "services: {web: {image: new.io/runtime:3.0-1}}\n"),
        ),
        ("services: {web: {image: '${I}'}}\n", "I=old.io/rt:12.5.0 # x\n", (ENV, "I=new.io/runtime:3.0-1 # x\n")),
        (
            "services: {web: {image: '${I:-old.io/rt:12.5.0}'}}\n",
            "",
            (COMPOSE, "services: {web: {image: '${I:-new.io/runtime:3.0-1}'}}\n"),
        ),
    ],
)
def test_another_repository_is_written_where_the_whole_image_is(
    compose: str, env: str, expected: tuple[str, str]
) -> None:
    contents = texts(compose, env)
    sources = located(contents, {"web": "old.io/rt:12.5.0"})
    after = applied(contents, edits.to_version(sources, "3.0-1", None, name="new.io/runtime"))
    assert after[expected[0]].decode() == expected[1]
    back = edits.way_back(located(after, {"web": "new.io/runtime:3.0-1"}), "12.5.0", name="old.io/rt")
    assert back[0][2].count("old.io/rt:12.5.0") == 1


def test_another_repository_is_refused_where_only_the_tag_is() -> None:
    sources = located(texts("services:\n  web: {image: 'old.io/rt:${T}'}\n", "T=12.5.0\n"), {"web": "old.io/rt:12.5.0"})
    with pytest.raises(RatchetError, match=r"/p/.env line 1 holds only the tag .* written in /p/compose.yaml line 2"):
        edits.to_version(sources, "3.0-1", None, name="new.io/runtime")
    assert edits.to_version(sources, "12.6.0", None, name="old.io/rt")


def test_the_same_repository_keeps_its_spelling() -> None:
    contents = texts("services: {web: {image: postgres:16}}\n")
    (edit,) = edits.to_version(located(contents, {"web": "postgres:16"}), "17", None, name="docker.io/library/postgres")
    assert edit.splices[0]["new"] == "postgres:17"


def test_a_digest_that_is_not_known_is_not_left_standing() -> None:
    image = f"app:1.0@sha256:{'a' * 64}"
    sources = located(
        texts("services: {web: {image: 'app:${T}@${D}'}}\n", f"T=1.0\nD=sha256:{'a' * 64}\n"), {"web": image}
    )
    with pytest.raises(RatchetError, match="pins the image to a digest"):
        edits.to_version(sources, "1.1", None)
    assert edits.way_back(sources, "1.0") == [(ENV, 1, "T=1.0"), (ENV, 2, f"D=sha256:{'a' * 64}")]
    assert edits.way_back(sources, "0.9") == [(ENV, 1, "T=0.9"), (ENV, 2, "D=<the digest of 0.9>")]


def test_a_tag_that_is_none_reaches_no_file() -> None:
    with pytest.raises(RatchetError, match="is not an image tag"):
        edits.to_version(located(texts("services: {web: {image: 'a:1'}}\n"), {"web": "a:1"}), "2\n$(x)", None)


@pytest.mark.parametrize(
    ("written", "env", "image", "shown"),
    [
        ("app:v${T}", "T=1.0\n", "app:v1.0", (ENV, 1, "T=1.0")),
        ("${R:-q}/app:v1.0", "", "q/app:v1.0", (COMPOSE, 1, "image: ${R:-q}/app:v1.0")),
        ("app:${T:-v1.0}", "", "app:v1.0", (COMPOSE, 1, "image: app:${T:-v1.0}")),
        ("${I}-slim", "# v\nI=app:v1.0\n", "app:v1.0-slim", (ENV, 2, "I=app:v1.0")),
    ],
)
def test_the_way_back_is_the_line_as_it_was(written: str, env: str, image: str, shown: tuple[str, int, str]) -> None:
    version = image.partition(":")[2]
    contents = texts(f"services: {{web: {{image: '{written}'}}}}\n", env)
    sources = located(contents, {"web": image})
    assert edits.way_back(sources, version) == [shown]
    after = applied(contents, edits.to_version(sources, version.replace("1.0", "1.1"), None))
    assert edits.way_back(located(after, {"web": image.replace("1.0", "1.1")}), version) == [shown]


TAGS = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,8}", fullmatch=True)
NOISE = st.text(st.sampled_from("ab 1.0\t'\"Ü🚀#$={}"), max_size=12)
SHAPES = {
    "services:\n  web:\n    image: '{name}:{tag}'": "",
    "services:\n  web:\n    image: {name}:${{T}}": "T={tag}",
    "services:\n  web:\n    image: {name}:${{T}}   ": "T='{tag}'",
    "services:\n  web:\n    image: ${{N:-{name}}}:${{T:-{tag}}}": "",
    "services:\n  web:\n    image: ${{I}}": 'I="{name}:{tag}"',
    "services:\n  web: &w\n    image: ${{I:?no}}\n  two: *w": "T={tag}\nI={name}:$T",
    "x: &x\n  image: {name}:v${{T}}\nservices:\n  web:\n    <<: *x": "T={tag}",
    "services:\n  web:\n    extends: b\n  b:\n    image: ${{N}}:{tag}": "N={name}",
}


@given(
    st.sampled_from(sorted(SHAPES)),
    TAGS,
    TAGS,
    st.sampled_from(["app", "reg:5000/a/app"]),
    NOISE,
    st.sampled_from("\n\r"),
)
def test_there_and_back_again(shape: str, old: str, new: str, name: str, noise: str, newline: str) -> None:
    """After the edit the target is found, and only it; the inverse gives back every byte."""
    fixed = "v" if ":v$" in shape else ""
    ending = "\r\n" if newline == "\r" else "\n"
    comment = f"# {noise}\n"
    compose = comment + shape.format(name=name, tag=old) + f" # {noise}\n" + comment
    env = comment + SHAPES[shape].format(name=name, tag=old) + "\n" + comment + "Z='\n" + f"T={new}\n'\n"
    contents = texts(compose.replace("\n", ending), env.replace("\n", ending))
    sources = located(contents, {"web": f"{name}:{fixed}{old}"})
    after = applied(contents, edits.to_version(sources, fixed + new, None))
    found = located(after, {"web": f"{name}:{fixed}{new}"})
    assert found[0]["text"].endswith(new)
    assert applied(after, edits.to_version(found, fixed + old, None)) == contents
    assert (after == contents) == (old == new)

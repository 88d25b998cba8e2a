"""Where an image is written, found by its marks; and what can't be edited is refused, not guessed."""

from __future__ import annotations

import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils import splice
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.plugin_utils import env_file, image_source

COMPOSE = "/p/compose.yaml"
OVERRIDE = "/p/compose.override.yaml"
ENV = "/p/.env"

LITERAL = """\
# the image: web:0.9.0 was bad
services:
    db: {image: postgres:17}   # not ours
    "web":
        environment: {IMAGE: 'reg:5000/app:1.0.0'}
        image:   'reg:5000/app:1.0.0'    # pinned
"""


def locate(texts: dict[str, str], rendered: str = "reg:5000/app:1.0.0") -> image_source.Source:
    contents = {path: text.encode() for path, text in texts.items()}
    files = [path for path in (COMPOSE, OVERRIDE) if path in texts]
    return image_source.locate("web", rendered, files, [ENV] if ENV in texts else [], contents)


def edited(texts: dict[str, str], new: str, rendered: str = "reg:5000/app:1.0.0") -> str:
    source = locate(texts, rendered)
    return splice.spliced(texts[source.path].encode(), [splice.Splice(source.start, source.text, new)]).decode()


def test_a_literal_is_replaced_and_not_one_byte_more() -> None:
    expected = LITERAL.replace("image:   'reg:5000/app:1.0.0'", "image:   'reg:5000/app:1.1.0'")
    assert edited({COMPOSE: LITERAL}, "reg:5000/app:1.1.0") == expected


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_marks_and_other_alphabets_survive(newline: str, mark: str) -> None:
    text = mark + "# Überprüft ✓ 🚀\nservices:\n  web:\n    image: reg:5000/app:1.0.0\n".replace("\n", newline)
    assert edited({COMPOSE: text}, "reg:5000/app:1.1.0") == text.replace("1.0.0", "1.1.0")


def test_the_last_file_that_sets_the_image_counts() -> None:
    override = "services: {web: {image: 'reg:5000/app:1.0.0'}}\n"
    assert locate({COMPOSE: LITERAL.replace("1.0.0", "0.1.0"), OVERRIDE: override}).path == OVERRIDE
    assert locate({COMPOSE: LITERAL, OVERRIDE: "services: {web: {ports: ['1:1']}}\n"}).path == COMPOSE


@pytest.mark.parametrize(
    "expression",
    ["reg:5000/app:${TAG}", "reg:5000/app:$TAG", "reg:5000/app:${TAG:-0.1.0}", "${REG}/app:${TAG:?set it}"],
)
@pytest.mark.parametrize(
    "line", ["TAG=1.0.0", "export TAG='1.0.0'", 'TAG="1.0.0" # the version', "  TAG = 1.0.0   # v", "TAG=1.0.0\r"]
)
def test_a_variable_is_edited_where_it_is_defined(expression: str, line: str) -> None:
    env = f"# TAG=0.0.1\nTAGS=1.0.0\nTAG=0.0.9\n{line}\nPASSWORD=TAG=1.0.0\n"
    texts = {COMPOSE: f"services:\n  web:\n    image: {expression}\n", ENV: env}
    source = locate(texts)
    assert (source.path, source.line, source.holds, source.variable, source.text) == (ENV, 4, "tag", "TAG", "1.0.0")
    assert edited(texts, "1.1.0") == env.replace(f"9\n{line}", "9\n" + line.replace("1.0.0", "1.1.0"))


def test_a_variable_may_hold_the_whole_image() -> None:
    texts = {COMPOSE: "services:\n  web:\n    image: ${IMAGE}\n", ENV: "IMAGE=reg:5000/app:1.0.0\n"}
    assert locate(texts).holds == "reference"


@pytest.mark.parametrize(
    ("compose", "env", "words"),
    [
        ("services:\n  web:\n    image: reg:5000/app:v${TAG}\n", "TAG=1.0.0\n", "neither its tag nor the whole"),
        ("services:\n  web:\n    image: reg:5000/app:${A}.${B}\n", "A=1.0\nB=0\n", "neither its tag nor the whole"),
        ("services:\n  web:\n    image: reg:5000/app:${TAG:-1.0.0}\n", "OTHER=1\n", "which no env file"),
        ("services:\n  web:\n    image: reg:5000/app:${TAG}\n", "TAG=0.9.0\n", "Something else decides"),
        ("services:\n  web:\n    image: reg:5000/app:0.9.0\n", "", "Something else decides"),
        ("x-img: &img reg:5000/app:1.0.0\nservices:\n  web:\n    image: *img\n", "", "can't be edited in place"),
        ("x-b: &b {image: 'reg:5000/app:1.0.0'}\nservices:\n  web:\n    <<: *b\n", "", "isn't written"),
        ("services:\n  web:\n    image: >-\n      reg:5000/app:1.0.0\n", "", "can't be edited in place"),
        ("services:\n  web: [\n", "", "isn't valid YAML"),
    ],
)
def test_what_cannot_be_edited_is_refused_with_the_place(compose: str, env: str, words: str) -> None:
    with pytest.raises(RatchetError) as caught:
        locate({COMPOSE: compose, ENV: env})
    assert words in str(caught.value)
    assert "/p/" in str(caught.value)


def test_an_undefined_variable_is_not_found() -> None:
    assert env_file.find("# A=1\nAB=2\n", "A") is None

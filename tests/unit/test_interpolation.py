"""Variables mean what they mean to Compose, and every character knows where it is written."""

from __future__ import annotations

import pytest
from ansible_collections.ratchet.runtime.plugins.plugin_utils.env_file import Environment, definitions
from ansible_collections.ratchet.runtime.plugins.plugin_utils.interpolation import expand
from ansible_collections.ratchet.runtime.plugins.plugin_utils.places import Origin, Piece, Scalar, joined, undefined_in
from hypothesis import given
from hypothesis import strategies as st


def expanded(value: str, *env: str) -> list[Piece]:
    environment = Environment([(f"/p/{number}.env", text) for number, text in enumerate(env)])
    return expand(Origin("/p/compose.yaml", Scalar(value, 7, 1), "web: image: "), environment.lookup)


# Env file, expression, and what Compose 2.26 renders.
TABLE = [
    ("TAG=${BASE}\nBASE=1\n", "x:${TAG}", "x:"),
    ("BASE=1\nTAG=${BASE}\n", "x:${TAG}", "x:1"),
    ("BASE=1\nTAG=${BASE}\nBASE=2\n", "x:${TAG}", "x:1"),
    ('BASE=1\nTAG="v$BASE"\n', "x:${TAG}", "x:v1"),
    ("BASE=1\nTAG='v$BASE'\n", "x:${TAG}", "x:v$BASE"),
    ("TAG=${NOPE:-3}\n", "x:${TAG}", "x:3"),
    ("TAG=a$$b\n", "x:${TAG}", "x:a$b"),
    ("TAG=1#2\n", "x:${TAG}", "x:1#2"),
    ("TAG=1 #2\n", "x:${TAG}", "x:1"),
    ("TAG=1\t#2\n", "x:${TAG}", "x:1\t#2"),
    ("TAG= #2\n", "x:${TAG}z", "x:#2z"),
    ('TAG="1" x\n', "x:${TAG}", "x:1"),
    ('TAG="1"x\n', "x:${TAG}", "x:1"),
    ('TAG="1" # x\n', "x:${TAG}", "x:1"),
    ('TAG="1\n2"\n', "x:${TAG}", "x:1\n2"),
    ('K="a\nTAG=2\n"\n', "x:${TAG}", "x:"),
    ("K='a\nTAG=2\n'\n", "x:${TAG}", "x:"),
    ("TAG: 1\n", "x:${TAG}", "x:1"),
    ("TAG =1\n", "x:${TAG}", "x:1"),
    ("TAG\n", "x:${TAG}", "x:"),
    ("TAG=1\nTAG\n", "x:${TAG}", "x:1"),
    ("export TAG=1\n", "x:${TAG}", "x:1"),
    ("\ufeffTAG=1\r\nB=2\r\n", "x:${TAG}", "x:1"),
    ("TAG=1\\\n2\n", "x:${TAG}", "x:1\\"),
    ("tag=1\n", "x:${TAG-d}", "x:d"),
    ("TAG=\n", "x:${TAG-d}z", "x:z"),
    ("TAG=\n", "x:${TAG:-d}z", "x:dz"),
    ("", "x:${A:-${B:-x}}", "x:x"),
    ("B=b\n", "x:${A:-${B:-x}}", "x:b"),
    ("B=b\n", "x:${A-v$B}", "x:vb"),
    ("A=1\n", "x:${A:+alt}", "x:alt"),
    ("A=1\n", "x:${A+alt}${B+no}", "x:alt"),
    ("A=1\n", "x:${A:?msg ${B:-q}}", "x:1"),
    ("A=1\n", "x:$A$$z", "x:1$z"),
    ("A=1\n", "x:$A.b", "x:1.b"),
    ("A=1\n", "x:${A-}}", "x:1}"),
    ("", "x:${A-b}c}", "x:bc}"),
    ("", "x:${A:-b-${C:-d}}e", "x:b-de"),
    ("A.B=1\nTAG=2", "x:${TAG}", "x:2"),
]


@pytest.mark.parametrize(("env", "expression", "rendered"), TABLE)
def test_it_renders_as_compose_does(env: str, expression: str, rendered: str) -> None:
    assert joined(expanded(expression, env)) == rendered


def test_a_later_file_beats_an_earlier_one_and_sees_it() -> None:
    assert joined(expanded("${TAG}${T2}", "TAG=one\n", "TAG=two\nT2=${TAG}\n")) == "twoone"


def test_what_nothing_defines_is_remembered() -> None:
    assert undefined_in(expanded("$A${B:-b}${C:?c}${D:+d}", "Z=1\n")) == ["A", "C"]


def test_escapes_are_nowhere_written() -> None:
    (piece,) = expanded("${TAG}", 'TAG="1\\n2"\n')
    assert piece.origin is None


NAMES = st.sampled_from(["A", "B", "C"])
PLAIN = st.text("a.:/-$ ", max_size=3).map(lambda text: text.replace("$", ""))
EXPRESSIONS = st.recursive(
    PLAIN | NAMES.map(lambda name: f"${{{name}}}"),
    lambda inner: st.builds(
        lambda name, operator, text, after: f"${{{name}{operator}{text}}}{after}",
        NAMES,
        st.sampled_from([":-", "-", ":+", "+"]),
        inner,
        PLAIN,
    ),
)
FILES = st.lists(st.builds(lambda name, value: f"{name}='{value}' # {value}\n", NAMES, PLAIN), max_size=4).map("".join)


@given(EXPRESSIONS, FILES, FILES)
def test_every_piece_stands_where_it_says(expression: str, first: str, second: str) -> None:
    texts = {"/p/0.env": first, "/p/1.env": second, "/p/compose.yaml": " image:" + expression}
    for piece in expanded(expression, first, second):
        if piece.text:
            assert piece.origin is not None
            assert texts[piece.origin.path][piece.start : piece.start + len(piece.text)] == piece.text


@given(st.text(max_size=60))
def test_no_file_breaks_the_parser(text: str) -> None:
    for each in definitions(text):
        assert text[each.scalar.start : each.scalar.start + len(each.scalar.value)] == each.scalar.value

"""FROM is found where Docker finds it, and nowhere else."""

from __future__ import annotations

import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.plugin_utils.dockerfile import Dockerfile, path_of
from ansible_collections.ratchet.runtime.plugins.plugin_utils.places import joined

# Dockerfile, target, the base's image, and the text that decides it, with what stands before it there.
BASES = [
    ("FROM q.io/rt:5.0.1\n", "", "q.io/rt:5.0.1", "FROM "),
    ("# FROM no:1\n\nfrom\tq.io/rt:5.0.1   \nRUN true\n", "", "q.io/rt:5.0.1", "from\t"),
    ("\ufeffFROM --platform=$BUILDPLATFORM q.io/rt:5.0.1 AS x\r\n", "", "q.io/rt:5.0.1", "$BUILDPLATFORM "),
    ("FROM node:1 AS js\nFROM q.io/rt:5.0.1\nCOPY --from=js a b\n", "", "q.io/rt:5.0.1", "\nFROM "),
    ("FROM q.io/rt:5.0.1 as Base\nFROM base\nFROM node:1\nFROM 1\n", "0", "q.io/rt:5.0.1", "FROM "),
    ("FROM q.io/rt:5.0.1 as Base\nFROM node:1\nFROM base AS last\n", "", "q.io/rt:5.0.1", "FROM "),
    ("FROM q.io/rt:5.0.1 AS a\nFROM node:1 AS b\n", "A", "q.io/rt:5.0.1", "FROM "),
    ("ARG V=5.0.1\nFROM q.io/rt:${V}\n", "", "q.io/rt:5.0.1", "ARG V="),
    ("ARG V='5.0.1' W=2\nFROM q.io/rt:$V\nARG V=9\n", "", "q.io/rt:5.0.1", "ARG V='"),
    ("ARG V=5.0.1\nFROM node:1\nARG V=9\nFROM q.io/rt:$V\n", "", "q.io/rt:5.0.1", "ARG V="),
    ("FROM q.io/rt:5.0.1 as base\nFROM node:1\nFROM BASE\n", "", "q.io/rt:5.0.1", "FROM "),
    ("ARG W=2 V=5.0.1\nARG B=q.io/rt:$V\nFROM ${B}\n", "", "q.io/rt:5.0.1", " V="),
    ("ARG V\nFROM q.io/rt:${V:-5.0.1}\n", "", "q.io/rt:5.0.1", "${V:-"),
    ("FROM \\\n  # why\n\n  q.io/rt:5.0.1 \\\n  AS x\n", "", "q.io/rt:5.0.1", "\n  "),
    ("# escape=`\nFROM `\n  q.io/rt:5.0.1\nRUN a\\\nFROM node:1\n", "0", "q.io/rt:5.0.1", "`\n  "),
    ("# syntax=x\n# escape=`\nFROM q.io/rt:5.0.1\nRUN dir c:\\\n", "", "q.io/rt:5.0.1", "FROM "),
    ("FROM q.io/rt:5.0.1\nRUN <<EOF\nFROM no:1\nEOF\n", "", "q.io/rt:5.0.1", "FROM "),
    ("FROM q.io/rt:5.0.1\nCOPY <<-'A' <<B /x/\nFROM no:1\n\tA\nFROM no:2\nB\n", "", "q.io/rt:5.0.1", "FROM "),
    ("FROM node:1\nRUN echo '<<X'\nRUN a <<X \nFROM q.io/rt:5.0.1\n", "", "q.io/rt:5.0.1", "\nFROM "),
    ("FROM node:1\nRUN a && \\\n FROM no:1\nFROM q.io/rt:5.0.1\n", "", "q.io/rt:5.0.1", "\nFROM "),
    ('FROM "q.io/rt:5.0.1"\n', "", "q.io/rt:5.0.1", 'FROM "'),
]


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize(("text", "target", "image", "before"), BASES)
def test_the_base_is_found_where_it_is_written(text: str, target: str, image: str, before: str, newline: str) -> None:
    if "\r" not in text:
        text, before = text.replace("\n", newline), before.replace("\n", newline)
    base = Dockerfile("/p/Dockerfile", text).base(target)
    assert joined(base.pieces) == image
    last = base.pieces[-1]
    assert "5.0.1" in last.text
    assert text[last.start : last.start + len(last.text)] == last.text
    at = text.index("5.0.1")
    assert last.start <= at < last.start + len(last.text)
    assert text[: at if "rt:5" not in text else text.index("q.io")].endswith(before)
    assert last.origin is not None
    assert last.origin.scalar.line == text.count("\n", 0, at) + 1


@pytest.mark.parametrize(
    ("text", "target", "words"),
    [
        ("FROM scratch\n", "", "builds on scratch"),
        ("FROM q.io/rt:1 AS a\nFROM scratch\n", "", "builds on scratch"),
        ("FROM q.io/rt:1\n", "b", "has no stage 'b'"),
        ("RUN x\n", "", "has no FROM"),
        ("FROM\n", "", "without an image"),
    ],
)
def test_what_has_no_base_is_refused_with_the_place(text: str, target: str, words: str) -> None:
    with pytest.raises(RatchetError) as caught:
        Dockerfile("/p/Dockerfile", text).base(target)
    assert words in str(caught.value)
    assert "/p/Dockerfile" in str(caught.value)


def test_what_is_broken_over_lines_or_escaped_has_no_place() -> None:
    for text in ("FROM q.io/rt:5\\\n.0.1\n", "FROM q.io/r\\t:5.0.1\n", "FROM q.io/rt:'5.0.1'\n"):
        (piece,) = Dockerfile("/p/Dockerfile", text).base().pieces
        assert piece.origin is None


def test_the_path_counts_from_the_context() -> None:
    assert path_of("web", {"context": "/p/app", "dockerfile": "../Dockerfile.prod"}) == "/p/Dockerfile.prod"
    assert path_of("web", {"context": "/p", "dockerfile": "/q/D"}) == "/q/D"

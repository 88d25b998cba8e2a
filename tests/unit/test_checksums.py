# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What sha256sum prints is understood whatever the names, and a copy is whole or its files are named."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils import checksums
from hypothesis import example, given
from hypothesis import strategies as st

A, B, C = "a" * 64, "b" * 64, "c" * 64
EXPECTED = {"manifest.json": A, "data/toc.dat": B, "globals.sql": C}
WHOLE = [f"{A}  manifest.json", f"{B}  data/toc.dat", f"{C}  globals.sql"]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        (f"{A}  data/toc.dat", ("data/toc.dat", A)),
        (f"{A} *data/toc.dat", ("data/toc.dat", A)),
        (f"{A.upper()}  x", ("x", A)),
        (f"{A}   two spaces in front", (" two spaces in front", A)),
        (rf"\{A}  a\nb", ("a\nb", A)),
        (rf"\{A}  a\\nb", (r"a\nb", A)),
        (rf"\{A}  a\rb\\", ("a\rb\\", A)),
        (rf"{A}  a\nb", (r"a\nb", A)),
        (rf"\{A}  a\tb", None),
        ("\\" + A + "  a\\", None),
        (f"{A} x", None),
        (f"{A}  ", None),
        (f"{A[:-1]}  x", None),
        (f"{A}a  x", None),
        (f"{' ' * 53}UNSUPPORTED  x", None),
        (f"SHA256 (x) = {A}", None),
        ("", None),
    ],
)
def test_a_line_is_a_checksum_or_nothing(line: str, found: tuple[str, str] | None) -> None:
    assert checksums.parse(line) == found


@given(st.text(st.characters(blacklist_characters="/\0", blacklist_categories=("Cs",)), min_size=1, max_size=40))
@example("a\nb\r\\n")
def test_names_come_back_as_sha256sum_escapes_them(name: str) -> None:
    escaped = name.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")
    line = f"{'' if escaped == name else chr(92)}{A}  {escaped}"
    assert checksums.parse(line) == (name, A)


def test_the_real_one_is_understood(tmp_path: Path) -> None:
    names = ["plain", "new\nline", "back\\slash", "re\rturn", " space", "*star", "\\n"]
    for name in names:
        (tmp_path / name).write_text(name)
    lines = subprocess.run(["sha256sum", "--", *names], cwd=tmp_path, check=True, capture_output=True).stdout
    found = dict(filter(None, map(checksums.parse, lines.decode().rstrip("\n").split("\n"))))
    assert found == {name: hashlib.sha256(name.encode()).hexdigest() for name in names}


@pytest.mark.parametrize("above", ["", "./", "/srv/backups/app-1/", "store:a b/", "deep/er/and/deeper/"])
def test_a_whole_copy_is_whole_wherever_it_is(above: str) -> None:
    lines = [line.replace("  ", f"  {above}") for line in WHOLE]
    others = [f"{C}  {above}notes.txt", f"{B}  elsewhere/manifest.json", "a warning", ""]
    assert checksums.wrong(lines, EXPECTED) == []
    assert checksums.wrong([*others, *reversed(lines)], EXPECTED) == []


@pytest.mark.parametrize(
    ("lines", "wrong"),
    [
        (WHOLE[1:], ["manifest.json is missing"]),
        (WHOLE[:1], ["data/toc.dat is missing", "globals.sql is missing"]),
        ([], [f"{name} is missing" for name in sorted(EXPECTED)]),
        ([*WHOLE[:2], f"{A}  globals.sql"], ["globals.sql has another content"]),
        ([*WHOLE, f"{A}  globals.sql"], ["globals.sql is there more than once, with different contents"]),
        ([*WHOLE, WHOLE[0]], []),
        # Half of it here and half there is no copy.
        ([f"{A}  x/manifest.json", f"{B}  x/data/toc.dat", f"{C}  y/globals.sql"], ["globals.sql is missing"]),
        # Nor is one without the directory in it.
        ([WHOLE[0], f"{B}  toc.dat", WHOLE[2]], ["data/toc.dat is missing"]),
        ([WHOLE[0], f"{B}  data/../data/toc.dat", WHOLE[2]], ["data/toc.dat is missing"]),
        ([WHOLE[0], f"{B}  xdata/toc.dat", WHOLE[2]], ["data/toc.dat is missing"]),
        # A name that only looks like it.
        ([WHOLE[0], rf"\{B}  data/toc.dat\n", WHOLE[2]], ["data/toc.dat is missing"]),
    ],
)
def test_what_is_wrong_with_a_copy_is_named(lines: list[str], wrong: list[str]) -> None:
    assert checksums.wrong(lines, EXPECTED) == wrong


def test_a_second_copy_that_is_whole_is_enough() -> None:
    half = [line.replace("  ", "  old/") for line in WHOLE[:2]]
    assert checksums.wrong([*half, *(line.replace("  ", "  new/") for line in WHOLE)], EXPECTED) == []

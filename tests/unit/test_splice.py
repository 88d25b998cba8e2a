"""Edits are exact, atomic, repeatable, and refuse a file that has changed (laws 8 and 9)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils import splice
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError

CONTENT = "A=1.0.0\nB=ü\nC=1.0.0\n".encode()
SPLICES = [splice.Splice(2, "1.0.0", "1.10.0"), splice.Splice(14, "1.0.0", "1.10.0")]
BEFORE = splice.checksum(CONTENT)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / ".env"
    path.write_bytes(CONTENT)
    path.chmod(0o640)
    return path


def apply(path: str, before: str, splices: list[splice.Splice]) -> bool:
    """As an edit does it."""
    content = splice.after(path, before, splices)
    if content is not None:
        splice.write(path, content)
    return content is not None


def test_it_writes_and_keeps_the_mode(file: Path) -> None:
    assert apply(str(file), BEFORE, SPLICES) is True
    assert file.read_bytes() == "A=1.10.0\nB=ü\nC=1.10.0\n".encode()
    assert file.stat().st_mode & 0o777 == 0o640
    assert os.listdir(file.parent) == [".env"]


def test_a_link_stays_a_link(file: Path) -> None:
    link = file.with_name("link")
    link.symlink_to(file)
    assert apply(str(link), BEFORE, SPLICES) is True
    assert link.is_symlink()
    assert b"1.10.0" in file.read_bytes()


def test_a_second_time_changes_nothing(file: Path) -> None:
    apply(str(file), BEFORE, SPLICES)
    stamp = file.stat().st_mtime_ns
    assert apply(str(file), BEFORE, SPLICES) is False
    assert file.stat().st_mtime_ns == stamp


@pytest.mark.parametrize("changed", [CONTENT + b"D=1\n", b"", b"A=1.10.0\n", b"\xff\xfe", b"A=1.10.0\nB=u\nC=1.10.0\n"])
def test_a_file_that_was_changed_meanwhile_is_refused(file: Path, changed: bytes) -> None:
    file.write_bytes(changed)
    with pytest.raises(RatchetError, match="changed since the plan"):
        apply(str(file), BEFORE, SPLICES)
    assert file.read_bytes() == changed


def test_taken_back_every_byte_is_what_it_was(file: Path) -> None:
    apply(str(file), BEFORE, SPLICES)
    assert splice.undone(str(file), BEFORE, SPLICES) == CONTENT


def test_what_was_never_written_has_nothing_to_be_taken_back(file: Path) -> None:
    assert splice.undone(str(file), BEFORE, SPLICES) is None


@pytest.mark.parametrize("changed", [CONTENT + b"D=1\n", b"", b"A=1.10.0\nB=u\nC=1.10.0\n", b"\xff\xfe"])
def test_what_somebody_else_has_written_is_not_taken_back(file: Path, changed: bytes) -> None:
    file.write_bytes(changed)
    with pytest.raises(RatchetError, match="by hand"):
        splice.undone(str(file), BEFORE, SPLICES)

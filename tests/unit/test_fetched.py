# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A copy on the controller is the backup, byte for byte, or has no name; and an interrupted one goes on where it was."""

from __future__ import annotations

import base64
import errno
import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils import pieces, store
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.plugin_utils import fetched
from ansible_collections.ratchet.runtime.plugins.plugin_utils.fetched import Copy, Piece
from hypothesis import given
from hypothesis import strategies as st
from test_store import made

BIG = os.urandom(2 * pieces.MOST + 12345)


@pytest.fixture
def backup(tmp_path: Path) -> dict[str, Any]:
    """A backup on the host: small files, an empty one, and one that takes three answers."""
    manifest = made(tmp_path / "host", 1)
    path = Path(manifest["path"])
    for name, content in (("data/big.dat", BIG), ("data/empty", b"")):
        (path / name).write_bytes(content)
        manifest["files"][name] = {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
    told = {key: value for key, value in manifest.items() if key != "path"}
    store.write_manifest(str(path), {**told, "sha256": store.checksum_of(manifest["files"])})
    return store.read_manifest(str(path))


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """Where copies go."""
    (tmp_path / "here").mkdir()
    return tmp_path / "here"


def begun(backup: dict[str, Any], here: Path) -> Copy:
    copy = Copy.of(str(here), Path(backup["path"], store.MANIFEST).read_bytes())
    assert not copy.is_there()
    copy.begin()
    return copy


def answers(copy: Copy, backup: dict[str, Any]) -> Iterator[tuple[list[Piece], list[bytes]]]:
    """What the host answers to each question."""
    for asked in copy.questions():
        yield asked, [base64.b64decode(each) for each in pieces.read(backup["path"], [asdict(each) for each in asked])]


def receive(copy: Copy, backup: dict[str, Any], harm: Any = lambda _name, content: content) -> None:
    """All of it, each piece as ``harm`` leaves it."""
    for asked, contents in answers(copy, backup):
        copy.receive(asked, [harm(piece.name, content) for piece, content in zip(asked, contents, strict=True)])


def fetch(backup: dict[str, Any], here: Path, most: int = 99) -> list[str]:
    """Make the copy, and return the names that were asked for; killed after ``most`` answers."""
    copy, names = begun(backup, here), []
    for number, (asked, contents) in enumerate(answers(copy, backup)):
        if number == most:
            copy.close()
            return names
        copy.receive(asked, contents)
        names += [each.name for each in asked]
    copy.finish()
    return names


def visible(here: Path) -> list[str]:
    return sorted(os.listdir(here))


def test_a_copy_is_the_backup_and_nobody_elses(backup: dict[str, Any], here: Path) -> None:
    fetch(backup, here)
    assert visible(here) == [backup["id"]]
    copied = store.read_manifest(str(here / backup["id"]))
    assert {**copied, "path": ""} == {**backup, "path": ""}
    store.refuse_damaged([copied])
    modes = {oct(path.stat().st_mode & 0o777) for path in (here / backup["id"]).rglob("*") if path.is_file()}
    assert modes == {"0o600"}
    assert {oct(each.stat().st_mode & 0o777) for each in (here / backup["id"], here / backup["id"] / "data")} == {
        "0o700"
    }


def test_a_copy_that_is_there_is_compared(backup: dict[str, Any], here: Path) -> None:
    fetch(backup, here)
    copy = Copy.of(str(here), Path(backup["path"], store.MANIFEST).read_bytes())
    assert copy.is_there()
    for name, old, new in (
        ("globals.sql", b"o", b"0"),
        (store.MANIFEST, b"{", b"x"),
        (store.MANIFEST, b"T00:", b"T01:"),
    ):
        file = here / backup["id"] / name
        before = file.read_bytes()
        assert old in before
        file.write_bytes(before.replace(old, new))
        with pytest.raises(RatchetError, match=r"isn't the backup.*(globals\.sql has another content|manifest\.json)"):
            copy.is_there()
        file.write_bytes(before)
    assert copy.is_there()


@pytest.mark.parametrize("most", range(3))
def test_interrupted_anywhere_it_has_no_name_and_goes_on_where_it_was(
    backup: dict[str, Any], here: Path, most: int
) -> None:
    asked = fetch(backup, here, most)
    assert visible(here) == [store.PARTIAL + backup["id"]]
    assert store.backups(str(here)) == []
    here_already = sum(path.stat().st_size for path in (here / visible(here)[0]).rglob("*.dat"))
    whole = [name for name in asked if asked.count(name) == (3 if name == "data/big.dat" else 1)]
    copy = begun(backup, here)
    assert copy.received >= here_already
    copy.close()
    again = fetch(backup, here)
    assert not set(whole) & set(again)
    assert len(again) + len(asked) == 7
    store.refuse_damaged([store.read_manifest(str(here / backup["id"]))])


def test_what_a_torn_write_left_is_fetched_again(backup: dict[str, Any], here: Path) -> None:
    fetch(backup, here, 1)
    torn = here / visible(here)[0] / "data/big.dat"
    torn.write_bytes(b"\0" * torn.stat().st_size)
    (here / visible(here)[0] / "globals.sql").write_bytes(b"Roles")
    again = fetch(backup, here)
    assert again.count("data/big.dat") == 2 + 3
    store.refuse_damaged([store.read_manifest(str(here / backup["id"]))])


def test_a_byte_that_changes_on_the_way_is_noticed(backup: dict[str, Any], here: Path) -> None:
    copy = begun(backup, here)
    with pytest.raises(RatchetError, match=r"data/1\.dat of the backup .* isn't what was proven.*verify"):
        receive(copy, backup, lambda name, content: content[:-1] + b"?" if name == "data/1.dat" else content)
    copy.close()
    assert visible(here) == [store.PARTIAL + backup["id"]]
    fetch(backup, here)
    assert visible(here) == [backup["id"]]


@pytest.mark.parametrize(
    "harm", [lambda found: found[:-1], lambda found: [*found[:-1], found[-1] + b"x"], lambda _: []]
)
def test_a_host_that_answers_something_else_is_not_believed(backup: dict[str, Any], here: Path, harm: Any) -> None:
    copy = begun(backup, here)
    asked, contents = next(answers(copy, backup))
    with pytest.raises(RatchetError, match="something else than it was asked for"):
        copy.receive(asked, harm(contents))


@pytest.mark.parametrize(
    "change",
    [
        {"id": "../../etc/cron.d/x"},
        {"id": ".partial-x"},
        {"id": None},
        {"files": {"../../../etc/cron.d/x": {"sha256": "a" * 64, "size": 1}}},
        {"files": {"/etc/cron.d/x": {"sha256": "a" * 64, "size": 1}}},
        {"files": {"manifest.json": {"sha256": "a" * 64, "size": 1}}},
        {"files": {"a\0": {"sha256": "a" * 64, "size": 1}}},
        {"files": {"a": {"sha256": "a" * 64, "size": -1}}},
        {"files": {"a": {"sha256": "a" * 64, "size": True}}},
        {"files": {"a": {"sha256": "a" * 63, "size": 1}}},
        {"files": {"a": []}},
        {"files": {}},
        {"files": None},
        {"sha256": "a" * 64},
    ],
)
def test_a_manifest_that_means_harm_is_refused(backup: dict[str, Any], here: Path, change: dict[str, Any]) -> None:
    manifest = {**backup, **change}
    files = manifest["files"]
    if "sha256" not in change and files and all(isinstance(told, dict) for told in files.values()):
        manifest["sha256"] = store.checksum_of(files)
    with pytest.raises(RatchetError):
        Copy.of(str(here), json.dumps(manifest).encode())
    assert visible(here) == []


def test_nothing_is_written_through_a_link(backup: dict[str, Any], here: Path, tmp_path: Path) -> None:
    copy = begun(backup, here)
    (Path(copy.partial) / "globals.sql").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(RatchetError, match="can't be written on the controller"):
        receive(copy, backup)
    assert not (tmp_path / "elsewhere").exists()


def test_a_copy_that_does_not_fit_is_not_begun(
    backup: dict[str, Any], here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetched.space, "free", lambda _directory: len(BIG))
    with pytest.raises(RatchetError, match=r"needs 8\.0 MiB more, but .* has only 8\.0 MiB free"):
        begun(backup, here)
    assert visible(here) == [store.PARTIAL + backup["id"]]


def test_a_disk_that_fills_up_is_told(backup: dict[str, Any], here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(fetched.os, "fsync", full)
    copy = Copy.of(str(here), Path(backup["path"], store.MANIFEST).read_bytes())
    with pytest.raises(RatchetError, match=r"can't be written on the controller: No space left.*Make room"):
        copy.begin()


def test_what_is_left_of_older_copies_goes_with_the_new_one(backup: dict[str, Any], here: Path, tmp_path: Path) -> None:
    older, other = made(tmp_path / "host", 2), made(tmp_path / "host", 3, database="1/other")
    for each in (older, other):
        begun(each, here).close()
    (here / ".partial-mine").mkdir()
    fetch(backup, here)
    assert visible(here) == sorted([backup["id"], store.PARTIAL + other["id"], ".partial-mine"])


@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)).map(lambda each: (min(each), max(each))), max_size=20),
    st.integers(1, 20),
)
def test_every_byte_is_asked_for_once_and_in_order(files: list[tuple[int, int]], most: int) -> None:
    named = [(str(number), have, size) for number, (have, size) in enumerate(files)]
    found = list(fetched.batches(named, most))
    assert all(sum(each.size for each in batch) <= most for batch in found)
    assert all(batch for batch in found)
    asked: dict[str, int] = {name: have for name, have, _size in named}
    for piece in [piece for batch in found for piece in batch]:
        assert piece.offset == asked[piece.name]
        asked[piece.name] += piece.size
    assert asked == {name: size for name, _have, size in named}
    assert {piece.name for batch in found for piece in batch} == set(asked)


def test_many_small_files_are_asked_for_in_several_questions() -> None:
    found = list(fetched.batches([(str(number), 0, 1) for number in range(1200)]))
    assert [len(batch) for batch in found] == [500, 500, 200]


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", store.MANIFEST, "a/../../b", "."])
def test_the_host_reads_nothing_else(backup: dict[str, Any], name: str) -> None:
    with pytest.raises(RatchetError, match="isn't a name of a file"):
        pieces.read(backup["path"], [{"name": name, "offset": 0, "size": 1}])


@pytest.mark.parametrize("wanted", [("data/1.dat", 3999, 2), ("data/missing", 0, 1), ("data/1.dat", 5000, 1)])
def test_a_file_that_is_too_short_is_told(backup: dict[str, Any], wanted: tuple[str, int, int]) -> None:
    name, offset, size = wanted
    with pytest.raises(RatchetError, match="isn't as long as it was, or missing"):
        pieces.read(backup["path"], [{"name": name, "offset": offset, "size": size}])

# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A backup is what was proven, byte for byte, or it is refused by name; and what is still needed is never removed."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils import journal, store
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError

CONTENT = {"data/toc.dat": b"contents", "data/1.dat": b"rows" * 1000, "globals.sql": b"roles"}


def made(directory: Path, number: int, database: str = "1/app", **more: Any) -> dict[str, Any]:
    """A backup as postgres_backup leaves it."""
    id = f"app-2026010{number}T000000Z-{number:04x}"
    files = {}
    for name, content in CONTENT.items():
        path = directory / id / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        files[name] = {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
    manifest = {
        "format": store.FORMAT,
        "id": id,
        "started_at": f"2026-01-0{number}T00:00:00+00:00",
        "database": {"id": database},
        "files": files,
        "sha256": store.checksum_of(files),
        **more,
    }
    store.write_manifest(str(directory / id), manifest)
    return store.read_manifest(str(directory / id))


def test_an_intact_backup_has_nothing_wrong(tmp_path: Path) -> None:
    assert store.damage(made(tmp_path, 1)) == []


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (lambda path: os.truncate(path / "data/1.dat", 1999), "data/1.dat has 1999 bytes, and had 4000"),
        (lambda path: (path / "data/1.dat").write_bytes(b"rowt" + b"rows" * 999), "data/1.dat has another content"),
        (lambda path: (path / "data/toc.dat").unlink(), "data/toc.dat is missing"),
        (lambda path: (path / "globals.sql").write_bytes(b"Roles"), "globals.sql has another content"),
    ],
)
def test_what_is_no_longer_as_it_was_is_named(tmp_path: Path, harm: Any, words: str) -> None:
    manifest = made(tmp_path, 1)
    harm(Path(manifest["path"]))
    assert store.damage(manifest) == [words]
    with pytest.raises(RatchetError, match="no longer") as caught:
        store.refuse_damaged([made(tmp_path, 2), manifest])
    assert caught.value.details["damage"] == {manifest["id"]: [words]}


def test_a_manifest_that_was_edited_to_fit_is_no_proof(tmp_path: Path) -> None:
    manifest = made(tmp_path, 1)
    forged = {**manifest["files"], "data/1.dat": {"sha256": hashlib.sha256(b"").hexdigest(), "size": 0}}
    Path(manifest["path"], "data/1.dat").write_bytes(b"")
    assert store.damage({**manifest, "files": forged}) == ["manifest.json was edited"]


def test_a_manifest_reaches_nothing_outside_of_its_backup(tmp_path: Path) -> None:
    manifest = made(tmp_path, 1)
    files = {"../../etc/passwd": {"sha256": "", "size": 1}, "/etc/passwd": {"sha256": "", "size": 1}}
    wrong = store.damage({**manifest, "files": files, "sha256": store.checksum_of(files)})
    assert [each.endswith("isn't a name of a file in it") for each in wrong] == [True, True]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "is damaged"),
        ("[]", "is damaged"),
        ('{"format": 1, "files": []}', "is damaged"),
        ('{"format": 99}', "is of the format 99"),
        ('{"files": {}}', "is of the format None"),
    ],
)
def test_what_is_no_manifest_is_refused_and_listed_as_such(tmp_path: Path, content: str, words: str) -> None:
    path = Path(made(tmp_path, 1)["path"])
    (path / store.MANIFEST).write_text(content)
    with pytest.raises(RatchetError, match=words):
        store.read_manifest(str(path))
    (listed,) = store.backups(str(tmp_path))
    assert listed["id"] == path.name
    assert words in listed["error"]


def test_backups_are_listed_oldest_first_and_nothing_else_is_one(tmp_path: Path) -> None:
    two, one = made(tmp_path, 2), made(tmp_path, 1)
    (tmp_path / f"{store.PARTIAL}app-x").mkdir()
    (tmp_path / "a file").write_text("")
    (tmp_path / "notes").write_text("")
    assert store.backups(str(tmp_path)) == [one, two]
    assert store.backups(str(tmp_path / "nowhere")) == []


@pytest.mark.parametrize("wanted", ["../other", "", ".partial-x", "a/b", "-rf", "a b", "x" * 200])
def test_a_backup_is_named_by_id_or_path(wanted: str, tmp_path: Path) -> None:
    assert store.path_of(str(tmp_path), "app-1") == str(tmp_path / "app-1")
    assert store.path_of(str(tmp_path), "/var/b/../c") == "/var/c"
    with pytest.raises(RatchetError, match="neither the id of a backup nor an absolute path"):
        store.path_of(str(tmp_path), wanted)


@pytest.mark.parametrize(("keep", "gone"), [(3, [1, 2]), (2, [1, 2, 3]), (1, [1, 2, 3, 4]), (0, [1, 2, 3, 4]), (9, [])])
def test_the_newest_of_a_database_are_kept(tmp_path: Path, keep: int, gone: list[int]) -> None:
    found = [made(tmp_path, number) for number in (1, 2, 3, 4, 5)]
    others = [made(tmp_path, number, database="1/other") for number in (6, 7)]
    going = store.superfluous([*found, *others], "1/app", keep, ())
    assert going == [found[number - 1] for number in gone]


def test_what_a_journal_names_and_what_is_damaged_stays(tmp_path: Path) -> None:
    found = [made(tmp_path, number) for number in (1, 2, 3, 4)]
    (Path(found[2]["path"]) / store.MANIFEST).write_text("{")
    state = tmp_path / "state"
    entry = {
        "deploy": "d",
        "outcome": "done",
        "backup": {"host": "app1", "id": found[0]["id"], "path": found[0]["path"]},
    }
    journal.append(str(state), "sample", entry)
    journal.append(str(state), "other", {"deploy": "e", "outcome": "started", "backup": None})
    named = journal.backups(str(state))
    assert named == {found[0]["id"]}
    assert store.superfluous(store.backups(str(tmp_path)), "1/app", 1, named) == [found[1]]


def test_what_is_removed_is_no_backup_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    manifest = made(tmp_path, 1)
    monkeypatch.setattr(store.shutil, "rmtree", lambda *_arguments, **_options: None)
    store.remove(manifest)
    assert store.backups(str(tmp_path)) == []
    monkeypatch.undo()
    store.sweep(str(tmp_path), keep=None)
    assert os.listdir(tmp_path) == []


def test_the_lock_is_nobody_elses(tmp_path: Path) -> None:
    with store.only_one(str(tmp_path / "new")):
        assert oct((tmp_path / "new").stat().st_mode & 0o777) == "0o700"
        assert oct((tmp_path / "new/.lock").stat().st_mode & 0o777) == "0o600"


def test_no_journal_names_nothing(tmp_path: Path) -> None:
    assert journal.backups(str(tmp_path)) == set()

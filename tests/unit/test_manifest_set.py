"""All manifests are written or none, and what is no manifest is refused before."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils import splice
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.plugin_utils import manifest_set
from ansible_collections.ratchet.runtime.plugins.plugin_utils.manifest_file import LARGEST
from ansible_collections.ratchet.runtime.plugins.plugin_utils.problems import Problems


def read(*paths: Path) -> tuple[dict[str, bytes], list[str]]:
    problems = Problems()
    return manifest_set.read([str(path) for path in paths], problems), list(problems)


def change(path: Path) -> tuple[str, list[splice.Splice]]:
    return splice.checksum(path.read_bytes()), [splice.Splice(0, "old", "new")]


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    made = [tmp_path / "a" / "1.yml", tmp_path / "b" / "2.yaml"]
    for path in made:
        path.parent.mkdir()
        path.write_text("old\n")
        path.chmod(0o640)
    return made


def test_a_directory_is_its_yaml_files_in_order(tmp_path: Path, files: list[Path]) -> None:
    for name in ("b/.hidden.yml", ".git/x.yml", "b/readme.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    assert read(tmp_path, files[0]) == ({str(path): b"old\n" for path in files}, [])


def test_a_link_to_what_is_there_anyway_is_passed_over(tmp_path: Path, files: list[Path]) -> None:
    (tmp_path / "a" / "current.yml").symlink_to("1.yml")
    assert read(tmp_path) == ({str(path): b"old\n" for path in files}, [])
    (tmp_path / "a" / "current.yml").unlink()
    (tmp_path / "a" / "away.yml").symlink_to("/etc/hostname")
    assert "away.yml is a symbolic link" in read(tmp_path)[1][0]


def test_somebodys_home_is_not_read(tmp_path: Path) -> None:
    for number in range(manifest_set.MOST + 1):
        (tmp_path / f"{number}.yml").touch()
    contents, problems = read(tmp_path)
    assert contents == {}
    assert len(problems) == 1
    assert "more than 1000 YAML files" in problems[0]


def test_what_is_no_manifest_is_refused_all_at_once(tmp_path: Path) -> None:
    (tmp_path / "link.yml").symlink_to("there.yml")
    (tmp_path / "empty").mkdir()
    (tmp_path / "large.yml").write_bytes(b"#" * (LARGEST + 1))
    (tmp_path / "one.yml").write_text("x")
    os.link(tmp_path / "one.yml", tmp_path / "other.yml")
    os.mkfifo(tmp_path / "pipe.yml")
    names = ("link.yml", "empty", "large.yml", "one.yml", "pipe.yml", "missing.yml")
    contents, problems = read(*(tmp_path / name for name in names))
    assert contents == {}
    words = (
        "symbolic link",
        "no file that ends in",
        "more than any manifest",
        "2 names",
        "isn't a file",
        "No such file",
    )
    for name, word in zip(names, words, strict=True):
        assert [each for each in problems if name in each and word in each], (name, problems)


def test_all_are_written_and_stay_what_they_were_otherwise(files: list[Path]) -> None:
    manifest_set.write({str(path): change(path) for path in files})
    assert [path.read_text() for path in files] == ["new\n", "new\n"]
    assert [path.stat().st_mode & 0o777 for path in files] == [0o640, 0o640]
    assert [sorted(os.listdir(path.parent)) for path in files] == [["1.yml"], ["2.yaml"]]


def test_one_that_has_changed_meanwhile_keeps_all_as_they_were(files: list[Path]) -> None:
    changes = {str(path): change(path) for path in files}
    files[1].write_text("old, and somebody else's\n")
    with pytest.raises(RatchetError, match=r"2\.yaml was changed since the plan was made"):
        manifest_set.write(changes)
    assert files[0].read_text() == "old\n"
    assert os.listdir(files[0].parent) == ["1.yml"]


def test_a_failure_between_two_files_takes_the_first_one_back(
    files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    changes = {str(path): change(path) for path in files}
    rename = os.rename

    def refuse_the_second(source: str, target: str) -> None:
        if target == str(files[1]):
            raise PermissionError(1, "Operation not permitted", target)
        rename(source, target)

    monkeypatch.setattr(os, "rename", refuse_the_second)
    with pytest.raises(RatchetError, match=r"2\.yaml can't be written: Operation not permitted"):
        manifest_set.write(changes)
    assert [path.read_text() for path in files] == ["old\n", "old\n"]
    assert [len(os.listdir(path.parent)) for path in files] == [1, 1]

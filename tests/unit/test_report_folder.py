"""A report's folder: its name stays a name, its files are whole, and what others keep there stays."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest
import report_of_airflow
import report_samples
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.plugin_utils import package_list, report_folder
from hypothesis import given
from hypothesis import strategies as st

LISTS = {"packages-current.txt": report_of_airflow.FREEZE_BEFORE, "packages-target.txt": report_of_airflow.FREEZE_AFTER}
PINS = "pinned-providers.txt"
ALL = [
    "Dockerfile",
    "packages-current.txt",
    "packages-target.txt",
    "packages.json",
    "packages.txt",
    PINS,
    "report.html",
    "report.json",
    "report.md",
]


def _mode(path: str | Path) -> int:
    return stat.S_IMODE(os.stat(path).st_mode)


def test_everything_of_a_rehearsal_is_there_for_everybody_to_read(tmp_path: Path) -> None:
    pins = package_list.pins(report_of_airflow.FREEZE_BEFORE, "apache-airflow-providers-")
    old = os.umask(0o077)
    try:
        made = report_folder.write(str(tmp_path / "reports"), report_samples.failed(), {**LISTS, PINS: pins})
    finally:
        os.umask(old)
    folder = tmp_path / "reports" / "upgrade-test-2.9.3--2.10.5"
    assert made == {"folder": str(folder), "files": ALL}
    assert sorted(os.listdir(folder)) == ALL
    assert _mode(folder) == 0o755
    assert {_mode(folder / file) for file in ALL} == {0o644}
    assert json.loads((folder / "report.json").read_text()) == report_samples.failed()
    assert json.loads((folder / "packages.json").read_text())[0]["id"] == "product"
    assert (folder / "Dockerfile").read_text().startswith("FROM registry.example.com/data/airflow:2.10.5\n")
    assert "apache-airflow-providers-ftp==3.10.0\n" in (folder / PINS).read_text()


def test_a_run_has_a_folder_of_its_own(tmp_path: Path) -> None:
    made = report_folder.write(str(tmp_path), report_samples.upgrade())
    assert made["folder"] == str(tmp_path / "upgrade-20261201T210000Z-7c1d")
    assert made["files"] == ["report.html", "report.json", "report.md"]


def test_an_earlier_rehearsal_is_replaced_and_strangers_stay(tmp_path: Path) -> None:
    made = report_folder.write(str(tmp_path), report_samples.failed(), LISTS)
    folder = Path(made["folder"])
    (folder / "notes.txt").write_text("mine")
    (folder / "sub").mkdir()
    again = report_folder.write(str(tmp_path), {**report_samples.failed(), "dockerfile": None, "by": "bob"})
    assert sorted(os.listdir(folder)) == sorted([*again["files"], "notes.txt", "sub"])
    assert "Dockerfile" not in again["files"]
    assert json.loads((folder / "report.json").read_text())["by"] == "bob"
    assert (folder / "notes.txt").read_text() == "mine"


def test_in_a_folder_without_a_report_nothing_is_removed(tmp_path: Path) -> None:
    folder = tmp_path / "upgrade-test-2.9.3--2.10.5"
    folder.mkdir()
    (folder / "Dockerfile").write_text("FROM mine")
    report_folder.write(str(tmp_path), {**report_samples.failed(), "dockerfile": None})
    assert (folder / "Dockerfile").read_text() == "FROM mine"


def test_a_link_in_the_folders_place_is_not_followed(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / "upgrade-test-2.9.3--2.10.5").symlink_to(elsewhere)
    with pytest.raises(RatchetError, match="is no folder"):
        report_folder.write(str(tmp_path), report_samples.failed())
    assert os.listdir(elsewhere) == []


def test_a_link_in_a_files_place_is_replaced_not_followed(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.write_text("mine")
    folder = tmp_path / "upgrade-test-2.9.3--2.10.5"
    folder.mkdir()
    (folder / "report.md").symlink_to(mine)
    report_folder.write(str(tmp_path), report_samples.failed())
    assert mine.read_text() == "mine"
    assert not (folder / "report.md").is_symlink()


def test_what_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RatchetError, match="can't be written"):
        report_folder.write(str(tmp_path / "file"), report_samples.failed())
    folder = tmp_path / "upgrade-test-2.9.3--2.10.5"
    (folder / "report.html").mkdir(parents=True)
    with pytest.raises(RatchetError, match="can't be written"):
        report_folder.write(str(tmp_path), report_samples.failed())
    assert sorted(os.listdir(folder)) == ["report.html"]


def test_files_that_a_report_has_not_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RatchetError, match="has no file"):
        report_folder.write(str(tmp_path), report_samples.failed(), {"../../etc/cron.d/x": "* * * * *"})
    assert os.listdir(tmp_path) == []


@given(st.text(), st.text())
def test_a_folders_name_is_one_name(current: str, target: str) -> None:
    name = report_folder.name({"kind": "rehearsal", "current": current, "target": target})
    assert name.isascii()
    assert len(name) <= 255
    assert not {*name} & {*"/\\\0\n :*?\"'<>|$`&;"}
    assert name.startswith("upgrade-test-")
    assert os.path.normpath(name) == name


PARTS = st.text(alphabet="a-/%", max_size=5).filter(lambda text: text.strip())


@given(PARTS, PARTS, PARTS, PARTS)
def test_two_rehearsals_share_a_name_only_with_both_versions(one: str, two: str, three: str, four: str) -> None:
    names = [
        report_folder.name({"kind": "rehearsal", "current": a, "target": b}) for a, b in ((one, two), (three, four))
    ]
    assert (names[0] == names[1]) == ((one, two) == (three, four))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("a--b", "c"), ("a", "b--c")),
        (("a-", "b"), ("a", "-b")),
        (("a/b", "c"), ("a%2Fb", "c")),
        (("x" * 200, "y"), ("x" * 201, "y")),
    ],
)
def test_versions_that_look_alike_are_told_apart(one: tuple[str, str], other: tuple[str, str]) -> None:
    names = {report_folder.name({"kind": "rehearsal", "current": a, "target": b}) for a, b in (one, other)}
    assert len(names) == 2


def test_secrets_of_a_dockerfile_stay_out_of_the_folder(tmp_path: Path) -> None:
    report = report_samples.failed()
    report["dockerfile"]["content"] = "RUN pip install -i https://me:hunter22@pypi.example.com/simple x\n"
    folder = Path(report_folder.write(str(tmp_path), report)["folder"])
    assert not [file for file in folder.iterdir() if "hunter22" in file.read_text()]


def test_only_what_an_index_has_can_be_pinned() -> None:
    listed = {
        "acme-one": "1.0",
        "Acme_Two": "2.0.post1",
        "acme-three": "1.0, 2.0",
        "acme-four": "1\n-r evil",
        "other": "1",
    }
    assert package_list.pins(listed, "acme-") == "acme-one==1.0\nAcme_Two==2.0.post1\n"
    assert (
        package_list.pins("acme-x @ https://example.com/acme_x-1.0-py3-none-any.whl\nacme-y==2\n", "acme-")
        == "acme-y==2\n"
    )
    assert package_list.pins(listed, "") == ""

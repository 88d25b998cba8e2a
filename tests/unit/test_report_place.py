"""A place for pages that can't be one is refused while everything still runs."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.ratchet.runtime.plugins.plugin_utils import report_place
from fleet_observations import refusal, request, three


def test_without_one_there_is_nothing_to_refuse() -> None:
    assert report_place.troubles("") == ()


def test_a_directory_may_be_missing(tmp_path: Path) -> None:
    assert report_place.troubles(str(tmp_path / "a" / "b")) == ()
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_refused_together_with_all_else(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    for place in (file, file / "below"):
        (trouble,) = report_place.troubles(str(place))
        said = str(refusal(three(), request(troubles=(trouble,), strategy="fast")))
        assert (
            f"runtime_report_dir: {file} on the controller isn't a directory, so no report can be put in {place}"
            in said
        )
        assert "runtime_strategy" in said


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_directory_of_others_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    (trouble,) = report_place.troubles(str(tmp_path))
    assert "may not be written to by this user" in str(trouble)


def test_a_relative_one_is_meant_from_where_the_run_was_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "reports").touch()
    (trouble,) = report_place.troubles("reports")
    assert str(tmp_path / "reports") in str(trouble)

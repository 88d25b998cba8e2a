"""The journals as a table: what, from what to what, by whom, why, and what was accepted for it."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ratchet.runtime.plugins.plugin_utils import history_table, operator


def row(**changes: Any) -> dict[str, Any]:
    plain = {
        "host": "app1",
        "project": "sample",
        "deploy": "d1",
        "began": "2026-01-01T00:00:00Z",
        "verb": "upgrade",
        "from": {"version": "1.0.0"},
        "to": {"version": "1.1.0"},
        "head_before": "aaa",
        "head_after": "bbb",
        "outcome": "done",
        "by": {"user": "ann", "controller": "bastion"},
    }
    return {**plain, **changes}


def test_a_deploy_is_one_line() -> None:
    _heading, line = history_table.of([row(description="hurry", accepted=["major"])])
    assert (
        " ".join(line.split())
        == "2026-01-01T00:00:00Z app1 d1 upgrade 1.0.0 1.1.0 aaa > bbb done ann@bastion hurry (accepted: major)"
    )


def test_what_older_journals_do_not_tell_is_left_open() -> None:
    _heading, line = history_table.of([row(by=None, head_before=None, head_after=None)])
    assert line.split() == ["2026-01-01T00:00:00Z", "app1", "d1", "upgrade", "1.0.0", "1.1.0", "-", "done", "-", "-"]


def test_a_restore_names_its_backup_and_several_projects_are_told_apart() -> None:
    restore = row(
        verb="restore", project="other", **{"from": None, "to": None}, backup={"id": "app-7"}, outcome="restored"
    )
    lines = history_table.of([row(), restore])
    assert "project" in lines[0]
    assert "app-7" in lines[2]


@pytest.mark.parametrize("other", [5, "x", [1], {"a": 1}, True])
@pytest.mark.parametrize("key", ["verb", "from", "to", "backup", "head_before", "outcome", "by", "accepted", "began"])
def test_what_somebody_has_edited_hides_nobody_else(key: str, other: Any) -> None:
    lines = history_table.of([row(**{key: other}), row(deploy="d2")])
    assert len(lines) == 3
    assert "d1" in lines[1]
    assert "d2" in lines[2]


def test_without_any_it_says_so() -> None:
    assert history_table.of([]) == ["No deploy is recorded here."]


def test_a_job_of_awx_is_told_with_who_launched_it() -> None:
    told = operator.of({"awx_user_name": "ann", "awx_job_id": 42, "tower_job_template_name": "Upgrade\x1b[2J"})
    assert (told["user"], told["job"], told["template"]) == ("ann", "42", "Upgrade")
    assert operator.in_words(told).endswith(", AWX job 42")
    assert set(operator.of({})) == {"user", "controller"}

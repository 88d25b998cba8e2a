"""Approved is one plan on one state: what was kept is what is executed, or the difference is told."""

from __future__ import annotations

import copy
import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.plugin_utils import approval
from ansible_collections.ratchet.runtime.plugins.plugin_utils.plan import Plan, fingerprint_of
from fleet_observations import (
    DIGEST,
    plan,
    three,
)
from hypothesis import given
from hypothesis import strategies as st

ASKED = {"accept": [], "strategy": "rolling", "resolve": "exact"}
TAG_OF = {DIGEST: "1.1.0"}


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "plan.json")


def kept(path: str, made: Plan) -> dict[str, Any]:
    approval.write(path, approval.sealed(made, ASKED, TAG_OF))
    return approval.read(path)


def test_what_is_kept_is_what_is_read(path: str) -> None:
    made = plan(three())
    content = kept(path, made)
    assert content["plan"] == made.as_dict()
    assert content["stable"] == made.stable()
    assert (content["request"], content["tag_of"]) == (ASKED, TAG_OF)
    approval.refuse_drift(path, content, plan(three()))


def test_only_its_owner_may_read_it(path: str) -> None:
    before = os.umask(0)
    try:
        kept(path, plan(three()))
    finally:
        os.umask(before)
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600


def test_a_place_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RatchetError, match=r"can't be kept in .*runtime_plan_file"):
        approval.write(str(tmp_path / "missing" / "plan.json"), approval.sealed(plan(three()), ASKED, TAG_OF))


def test_a_plan_that_is_missing_is_refused_with_how_to_make_one(path: str) -> None:
    with pytest.raises(RatchetError, match=r"there is no plan in .*Make one with the playbook plan"):
        approval.read(path)


def test_what_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RatchetError, match="can't be read: Is a directory"):
        approval.read(str(tmp_path))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "is no JSON"),
        ("{", "is no JSON"),
        ("runtime_version: 1.1.0", "is no JSON"),
        ("[]", "isn't a plan that this version"),
        ("{}", "isn't a plan that this version"),
        ('{"format": 0}', "isn't a plan that this version"),
        ('{"format": 1}', "its fingerprint doesn't fit"),
        ('{"format": 1, "stable": {}, "plan": []}', "its fingerprint doesn't fit"),
        ('{"format": 1, "stable": {}, "plan": {"fingerprint": null}}', "its fingerprint doesn't fit"),
    ],
)
def test_what_is_no_plan_is_refused(path: str, content: str, words: str) -> None:
    Path(path).write_text(content)
    with pytest.raises(RatchetError, match=f"{words}.*Make it anew"):
        approval.read(path)


def test_bytes_that_are_no_text_are_no_plan(path: str) -> None:
    Path(path).write_bytes(b"\xff\xfe{}")
    with pytest.raises(RatchetError, match="is no JSON"):
        approval.read(path)


def leaves(value: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, dict):
        return [found for key, each in value.items() for found in leaves(each, (*way, key))]
    if isinstance(value, list):
        return [found for number, each in enumerate(value) for found in leaves(each, (*way, number))]
    return [way]


def changed(content: Any, way: tuple[Any, ...], value: Any) -> Any:
    found = copy.deepcopy(content)
    at = found
    for step in way[:-1]:
        at = at[step]
    at[way[-1]] = value
    return found


STABLE = plan(three()).stable()


@given(st.sampled_from(leaves(STABLE)), st.text(max_size=5) | st.integers() | st.booleans() | st.none())
def test_any_change_of_a_stable_leaf_changes_the_fingerprint(way: tuple[Any, ...], value: Any) -> None:
    other = changed(STABLE, way, value)
    # As JSON: true is no 1 there.
    same = json.dumps(other, sort_keys=True) == json.dumps(STABLE, sort_keys=True)
    assert (fingerprint_of(other) == fingerprint_of(STABLE)) == same


@pytest.mark.parametrize("way", [("version",), ("hosts", "app2", "digest"), ("databases", "42/app", "directory")])
def test_an_edited_plan_is_refused(path: str, way: tuple[str, ...]) -> None:
    content = kept(path, plan(three()))
    Path(path).write_text(json.dumps({**content, "stable": changed(content["stable"], way, "edited")}))
    with pytest.raises(RatchetError, match="was changed after it was made"):
        approval.read(path)


@pytest.mark.parametrize("part", ["request", "tag_of", "stable", "plan"])
def test_a_plan_that_lost_a_part_is_refused(path: str, part: str) -> None:
    content = kept(path, plan(three()))
    Path(path).write_text(json.dumps({key: value for key, value in content.items() if key != part}))
    with pytest.raises(RatchetError, match="was changed after it was made"):
        approval.read(path)


@pytest.mark.parametrize(
    ("way", "value"),
    [(("request", "accept"), ["major"]), (("plan", "version"), "9.9.9"), (("tag_of", DIGEST), "9.9.9")],
)
def test_an_edited_request_is_refused(path: str, way: tuple[str, ...], value: Any) -> None:
    # DEFECT (approval.read), left failing: the fingerprint covers `stable` alone, so what is planned by (`request`, `tag_of`) and
    # what the destination is read from (`plan.version`) may be edited; an accepted matter added there is in nobody's approval.
    content = kept(path, plan(three()))
    Path(path).write_text(json.dumps(changed(content, way, value)))
    with pytest.raises(RatchetError, match="was changed after it was made"):
        approval.read(path)


def test_a_relative_path_is_meant_from_where_ansible_was_started(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/op")
    assert approval.absolute("plan.json") == str(tmp_path / "plan.json")
    assert approval.absolute("~/plan.json") == "/home/op/plan.json"


def test_a_link_stays_one(tmp_path: Path) -> None:
    (tmp_path / "link.json").symlink_to(tmp_path / "plan.json")
    approval.write(str(tmp_path / "link.json"), approval.sealed(plan(three()), ASKED, TAG_OF))
    assert (tmp_path / "link.json").is_symlink()
    assert approval.read(str(tmp_path / "plan.json"))


def test_nothing_but_a_plan_is_overwritten(tmp_path: Path) -> None:
    """An inventory named by mistake, or a pipe: neither may be replaced by a plan."""
    (tmp_path / "hosts.yml").write_text("runtime: {hosts: {app1: }}\n")
    os.mkfifo(tmp_path / "pipe")
    for name in ("hosts.yml", "pipe"):
        with pytest.raises(RatchetError, match="holds something else than a plan"):
            approval.write(str(tmp_path / name), approval.sealed(plan(three()), ASKED, TAG_OF))
    assert "app1" in (tmp_path / "hosts.yml").read_text()
    assert stat.S_ISFIFO(os.stat(tmp_path / "pipe").st_mode)


def test_a_plan_may_be_made_anew_in_its_place(path: str) -> None:
    kept(path, plan(three()))
    assert kept(path, plan(three(running="1.0.1")))["plan"]["current"] == "1.0.1"


@pytest.mark.parametrize("content", ["[" * 100_000, '{"seal": ' * 50_000])
def test_what_is_nested_too_deeply_is_no_plan(path: str, content: str) -> None:
    Path(path).write_text(content)
    with pytest.raises(RatchetError, match="is no JSON"):
        approval.read(path)

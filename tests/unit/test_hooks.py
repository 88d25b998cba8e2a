# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hooks that would fail in the middle of a run are refused before it begins, with the file and what to write."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import init_plugin_loader
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.plugin_utils import approval, hooks, planner, tables, task_file
from ansible_collections.ratchet.runtime.plugins.plugin_utils.plan import Hook
from fleet_observations import plan, refusal, request, three

TASKS = "- name: Say it\n  ansible.builtin.debug:\n    msg: said\n"
EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"


@pytest.fixture(autouse=True, scope="module")
def _ansible() -> None:
    """What ``ansible-playbook`` does before it reads a task."""
    init_plugin_loader()


def read(wanted: Any, base: Path = Path("/")) -> tuple[dict[str, Hook], list[str]]:
    loader = DataLoader()
    found, troubles = hooks.read(wanted, lambda file: str(base / file), lambda path: task_file.check(path, loader))
    return found, [str(each) for each in troubles]


@pytest.fixture
def here(tmp_path: Path) -> Path:
    for name in hooks.NAMES:
        (tmp_path / f"{name}.yml").write_text(TASKS)
    return tmp_path


@pytest.mark.parametrize("wanted", [None, "", {}, {"drain": "", "undrain": None}])
def test_none_are_fine(wanted: Any) -> None:
    assert read(wanted) == ({}, [])


def test_all_are_found_with_their_content(here: Path) -> None:
    found, troubles = read({name: f"{name}.yml" for name in hooks.NAMES}, here)
    assert troubles == []
    assert list(found) == list(hooks.NAMES)
    assert found["smoke"].file == "smoke.yml"
    assert found["smoke"].path == str(here / "smoke.yml")


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ("drain.yml", "runtime_hooks: str is no mapping. Write it as"),
        (["drain.yml"], "runtime_hooks: list is no mapping"),
        ({"smok": "smoke.yml"}, "there is no hook called 'smok'. Write smoke, if that is what you mean"),
        ({"elsewhere": "smoke.yml"}, "There are: before, drain, smoke, undrain, after"),
        ({"drain": "drain.yml"}, "runtime_hooks.drain: there is no undrain beside it"),
        ({"undrain": "undrain.yml"}, "runtime_hooks.undrain: there is no drain beside it"),
        ({"smoke": "gone.yml"}, "gone.yml on the controller. Give its absolute path"),
        ({"smoke": "."}, "can't be read: Is a directory"),
        ({"smoke": ["smoke.yml"]}, "runtime_hooks.smoke: ['smoke.yml'] is no file name"),
    ],
)
def test_what_makes_no_sense_is_refused(here: Path, wanted: Any, words: str) -> None:
    troubles = read(wanted, here)[1]
    assert len(troubles) == 1
    assert words in troubles[0]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "is empty, not a list of tasks"),
        ("---\n", "is empty"),
        ("tasks: []\n", "is something else"),
        ("- one\n", "is something else"),
        ("- hosts: all\n  tasks: []\n", "is a playbook"),
        ("- name: x\n  debug: [\n", "can't be used"),
        ("- ansible.builtin.nothing_of_the_kind:\n", "nothing_of_the_kind"),
        ("- name: x\n", "no module/action detected in task"),
        ("- whn: x\n  ansible.builtin.debug:\n", "conflicting action statements"),
        ("- block:\n    - ansible.builtin.nothing_of_the_kind:\n", "nothing_of_the_kind"),
    ],
)
def test_a_file_that_would_end_the_run_without_an_undrain_is_refused(here: Path, content: str, words: str) -> None:
    (here / "smoke.yml").write_text(content)
    troubles = read({"smoke": "smoke.yml"}, here)[1]
    assert len(troubles) == 1
    assert words in troubles[0]
    assert str(here / "smoke.yml") in troubles[0]


def test_what_depends_on_variables_is_left_to_the_run(here: Path) -> None:
    (here / "smoke.yml").write_text("- import_tasks: '{{ where }}.yml'\n- include_tasks: '{{ where }}.yml'\n")
    assert read({"smoke": "smoke.yml"}, here)[1] == []


# What is for AWX are no hooks.
@pytest.mark.parametrize(
    "path", sorted({*EXAMPLES.glob("*/*.yml")} - {*EXAMPLES.glob("awx/*")}), ids=lambda path: path.name
)
def test_the_examples_are_fit(path: Path) -> None:
    task_file.check(str(path), DataLoader())


def test_everything_wrong_is_told_with_the_rest(here: Path) -> None:
    troubles = hooks.read({"smoke": "gone.yml", "drian": "x"}, lambda file: str(here / file), lambda _path: None)[1]
    said = str(refusal(three(), request("latest", troubles=troubles)))
    assert "gone.yml" in said
    assert "Write drain" in said
    assert "runtime_version" in said


def hook(sha256: str = "ab" * 32, path: str = "/here/smoke.yml") -> dict[str, Hook]:
    return {"smoke": Hook("smoke.yml", sha256, path)}


def test_the_plan_shows_the_hooks() -> None:
    made = plan(three(), request(strategy="rolling", hooks=hook())).as_dict()
    assert "  hook       smoke: smoke.yml (abababababab)" in tables.plan(made)


def test_an_approved_plan_refuses_when_a_hook_has_changed(tmp_path: Path) -> None:
    asked = request(strategy="rolling", hooks=hook())
    path = str(tmp_path / "plan.json")
    approval.write(path, approval.sealed(plan(three(), asked), {}, {}))
    kept = approval.read(path)
    changed = planner.plan(three(), request(strategy="rolling", hooks=hook("cd" * 32)), run="r2")
    with pytest.raises(RatchetError, match=r"hooks\.smoke\.sha256: was abab.*, is cdcd"):
        approval.refuse_drift(path, kept, changed)
    elsewhere = planner.plan(three(), request(strategy="rolling", hooks=hook(path="/there/smoke.yml")), run="r2")
    approval.refuse_drift(path, kept, elsewhere)

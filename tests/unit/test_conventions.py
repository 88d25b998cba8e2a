"""What people and tools may expect of a collection's modules, roles and playbooks holds for each of them, also for those to come."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
MODULES = sorted(path.stem for path in ROOT.glob("plugins/modules/*.py"))
ROLES = sorted(path.parent.parent.name for path in ROOT.glob("roles/*/meta/argument_specs.yml"))
SUPPORT = ("full", "partial", "none")
GROUPS = yaml.safe_load(ROOT.joinpath("meta", "runtime.yml").read_text())["action_groups"]


def constants(path: Path, owner: str | None = None) -> dict[str, str]:
    """The texts that a file, or a class in it, assigns to names."""
    body: list[Any] = ast.parse(path.read_text()).body
    if owner:
        body = next(node.body for node in body if isinstance(node, ast.ClassDef) and node.name == owner)
    found = (node for node in body if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant))
    return {node.targets[0].id: node.value.value for node in found if isinstance(node.targets[0], ast.Name)}


FRAGMENTS = {
    name.lower(): yaml.safe_load(text)
    for name, text in constants(ROOT / "plugins" / "doc_fragments" / "runtime.py", "ModuleDocFragment").items()
}


def documented(module: str) -> dict[str, Any]:
    """A module's documentation with that of its fragments."""
    told = yaml.safe_load(constants(ROOT / "plugins" / "modules" / f"{module}.py")["DOCUMENTATION"])
    named = [name.removeprefix("ratchet.runtime.runtime") for name in told.get("extends_documentation_fragment", [])]
    parts = [name.removeprefix(".") or "documentation" for name in named]
    for key in ("attributes", "options"):
        merged: dict[str, Any] = {}
        for part in parts:
            merged |= FRAGMENTS[part].get(key) or {}
        told[key] = merged | (told.get(key) or {})
    return told


@pytest.mark.parametrize("module", MODULES)
def test_a_module_says_what_it_does_in_check_mode_and_diff_mode_where_and_how_often(module: str) -> None:
    attributes = documented(module)["attributes"]
    assert {*attributes} >= {"check_mode", "diff_mode", "idempotent", "platform"}
    assert all(each["support"] in SUPPORT and each["description"] for each in attributes.values())
    assert attributes["platform"]["platforms"] == "posix"


@pytest.mark.parametrize("module", MODULES)
def test_what_it_says_of_check_mode_is_what_its_code_says(module: str) -> None:
    said = documented(module)["attributes"]["check_mode"]["support"]
    source = ROOT.joinpath("plugins", "modules", f"{module}.py").read_text()
    if "AnsibleModule(" in source:
        assert ("supports_check_mode=True" in source) == (said != "none")
    action = ROOT / "plugins" / "action" / f"{module}.py"
    writes = documented(module)["attributes"]["diff_mode"]["support"] == "full"
    if writes and action.exists():
        assert "diff" in action.read_text()


@pytest.mark.parametrize("module", MODULES)
def test_a_module_whose_attributes_are_those_of_looking_reports_no_change(module: str) -> None:
    told = yaml.safe_load(constants(ROOT / "plugins" / "modules" / f"{module}.py")["DOCUMENTATION"])
    if "ratchet.runtime.runtime.looking" in told.get("extends_documentation_fragment", []):
        for folder in ("modules", "action"):
            path = ROOT / "plugins" / folder / f"{module}.py"
            assert not path.exists() or not re.search(r"[\"']changed[\"']: True", path.read_text())


def test_every_module_takes_defaults_by_a_group() -> None:
    assert GROUPS["runtime"] == MODULES
    shared = {"project_dir", "services", "database"}
    assert all(shared <= {*documented(module)["options"]} for module in GROUPS["project"])


@pytest.mark.parametrize("role", ROLES)
def test_every_entry_point_of_a_role_that_playbooks_call_is_described(role: str) -> None:
    specs = yaml.safe_load(ROOT.joinpath("roles", role, "meta", "argument_specs.yml").read_text())["argument_specs"]
    files = {path.stem for path in ROOT.glob(f"roles/{role}/tasks/*.yml")}
    assert {*specs} <= files
    called = {"main"} if "main" in files else set()
    for path in ROOT.glob("playbooks/**/*.yml"):
        text = path.read_text()
        called |= {
            name for name in files if re.search(rf"ratchet\.runtime\.{role}\b[^#]{{0,40}}?tasks_from: {name}\b", text)
        }
    assert called <= {*specs}
    for entry in specs.values():
        assert entry["short_description"]
        assert all(option.get("description") for option in entry.get("options", {}).values())


def test_every_role_is_described() -> None:
    assert sorted(path.name for path in ROOT.glob("roles/*")) == ROLES


@pytest.mark.parametrize("role", ROLES)
def test_a_role_has_what_galaxy_shows_of_it(role: str) -> None:
    assert ROOT.joinpath("roles", role, "README.md").read_text().startswith(f"# ratchet.runtime.{role}\n")
    told = yaml.safe_load(ROOT.joinpath("roles", role, "meta", "main.yml").read_text())
    assert told["galaxy_info"]["description"]


def test_galaxy_takes_the_metadata() -> None:
    # Its limits: https://docs.ansible.com/ansible/latest/dev_guide/collections_galaxy_meta.html, and what galaxy-importer refuses.
    told = yaml.safe_load(ROOT.joinpath("galaxy.yml").read_text())
    assert all(len(author) <= 64 for author in told["authors"])


def test_nothing_is_ignored_by_the_checks_of_ansible() -> None:
    assert list(ROOT.glob("tests/sanity/ignore*")) == []


def test_every_playbook_is_in_the_readme() -> None:
    readme = ROOT.joinpath("README.md").read_text()
    assert [path.stem for path in ROOT.glob("playbooks/*.yml") if f"`ratchet.runtime.{path.stem}`" not in readme] == []

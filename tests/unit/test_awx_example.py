# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What docs/examples/awx puts into AWX is what AWX takes.

By AWX's own rules: for surveys those of its view of a survey's specification, for types of credentials the schemas of their fields (awx/api/views,
awx/main/fields.py), for nodes what awx.awx.workflow_job_template reads of them. Where the collection awx.awx is at hand, also by the documented
options of its modules; ``make awx`` gets it.
"""

from __future__ import annotations

import ast
import inspect
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible_collections.ratchet.runtime.plugins.plugin_utils import artifacts, variables
from jinja2 import StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "docs/examples/awx"
AWX = Path(os.environ.get("AWX_COLLECTION") or ROOT / ".awx/ansible_collections/awx/awx")


def loaded(name: str) -> Any:
    """A file of the example, with its templates: from 2.19 on, Ansible wants to be told that they are trusted."""
    trusts = "trusted_as_template" in inspect.signature(DataLoader.load_from_file).parameters
    return DataLoader().load_from_file(str(EXAMPLE / name), **({"trusted_as_template": True} if trusts else {}))


DEFINED: dict[str, Any] = loaded("definitions.yml")
TASKS: list[dict[str, Any]] = loaded("configure.yml")[0]["tasks"]
SECRETS = {
    "awx_database_login": {"user": "app", "password": "hunter2"},
    "awx_registry_login": {"username": "ci", "password": "hunter3"},
}
NAME = re.compile(r"[a-zA-Z_]+[a-zA-Z0-9_]*")
ALLOWED = {
    "text": str,
    "textarea": str,
    "password": str,
    "multiplechoice": str,
    "multiselect": str,
    "integer": int,
    "float": float,
}


def rendered(given: dict[str, Any] | None = None) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each module's arguments as the playbook would give them, by its name."""
    known = {**DEFINED, **(given or {})}
    for task in TASKS:
        (module,) = [key for key in task if key.startswith("awx.awx.")]
        items = Templar(loader=DataLoader(), variables=known).template(task["loop"]) if "loop" in task else [None]
        for item in items:
            yield module, Templar(loader=DataLoader(), variables={**known, "item": item}).template(task[module])


def of(module: str, given: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    return [arguments for name, arguments in rendered(given) if name == f"awx.awx.{module}"]


def surveys() -> dict[str, dict[str, Any]]:
    found = {each["name"]: each for each in [*of("job_template"), *of("workflow_job_template")]}
    return {name: each["survey_spec"] for name, each in found.items() if each["survey_enabled"]}


# --- surveys ---


def wrong_with(spec: dict[str, Any]) -> list[str]:
    """What AWX would say of a survey."""
    wrong = [
        key
        for key, kind in (("name", str), ("description", str), ("spec", list))
        if not isinstance(spec.get(key), kind)
    ]
    seen: set[str] = set()
    for question in spec.get("spec") or [{}]:
        kinds = {"type": str, "question_name": str, "variable": str, "required": bool}
        wrong += [key for key, kind in kinds.items() if not isinstance(question.get(key), kind)]
        wrong += [f"twice: {question.get('variable')}"] if question.get("variable") in seen else []
        seen.add(str(question.get("variable")))
        wrong += [] if NAME.fullmatch(str(question.get("variable"))) else ["variable"]
        kind, default = ALLOWED.get(str(question.get("type"))), question.get("default", "")
        wrong += ["type"] if kind is None else []
        wrong += ["default"] if kind and default != "" and not isinstance(default, kind) else []
        wrong += [key for key in ("min", "max") if question.get(key) is not None and not isinstance(question[key], int)]
        if question.get("type") in ("multiplechoice", "multiselect"):
            choices = question.get("choices") or []
            choices = choices.splitlines() if isinstance(choices, str) else choices
            defaults = default.splitlines() if isinstance(default, str) else default
            wrong += [] if choices and all(isinstance(each, str) for each in choices) else ["choices"]
            wrong += ["default"] if [each for each in defaults if each not in choices] or len(defaults) > 1 else []
        # What isn't answered comes as an empty text, and is then too short.
        elif not question.get("required") and question.get("min") not in (None, 0):
            wrong.append("min")
    return wrong


@pytest.mark.parametrize("name", sorted(surveys()))
def test_awx_takes_the_survey(name: str) -> None:
    assert wrong_with(surveys()[name]) == []


@pytest.mark.parametrize(
    "change",
    [
        {"type": "select"},
        {"default": 5},
        {"min": "1"},
        {"required": "no"},
        {"variable": "a b"},
        {"type": "multiplechoice"},
        {"min": 3},
    ],
)
def test_a_survey_that_awx_refuses_is_noticed(change: dict[str, Any]) -> None:
    question = {"type": "text", "question_name": "?", "variable": "x", "required": False, "default": ""}
    assert wrong_with({"name": "n", "description": "", "spec": [question]}) == []
    assert wrong_with({"name": "n", "description": "", "spec": [{**question, **change}]})


def test_every_question_is_about_a_variable_of_ours_and_none_asks_for_a_secret() -> None:
    asked = [question for spec in surveys().values() for question in spec["spec"]]
    assert {question["variable"] for question in asked} <= variables.PUBLIC
    assert not [question for question in asked if question["type"] == "password"]


def test_nothing_else_is_prompted() -> None:
    for template in [*of("job_template"), *of("workflow_job_template")]:
        assert not [key for key, value in template.items() if key.startswith("ask_") and value]


# --- credentials ---


def test_awx_takes_the_types_of_credentials() -> None:
    known = {
        "type",
        "format",
        "choices",
        "id",
        "label",
        "help_text",
        "multiline",
        "secret",
        "ask_at_runtime",
        "default",
    }
    for each in of("credential_type"):
        # Only these can be attached to a job template.
        assert each["kind"] in ("cloud", "net")
        fields = each["inputs"]["fields"]
        assert set(each["inputs"]) <= {"fields", "required"}
        assert all({"id", "label"} <= set(field) <= known and NAME.fullmatch(field["id"]) for field in fields)
        assert all(field.get("type", "string") in ("string", "boolean") for field in fields)
        ids = [field["id"] for field in fields]
        assert len(set(ids)) == len(ids)
        assert "tower" not in ids
        assert set(each["inputs"]["required"]) <= set(ids)
        assert all(field.get("secret") for field in fields if "password" in field["id"])
        assert set(each["injectors"]) <= {"env", "extra_vars", "file"}
        for kind, injected in each["injectors"].items():
            for name, template in injected.items():
                assert NAME.fullmatch(name)
                assert kind != "env" or not name.startswith("ANSIBLE_")
                # Text, and not a mapping: AWX before 24 takes nothing else.
                sandbox = ImmutableSandboxedEnvironment(undefined=StrictUndefined)
                assert sandbox.from_string(template).render(dict.fromkeys(ids, "EXAMPLE")) == "EXAMPLE"


def test_the_inventory_binds_what_the_credentials_inject() -> None:
    inventory = loaded("project/inventory/hosts.yml")
    bound = {key: inventory["runtime"]["vars"][key] for key in ("runtime_database", "runtime_registry")}
    injected = {}
    inputs = {each["credential_type"]: each["inputs"] for each in of("credential", SECRETS)}
    for each in of("credential_type"):
        for name, template in each["injectors"]["extra_vars"].items():
            injected[name] = ImmutableSandboxedEnvironment().from_string(template).render(inputs[each["name"]])
    templar = Templar(loader=DataLoader(), variables=injected)
    assert templar.template(bound) == {
        "runtime_database": SECRETS["awx_database_login"],
        "runtime_registry": SECRETS["awx_registry_login"],
    }
    # And without a credential nothing is said.
    nothing = Templar(loader=DataLoader(), variables={}).template(bound)
    assert {value for each in nothing.values() for value in each.values()} == {""}


def test_credentials_without_secrets_are_neither_stored_nor_attached() -> None:
    assert of("credential") == []
    assert {tuple(each["credentials"]) for each in of("job_template")} == {("Machine",)}
    assert {tuple(each["credentials"]) for each in of("job_template", SECRETS)} == {
        ("Machine", "Ratchet database", "Ratchet registry")
    }


# --- templates and the workflow ---


def test_every_template_runs_a_playbook_of_the_project_that_runs_one_of_ours() -> None:
    for each in of("job_template"):
        play = yaml.safe_load((EXAMPLE / "project" / each["playbook"]).read_text())[0]
        verb = play["ansible.builtin.import_playbook"].removeprefix("ratchet.runtime.")
        assert (ROOT / f"playbooks/{verb}.yml").is_file()
        assert each["playbook"] == f"{verb}.yml"
        # AWX would end it, run a part of the fleet, or two at a time.
        assert (each["timeout"], each["job_slice_count"], each["allow_simultaneous"]) == (0, 1, False)


def test_the_workflow_plans_then_waits_for_an_approval_then_upgrades() -> None:
    (workflow,) = of("workflow_job_template")
    nodes = {each["identifier"]: each for each in workflow["workflow_nodes"]}
    templates = {each["name"] for each in of("job_template")}
    keys = {"success_nodes", "failure_nodes", "always_nodes", "credentials"}
    for node in nodes.values():
        assert set(node["related"]) == keys
        assert {each["identifier"] for key in keys - {"credentials"} for each in node["related"][key]} <= set(nodes)
        job = node["unified_job_template"]
        assert job["type"] in ("job_template", "workflow_approval")
        assert job["type"] == "workflow_approval" or job["name"] in templates
    assert nodes["plan"]["related"]["success_nodes"] == [{"identifier": "approve"}]
    assert nodes["approve"]["unified_job_template"]["type"] == "workflow_approval"
    assert nodes["approve"]["related"]["success_nodes"] == [{"identifier": "upgrade"}]
    # Whoever doesn't come by plan and approve doesn't come to upgrade.
    leads = [
        name
        for name, node in nodes.items()
        for key in keys - {"credentials"}
        if {"identifier": "upgrade"} in node["related"][key]
    ]
    assert leads == ["approve"]


def test_no_survey_hides_what_the_plan_has_left() -> None:
    """An answer of the workflow's survey beats what a job has left."""
    (workflow,) = of("workflow_job_template")
    asked = {question["variable"] for question in workflow["survey_spec"]["spec"]}
    assert not asked & {artifacts.PLAN, artifacts.FINGERPRINT}


# --- the modules of awx.awx ---


def documented(module: str) -> dict[str, Any]:
    """The options of a module, as its documentation has them."""
    tree = ast.parse((AWX / f"plugins/modules/{module}.py").read_text())
    text = next(
        ast.literal_eval(each.value)
        for each in tree.body
        if isinstance(each, ast.Assign) and each.targets[0].id == "DOCUMENTATION"
    )
    return yaml.safe_load(text)["options"]


def spec(options: dict[str, Any]) -> dict[str, Any]:
    kept = ("type", "elements", "required", "choices", "default", "aliases")
    # The nodes' own options are told more strictly than they are read; what is read of them is tested above.
    return {name: {key: option[key] for key in kept if key in option} for name, option in options.items()}


@pytest.mark.skipif(
    not AWX.is_dir(), reason="the collection awx.awx isn't here: `make awx` gets it, or AWX_COLLECTION names its folder"
)
@pytest.mark.parametrize("given", [{}, SECRETS], ids=["without secrets", "with secrets"])
def test_the_modules_take_their_arguments(given: dict[str, Any]) -> None:
    for name, arguments in rendered(given):
        checked = ArgumentSpecValidator(spec(documented(name.rpartition(".")[2]))).validate(arguments)
        assert checked.error_messages == [], (name, arguments.get("name"))
        assert checked.unsupported_parameters == set()

# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every example in the reference is a list of tasks that uses its module with options that are documented, and with fitting values.

Those of the modules that stand alone are run, too: tests/integration/test_examples.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import documented
import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.playbook.task import Task

KEYWORDS = {"loop", "loop_control", *Task.fattributes}
# What the examples use beside this collection.
FOREIGN = {"ansible.builtin.assert", "ansible.builtin.debug", "community.docker.docker_compose_v2"}


def is_template(value: Any) -> bool:
    return isinstance(value, str) and "{{" in value


def spec(options: Mapping[str, Mapping[str, Any]], given: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """An argument spec of what is documented. What a template stands for isn't known, so it has any type."""
    found: dict[str, dict[str, Any]] = {}
    for name, option in options.items():
        value = given.get(name)
        if is_template(value):
            found[name] = {"type": "raw"}
            continue
        found[name] = {
            key: option[key] for key in ("type", "elements", "choices", "required", "aliases") if key in option
        }
        if "suboptions" in option:
            nested = value if isinstance(value, Mapping) else {}
            found[name]["options"] = spec(option["suboptions"], nested)
    return found


def troubles(task: Mapping[str, Any]) -> list[str]:
    """What is wrong with a task."""
    actions = [each for each in task if each not in KEYWORDS]
    if len(actions) != 1 or not task.get("name"):
        return [f"a task has a name and one module, not {', '.join(actions) or 'none'}"]
    namespace, _dot, name = actions[0].rpartition(".")
    if actions[0] in FOREIGN:
        return []
    if namespace != "ratchet.runtime" or name not in documented.MODULES:
        return [f"there is no {actions[0]}"]
    given = task[actions[0]] or {}
    return ArgumentSpecValidator(spec(documented.options(name), given)).validate(given).error_messages


@pytest.mark.parametrize("name", [*documented.MODULES, *documented.OTHERS])
def test_the_examples_are_tasks_with_documented_options(name: str) -> None:
    tasks = yaml.safe_load(documented.examples(name))
    assert tasks
    assert [each for task in tasks for each in troubles(task)] == []
    if name in documented.MODULES:
        assert any(f"ratchet.runtime.{name}" in task for task in tasks), "its examples don't use it"
    else:
        assert f"ratchet.runtime.{name}(" in documented.examples(name), "its examples don't use it"


@pytest.mark.parametrize(
    ("task", "trouble"),
    [
        ({"ratchet.runtime.image_version": {"current": "1.0.0", "target": "1.1.0"}}, ""),
        ({"ratchet.runtime.image_version": {"target": "{{ wanted }}"}, "register": "version", "loop": []}, ""),
        ({"ratchet.runtime.image_version": {"current": "1.0.0"}}, "missing required arguments: target"),
        (
            {"ratchet.runtime.image_version": {"target": "1", "schema": "semver"}},
            "schema. Supported parameters include",
        ),
        ({"ratchet.runtime.image_version": {"target": "1", "scheme": "roman"}}, "value of scheme must be one of"),
        ({"ratchet.runtime.postgres_info": {"project_dir": "/opt/app", "database": {"host": "db"}}}, "database.host"),
        ({"ratchet.runtime.postgres_backup": {"project_dir": "/opt/app", "keep": "some"}}, "unable to convert to int"),
        ({"ratchet.runtime.postgres_dump": {}}, "there is no ratchet.runtime.postgres_dump"),
        ({"ratchet.runtime.delay": {"seconds": 1}, "regster": "x"}, "one module, not ratchet.runtime.delay, regster"),
        ({"register": "x"}, "one module, not none"),
    ],
)
def test_an_example_that_does_not_fit_is_told(task: dict[str, Any], trouble: str) -> None:
    told = troubles({"name": "Do it", **task})
    assert (trouble in " ".join(told)) if trouble else told == [], told

# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the stages hand to each other can't be overridden from the command line: that would leave a guard out."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.plugin_utils import artifacts, variables
from ansible_collections.ratchet.runtime.plugins.plugin_utils.controller import ControllerAction

ROOT = Path(__file__).parents[2]
_ACTIONS = "ansible_collections.ratchet.runtime.plugins.action"
PLANS = {
    name: importlib.import_module(f"{_ACTIONS}.{name}").ActionModule
    for name in [*sorted(file.stem for file in (ROOT / "plugins/action").glob("plan*.py")), "manifest"]
}


@pytest.mark.parametrize("name", ["runtime_executes", "runtime_planned", "runtime_failed_hosts", "runtime_trouble"])
def test_what_the_stages_find_is_not_taken_from_the_command_line(name: str) -> None:
    with pytest.raises(RatchetError, match=rf"^{name} on the command line \(-e\) would override"):
        variables.refuse_overridden(["runtime_version", name])


def test_what_is_public_or_of_others_or_left_by_an_earlier_job_is() -> None:
    variables.refuse_overridden([*variables.PUBLIC, *artifacts.TOLD, "awx_job_id", "runtime_owner"])


def test_every_variable_of_the_stages_is_known() -> None:
    files = [*ROOT.glob("playbooks/**/*.yml"), *ROOT.glob("roles/*/tasks/*.yml")]
    # One is a module.
    used = {name for file in files for name in re.findall(r"\bruntime_[a-z_]+", file.read_text())} - {"runtime_info"}
    given = used - variables.PUBLIC - artifacts.TOLD
    for name in sorted(given):
        with pytest.raises(RatchetError):
            variables.refuse_overridden([name])


@pytest.mark.parametrize("name", PLANS)
def test_every_plan_sees_to_it(name: str) -> None:
    assert issubclass(PLANS[name], ControllerAction)
    assert PLANS[name].plans

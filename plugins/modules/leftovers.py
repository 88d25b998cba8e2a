#!/usr/bin/python
# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables that migrations have left: find them, drop them."""

from __future__ import annotations

DOCUMENTATION = r"""
module: leftovers
short_description: Tables that migrations have left and that the product doesn't use
version_added: 0.1.0
author: The ratchet.runtime contributors (@ratchet-project)
description:
  - Finds the tables that the profile knows not to matter (C(benign.tables)), such as those into which Airflow moves rows that point nowhere,
    and drops them on request. All of them or none, and only if they are just those that were found before, to the row.
  - The action plugin of the same name fills in what the profile says.
extends_documentation_fragment:
  - ratchet.runtime.runtime
attributes:
  idempotent:
    description: Run twice in a row with the same arguments, the second time says that nothing has changed.
    support: full
  platform:
    description: Target systems that it works on.
    support: full
    platforms: posix
  check_mode:
    description: Can run in C(check_mode) and return what it would do.
    support: full
  diff_mode:
    description: Will return details on what has changed when in diff mode.
    support: none
options:
  state:
    description: V(listed) finds them, V(absent) drops O(tables).
    type: str
    choices: [listed, absent]
    default: listed
  tables:
    description: What was found before, for O(state=absent).
    type: list
    elements: dict
    default: []
  patterns:
    description: Regular expressions for whole names of tables. By the profile, if empty.
    type: list
    elements: str
    default: []
  profile:
    description: As for M(ratchet.runtime.plan). For the action.
    type: raw
  observed:
    description: The variable with the hosts' observations. For the action.
    type: str
    default: runtime_observed
"""

EXAMPLES = r"""
- name: Find what a migration of Airflow has left
  ratchet.runtime.leftovers:
    project_dir: /opt/airflow
    patterns: [_airflow_moved__.*]
"""

RETURN = r"""
tables:
  description: The tables that were found or dropped, with C(schema), C(name) and C(rows).
  returned: success
  type: list
  elements: dict
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.ratchet.runtime.plugins.module_utils import arguments, leftovers, observation
from ansible_collections.ratchet.runtime.plugins.module_utils.engine import Engine
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import run_module


def tend(params: dict[str, Any], check_mode: bool) -> dict[str, Any]:
    """Find or drop them."""
    access = observation.database_access(
        Engine.connect(), params["project_dir"], params["services"], params["database"]
    )
    if params["state"] == "listed":
        return {"changed": False, "tables": leftovers.find(access, params["patterns"])}
    if params["tables"] and not check_mode:
        leftovers.drop(access, params["patterns"], params["tables"])
    return {"changed": bool(params["tables"]), "tables": params["tables"]}


def main() -> None:
    """Find or drop them."""
    module = AnsibleModule(
        argument_spec={
            **arguments.PROJECT,
            "state": {"type": "str", "choices": ["listed", "absent"], "default": "listed"},
            "tables": {"type": "list", "elements": "dict", "default": []},
            "patterns": {"type": "list", "elements": "str", "default": []},
            "profile": {"type": "raw"},
            "observed": {"type": "str", "default": "runtime_observed"},
        },
        supports_check_mode=True,
    )
    run_module(module, lambda: tend(module.params, module.check_mode))


if __name__ == "__main__":
    main()

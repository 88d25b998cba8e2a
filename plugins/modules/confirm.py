#!/usr/bin/python
# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The host's part of the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: confirm
short_description: Whether what runs on a host says that it is what was deployed
version_added: 0.1.0
author: The ratchet.runtime contributors (@ratchet-project)
description:
  - Asks the containers for their version in the ways that the profile names (C(version)); where no page tells it, by a command in one container
    of each image. A container that names another version than the one that was deployed fails the task; a label that does so is only told.
  - On the host that migrates, runs the command that succeeds once the schema is what the image expects (C(migrates.check) of the profile), and looks
    for tables that migrations have left and that don't matter (C(benign)).
  - The module alone only asks, and judges nothing.
  - Internal to the collection until its interface settles.
extends_documentation_fragment:
  - ratchet.runtime.runtime.looking
  - ratchet.runtime.runtime.database
options:
  plan:
    description: The plan, as returned by M(ratchet.runtime.plan). For the action.
    type: dict
    default: {}
  profile:
    description: As for M(ratchet.runtime.plan). For the action.
    type: raw
  observed:
    description: The variable with the hosts' observations. For the action.
    type: str
    default: runtime_observed
  project:
    description: Name of the Compose project. The action takes it from the plan, like all that follows but O(database).
    type: str
    default: ''
  project_dir:
    description: Directory of the Compose project.
    type: path
    default: ''
  services:
    description: The services that run the runtime's image.
    type: list
    elements: str
    default: []
  witnesses:
    description: What tells the version, each with C(says), and C(label), C(http) or C(exec).
    type: list
    elements: dict
    default: []
  check:
    description: The command that succeeds once the schema is what the image expects; none when empty.
    type: list
    elements: str
    default: []
  tables:
    description: Regular expressions for whole names of tables that are looked for; none when empty.
    type: list
    elements: str
    default: []
requirements:
  - docker (the Docker SDK for Python) on the host
  - psycopg 3 on the host, where tables are looked for
"""

EXAMPLES = r"""
- name: Confirm what runs
  ratchet.runtime.confirm:
    plan: "{{ runtime_plan }}"
"""

RETURN = r"""
containers:
  description: The running containers, with C(said), that is, C(says), C(by) and C(text) of who told a version.
  returned: success
  type: list
  elements: dict
check:
  description: What O(check) came to, with C(exit_code), C(said) and C(seconds), or null.
  returned: success
  type: dict
tables:
  description: The tables that were found, with C(schema), C(name) and C(rows).
  returned: success
  type: list
  elements: dict
confirmed:
  description: What the action makes of it, with C(versions), C(notes) and C(left).
  returned: from the action
  type: dict
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.ratchet.runtime.plugins.module_utils import (
    arguments,
    compose,
    confirmation,
    database,
    leftovers,
)
from ansible_collections.ratchet.runtime.plugins.module_utils.engine import Engine
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import run_module


def ask(params: dict[str, Any]) -> dict[str, Any]:
    """Ask."""
    engine = Engine.connect()
    containers = [each for name in params["services"] for each in engine.service_containers(params["project"], name)]
    access = None
    if params["tables"]:
        project = compose.from_containers(engine, params["project"], params["project_dir"])
        services = [compose.Service(name, None) for name in params["services"]]
        access = database.locate(engine, project, services, params["database"])
    return {
        "containers": confirmation.versions(engine, containers, params["witnesses"]),
        "check": confirmation.check(engine, containers, params["check"]) if params["check"] else None,
        "tables": leftovers.find(access, params["tables"]) if access else [],
    }


def main() -> None:
    """Ask."""
    module = AnsibleModule(
        argument_spec={
            "plan": {"type": "dict", "default": {}},
            "profile": {"type": "raw"},
            "observed": {"type": "str", "default": "runtime_observed"},
            "project": {"type": "str", "default": ""},
            "project_dir": {"type": "path", "default": ""},
            "services": {"type": "list", "elements": "str", "default": []},
            "witnesses": {"type": "list", "elements": "dict", "default": []},
            "check": {"type": "list", "elements": "str", "default": []},
            "tables": {"type": "list", "elements": "str", "default": []},
            "database": arguments.DATABASE,
        },
        supports_check_mode=True,
    )
    run_module(module, lambda: ask(module.params))


if __name__ == "__main__":
    main()

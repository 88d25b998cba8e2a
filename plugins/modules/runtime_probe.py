#!/usr/bin/python
# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the witnesses of a host say right now."""

from __future__ import annotations

DOCUMENTATION = r"""
module: runtime_probe
short_description: What engine, application and database of a host say right now
version_added: 0.1.0
author: The ratchet.runtime contributors (@ratchet-project)
description:
  - Asks the engine for the runtime's containers, the application for its health, and the database for its schema head and for
    migrations in flight. Waits a little for the answer to change.
  - Internal to the collection until its interface settles. M(ratchet.runtime.watch) calls it again and again.
extends_documentation_fragment:
  - ratchet.runtime.runtime.looking
  - ratchet.runtime.runtime.database
options:
  project:
    description: Name of the Compose project.
    type: str
    required: true
  project_dir:
    description: Directory of the Compose project.
    type: path
    required: true
  services:
    description: The services that run the runtime's image.
    type: list
    elements: str
    required: true
  url:
    description: Health URL as the host reaches it, or with C({SERVICE}) for its host, for each container of a service; none when empty.
    type: str
    default: ''
  without:
    description: Ids of containers that don't count.
    type: list
    elements: str
    default: []
  seen:
    description: RV(signature) of the last answer. As long as nothing else is found, the module waits.
    type: str
    default: ''
  patience:
    description: How long to wait for another answer than O(seen), in seconds.
    type: float
    default: 0
  all_logs:
    description: Whether the ends of the logs of all containers are told, and not only of those in trouble.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Ask the witnesses
  ratchet.runtime.runtime_probe:
    project: sample
    project_dir: /opt/sample
    services: [web]
    url: http://127.0.0.1:8080/health
"""

RETURN = r"""
containers:
  description: The containers with their state, health, restarts and last health output.
  returned: success
  type: list
  elements: dict
http:
  description: Status and JSON body of the health URL, or the error; those of several containers in C(each), by name.
  returned: success
  type: dict
database:
  description:
    - The C(ledger) as in M(ratchet.runtime.postgres_info), and whether it is C(ledger_held), locked so that it can't be read.
    - The sessions that are C(migrating), which change the schema, and others that are C(waiting) for a lock. Each has its C(blockers), with pid,
      application, client address, service of this host where it is one, state and since when.
    - The pids that are C(writing), and the C(commands) that report how far they are.
    - Or the C(error).
  returned: success
  type: dict
logs:
  description: The last log lines of containers in trouble, or of all, secrets masked.
  returned: success
  type: dict
signature:
  description: The same as long as nothing worth reporting has changed.
  returned: success
  type: str
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.ratchet.runtime.plugins.module_utils import arguments, health
from ansible_collections.ratchet.runtime.plugins.module_utils.engine import Engine
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import run_module


def probe(params: dict[str, Any]) -> dict[str, Any]:
    """Ask."""
    place = health.Place(
        params["project"],
        params["project_dir"],
        tuple(params["services"]),
        params["url"],
        params["database"],
        tuple(params["without"]),
    )
    patience = min(params["patience"], health.MOST_PATIENCE)
    return health.probe(Engine.connect(), place, params["seen"], patience, params["all_logs"])


def main() -> None:
    """Ask."""
    module = AnsibleModule(
        argument_spec={
            "project": {"type": "str", "required": True},
            "project_dir": {"type": "path", "required": True},
            "services": {"type": "list", "elements": "str", "required": True},
            "database": arguments.DATABASE,
            "url": {"type": "str", "default": ""},
            "without": {"type": "list", "elements": "str", "default": []},
            "seen": {"type": "str", "default": ""},
            "patience": {"type": "float", "default": 0},
            "all_logs": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    run_module(module, lambda: probe(module.params))


if __name__ == "__main__":
    main()

#!/usr/bin/python
# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A command run once in a service's own configuration."""

from __future__ import annotations

DOCUMENTATION = r"""
module: one_shot
short_description: Run a command once in the configuration of a Compose service
version_added: 0.1.0
author: The ratchet.runtime contributors (@ratchet-project)
description:
  - Runs a command, such as a migration, in a container of its own that has the service's image, environment, networks and volumes
    (C(docker compose run)), and waits for its end.
  - The container outlives the connection. Run again, the module waits for the one that runs already.
  - Internal to the collection until its interface settles.
extends_documentation_fragment:
  - ratchet.runtime.runtime.patient
options:
  project:
    description: The Compose project, with C(directory), C(name), C(files) and C(env_file_options).
    type: dict
    required: true
  service:
    description: The service.
    type: str
    required: true
  argv:
    description: Program and arguments, given to the image's entry point. Without any, the service's own command.
    type: list
    elements: str
    default: []
  database:
    description: Where the runtime's database is, as C(runtime_database). That it moves is a sign of life, too; only used on the controller.
    type: dict
    default: {}
  stall_timeout:
    description:
      - Seconds after which it is no longer waited for if nothing moves, neither what it says nor the database; V(0) waits for ever.
        It is left running. Only used on the controller.
    type: float
    default: 0
attributes:
  idempotent:
    description: Run twice in a row with the same arguments, the second time says that nothing has changed.
    support: none
    details:
      - A command is run again each time; one that runs still is waited for.
  platform:
    description: Target systems that it works on.
    support: full
    platforms: posix
  check_mode:
    description: Can run in C(check_mode) and predict the change without making it.
    support: full
    details:
      - In check mode nothing is started.
  diff_mode:
    description: Will return details on what has changed when in diff mode.
    support: none
requirements:
  - docker (the Docker SDK for Python) on the host
"""

EXAMPLES = r"""
- name: Migrate the database down in the newer image
  ratchet.runtime.one_shot:
    project: "{{ runtime_host.project }}"
    service: scheduler
    argv: [airflow, db, downgrade, --to-version, 2.2.5, --yes]
"""

RETURN = r"""
seconds:
  description: How long it took.
  returned: when it has ended
  type: float
log:
  description: The end of what it said, secrets masked.
  returned: when it has ended
  type: list
  elements: str
under_way:
  description: What is being done, when O(patience) was over before it was finished; null otherwise.
  returned: success
  type: dict
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.ratchet.runtime.plugins.module_utils import arguments, one_shot
from ansible_collections.ratchet.runtime.plugins.module_utils.engine import Engine
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import run_module


def run(params: dict[str, Any], pretend: bool) -> dict[str, Any]:
    """Run it once."""
    if pretend:
        return {"changed": True, "under_way": None}
    project = params["project"]
    place = one_shot.Place(
        directory=project["directory"],
        project=project["name"],
        files=project["files"],
        service=params["service"],
        env_file_options=project.get("env_file_options") or [],
    )
    done = one_shot.run(Engine.connect(), place, params["argv"], params["patience"] or None)
    return {"changed": True, "under_way": None, **done}


def main() -> None:
    """Run."""
    module = AnsibleModule(
        argument_spec={
            "project": {"type": "dict", "required": True},
            "service": {"type": "str", "required": True},
            "argv": {"type": "list", "elements": "str", "default": []},
            "database": {"type": "dict", "default": {}, "no_log": True},
            "stall_timeout": {"type": "float", "default": 0},
            **arguments.PATIENT,
        },
        supports_check_mode=True,
    )
    run_module(module, lambda: run(module.params, module.check_mode))


if __name__ == "__main__":
    main()

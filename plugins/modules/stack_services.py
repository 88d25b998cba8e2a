#!/usr/bin/python
# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the services of a Swarm stack run."""

from __future__ import annotations

DOCUMENTATION = r"""
module: stack_services
short_description: Tell Docker Swarm what the services of a stack are to run
version_added: 0.1.0
author: The ratchet.runtime contributors (@ratchet-project)
description:
  - Changes the image and the number of tasks in the specifications of a stack's services, and nothing else of them. Swarm then replaces
    the tasks by its own rules (C(update_config)); M(ratchet.runtime.watch) watches that.
  - Has to run on a manager of the swarm.
  - Internal to the collection until its interface settles.
extends_documentation_fragment:
  - ratchet.runtime.runtime.registry
  - ratchet.runtime.runtime.writing
options:
  stack:
    description: Name of the stack.
    type: str
    required: true
  services:
    description: Its services, by the names that they have in the file.
    type: list
    elements: str
    required: true
  images:
    description: The image that a service is to run, with tag and digest, by the service's name. Who isn't in it keeps its image.
    type: dict
    default: {}
  replicas:
    description: How many tasks a service is to have, by its name. Who isn't in it keeps as many as it has.
    type: dict
    default: {}
  state:
    description: With V(stopped), the services have no task any more, and the module waits for the end of those that they have.
    type: str
    choices: [started, stopped]
    default: started
"""

EXAMPLES = r"""
- name: Let Swarm roll to another image
  ratchet.runtime.stack_services:
    stack: sample
    services: [web]
    images:
      web: registry.example.com/sample-runtime:1.1.0@sha256:77ab3c5be1c4ea0cbd1ea1d3f4f8cb7ee1dab3ffeb84e7a94e7f0dabc4c6ef21
"""

RETURN = r"""
services:
  description: The services that were changed.
  returned: success
  type: list
  elements: str
  sample: [web]
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.ratchet.runtime.plugins.module_utils import arguments, stack_roll
from ansible_collections.ratchet.runtime.plugins.module_utils.engine import Engine
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import run_module


def change(params: dict[str, Any], pretend: bool) -> dict[str, Any]:
    """Change them."""
    engine, stack, names = Engine.connect(), params["stack"], params["services"]
    if params["state"] == "stopped":
        changed = stack_roll.stop(engine, stack, names, pretend)
    else:
        replicas = {name: int(number) for name, number in params["replicas"].items()}
        changed = stack_roll.roll(engine, stack, names, params["images"], replicas, params["registry"], pretend)
    return {"changed": bool(changed), "services": changed}


def main() -> None:
    """Change them."""
    module = AnsibleModule(
        argument_spec={
            "stack": {"type": "str", "required": True},
            "services": {"type": "list", "elements": "str", "required": True},
            "images": {"type": "dict", "default": {}},
            "replicas": {"type": "dict", "default": {}},
            "state": {"type": "str", "choices": ["started", "stopped"], "default": "started"},
            "registry": arguments.REGISTRY,
        },
        supports_check_mode=True,
    )
    run_module(module, lambda: change(module.params, module.check_mode))


if __name__ == "__main__":
    main()

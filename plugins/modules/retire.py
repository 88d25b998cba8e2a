#!/usr/bin/python
# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Containers that others stand in for are ended and removed."""

from __future__ import annotations

DOCUMENTATION = r"""
module: retire
short_description: End and remove the containers of a Compose service that others stand in for
version_added: 0.1.0
author: The ratchet.runtime contributors (@ratchet-project)
description:
  - Stops containers of a project's services, each in its own C(stop_grace_period) and all at once, and removes them. Their volumes stay.
  - Refuses where nothing of a service would be left running.
  - Internal to the collection until its interface settles.
extends_documentation_fragment:
  - ratchet.runtime.runtime.writing
options:
  project:
    description: Name of the Compose project.
    type: str
    required: true
  services:
    description: The services whose containers are meant.
    type: list
    elements: str
    required: true
  containers:
    description: Ids of containers.
    type: list
    elements: str
    required: true
  others:
    description: Whether all but O(containers) go, instead of them.
    type: bool
    default: false
requirements:
  - docker (the Docker SDK for Python) on the host
"""

EXAMPLES = r"""
- name: The new containers are well, the old ones go
  ratchet.runtime.retire:
    project: sample
    services: [web]
    containers: "{{ runtime_host.replaces }}"
"""

RETURN = r"""
removed:
  description: Names of the containers that were removed.
  returned: success
  type: list
  elements: str
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.ratchet.runtime.plugins.module_utils import retirement
from ansible_collections.ratchet.runtime.plugins.module_utils.engine import Engine
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import run_module


def retire(params: dict[str, Any], pretend: bool) -> dict[str, Any]:
    """Let them go."""
    named = set(params["containers"])
    removed = retirement.retire(
        Engine.connect(),
        params["project"],
        params["services"],
        lambda id: (id in named) != params["others"],
        pretend,
    )
    return {"changed": bool(removed), "removed": removed}


def main() -> None:
    """Let them go."""
    module = AnsibleModule(
        argument_spec={
            "project": {"type": "str", "required": True},
            "services": {"type": "list", "elements": "str", "required": True},
            "containers": {"type": "list", "elements": "str", "required": True},
            "others": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    run_module(module, lambda: retire(module.params, module.check_mode))


if __name__ == "__main__":
    main()

#!/usr/bin/python
# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Another version's containers on the copy of a database."""

from __future__ import annotations

DOCUMENTATION = r"""
module: rehearsal_containers
short_description: Start services of a runtime in another version on the copy of its database
version_added: 0.1.0
author: The ratchet.runtime contributors (@ratchet-project)
description:
  - Starts services in their own configuration, but for what leads out, on the copy that M(ratchet.runtime.rehearsal) has made. What they need
    of other services of the project is started with them.
  - Directories and volumes of production are seen and never written.
  - Internal to the collection until its interface settles.
extends_documentation_fragment:
  - ratchet.runtime.runtime
  - ratchet.runtime.runtime.rehearsing
options:
  part:
    description: A word for these containers; those of the same part that run already are left as they are.
    type: str
    required: true
  images:
    description: The image to run, by service.
    type: dict
    required: true
  left_out:
    description: Services that aren't started, whoever needs them.
    type: list
    elements: str
    default: []
  apart:
    description: Services that have a part of their own, so that who needs them lacks nothing.
    type: list
    elements: str
    default: []
  environment:
    description: Variables that are set so that nothing fires.
    type: dict
    default: {}
  argv:
    description: The command to run in the place of the service's own.
    type: list
    elements: str
    default: []
  ends:
    description: Whether the containers are to end, and aren't started again when they do.
    type: bool
    default: false
attributes:
  idempotent:
    description: Run twice in a row with the same arguments, the second time says that nothing has changed.
    support: none
    details:
      - Each call starts the containers of a rehearsal.
  platform:
    description: Target systems that it works on.
    support: full
    platforms: posix
  check_mode:
    description: Can run in C(check_mode) and predict the change without making it.
    support: none
  diff_mode:
    description: Will return details on what has changed when in diff mode.
    support: none
"""

EXAMPLES = r"""
- name: Start the new version on the copy
  ratchet.runtime.rehearsal_containers:
    id: 20261129t211500z-1a2b
    database_id: 7439/app
    project_dir: /opt/pact-broker
    part: new
    images:
      pact-broker: sha256:77ab3c1f0e2d4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2
"""

RETURN = r"""
project:
  description: Name of the throwaway Compose project.
  returned: success
  type: str
services:
  description: The services that were started, and those that were left out.
  returned: success
  type: list
  elements: str
left_out:
  description: Services that those need in production and don't have here.
  returned: success
  type: list
  elements: str
notes:
  description: What is different from production.
  returned: success
  type: list
  elements: str
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.ratchet.runtime.plugins.module_utils import arguments, caretaker, rehearsal_containers
from ansible_collections.ratchet.runtime.plugins.module_utils.engine import Engine
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import run_module
from ansible_collections.ratchet.runtime.plugins.module_utils.rehearsal import Rehearsal


def start(params: dict[str, Any]) -> dict[str, Any]:
    """Start them."""
    engine = Engine.connect()
    original = rehearsal_containers.Original.find(engine, params["project_dir"], params["services"], params["database"])
    part = rehearsal_containers.Part(
        params["part"],
        params["images"],
        tuple(params["left_out"]),
        {name: str(text) for name, text in params["environment"].items()},
        tuple(params["argv"]),
        params["ends"],
        tuple(params["apart"]),
    )
    rehearsal = Rehearsal(engine, params["id"], params["database_id"])
    with caretaker.heard(params["state_dir"], params["id"]):
        return {"changed": True, **rehearsal_containers.start(engine, rehearsal, original, part)}


def main() -> None:
    """Start them."""
    module = AnsibleModule(
        argument_spec={
            **arguments.PROJECT,
            **arguments.REHEARSING,
            "part": {"type": "str", "required": True},
            "images": {"type": "dict", "required": True},
            "left_out": {"type": "list", "elements": "str", "default": []},
            "apart": {"type": "list", "elements": "str", "default": []},
            "environment": {"type": "dict", "default": {}},
            "argv": {"type": "list", "elements": "str", "default": []},
            "ends": {"type": "bool", "default": False},
        }
    )
    run_module(module, lambda: start(module.params))


if __name__ == "__main__":
    main()

#!/usr/bin/python
# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One host's part of the lock."""

from __future__ import annotations

DOCUMENTATION = r"""
module: lock
short_description: Take, renew or release the lock of a fleet
version_added: 0.1.0
author: The ratchet.runtime contributors (@ratchet-project)
description:
  - Writes who works on a fleet into a file on the host, and into the comment of the database, where all controllers of that database meet. The
    comment that was there before is kept inside, and comes back with the release.
  - The action plugin of the same name decides which host holds the lock of the database, and what may be taken over.
  - Internal to the collection until its interface settles.
extends_documentation_fragment:
  - ratchet.runtime.runtime.writing
  - ratchet.runtime.runtime.database
options:
  state:
    description: What is wanted. V(settled) is for the action plugin.
    type: str
    choices: [taken, settled, renewed, released]
    required: true
  plan:
    description: The plan that is executed. For the action plugin, which makes the options below of it.
    type: dict
  verb:
    description: What is done, for whoever is refused.
    type: str
    default: ''
  first:
    description: Whether this is the turn of those hosts whose part decides who is first. For the action plugin.
    type: bool
    default: false
  host:
    description: The host whose part is meant, when the task is delegated to it. For the action plugin.
    type: str
    default: ''
  ends:
    description: Whether the run ends here, for whoever listens to its progress. For the action plugin.
    type: bool
    default: false
  expiry:
    description: Seconds without a sign of life after which others may take the lock over.
    type: float
    default: 900
  state_dir:
    description: Directory of the collection's state on the host.
    type: path
    required: true
  project:
    description: Name of the Compose project.
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
  places:
    description: Which parts are meant.
    type: list
    elements: str
    choices: [database, host]
    default: [host]
  run:
    description: Id of the run.
    type: str
    default: ''
  owner:
    description: Who runs it, by user, controller and process.
    type: dict
    default: {}
  instead_of:
    description: Tokens of leases that may be taken over or removed, whoever holds them.
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
- name: Take the lock on the host
  ratchet.runtime.lock:
    state: taken
    plan: "{{ runtime_plan }}"
    verb: upgrade
    state_dir: /var/lib/ratchet
"""

RETURN = r"""
held:
  description: Where the lock is held now.
  returned: when O(state=taken) and nobody is in the way
  type: list
  elements: str
  sample: [database, host]
refused:
  description: The lease that is in the way, by place.
  returned: when O(state=taken) and somebody is
  type: dict
lost:
  description: What is there instead of the lease, by place.
  returned: when O(state=renewed)
  type: dict
released:
  description: The leases that were removed, by place.
  returned: when O(state=released)
  type: dict
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.ratchet.runtime.plugins.module_utils import arguments, lock, observation
from ansible_collections.ratchet.runtime.plugins.module_utils.engine import StillEngine
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import run_module


def act(params: dict[str, Any], pretend: bool) -> dict[str, Any]:
    """Take, renew or release."""
    access = None
    if "database" in params["places"]:
        access = observation.database_access(
            StillEngine.connect(), params["project_dir"], params["services"], params["database"]
        )
    places = lock.Places(params["state_dir"], params["project"], access, "host" in params["places"])
    wish = lock.Wish(params["run"], params["verb"], params["owner"], params["expiry"], tuple(params["instead_of"]))
    if params["state"] == "released":
        return {"changed": False, **lock.release(places, wish, pretend)}
    if pretend:
        return {"changed": False}
    return {"changed": False, **(lock.take if params["state"] == "taken" else lock.renew)(places, wish)}


def main() -> None:
    """Act."""
    module = AnsibleModule(
        argument_spec={
            "state": {"type": "str", "choices": ["taken", "settled", "renewed", "released"], "required": True},
            "plan": {"type": "dict"},
            "verb": {"type": "str", "default": ""},
            "first": {"type": "bool", "default": False},
            "ends": {"type": "bool", "default": False},
            "host": {"type": "str", "default": ""},
            "expiry": {"type": "float", "default": 900},
            "state_dir": {"type": "path", "required": True},
            "project": {"type": "str", "default": ""},
            "project_dir": {"type": "path", "default": ""},
            "services": {"type": "list", "elements": "str", "default": []},
            "database": arguments.DATABASE,
            "places": {"type": "list", "elements": "str", "choices": ["database", "host"], "default": ["host"]},
            "run": {"type": "str", "default": ""},
            "owner": {"type": "dict", "default": {}},
            "instead_of": {"type": "list", "elements": "str", "default": [], "no_log": False},
        },
        supports_check_mode=True,
    )
    run_module(module, lambda: act(module.params, module.check_mode))


if __name__ == "__main__":
    main()

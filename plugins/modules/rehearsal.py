#!/usr/bin/python
# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A copy of a database to rehearse on."""

from __future__ import annotations

DOCUMENTATION = r"""
module: rehearsal
short_description: Have a copy of the runtime's database to rehearse an upgrade on, or remove it
version_added: 0.1.0
author: The ratchet.runtime contributors (@ratchet-project)
description:
  - Restores a backup into a throwaway server on two networks without a way out, compares it with what was counted for the backup, and lets the
    application in as it gets into the real database.
  - Everything is removed with O(state=absent), and by itself two minutes after the last call of one of the C(rehearsal) modules.
  - Internal to the collection until its interface settles.
extends_documentation_fragment:
  - ratchet.runtime.runtime
  - ratchet.runtime.runtime.patient
  - ratchet.runtime.runtime.rehearsing
  - ratchet.runtime.runtime.writing
options:
  state:
    description: Whether it is to be there.
    type: str
    choices: [present, absent]
    default: present
  backup:
    description: The backup, by its id in O(directory) or its absolute path; needed for O(state=present).
    type: str
    default: ''
  directory:
    description: Directory for backups on the host.
    type: path
    default: /var/backups/ratchet
  jobs:
    description: Number of tables restored at the same time; V(0) is the number of processors of the host.
    type: int
    default: 0
  owner:
    description: Who rehearses, for others who want to.
    type: dict
    default: {}
  over:
    description: The rehearsal of the same database, by its id, whose owner is known to be dead; it is removed.
    type: str
    default: ''
"""

EXAMPLES = r"""
- name: Have a copy of the database
  ratchet.runtime.rehearsal:
    id: 20261129t211500z-1a2b
    database_id: 7439/app
    project_dir: /opt/pact-broker
    backup: app-20261129T211500Z-3f9c
"""

RETURN = r"""
contents:
  description: What the copy holds, with the schema's C(head), C(tables) (rows by name) and C(schema) (definitions by name).
  returned: when it is there
  type: dict
held:
  description: Another rehearsal of the same database that was heard of lately, with C(id), C(owner) and C(age) in seconds; nothing was done then.
  returned: success
  type: dict
under_way:
  description: What is being done, when O(patience) was over before it was finished; null otherwise.
  returned: success
  type: dict
"""

import os
import time
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.ratchet.runtime.plugins.module_utils import arguments, caretaker, store
from ansible_collections.ratchet.runtime.plugins.module_utils.engine import Engine
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import run_module
from ansible_collections.ratchet.runtime.plugins.module_utils.rehearsal import Rehearsal
from ansible_collections.ratchet.runtime.plugins.module_utils.rehearsal_containers import Original


def present(params: dict[str, Any]) -> dict[str, Any]:
    """Have the copy, or go on with it."""
    engine = Engine.connect()
    id, database_id, state_dir = params["id"], params["database_id"], params["state_dir"]
    if not params["resumes"] and not caretaker.beat(state_dir, id):
        told = {"id": id, "database": database_id, "owner": params["owner"]}
        held = caretaker.claim(state_dir, told, params["over"])
        if held:
            return {"changed": False, "held": held, "under_way": None}
        caretaker.watch(state_dir, id, lambda: Rehearsal(Engine.connect(), id, database_id).remove(earlier=True))
        Rehearsal(engine, id, database_id).remove(earlier=True)
    with caretaker.heard(state_dir, id):
        return copied(engine, params)


def copied(engine: Engine, params: dict[str, Any]) -> dict[str, Any]:
    """Restore the backup, as far as it comes."""
    id, database_id = params["id"], params["database_id"]
    original = Original.find(engine, params["project_dir"], params["services"], params["database"])
    rehearsal = Rehearsal(engine, id, database_id)
    directory = store.path_of(params["directory"], params["backup"])
    until = time.monotonic() + params["patience"] if params["patience"] else None
    contents = rehearsal.restore(directory, params["jobs"] or os.cpu_count() or 1, until)
    if contents is None:
        return {"changed": True, "held": None, "under_way": {"id": id, "doing": "restoring"}}
    rehearsal.open(list(original.addresses))
    return {"changed": True, "held": None, "under_way": None, "contents": contents}


def absent(params: dict[str, Any]) -> dict[str, Any]:
    """Remove everything of it."""
    # Who was refused has begun nothing, and takes nothing away from who is at work.
    claimed = caretaker.beat(params["state_dir"], params["id"])
    Rehearsal(Engine.connect(), params["id"], params["database_id"]).remove(earlier=claimed)
    caretaker.forget(params["state_dir"], params["id"])
    return {"changed": True, "held": None, "under_way": None}


def main() -> None:
    """Have it, or not."""
    module = AnsibleModule(
        argument_spec={
            **arguments.PROJECT,
            **arguments.REHEARSING,
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "backup": {"type": "str", "default": ""},
            "directory": {"type": "path", "default": store.DIRECTORY},
            "jobs": {"type": "int", "default": 0},
            "owner": {"type": "dict", "default": {}},
            "over": {"type": "str", "default": ""},
            **arguments.PATIENT,
        },
        required_if=[("state", "present", ("backup",))],
        supports_check_mode=True,
    )
    if module.check_mode:
        module.exit_json(changed=True, held=None, under_way=None)
    act = present if module.params["state"] == "present" else absent
    run_module(module, lambda: act(module.params))


if __name__ == "__main__":
    main()

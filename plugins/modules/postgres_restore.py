#!/usr/bin/python
# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A restore that loses nothing."""

from __future__ import annotations

DOCUMENTATION = r"""
module: postgres_restore
short_description: Put a backup in the place of a runtime's Postgres database, and keep the old one
version_added: 0.1.0
author: The ratchet.runtime contributors (@ratchet-project)
description:
  - Restores a backup that M(ratchet.runtime.postgres_backup) made into a new database with the owner, locale, settings and grants of
    the old one, compares all that it holds with what was counted for the backup, and only then swaps the names, in one transaction.
    The old database is kept as C(NAME_before_restore_TIME).
  - Checks every byte of the backup first, and dumps the database as it is now.
  - Stop whatever writes to the database before. Sessions that are still open are a reason to refuse, unless O(disconnect).
  - Interrupted anywhere, the database is under its own name as it was, or as it was restored. The same call again finishes it.
  - Not idempotent. Each call that isn't the continuation of an interrupted one restores again.
extends_documentation_fragment:
  - ratchet.runtime.runtime
  - ratchet.runtime.runtime.patient
options:
  backup:
    description:
      - The backup, by its id in O(directory), or by its absolute path.
    type: str
    required: true
  directory:
    description:
      - Directory for backups on the host.
    type: path
    default: /var/backups/ratchet
  jobs:
    description:
      - Number of tables restored at the same time.
      - V(0) is the number of processors of the host.
    type: int
    default: 0
  safety:
    description:
      - Whether the database as it is now is dumped first. It is kept in any case.
    type: bool
    default: true
  disconnect:
    description:
      - Whether sessions that are still open are ended.
    type: bool
    default: false
attributes:
  idempotent:
    description: Run twice in a row with the same arguments, the second time says that nothing has changed.
    support: none
    details:
      - Each call puts the backup in the place of the database again; one that was interrupted is finished.
  platform:
    description: Target systems that it works on.
    support: full
    platforms: posix
  check_mode:
    description: Can run in C(check_mode) and predict the change without making it.
    support: full
    details:
      - In check mode, the backup is read and checked, also whether the server can take it, and nothing is restored.
  diff_mode:
    description: Will return details on what has changed when in diff mode.
    support: none
"""

EXAMPLES = r"""
- name: Stop what writes to the database
  community.docker.docker_compose_v2:
    project_src: /opt/pact-broker
    services: [pact-broker]
    state: stopped

- name: Go back to the state before the upgrade
  ratchet.runtime.postgres_restore:
    project_dir: /opt/pact-broker
    services: [pact-broker]
    backup: app-20260501T220400Z-3f9c
  register: result

- name: Say what is where
  ansible.builtin.debug:
    msg: "The database as it was is {{ result.restored.before }}"
"""

RETURN = r"""
restored:
  description: What was done; null in check mode, and while it is under way.
  returned: success
  type: dict
  contains:
    backup:
      description: Id of the backup.
      type: str
      sample: app-20260501T220400Z-3f9c
    before:
      description: Name under which the old database is kept.
      type: str
      sample: app_before_restore_20260502T060000Z
    safety:
      description: Id of the dump of the old database; null without one.
      type: str
      sample: app-20260502T060000Z-77ab
    rows:
      description: For each table whose rows differ, how many there were and how many there are.
      type: dict
      sample: {public.note: [5012, 5000]}
under_way:
  description: What is being done, when O(patience) was over before it was finished; null otherwise.
  returned: success
  type: dict
  sample: {id: app_restore_20260502T060000Z, doing: restoring, seconds: 15.2}
"""

import os
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.ratchet.runtime.plugins.module_utils import arguments, observation, restore, store
from ansible_collections.ratchet.runtime.plugins.module_utils.engine import Engine
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import run_module


def put_back(params: dict[str, Any], pretend: bool) -> dict[str, Any]:
    """Restore."""
    engine = Engine.connect()
    access = observation.database_access(engine, params["project_dir"], params["services"], params["database"])
    wish = restore.Wish(
        params["directory"],
        params["backup"],
        jobs=params["jobs"] or os.cpu_count() or 1,
        safety=params["safety"],
        disconnect=params["disconnect"],
    )
    if pretend:
        restore.check(engine, access, wish)
        return {"changed": True, "restored": None, "under_way": None}
    done = restore.restore(engine, access, wish, params["patience"] or None, params["resumes"])
    if "under_way" in done:
        return {"changed": True, "restored": None, **done}
    return {"changed": True, "restored": done, "under_way": None}


def main() -> None:
    """Restore."""
    module = AnsibleModule(
        argument_spec={
            **arguments.PROJECT,
            "backup": {"type": "str", "required": True},
            "directory": {"type": "path", "default": store.DIRECTORY},
            "jobs": {"type": "int", "default": 0},
            "safety": {"type": "bool", "default": True},
            "disconnect": {"type": "bool", "default": False},
            **arguments.PATIENT,
        },
        supports_check_mode=True,
    )
    run_module(module, lambda: put_back(module.params, module.check_mode))


if __name__ == "__main__":
    main()

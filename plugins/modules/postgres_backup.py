#!/usr/bin/python
# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A backup that proves itself."""

from __future__ import annotations

DOCUMENTATION = r"""
module: postgres_backup
short_description: Make a backup of a runtime's Postgres database and prove it
version_added: 0.1.0
author: The ratchet.runtime contributors (@ratchet-project)
description:
  - Runs C(pg_dump) in a container beside the database, from the server's own image, on an exported snapshot whose rows were
    counted before.
  - Reads the whole archive back, compares the rows of every table with what was counted, and only then gives the backup its name.
  - The dump belongs to the Docker daemon. If the connection to the host is lost, it goes on, and the next run waits for it.
  - On failure, nothing is left in O(directory) under a final name.
extends_documentation_fragment:
  - ratchet.runtime.runtime
options:
  directory:
    description:
      - Directory for backups on the host. Created with mode 0700 if missing; each backup is a directory of its own (0700, files 0600) in it.
    type: path
    default: /var/backups/ratchet
  jobs:
    description:
      - Number of tables dumped at the same time.
      - V(0) is the number of processors of the host.
    type: int
    default: 0
  verify:
    description:
      - How the backup is proven. V(read) reads the whole archive and compares the rows of every table.
    type: str
    choices: [read]
    default: read
attributes:
  check_mode:
    description: Can run in C(check_mode) and predict the change without making it.
    support: full
    details:
      - In check mode, no backup is made and RV(backup) is null.
  diff_mode:
    description: Will return details on what has changed when in diff mode.
    support: none
"""

EXAMPLES = r"""
- name: Back up the database that the runtime's own environment names
  ratchet.runtime.postgres_backup:
    project_dir: /opt/pact-broker
  register: result

- name: Say where it is
  ansible.builtin.debug:
    msg: "{{ result.backup.path }} ({{ result.backup.size }} bytes, verified by {{ result.backup.verified }})"
"""

RETURN = r"""
backup:
  description: The backup, as in its manifest; null in check mode.
  returned: success
  type: dict
  contains:
    id:
      description: Name of the backup, with the time in UTC.
      type: str
      sample: app-20260501T220400Z-3f9c
    path:
      description: Its directory on the host.
      type: str
      sample: /var/backups/ratchet/app-20260501T220400Z-3f9c
    size:
      description: Size of the archive in bytes.
      type: int
    seconds:
      description: Seconds from the snapshot to the proof.
      type: float
    database:
      description: Identity of the database, as in M(ratchet.runtime.postgres_info).
      type: dict
    head:
      description: Schema head in the snapshot.
      type: str
    tables:
      description: Rows of every table in the snapshot; the archive was found to hold just these.
      type: dict
      sample: {public.note: 5000}
    files:
      description: SHA-256 and size of every file of the archive.
      type: dict
    sha256:
      description: SHA-256 over the sorted lines of C(sha256sum) of all files.
      type: str
    verified:
      description: How it was proven.
      type: str
      sample: read
"""

import os
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.ratchet.runtime.plugins.module_utils import arguments, backup, observation
from ansible_collections.ratchet.runtime.plugins.module_utils.engine import Engine
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import run_module


def back_up(params: dict[str, Any]) -> dict[str, Any]:
    """Make the backup."""
    engine = Engine.connect()
    access = observation.database_access(engine, params["project_dir"], params["services"], params["database"])
    jobs = params["jobs"] or os.cpu_count() or 1
    return {"changed": True, "backup": backup.make(engine, access, params["directory"], jobs)}


def main() -> None:
    """Back up."""
    module = AnsibleModule(
        argument_spec={
            **arguments.PROJECT,
            "directory": {"type": "path", "default": backup.DIRECTORY},
            "jobs": {"type": "int", "default": 0},
            "verify": {"type": "str", "choices": ["read"], "default": "read"},
        },
        supports_check_mode=True,
    )
    if module.check_mode:
        module.exit_json(changed=True, backup=None)
    run_module(module, lambda: back_up(module.params))


if __name__ == "__main__":
    main()

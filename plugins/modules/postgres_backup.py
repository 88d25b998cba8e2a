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
    A dump that has ended unseen is proven and taken by the next run within an hour; after that, another one is made.
  - Refuses before it begins, with all that is missing, if the user may not read everything or the disk is too small.
  - On failure, nothing is left in O(directory) under a final name.
extends_documentation_fragment:
  - ratchet.runtime.runtime
  - ratchet.runtime.runtime.patient
options:
  directory:
    description:
      - Directory for backups on the host. Created with mode 0700 if missing; each backup is a directory of its own (0700, files 0600) in it.
    type: path
    default: /var/backups/ratchet
  jobs:
    description:
      - Number of tables dumped, and restored for the proof, at the same time.
      - V(0) is the number of processors of the host.
    type: int
    default: 0
  format:
    description:
      - Format of C(pg_dump). V(directory) dumps several tables at a time; V(custom) is a single file.
    type: str
    choices: [directory, custom]
    default: directory
  compression:
    description:
      - V(auto) is the first of V(zstd), V(lz4) and V(gzip) that the server's own C(pg_dump) has.
    type: str
    choices: [auto, zstd, lz4, gzip, none]
    default: auto
  verify:
    description:
      - How the backup is proven. V(read) reads the whole archive and compares the rows of every table.
      - V(restore) also restores it into a throwaway server of the same image, without a way out of its own network, and compares rows,
        sequences, large objects, extensions, materialised views, the number of indexes, constraints, functions and so on, and the
        schema head with what was counted in the snapshot.
    type: str
    choices: [read, restore]
    default: restore
  without_data:
    description:
      - Tables, as C(schema.table), whose rows are left out of the backup. What they hold is not protected.
    type: list
    elements: str
    default: []
  keep:
    description:
      - Proven backups of this database to keep in O(directory). Older ones are removed, but for those that a journal in O(state_dir) names.
      - V(0) removes none.
    type: int
    default: 5
  state_dir:
    description: Directory of the collection's state on the host, whose journals name backups.
    type: path
    default: /var/lib/ratchet
attributes:
  idempotent:
    description: Run twice in a row with the same arguments, the second time says that nothing has changed.
    support: none
    details:
      - Each call makes a backup of its own; one that is still being made is waited for.
  platform:
    description: Target systems that it works on.
    support: full
    platforms: posix
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
    sequences:
      description: For each sequence, whether it rises, and its last value.
      type: dict
      sample: {public.note_id_seq: [true, 5000]}
    large_objects:
      description: Number of large objects.
      type: int
    extensions:
      description: Extensions and their versions.
      type: dict
    materialized_views:
      description: Those that were populated.
      type: list
      elements: str
    objects:
      description: Number of indexes, constraints, functions, triggers, types and views.
      type: dict
    without_data:
      description: Tables whose rows were left out.
      type: list
      elements: str
    archive:
      description: Format of the archive.
      type: str
      sample: directory
    compression:
      description: What it is compressed with.
      type: str
      sample: zstd
    files:
      description: SHA-256 and size of every file of the archive.
      type: dict
    sha256:
      description: SHA-256 over the sorted lines of C(sha256sum) of all files.
      type: str
    verified:
      description: How it was proven.
      type: str
      sample: restore
removed:
  description: Ids of older backups that were removed.
  returned: success
  type: list
  elements: str
under_way:
  description: What is being done, when O(patience) was over before it was finished; null otherwise.
  returned: success
  type: dict
  sample: {id: app-20260501T220400Z-3f9c, doing: dumping, written: 52428800, at_most: 209715200, seconds: 15.2}
"""

import os
from collections.abc import Callable
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.ratchet.runtime.plugins.module_utils import (
    arguments,
    backup,
    dump,
    journal,
    observation,
    store,
)
from ansible_collections.ratchet.runtime.plugins.module_utils.engine import Engine
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError, run_module


def back_up(params: dict[str, Any]) -> dict[str, Any]:
    """Make the backup."""
    engine = Engine.connect()
    access = observation.database_access(engine, params["project_dir"], params["services"], params["database"])
    wish = backup.Wish(
        params["directory"],
        jobs=params["jobs"] or os.cpu_count() or 1,
        format=params["format"],
        compression=params["compression"],
        verify=params["verify"],
        without_data=tuple(params["without_data"]),
    )
    made = backup.make(engine, access, wish, params["patience"] or None, params["resumes"])
    if "under_way" in made:
        return {"changed": True, "backup": None, "removed": [], **made}
    return {"changed": True, "backup": made, "removed": retire(params, made), "under_way": None}


def reassuring(act: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What ``act`` returns; whatever goes wrong with a backup, also a database that dies between two calls, nothing was stopped for it."""
    try:
        return act()
    except RatchetError as error:
        if "Nothing was stopped" in error.remedy:
            raise
        raise RatchetError(error.reason, f"{error.remedy}. Nothing was stopped or changed", **error.details) from error


def retire(params: dict[str, Any], made: dict[str, Any]) -> list[str]:
    """Remove what the new backup makes superfluous."""
    if not params["keep"]:
        return []
    with store.only_one(params["directory"]):
        going = store.superfluous(
            store.backups(params["directory"]),
            made["database"]["id"],
            params["keep"],
            journal.backups(params["state_dir"]),
        )
        for each in going:
            store.remove(each)
    return [each["id"] for each in going]


def main() -> None:
    """Back up."""
    module = AnsibleModule(
        argument_spec={
            **arguments.PROJECT,
            "directory": {"type": "path", "default": store.DIRECTORY},
            "jobs": {"type": "int", "default": 0},
            "format": {"type": "str", "choices": list(dump.FORMATS), "default": "directory"},
            "compression": {"type": "str", "choices": list(dump.COMPRESSIONS), "default": "auto"},
            "verify": {"type": "str", "choices": list(backup.VERIFICATIONS), "default": "restore"},
            "without_data": {"type": "list", "elements": "str", "default": []},
            "keep": {"type": "int", "default": store.KEEP},
            "state_dir": {"type": "path", "default": journal.DIRECTORY},
            **arguments.PATIENT,
        },
        supports_check_mode=True,
    )
    for name, least in (("keep", 0), ("jobs", 0), ("patience", 0)):
        if module.params[name] < least:
            module.fail_json(msg=f"{name} is {module.params[name]:g}. Give at least {least}.")
    if module.check_mode:
        module.exit_json(changed=True, backup=None, removed=[], under_way=None)
    run_module(module, lambda: reassuring(lambda: back_up(module.params)))


if __name__ == "__main__":
    main()

#!/usr/bin/python
# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What backups there are."""

from __future__ import annotations

DOCUMENTATION = r"""
module: postgres_backup_info
short_description: The backups on a host, and whether they are still what was proven
version_added: 0.1.0
author: The ratchet.runtime contributors (@ratchet-project)
description:
  - Lists the finished backups that M(ratchet.runtime.postgres_backup) made, oldest first, from their manifests.
  - Reads every byte of them again if asked to, and fails when one isn't as it was proven, naming its files.
extends_documentation_fragment:
  - ratchet.runtime.runtime.looking
options:
  directory:
    description:
      - Directory for backups on the host.
    type: path
    default: /var/backups/ratchet
  backup:
    description:
      - Only this one, by its id or its absolute path. It has to exist.
    type: str
    default: ''
  verify:
    description:
      - Whether the files are read and compared with the checksums in the manifest.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: See what backups there are
  ratchet.runtime.postgres_backup_info:
  register: found

- name: Tell the newest
  ansible.builtin.debug:
    msg: "{{ (found.backups | last).path }}"

- name: Read all of them again
  ratchet.runtime.postgres_backup_info:
    verify: true
"""

RETURN = r"""
backups:
  description:
    - The manifests, as M(ratchet.runtime.postgres_backup) returns them. One that can't be read has C(id), C(path), C(error) and C(remedy) only.
  returned: success
  type: list
  elements: dict
damage:
  description: What is wrong with the files, by the id of the backup; with O(verify).
  returned: failure
  type: dict
  sample: {app-20260501T220400Z-3f9c: [data/3340.dat.zst has another content]}
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.ratchet.runtime.plugins.module_utils import store
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import run_module


def look(params: dict[str, Any]) -> dict[str, Any]:
    """List, and read again if asked to."""
    wanted = params["backup"]
    found = (
        [store.read_manifest(store.path_of(params["directory"], wanted))]
        if wanted
        else store.backups(params["directory"])
    )
    if params["verify"]:
        store.refuse_damaged(found)
    return {"changed": False, "backups": found}


def main() -> None:
    """Look."""
    module = AnsibleModule(
        argument_spec={
            "directory": {"type": "path", "default": store.DIRECTORY},
            "backup": {"type": "str", "default": ""},
            "verify": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    run_module(module, lambda: look(module.params))


if __name__ == "__main__":
    main()

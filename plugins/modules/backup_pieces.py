#!/usr/bin/python
# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pieces of a backup."""

from __future__ import annotations

DOCUMENTATION = r"""
module: backup_pieces
short_description: Read a backup's manifest, or pieces of its files
version_added: 0.1.0
author: The ratchet.runtime contributors (@ratchet-project)
description:
  - Returns the manifest of a backup, or pieces of its files. M(ratchet.runtime.postgres_backup_copy) puts them together on the controller.
  - What it returns is what the database holds. Don't log it.
  - Internal to the collection until its interface settles.
extends_documentation_fragment:
  - ratchet.runtime.runtime.looking
options:
  directory:
    description: Directory for backups on the host.
    type: path
    required: true
  backup:
    description: The backup, by its id or its absolute path.
    type: str
    required: true
  pieces:
    description: What to read. The manifest when empty.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Name of the file, as in the manifest.
        type: str
        required: true
      offset:
        description: Where the piece begins, in bytes.
        type: int
        required: true
      size:
        description: How long it is, in bytes.
        type: int
        required: true
"""

EXAMPLES = r"""
- name: Read the first bytes of the globals
  ratchet.runtime.backup_pieces:
    directory: /var/backups/ratchet
    backup: app-20260501T220400Z-3f9c
    pieces: [{name: globals.sql, offset: 0, size: 100}]
  no_log: true
"""

RETURN = r"""
manifest:
  description: The manifest's file in base64; null with O(pieces).
  returned: success
  type: str
contents:
  description: The pieces in base64, in the order of O(pieces).
  returned: success
  type: list
  elements: str
"""

import base64
import os
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.ratchet.runtime.plugins.module_utils import pieces, store
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import run_module


def read(params: dict[str, Any]) -> dict[str, Any]:
    """Read what is asked for."""
    path = store.path_of(params["directory"], params["backup"])
    if params["pieces"]:
        return {"changed": False, "manifest": None, "contents": pieces.read(path, params["pieces"])}
    store.read_manifest(path)
    with open(os.path.join(path, store.MANIFEST), "rb") as file:
        manifest = base64.b64encode(file.read()).decode("ascii")
    return {"changed": False, "manifest": manifest, "contents": []}


def main() -> None:
    """Read."""
    module = AnsibleModule(
        argument_spec={
            "directory": {"type": "path", "required": True},
            "backup": {"type": "str", "required": True},
            "pieces": {
                "type": "list",
                "elements": "dict",
                "default": [],
                "options": {
                    "name": {"type": "str", "required": True},
                    "offset": {"type": "int", "required": True},
                    "size": {"type": "int", "required": True},
                },
            },
        },
        supports_check_mode=True,
    )
    run_module(module, lambda: read(module.params))


if __name__ == "__main__":
    main()

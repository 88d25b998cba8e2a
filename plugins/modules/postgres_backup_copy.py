#!/usr/bin/python
# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A copy of a backup somewhere else."""

from __future__ import annotations

DOCUMENTATION = r"""
module: postgres_backup_copy
short_description: Copy a backup off its host and compare every checksum
version_added: 0.1.0
author: The ratchet.runtime contributors (@ratchet-project)
description:
  - Copies a backup that M(ratchet.runtime.postgres_backup) made to the controller, or has it copied by a command of yours, and
    compares the SHA-256 of every file with what was proven. Only then does the task succeed.
  - A copy is a whole backup. Put back on a host with its directory, it is what O(ratchet.runtime.postgres_restore#module:backup) and
    O(ratchet.runtime.postgres_backup_info#module:backup) take by its absolute path.
  - Copies are never removed, neither by this module nor by O(ratchet.runtime.postgres_backup#module:keep). Keeping as many as you want is up to you.
extends_documentation_fragment:
  - ratchet.runtime.runtime.copying
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
attributes:
  idempotent:
    description: Run twice in a row with the same arguments, the second time says that nothing has changed.
    support: full
  platform:
    description: Target systems that it works on.
    support: full
    platforms: posix
  check_mode:
    description: Can run in C(check_mode) and predict the change without making it.
    support: partial
    details:
      - In check mode, a copy on the controller is looked at and compared. O(command) and O(check) aren't run, and a change is predicted.
  diff_mode:
    description: Will return details on what has changed when in diff mode.
    support: none
"""

EXAMPLES = r"""
- name: Back up
  ratchet.runtime.postgres_backup:
    project_dir: /opt/pact-broker
  register: made

- name: Have a copy on the controller
  ratchet.runtime.postgres_backup_copy:
    backup: "{{ made.backup.id }}"
    to: /srv/backups

- name: Have a copy in an object store, which can't tell SHA-256 by itself
  ratchet.runtime.postgres_backup_copy:
    backup: "{{ made.backup.id }}"
    command: [rclone, copy, "{path}", "store:backups/{id}"]
    check: [rclone, hashsum, sha256, --download, "store:backups/{id}"]
    environment:
      RCLONE_CONFIG_STORE_TYPE: s3
      RCLONE_CONFIG_STORE_PROVIDER: AWS
      RCLONE_CONFIG_STORE_ACCESS_KEY_ID: "{{ store_key }}"
      RCLONE_CONFIG_STORE_SECRET_ACCESS_KEY: "{{ store_secret }}"

- name: Have a copy on a machine that the host reaches with SSH
  ratchet.runtime.postgres_backup_copy:
    backup: "{{ made.backup.id }}"
    command: [rsync, --archive, --mkpath, "{path}/", "store:/srv/backups/{id}/"]
    check: [ssh, store, "find /srv/backups/{id} -type f -exec sha256sum {} +"]
"""

RETURN = r"""
copied:
  description: The copy.
  returned: success
  type: dict
  contains:
    id:
      description: Id of the backup.
      type: str
      sample: app-20260501T220400Z-3f9c
    place:
      description: Where the copy is, in words.
      type: str
      sample: /srv/backups/app-20260501T220400Z-3f9c on the controller
    files:
      description: Number of files, the manifest among them.
      type: int
    size:
      description: Size of the archive in bytes.
      type: int
    seconds:
      description: Seconds that it took to copy and compare.
      type: float
wrong:
  description: What is wrong with the copy, each by the name of its file, when a command's copy isn't what was proven.
  returned: failure
  type: list
  elements: str
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.ratchet.runtime.plugins.module_utils import off_host, store
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import run_module


def copy(params: dict[str, Any]) -> dict[str, Any]:
    """Have it copied by the command. To the controller, it is copied by the action plugin of the same name."""
    manifest = store.read_manifest(store.path_of(params["directory"], params["backup"]))
    environment = {str(name): str(value) for name, value in params["environment"].items()}
    changed = off_host.copy(manifest, off_host.Hook(params["command"], params["check"], environment))
    told = {"id": manifest["id"], "files": len(manifest["files"]) + 1, "size": manifest["size"]}
    return {"changed": changed, "copied": told}


def main() -> None:
    """Copy."""
    module = AnsibleModule(
        argument_spec={
            "backup": {"type": "str", "required": True},
            "directory": {"type": "path", "default": store.DIRECTORY},
            "to": {"type": "path"},
            "command": {"type": "list", "elements": "str"},
            "check": {"type": "list", "elements": "str"},
            "environment": {"type": "dict", "default": {}, "no_log": True},
        },
        mutually_exclusive=[("to", "command")],
        required_one_of=[("to", "command")],
        required_together=[("command", "check")],
        supports_check_mode=True,
    )
    # Ansible blanks out every value in all that is returned: "s3" would go from paths, and 1 from numbers.
    module.no_log_values = {each for each in module.no_log_values if len(each) >= 4}
    if module.params["to"] is not None:
        module.fail_json(
            msg="a copy to the controller is made by the action plugin. Call the module by its whole name in a task."
        )
    run_module(module, lambda: copy(module.params))


if __name__ == "__main__":
    main()

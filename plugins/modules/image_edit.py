#!/usr/bin/python
# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The planned file edits of a host."""

from __future__ import annotations

DOCUMENTATION = r"""
module: image_edit
short_description: Write the planned image into a project's files
version_added: 0.1.0
author: The ratchet.runtime contributors (@ratchet-project)
description:
  - Replaces the characters that a plan names in the project's files, and not one byte more, in one atomic write per file that
    keeps owner and mode.
  - Refuses a file that isn't as it was when the plan was made, and an edit by which Compose would change anything but the planned
    services; then no file is changed. In check mode, Compose renders copies.
  - Internal to the collection until its interface settles. The action plugin of the same name takes the edits from the plan.
options:
  edits:
    description:
      - The edits of a host plan.
    type: list
    elements: dict
    required: true
    suboptions:
      path:
        description: The file.
        type: path
        required: true
      before:
        description: SHA-256 of the file when the plan was made.
        type: str
        required: true
      splices:
        description: What is replaced. Each has C(start), the position in characters, C(old) and C(new).
        type: list
        elements: dict
        required: true
  project:
    description:
      - The Compose project that the files are of.
    type: dict
    required: true
    suboptions:
      directory:
        description: Its directory.
        type: path
        required: true
      files:
        description: Its Compose files.
        type: list
        elements: path
        required: true
      env_files:
        description: Where its variables come from, the implied C(.env) included.
        type: list
        elements: path
        default: []
      env_file_options:
        description: Those of them that are named with C(--env-file).
        type: list
        elements: path
        default: []
      profiles:
        description: Compose profiles to switch on.
        type: list
        elements: str
        default: []
      images:
        description: The image that each of the planned services is to have; an empty text where any will do.
        type: dict
        required: true
      dockerfiles:
        description: The Dockerfiles that services are built from.
        type: list
        elements: path
        default: []
  undo:
    description: Take the edits back instead, so that every file is again what it was when the plan was made.
    type: bool
    default: false
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
    support: full
  diff_mode:
    description: Will return details on what has changed when in diff mode.
    support: full
    details:
      - The diff shows the changed lines without context, as the lines around them may hold secrets.
"""

EXAMPLES = r"""
- name: Write the planned image into the project's files
  ratchet.runtime.image_edit:
    edits:
      - path: /opt/sample/.env
        before: 5f1c7d1f0e2d4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2
        splices: [{start: 12, old: 1.0.0, new: 1.1.0}]
    project:
      directory: /opt/sample
      files: [/opt/sample/compose.yaml]
      env_files: [/opt/sample/.env]
      images: {web: "registry.example.com/sample-runtime:1.1.0"}
"""

RETURN = r"""
written:
  description: The files that were changed.
  returned: success
  type: list
  elements: str
  sample: [/opt/sample/.env]
also:
  description: Other keys of the planned services that take their value from the same place.
  returned: success
  type: list
  elements: str
  sample: [services.web.environment.VERSION]
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.ratchet.runtime.plugins.module_utils import project_edit
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import run_module


def main() -> None:
    """Edit."""
    module = AnsibleModule(
        argument_spec={
            "edits": {
                "type": "list",
                "elements": "dict",
                "required": True,
                "options": {
                    "path": {"type": "path", "required": True},
                    "before": {"type": "str", "required": True},
                    "splices": {"type": "list", "elements": "dict", "required": True},
                },
            },
            "undo": {"type": "bool", "default": False},
            "project": {
                "type": "dict",
                "required": True,
                "options": {
                    "directory": {"type": "path", "required": True},
                    "files": {"type": "list", "elements": "path", "required": True},
                    "env_files": {"type": "list", "elements": "path", "default": []},
                    "env_file_options": {"type": "list", "elements": "path", "default": []},
                    "profiles": {"type": "list", "elements": "str", "default": []},
                    "images": {"type": "dict", "required": True},
                    "dockerfiles": {"type": "list", "elements": "path", "default": []},
                },
            },
        },
        supports_check_mode=True,
    )
    place = project_edit.Place(**module.params["project"])
    params = module.params
    run_module(module, lambda: project_edit.make(params["edits"], place, module.check_mode, params["undo"]))


if __name__ == "__main__":
    main()

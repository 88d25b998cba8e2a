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
  - Refuses a file that isn't as it was when the plan was made.
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
attributes:
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
    edits: "{{ runtime_plan.hosts[inventory_hostname].edits }}"
"""

RETURN = r"""
written:
  description: The files that were changed.
  returned: success
  type: list
  elements: str
  sample: [/opt/sample/.env]
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.ratchet.runtime.plugins.module_utils import splice
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import run_module


def edit(edits: list[dict[str, Any]], pretend: bool) -> dict[str, Any]:
    """Make the edits."""
    written = [
        each["path"]
        for each in edits
        if splice.apply(each["path"], each["before"], [splice.Splice(**one) for one in each["splices"]], pretend)
    ]
    return {"changed": bool(written), "written": written}


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
        },
        supports_check_mode=True,
    )
    run_module(module, lambda: edit(module.params["edits"], module.check_mode))


if __name__ == "__main__":
    main()

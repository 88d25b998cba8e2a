#!/usr/bin/python
# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a first look makes one ask."""

from __future__ import annotations

DOCUMENTATION = r"""
module: runtime_inquiry
short_description: Ask a host what a first look left open
version_added: 0.1.0
author: The ratchet.runtime contributors (@ratchet-project)
description:
  - Reads further files of a Compose project, and asks containers for the version that they say they are.
  - Internal to the collection. The action plugin of M(ratchet.runtime.runtime_info) runs it when it needs to.
extends_documentation_fragment:
  - ratchet.runtime.runtime.looking
options:
  files:
    description: Files to read.
    type: list
    elements: path
    default: []
  questions:
    description:
      - What to ask. Each has C(container), an id, and C(url) with C(field) or C(header), or C(command), an argument list that is run in
        the container without a shell.
    type: list
    elements: dict
    default: []
requirements:
  - docker (the Docker SDK for Python) on the host, with O(questions) only
"""

EXAMPLES = r"""
- name: Read an included file
  ratchet.runtime.runtime_inquiry:
    files: [/opt/sample/common.yaml]
"""

RETURN = r"""
contents:
  description: Content in base64 by path; null for what can't be read.
  returned: success
  type: dict
  sample: {}
unwritable:
  description: Files that this user can't replace.
  returned: success
  type: list
  elements: str
answers:
  description: By container, what it says by C(answer) or by C(command).
  returned: success
  type: dict
  sample: {9f0c: {answer: 1.0.0}}
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.ratchet.runtime.plugins.module_utils import inquiry
from ansible_collections.ratchet.runtime.plugins.module_utils.engine import Engine
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import run_module


def main() -> None:
    """Ask."""
    module = AnsibleModule(
        argument_spec={
            "files": {"type": "list", "elements": "path", "default": []},
            "questions": {"type": "list", "elements": "dict", "default": []},
        },
        supports_check_mode=True,
    )
    questions = module.params["questions"]
    run_module(
        module,
        lambda: {
            **inquiry.files(module.params["files"]),
            "answers": inquiry.answers(Engine.connect(), questions) if questions else {},
        },
    )


if __name__ == "__main__":
    main()

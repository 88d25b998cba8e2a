#!/usr/bin/python
# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the journals of a host say."""

from __future__ import annotations

DOCUMENTATION = r"""
module: journal_info
short_description: Read the journals of a host
version_added: 0.1.0
author: The ratchet.runtime contributors (@ratchet-project)
description:
  - Returns what was deployed on this host, project by project, as the upgrades, rollbacks and restores have recorded it.
  - A last line that isn't whole, as a power cut leaves it, is left out.
extends_documentation_fragment:
  - ratchet.runtime.runtime.looking
options:
  state_dir:
    description: Directory of the collection's state on the host.
    type: path
    default: /var/lib/ratchet
  project:
    description: Name of the Compose project; of all projects when empty.
    type: str
    default: ''
"""

EXAMPLES = r"""
- name: See what was deployed here
  ratchet.runtime.journal_info:
  register: journal
"""

RETURN = r"""
journals:
  description: By project, the C(entries), oldest first; or C(error) and C(remedy) of a journal that can't be read.
  returned: success
  type: dict
  sample: {sample: {entries: [{deploy: 20261121T120000Z-1f2e, outcome: done, from: {version: 1.0.0}, to: {version: 1.1.0}}]}}
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.ratchet.runtime.plugins.module_utils import journal
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError, run_module


def read(state_dir: str, project: str) -> dict[str, Any]:
    """Read; a journal that can't be read doesn't hide the others."""
    found: dict[str, Any] = {}
    for name in [project] if project else journal.projects(state_dir):
        try:
            found[name] = {"entries": journal.read(state_dir, name)}
        except RatchetError as error:
            found[name] = {"error": error.reason, "remedy": error.remedy}
    return {"changed": False, "journals": found}


def main() -> None:
    """Read."""
    module = AnsibleModule(
        argument_spec={
            "state_dir": {"type": "path", "default": journal.DIRECTORY},
            "project": {"type": "str", "default": ""},
        },
        supports_check_mode=True,
    )
    run_module(module, lambda: read(module.params["state_dir"], module.params["project"]))


if __name__ == "__main__":
    main()

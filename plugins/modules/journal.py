#!/usr/bin/python
# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One more line in the host's journal."""

from __future__ import annotations

DOCUMENTATION = r"""
module: journal
short_description: Record a deploy or a rehearsal on a host
version_added: 0.1.0
author: The ratchet.runtime contributors (@ratchet-project)
description:
  - Appends one entry to the journal of a Compose project, and returns when it is on disk. An entry of the same deploy with the
    same outcome is added once.
  - Internal to the collection until its interface settles.
extends_documentation_fragment:
  - ratchet.runtime.runtime.writing
options:
  state_dir:
    description: Directory of the collection's state on the host.
    type: path
    required: true
  project:
    description: Name of the Compose project.
    type: str
    required: true
  entry:
    description:
      - The entry. C(deploy) is its id, C(outcome) is V(started), V(failed), V(rolled_back), V(done) or V(restored), and for a rehearsal V(passed),
        V(warned) or V(failed).
    type: dict
    required: true
  of:
    description: What it is about.
    type: str
    choices: [journal, rehearsals]
    default: journal
"""

EXAMPLES = r"""
- name: Record the deploy
  ratchet.runtime.journal:
    state_dir: /var/lib/ratchet
    project: sample
    entry: {deploy: 20261121T120000Z-1f2e, outcome: started}
"""

RETURN = r"""
path:
  description: The journal.
  returned: success
  type: str
  sample: /var/lib/ratchet/journal/sample.jsonl
"""

from datetime import datetime, timezone
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.ratchet.runtime.plugins.module_utils import journal
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import run_module


def record(state_dir: str, project: str, entry: dict[str, Any], of: str, pretend: bool) -> dict[str, Any]:
    """Append, by the host's own clock in UTC."""
    at = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    changed = pretend or journal.append(state_dir, project, {**entry, "at": at}, of)
    return {"changed": changed, "path": journal.path_of(state_dir, project, of)}


def main() -> None:
    """Record."""
    module = AnsibleModule(
        argument_spec={
            "state_dir": {"type": "path", "required": True},
            "project": {"type": "str", "required": True},
            "entry": {"type": "dict", "required": True},
            "of": {"type": "str", "choices": [journal.DEPLOYS, journal.REHEARSALS], "default": journal.DEPLOYS},
        },
        supports_check_mode=True,
    )
    params = module.params
    place = (params["state_dir"], params["project"])
    run_module(module, lambda: record(*place, params["entry"], params["of"], module.check_mode))


if __name__ == "__main__":
    main()

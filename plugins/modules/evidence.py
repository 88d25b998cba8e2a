#!/usr/bin/python
# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host's part of a support bundle."""

from __future__ import annotations

DOCUMENTATION = r"""
module: evidence
short_description: Gather what a host can tell to whoever is asked for help
version_added: 0.1.0
author: The ratchet.runtime contributors (@ratchet-project)
description:
  - Gathers, in one call, versions, the Compose project as it is rendered, its containers with their state, health checks and the ends of their
    logs, the database's identity, ledger and activity, journals, rehearsals, locks, the list of backups, and free space.
  - Whatever isn't known to be harmless is masked on the host. Values of environment variables, labels and arguments of commands are masked, and in logs
    and other texts every secret of the project and what looks like one. Statements of database sessions are told by their first two words.
  - What can't be looked at is told as C(error) of that part, and doesn't fail the task.
extends_documentation_fragment:
  - ratchet.runtime.runtime
  - ratchet.runtime.runtime.looking
  - ratchet.runtime.runtime.registry
options:
  backup_dir:
    description: Directory for backups on the host.
    type: path
    default: /var/backups/ratchet
  state_dir:
    description: Directory of the collection's state on the host, which holds journals and locks.
    type: path
    default: /var/lib/ratchet
  lines:
    description: How many lines of each container's log are told, from its end; at most 10000.
    type: int
    default: 200
"""

EXAMPLES = r"""
- name: Gather what this host can tell
  ratchet.runtime.evidence:
    project_dir: /opt/pact-broker
  register: evidence
"""

RETURN = r"""
evidence:
  description:
    - C(host), C(disks), C(project), C(containers), C(observation), C(activity), C(journals), C(rehearsals), C(locks) and C(backups); each of them has
      C(error) instead, and C(remedy) where one is known, when it couldn't be looked at.
  returned: success
  type: dict
  sample: {host: {system: Debian GNU/Linux 13 (trixie)}, containers: []}
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.ratchet.runtime.plugins.module_utils import arguments, evidence, journal, store
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import run_module

MOST_LINES = 10_000


def main() -> None:
    """Gather."""
    module = AnsibleModule(
        argument_spec={
            **arguments.PROJECT,
            "registry": arguments.REGISTRY,
            "backup_dir": {"type": "path", "default": store.DIRECTORY},
            "state_dir": {"type": "path", "default": journal.DIRECTORY},
            "lines": {"type": "int", "default": 200},
        },
        supports_check_mode=True,
    )
    asked = {**module.params, "lines": max(0, min(MOST_LINES, module.params["lines"]))}
    run_module(module, lambda: {"changed": False, "evidence": evidence.gather(evidence.Request(**asked))})


if __name__ == "__main__":
    main()

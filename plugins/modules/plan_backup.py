#!/usr/bin/python
# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: plan_backup
short_description: Decide which host backs up which database
version_added: 0.1.0
author: The ratchet.runtime contributors (@ratchet-project)
description:
  - From the observations of all hosts, finds for each database the one host that backs it up.
  - Runs on the controller, once. Changes nothing.
  - Internal to the collection until its interface settles.
extends_documentation_fragment:
  - ratchet.runtime.runtime.looking
options:
  observed:
    description: Name of the variable in which each host's observation was registered.
    type: str
    default: runtime_observed
  jobs:
    description: Number of tables dumped at the same time; 0 is the number of processors of the host.
    type: int
    default: 0
  verify:
    description: How the backups are proven, as in M(ratchet.runtime.postgres_backup).
    type: str
    choices: [read, restore]
    default: restore
  keep:
    description: How many proven backups of a database are kept; 0 removes none.
    type: int
    default: 5
  off_host:
    description: The copy of each backup, as C(runtime_backup_copy) says it; none when empty.
    type: raw
"""

EXAMPLES = r"""
- name: Decide which host backs up which database
  ratchet.runtime.plan_backup:
  run_once: true
  register: runtime_planned
"""

RETURN = r"""
plan:
  description: The C(databases), the C(hosts) with what each does, and C(problems) with what can't be backed up.
  returned: success
  type: dict
"""

#!/usr/bin/python
# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: plan_rollback
short_description: Decide which deploys are taken back, and what becomes of the database
version_added: 0.1.0
author: The ratchet.runtime contributors (@ratchet-project)
description:
  - From the observations, the journals and the backups of all hosts, decides what each host runs afterwards, and whether the
    database stays as it is, is migrated down, or is replaced by the backup that was made before the deploy.
  - Refuses, naming everything that is in the way or has to be accepted. Touches nothing.
  - Internal to the collection until its interface settles.
extends_documentation_fragment:
  - ratchet.runtime.runtime.looking
  - ratchet.runtime.runtime.watch
  - ratchet.runtime.runtime.progress
options:
  observed:
    description: Name of the variable in which each host registered M(ratchet.runtime.runtime_info).
    type: str
    default: runtime_observed
  stored:
    description: Name of the variable in which each host registered M(ratchet.runtime.postgres_backup_info).
    type: str
    default: runtime_stored
  journals:
    description: Name of the variable in which each host registered M(ratchet.runtime.journal_info).
    type: str
    default: runtime_journal
  deploy:
    description: Id of the deploy to go back to. Without one, the last deploy is taken back.
    type: str
    default: ''
  way:
    description:
      - What becomes of the database. V(image) leaves it as it is, V(command) migrates it down in the newer image, V(restore) puts the backup
        in its place.
      - V(auto) leaves it if its schema wasn't changed, and otherwise follows the profile.
    type: str
    default: auto
  description:
    description: Why it is done, for the journal.
    type: str
    default: ''
  profile:
    description: What is known of the product, a shipped name, a path or a mapping.
    type: raw
  accept:
    description: Ids of what the operator has read and accepts.
    type: list
    elements: str
    default: []
  hooks:
    description: Task files on the controller that are called on each host, as C(runtime_hooks) of the role P(ratchet.runtime.rollback#role).
    type: raw
  report_dir:
    description: Where the run's page will be kept on the controller; that it can be is a part of what is checked.
    type: str
    default: ''
"""

EXAMPLES = r"""
- name: Plan the rollback
  ratchet.runtime.plan_rollback:
    accept: [data_loss]
  run_once: true
  register: runtime_planned
"""

RETURN = r"""
plan:
  description: The plan, with C(hosts), C(ways) (what becomes of each database) and C(undoes) (the deploys that are taken back).
  returned: success
  type: dict
"""

#!/usr/bin/python
# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: plan_restore
short_description: Decide what is restored where, and who stops for it
version_added: 0.1.0
author: The ratchet.runtime contributors (@ratchet-project)
description:
  - From the observations of all hosts and the backups that each has, decides which host restores, and which have to stop for it.
  - Runs on the controller, once. Changes nothing.
  - Internal to the collection until its interface settles.
extends_documentation_fragment:
  - ratchet.runtime.runtime.looking
  - ratchet.runtime.runtime.watch
options:
  observed:
    description: Name of the variable in which each host's observation was registered.
    type: str
    default: runtime_observed
  stored:
    description: Name of the variable in which M(ratchet.runtime.postgres_backup_info) of each host was registered.
    type: str
    default: runtime_stored
  backup:
    description: The backup, by its id or by its absolute path on its host.
    type: str
    default: ''
  profile:
    description: The profile, by name, path or as a mapping; by the image when empty.
    type: raw
  accept:
    description: Ids of what the operator has read and accepts.
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
- name: Decide what is restored where
  ratchet.runtime.plan_restore:
    backup: app-20260501T220400Z-3f9c
  run_once: true
  register: runtime_planned
"""

RETURN = r"""
plan:
  description: The C(backup), the C(database) that it goes into, and the C(hosts) with what happens to each.
  returned: success
  type: dict
"""

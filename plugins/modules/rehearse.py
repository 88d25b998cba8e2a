#!/usr/bin/python
# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: rehearse
short_description: Rehearse the planned upgrade on a copy of the database
version_added: 0.1.0
author: The ratchet.runtime contributors (@ratchet-project)
description:
  - Restores a backup into a throwaway server, starts the planned version on it where nothing leads out, watches it migrate, asks what the profile
    wants asked, holds rows and schema against what was before, removes everything, and writes the report on the controller.
  - Fails when it can't be rehearsed. That the upgrade would fail is a result, C(rehearsal.verdict).
  - Internal to the collection until its interface settles.
options:
  plan:
    description: The plan.
    type: dict
    required: true
  host:
    description: The part of the plan that is rehearsed here; on a spare host, that of another.
    type: dict
    required: true
  backup:
    description: The backup, by its id in O(backup_dir) or its absolute path.
    type: str
    required: true
  backup_dir:
    description: Directory for backups on the host.
    type: str
    required: true
  report_dir:
    description: Where the report's folder is made on the controller; the current directory when empty.
    type: str
    default: ''
  registry:
    description: C(username) and C(password) for the image's registry.
    type: dict
    default: {}
  profile:
    description: The profile, by name, path or as a mapping; by the image when empty.
    type: raw
  database:
    description: Where the database is, as C(runtime_database).
    type: dict
    default: {}
  observed:
    description: Name of the variable in which each host registered its observation.
    type: str
    default: runtime_observed
  accept:
    description: Ids of what the operator has read and accepts.
    type: list
    elements: str
    default: []
  state_dir:
    description: Directory of the collection's state on the host.
    type: str
    required: true
attributes:
  idempotent:
    description: Run twice in a row with the same arguments, the second time says that nothing has changed.
    support: none
    details:
      - Each call is a rehearsal of its own.
  platform:
    description: Target systems that it works on.
    support: full
    platforms: posix
  check_mode:
    description: Can run in C(check_mode) and predict the change without making it.
    support: none
  diff_mode:
    description: Will return details on what has changed when in diff mode.
    support: none
"""

EXAMPLES = r"""
- name: Rehearse
  ratchet.runtime.rehearse:
    plan: "{{ runtime_plan }}"
    host: "{{ runtime_host }}"
    backup: "{{ runtime_backed_up.backup.path }}"
    backup_dir: /var/backups/ratchet
    state_dir: /var/lib/ratchet
"""

RETURN = r"""
rehearsal:
  description: The report, as it is in C(report.json).
  returned: success
  type: dict
entry:
  description: What the hosts are to keep of it.
  returned: success
  type: dict
folder:
  description: The report's folder on the controller.
  returned: success
  type: str
message:
  description: What speaks against the upgrade; empty if nothing does.
  returned: success
  type: str
"""

#!/usr/bin/python
# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: plan_clean
short_description: Decide which tables are dropped, behind which backup
version_added: 0.1.0
author: The ratchet.runtime contributors (@ratchet-project)
description:
  - Takes what M(ratchet.runtime.leftovers) found on the hosts that back up, and makes of the plan of the backups one that drops it.
  - Internal to the collection until its interface settles.
extends_documentation_fragment:
  - ratchet.runtime.runtime.looking
options:
  plan:
    description: As M(ratchet.runtime.plan_backup) returns it.
    type: dict
    required: true
  found:
    description: The variable with what was found on each host.
    type: str
    default: runtime_leftovers
"""

EXAMPLES = r"""
- name: Decide
  ratchet.runtime.plan_clean:
    plan: "{{ runtime_plan }}"
  run_once: true
"""

RETURN = r"""
plan:
  description: The plan.
  returned: success
  type: dict
"""

#!/usr/bin/python
# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: delay
short_description: Wait between two batches of hosts
version_added: 0.1.0
author: The ratchet.runtime contributors (@ratchet-project)
description:
  - Waits as long as the compose file asks for between two batches (C(deploy.update_config.delay)), and keeps the run's lock alive meanwhile.
  - Internal to the collection until its interface settles.
extends_documentation_fragment:
  - ratchet.runtime.runtime.looking
options:
  seconds:
    description: How long.
    type: float
    required: true
  database:
    description: Where the database is, as in M(ratchet.runtime.postgres_info), for the lock.
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: Wait as the compose file asks for
  ratchet.runtime.delay:
    seconds: "{{ runtime_plan.delay }}"
"""

RETURN = r"""
waited:
  description: For how long, in seconds.
  returned: success
  type: float
"""

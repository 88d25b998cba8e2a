#!/usr/bin/python
# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: serves
short_description: Look whether a host of the plan is healthy at this moment
version_added: 0.1.0
author: The ratchet.runtime contributors (@ratchet-project)
description:
  - Asks the engine and the application, once, whichever version runs. Never fails for what it finds.
  - The role P(ratchet.runtime.rollout#role) asks so for another host that serves, before it takes one out of the balancer.
  - Internal to the collection until its interface settles.
extends_documentation_fragment:
  - ratchet.runtime.runtime.looking
options:
  plan:
    description: The plan, as returned by M(ratchet.runtime.plan).
    type: dict
    required: true
  host:
    description: The host of the plan that is looked at. Delegate the task to it.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: See whether app2 serves
  ratchet.runtime.serves:
    plan: "{{ runtime_plan }}"
    host: app2
  delegate_to: app2
"""

RETURN = r"""
serves:
  description: Whether it is healthy.
  returned: success
  type: bool
doubt:
  description: Why it isn't.
  returned: success
  type: str
"""

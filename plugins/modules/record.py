#!/usr/bin/python
# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: record
short_description: Record a host's deploy in its journal
version_added: 0.1.0
author: The ratchet.runtime contributors (@ratchet-project)
description:
  - Writes into the journal of the host what the plan does to it, with the images, file edits, schema heads and the backup before and after.
  - Internal to the collection until its interface settles. The host's side is M(ratchet.runtime.journal).
extends_documentation_fragment:
  - ratchet.runtime.runtime.writing
options:
  plan:
    description: The plan.
    type: dict
    required: true
  state_dir:
    description: Directory of the collection's state on the host.
    type: path
    required: true
  outcome:
    description: What is recorded, that the deploy was V(started), has V(failed), has V(rolled_back) after that, or is V(done).
    type: str
    choices: [started, failed, rolled_back, done]
    required: true
  watched:
    description: What the watch found.
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: Record that the deploy begins
  ratchet.runtime.record:
    plan: "{{ runtime_plan }}"
    state_dir: /var/lib/ratchet
    outcome: started
"""

RETURN = r"""
path:
  description: The journal.
  returned: success
  type: str
  sample: /var/lib/ratchet/journal/sample.jsonl
"""

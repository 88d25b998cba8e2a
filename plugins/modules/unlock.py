#!/usr/bin/python
# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: unlock
short_description: Remove the locks of runs that are dead
version_added: 0.1.0
author: The ratchet.runtime contributors (@ratchet-project)
description:
  - Removes the locks of a host and its database that have expired, or whose process on this controller has ended. One that gives signs of life
    stays. One that is neither proven to be alive nor to be dead is removed if its run is named.
  - Internal to the collection until its interface settles. The host's side is M(ratchet.runtime.lock).
extends_documentation_fragment:
  - ratchet.runtime.runtime.writing
options:
  named:
    description: The run whose lock may be removed, or V(unreadable) for what can't be read.
    type: str
    default: ''
  tell:
    description: Whether to tell what every host of the play has found and done. Fails if a lock is left.
    type: bool
    default: false
  state_dir:
    description: Directory of the collection's state on the host.
    type: path
    required: true
  database:
    description: Where the database is, as in M(ratchet.runtime.postgres_info).
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: Remove what is dead
  ratchet.runtime.unlock:
    state_dir: /var/lib/ratchet
  register: runtime_unlocked
"""

RETURN = r"""
locks:
  description: What was found where, who holds it, and what became of it.
  returned: always
  type: list
  elements: dict
  sample:
    - place: the database app
      run: 20261121T120000Z-1f2e
      standing: dead
      held_by: upgrade 20261121T120000Z-1f2e by alice@ctl1 (pid 4711), since 2026-11-21T12:00:00Z, last sign of life 70 s ago
      outcome: removed
"""

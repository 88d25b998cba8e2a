#!/usr/bin/python
# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: report
short_description: Print what runs where, and what a run did
version_added: 0.1.0
author: The ratchet.runtime contributors (@ratchet-project)
description:
  - Prints the fleet as a table from the observations of its hosts. With a plan, prints before and after, the backups and
    the times, and fails if any host isn't where the plan wanted it.
  - Runs on the controller, once. Changes nothing.
  - Internal to the collection until its interface settles.
extends_documentation_fragment:
  - ratchet.runtime.runtime.looking
options:
  observed:
    description: Name of the variable in which each host's observation was registered.
    type: str
    default: runtime_observed
  before:
    description: Name of the variable with the observations from before the run.
    type: str
  profile:
    description: The profile, by name, path or as a mapping; by the image when empty.
    type: raw
  plan:
    description: The plan that was executed.
    type: dict
"""

EXAMPLES = r"""
- name: Print what runs where
  ratchet.runtime.report:
  run_once: true
"""

RETURN = r"""
fleet:
  description: For each host its version, or null when it can't be told.
  returned: always
  type: dict
  sample: {app1: 1.1.0, app2: 1.1.0}
"""

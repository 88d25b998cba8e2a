#!/usr/bin/python
# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: run_report
short_description: Write the page of a run
version_added: 0.1.0
author: The ratchet.runtime contributors (@ratchet-project)
description:
  - Puts together what an upgrade or a rollback did, with the time that each stage of each host took, and writes it into a folder on the
    controller that is named after the run.
  - Leaves the run's result for the next job of a workflow, as M(ansible.builtin.set_stats) would, also without a page.
  - A page that can't be written is a warning. The run's outcome stays what it is.
  - Runs on the controller, once. Changes nothing on the hosts.
  - Internal to the collection until its interface settles.
extends_documentation_fragment:
  - ratchet.runtime.runtime.looking
options:
  plan:
    description: The plan that was executed.
    type: dict
    required: true
  directory:
    description: Where the folders of all runs are, on the controller. No page is written when empty.
    type: str
    required: true
  observed:
    description: Name of the variable in which each host's observation was registered before the run.
    type: str
    default: runtime_observed
  profile:
    description: The profile, by name, path or as a mapping; by the image when empty.
    type: raw
"""

EXAMPLES = r"""
- name: Write the run's page
  ratchet.runtime.run_report:
    plan: "{{ runtime_plan }}"
    directory: reports
  run_once: true
"""

RETURN = r"""
folder:
  description: The folder that holds the page.
  returned: when it could be written
  type: str
  sample: /home/ann/reports/upgrade-20261129T211500Z-1a2b
"""

#!/usr/bin/python
# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: plan
short_description: Turn what was observed and what is asked for into a plan
version_added: 0.1.0
author: The ratchet.runtime contributors (@ratchet-project)
description:
  - Reads the observation of every host of the play (registered by M(ratchet.runtime.runtime_info)), makes one plan for the fleet,
    prints it, and returns it; or refuses, naming everything that is in the way.
  - Unless it is executed or rehearsed, leaves the plan for the next job of a workflow, as M(ansible.builtin.set_stats) would.
  - Runs on the controller, once. Changes nothing.
  - Internal to the collection until its interface settles.
extends_documentation_fragment:
  - ratchet.runtime.runtime.looking
  - ratchet.runtime.runtime.watch
  - ratchet.runtime.runtime.progress
options:
  observed:
    description: Name of the variable in which each host's observation was registered.
    type: str
    default: runtime_observed
  version:
    description: The version to upgrade to.
    type: str
    required: true
  resolve:
    description: How the version was to be resolved, for the record.
    type: str
    default: exact
  destination:
    description: The result of M(ratchet.runtime.resolve).
    type: dict
    default: {}
  profile:
    description: The profile, by name, path or as a mapping; by the image when empty.
    type: raw
  window:
    description: When upgrades may start, such as C(22:00-04:00 Europe/Amsterdam).
    type: str
    default: ''
  serial:
    description: Sizes of the batches in which the hosts are upgraded, as Ansible's C(serial) takes them; by default as the compose file says.
    type: raw
  failure_action:
    description: What follows when a host fails, V(rollback), V(pause) or V(continue); by default as the compose file says.
    type: str
    default: ''
  order:
    description: In which order containers are replaced, V(stop-first) or V(start-first); by default as the compose file says.
    type: str
    default: ''
  description:
    description: Why it is done, for the journal.
    type: str
    default: ''
  hooks:
    description: Task files on the controller that are called on each host, as C(runtime_hooks) of the role P(ratchet.runtime.plan#role).
    type: raw
  file:
    description: Where the plan is kept on the controller, or was.
    type: str
    default: ''
  handed:
    description: The plan as a text, as another run has left it; executed as that in O(file) would be.
    type: str
    default: ''
  fingerprint:
    description: The fingerprint, or its beginning, of the plan that was approved. No other is executed.
    type: str
    default: ''
  executes:
    description: Whether the plan is about to be executed. Then everything has to be accepted, and the plan in O(file) must still fit.
    type: bool
    default: false
  rehearses:
    description: Whether the plan is only tried on a copy, where versions may also go down.
    type: bool
    default: false
  require_rehearsal:
    description: How many days ago a passed rehearsal of just this upgrade may be; V(0) asks for none.
    type: int
    default: 0
  report_dir:
    description: Where the run's page will be kept on the controller; that it can be is a part of what is checked.
    type: str
    default: ''
  stages:
    description: The tags that were chosen (C(--tags)). V(plan), V(prepare) and V(backup) can be done without the roll-out.
    type: list
    elements: str
    default: [all]
  strategy:
    description: How the fleet is upgraded, V(rolling), V(single_instance) or V(auto).
    type: str
    default: auto
  accept:
    description: Ids of what the operator has read and accepts.
    type: list
    elements: str
    default: []
  backup:
    description: How the backup is made.
    type: dict
    default: {}
    suboptions:
      jobs:
        description: Parallel dump jobs.
        type: int
        default: 0
      verify:
        description: How the backup is proven.
        type: str
        choices: [read, restore]
        default: restore
      keep:
        description: How many proven backups of a database are kept.
        type: int
        default: 5
      off_host:
        description: Where backups are copied to, as C(runtime_backup_copy) of the role P(ratchet.runtime.plan#role).
        type: raw
"""

EXAMPLES = r"""
- name: Plan
  ratchet.runtime.plan:
    version: 1.1.0
    watch:
      url: http://127.0.0.1:8080/health
  run_once: true
"""

RETURN = r"""
plan:
  description: The plan.
  returned: success
  type: dict
problems:
  description: Everything that is in the way, with its remedy.
  returned: when refused
  type: list
  elements: str
"""

#!/usr/bin/python
# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: resolve
short_description: Find the full version that a request means
version_added: 0.1.0
author: The ratchet.runtime contributors (@ratchet-project)
description:
  - Turns a floating, partial or missing version into a full one by the tags in the registry, if asked to; walks required stops; and finds
    out which version a floating tag runs. A full version is left as it is, and the registry then isn't asked.
  - The registry is asked by the host that the task runs on, with that host's way and credentials.
  - Internal to the collection until its interface settles.
extends_documentation_fragment:
  - ratchet.runtime.runtime.looking
options:
  observed:
    description: Name of the variable in which each host's observation was registered.
    type: str
    default: runtime_observed
  version:
    description: The version as it was asked for.
    type: str
    default: ''
  resolve:
    description: How far from what runs it may be resolved, V(exact), V(patch), V(minor) or V(newest).
    type: str
    default: exact
  hops:
    description: Whether required stops are walked one by one.
    type: bool
    default: false
  profile:
    description: The profile, by name, path or as a mapping; by the image when empty.
    type: raw
  approved:
    description: A plan in a file that says where to go.
    type: str
    default: ''
  handed:
    description: A plan as a text, as another run has left it, that says where to go.
    type: str
    default: ''
  registry:
    description: C(username) and C(password) for the registry.
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: Find the newest patch of what runs
  ratchet.runtime.resolve:
    resolve: patch
  run_once: true
  register: destination
"""

RETURN = r"""
version:
  description: The full version of this run, or what was asked for if there is none.
  returned: success
  type: str
  sample: 1.4.2
asked:
  description: What was asked for, as it was written.
  returned: success
  type: str
  sample: "1.4"
hops:
  description: The versions still to come after it.
  returned: success
  type: list
  elements: str
  sample: []
newest:
  description: The newest full version that an unfit request may stand for.
  returned: success
  type: str
  sample: 1.5.0
notes:
  description: What was found out on the way.
  returned: success
  type: list
  elements: str
  sample: []
tag_of:
  description: By digest, the full tag of running images whose own tag floats.
  returned: success
  type: dict
  sample: {}
releases:
  description: When no version was asked for, all that are newer than the oldest that runs, oldest first.
  returned: success
  type: list
  elements: str
  sample: [1.1.0, 1.2.0]
"""

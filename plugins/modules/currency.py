#!/usr/bin/python
# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: currency
short_description: Print how far the fleet is behind the newest version
version_added: 0.1.0
author: The ratchet.runtime contributors (@ratchet-project)
description:
  - Compares what every host runs with the newest version that the registry has, by the profile's scheme, and prints how large the step is, which required
    stops are on the way, and where the release notes are.
  - Runs on the controller, once. Changes nothing.
  - Internal to the collection until its interface settles.
extends_documentation_fragment:
  - ratchet.runtime.runtime.looking
options:
  observed:
    description: Name of the variable in which each host's observation was registered.
    type: str
    default: runtime_observed
  newest:
    description: What M(ratchet.runtime.resolve) has found.
    type: dict
    required: true
  within:
    description: How far it has looked.
    type: str
    choices: [patch, minor, newest]
    required: true
  profile:
    description: The profile, by name, path or as a mapping; by the image when empty.
    type: raw
"""

EXAMPLES = r"""
- name: Print it
  ratchet.runtime.currency:
    newest: "{{ runtime_newest }}"
    within: newest
  run_once: true
"""

RETURN = r"""
newest:
  description: The newest version, of the variant that runs.
  returned: success
  type: str
  sample: 1.6.0
behind:
  description: The hosts that run something older, or something that can't be compared.
  returned: success
  type: list
  elements: str
  sample: [app1]
releases:
  description: By host, how many releases the registry has after what it runs, up to the newest.
  returned: success
  type: dict
  sample: {app1: 4}
"""

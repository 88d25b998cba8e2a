#!/usr/bin/python
# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: image_version
short_description: Which way a change of an image's version goes
version_added: 0.1.0
author: The ratchet.runtime contributors (@ratchet-project)
description:
  - Compares the version that runs with the one that is wanted, by the rules of a version scheme, and refuses downgrades and
    whatever can't be ordered (floating and partial tags, other variants).
  - Never compares text with text.
extends_documentation_fragment:
  - ratchet.runtime.runtime.looking
options:
  current:
    description:
      - The tag that runs. Alternative to O(project_dir).
    type: str
  project_dir:
    description:
      - Directory of a Compose project on the host, whose highest running version is the current one.
    type: path
  services:
    description:
      - Compose services in O(project_dir) that run the image; detected when empty.
    type: list
    elements: str
    default: []
  target:
    description:
      - The tag that is wanted.
    type: str
    required: true
  scheme:
    description:
      - The version scheme. Without it, it is that of the profile. Mutually exclusive with O(profile).
    type: str
    choices: [astro, calver, numeric, pact_broker, pep440, semver]
  profile:
    description:
      - What is known of the product, by the name of a shipped profile, the path of a file on the controller, or as a mapping. Without it, it is
        chosen by the image that runs in O(project_dir), else V(generic), whose scheme is V(semver).
    type: raw
  refuse:
    description:
      - Whether the task fails when the verdict is V(refused).
    type: bool
    default: true
requirements:
  - docker (the Docker SDK for Python) and the Compose plugin on the host, with O(project_dir) only
"""

EXAMPLES = r"""
- name: Go on only if it is an upgrade
  ratchet.runtime.image_version:
    current: 1.4.1
    target: 1.5.0

- name: Compare with what runs, without failing
  ratchet.runtime.image_version:
    project_dir: /opt/pact-broker
    target: 1.5.0
    refuse: false
  register: version
"""

RETURN = r"""
current:
  description: The current tag.
  returned: always
  type: str
  sample: 1.4.1
target:
  description: The wanted tag.
  returned: always
  type: str
  sample: 1.5.0
scheme:
  description: The scheme that was used.
  returned: always
  type: str
  sample: semver
relation:
  description: Of the target to the current version, one of V(older), V(same), V(newer), V(unordered).
  returned: always
  type: str
  sample: newer
change:
  description: What changes, one of V(major), V(minor), V(patch), V(build), V(none).
  returned: always
  type: str
  sample: minor
verdict:
  description: One of V(upgrade), V(current), V(refused).
  returned: always
  type: str
  sample: upgrade
reason:
  description: The verdict's reason.
  returned: always
  type: str
  sample: 1.5.0 is newer than 1.4.1 (minor)
remedy:
  description: What to do about a refusal.
  returned: always
  type: str
  sample: ''
"""

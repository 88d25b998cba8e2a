#!/usr/bin/python
# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: manifest
short_description: Write another version into Kubernetes manifests
version_added: 0.1.0
author: The ratchet.runtime contributors (@ratchet-project)
description:
  - Finds every container whose image is the runtime's in Kubernetes manifests on the controller, judges the change of version, prints the plan with its
    diff, and changes the images, in all manifests or in none. Not one byte else is changed, whatever the indentation.
  - Refuses to go backwards and what can't be ordered, names everything that is wrong at once, and changes nothing then.
  - Applies nothing.
  - Internal to the collection until its interface settles.
attributes:
  idempotent:
    description: Run twice in a row with the same arguments, the second time says that nothing has changed.
    support: full
  platform:
    description: Target systems that it works on.
    support: full
    platforms: posix
  check_mode:
    description: Can run in C(check_mode) and predict the change without making it.
    support: full
  diff_mode:
    description: Will return details on what has changed when in diff mode.
    support: full
    details:
      - Only the changed lines. Those around them may hold secrets.
options:
  paths:
    description: Files, and directories of which all C(.yml) and C(.yaml) files count. No file may be a symbolic link.
    type: list
    elements: str
    required: true
  version:
    description: The full version to write.
    type: str
    required: true
  profile:
    description: The profile, by name, path or as a mapping; by the images when empty.
    type: raw
  accept:
    description: What the operator has read and accepts, by id.
    type: list
    elements: str
    default: []
  window:
    description: When manifests may be applied. Doesn't count without O(cluster).
    type: str
    default: ''
  cluster:
    description:
      - The cluster that they will be applied to, V(true) or a mapping of C(kubeconfig), C(context) and C(namespace).
      - It is asked what it runs, by M(kubernetes.core.k8s_info), so that a manifest which is behind isn't believed.
    type: raw
"""

EXAMPLES = r"""
- name: Write the version into all manifests of a directory
  ratchet.runtime.manifest:
    paths: [deploy]
    version: 2019.07.16T1534
"""

RETURN = r"""
plan:
  description: What was found, what it was judged to be, and what has changed.
  returned: success
  type: dict
paths:
  description: The manifests that name the runtime's image.
  returned: success
  type: list
  elements: str
cluster:
  description: Where the cluster is, as a mapping; null where none is meant.
  returned: success
  type: raw
"""

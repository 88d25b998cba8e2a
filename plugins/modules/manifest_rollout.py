#!/usr/bin/python
# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: manifest_rollout
short_description: Watch rollouts in a Kubernetes cluster to their end
version_added: 0.1.0
author: The ratchet.runtime contributors (@ratchet-project)
description:
  - Asks the cluster, by M(kubernetes.core.k8s_info), until every workload has all its pods from the new image, printing a line when something
    changes and at least every 15 seconds.
  - Fails with the cause as soon as a new pod can't start, crashes again and again, or the cluster gives the rollout up. Slowness is no failure.
  - Internal to the collection until its interface settles.
extends_documentation_fragment:
  - ratchet.runtime.runtime.looking
options:
  workloads:
    description: As M(ratchet.runtime.manifest) returns them in its plan.
    type: list
    elements: dict
    required: true
  version:
    description: The version that was written, for messages.
    type: str
    required: true
  cluster:
    description: A mapping of C(kubeconfig), C(context) and C(namespace), each of which may be missing.
    type: raw
    required: true
  stall_timeout:
    description: Seconds without any progress before it gives up. The rollout isn't ended by that.
    type: float
    default: 600
"""

EXAMPLES = r"""
- name: Watch them
  ratchet.runtime.manifest_rollout:
    workloads: "{{ runtime_manifest.plan.workloads }}"
    version: 2019.07.16T1534
    cluster: {namespace: flow}
"""

RETURN = r"""
rollouts:
  description: By workload, what was seen last.
  returned: success
  type: dict
"""

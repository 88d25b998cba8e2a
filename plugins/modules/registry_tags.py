#!/usr/bin/python
# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tags that a registry has for an image."""

from __future__ import annotations

DOCUMENTATION = r"""
module: registry_tags
short_description: The tags of an image in its registry
version_added: 0.1.0
author: The ratchet.runtime contributors (@ratchet-project)
description:
  - Asks an image's registry, from the host that would pull it, which tags there are, and which of them stand for given digests.
    Nothing is pulled.
  - Reaches the registry as the host's Docker engine does, with its insecure registries, its mirrors of Docker Hub and the
    certificates in C(/etc/docker/certs.d), but through the proxy of Ansible's own environment there.
  - Lists are read to their end, or the task fails. It gives up after 30 seconds, 100,000 tags or 20 MB.
  - Internal to the collection until its interface settles.
extends_documentation_fragment:
  - ratchet.runtime.runtime.looking
options:
  reference:
    description:
      - The image. Its tag and digest don't matter.
    type: str
    required: true
  registry:
    description:
      - The login for the image's registry. Without it, what C(docker login) left for the user of this host is used, from its file,
        credential store or helper; if there is nothing, the registry is asked anonymously.
      - Only a registry is told it, and the token server that it names; a registry with TLS can't have it sent without.
    type: dict
    suboptions:
      username:
        description:
          - The user.
        type: str
        required: true
      password:
        description:
          - The password, or a token in its place.
        type: str
        required: true
  digests:
    description:
      - Digests whose tags are wanted, such as C(sha256:77ab...).
    type: list
    elements: str
    default: []
  candidates:
    description:
      - Tags to ask for their digests until all O(digests) are found, the likeliest first. No more than 200 are asked.
    type: list
    elements: str
    default: []
requirements:
  - docker (the Docker SDK for Python) on the host
"""

EXAMPLES = r"""
- name: Which releases are there
  ratchet.runtime.registry_tags:
    reference: registry.example.com/sample-runtime
  register: published

- name: Which release is it that was deployed as latest
  ratchet.runtime.registry_tags:
    reference: registry.example.com/sample-runtime
    registry:
      username: deploy
      password: "{{ vaulted_registry_password }}"
    digests: ["sha256:77ab3c1f0e2d4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2"]
    candidates: [1.5.0, 1.4.1, 1.4.0]
"""

RETURN = r"""
tags:
  description: All tags, in alphabetical order.
  returned: success
  type: list
  elements: str
  sample: ["1.4.1", "1.5.0", latest]
tag_of:
  description: By digest, the first of O(candidates) that stands for it; what wasn't found is left out.
  returned: success
  type: dict
  sample: {"sha256:77ab...": "1.4.1"}
problem:
  description:
    - Why the registry didn't tell, one of V(unauthorised), V(missing), V(unreachable), V(throttled), V(not_a_registry), V(corrupt),
      V(failed).
  returned: when the registry was asked in vain
  type: str
  sample: unauthorised
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.ratchet.runtime.plugins.module_utils import registry
from ansible_collections.ratchet.runtime.plugins.module_utils.engine import Engine
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import run_module


def main() -> None:
    """Ask the registry."""
    module = AnsibleModule(
        argument_spec={
            "reference": {"type": "str", "required": True},
            "registry": {
                "type": "dict",
                "options": {
                    "username": {"type": "str", "required": True},
                    "password": {"type": "str", "required": True, "no_log": True},
                },
            },
            "digests": {"type": "list", "elements": "str", "default": []},
            "candidates": {"type": "list", "elements": "str", "default": []},
        },
        supports_check_mode=True,
    )
    asked = module.params
    run_module(
        module,
        lambda: registry.look(
            Engine.connect(), asked["reference"], asked["registry"], asked["digests"], asked["candidates"]
        ),
    )


if __name__ == "__main__":
    main()

#!/usr/bin/python
# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The exact image on the host."""

from __future__ import annotations

DOCUMENTATION = r"""
module: image_present
short_description: Put exact images on a host
version_added: 0.1.0
author: The ratchet.runtime contributors (@ratchet-project)
description:
  - Pulls each image by its digest and gives it its tag, so that what Compose starts under the tag is what was planned, even if
    the tag has moved in the registry since.
  - Internal to the collection until its interface settles.
extends_documentation_fragment:
  - ratchet.runtime.runtime.registry
  - ratchet.runtime.runtime.writing
options:
  images:
    description:
      - The images.
    type: list
    elements: dict
    required: true
    suboptions:
      reference:
        description:
          - The image with its tag, or the id of an image that is there already.
        type: str
        required: true
      digest:
        description:
          - The digest that the tag stands for. Without one, any local image of that name will do, and a missing one is pulled.
        type: str
requirements:
  - docker (the Docker SDK for Python) on the host
"""

EXAMPLES = r"""
- name: Put the planned image on the host
  ratchet.runtime.image_present:
    images:
      - reference: registry.example.com/sample-runtime:1.1.0
        digest: sha256:77ab3c1f0e2d4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2
"""

RETURN = r"""
ids:
  description: Id of each image on this host, by reference.
  returned: success
  type: dict
  sample: {"registry.example.com/sample-runtime:1.1.0": "sha256:1f2e..."}
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.ratchet.runtime.plugins.module_utils import arguments, images
from ansible_collections.ratchet.runtime.plugins.module_utils.engine import Engine
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import run_module


def main() -> None:
    """Pull what is missing."""
    module = AnsibleModule(
        argument_spec={
            "images": {
                "type": "list",
                "elements": "dict",
                "required": True,
                "options": {"reference": {"type": "str", "required": True}, "digest": {"type": "str"}},
            },
            "registry": arguments.REGISTRY,
        },
        supports_check_mode=True,
    )
    wanted, login = module.params["images"], module.params["registry"]
    run_module(module, lambda: images.ensure(Engine.connect(), wanted, pretend=module.check_mode, login=login))


if __name__ == "__main__":
    main()

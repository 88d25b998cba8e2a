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
      id:
        description:
          - The id of an image that ran here once. While it is here, it gets the name again, and no registry is asked.
        type: str
  keep:
    description:
      - Keep the images that a deploy replaces, under tags of C(ratchet-runtime-kept), so that C(docker image prune) leaves them alone.
    type: dict
    suboptions:
      project:
        description: Name of the Compose project.
        type: str
        required: true
      run:
        description: Id of the deploy.
        type: str
        required: true
      ids:
        description: Ids of the images.
        type: list
        elements: str
        required: true
      most:
        description: How many deploys of the project keep the images that they replaced; V(0) keeps all.
        type: int
        default: 5
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
seconds:
  description: How long it took.
  returned: success
  type: float
"""

import time
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.ratchet.runtime.plugins.module_utils import arguments, images
from ansible_collections.ratchet.runtime.plugins.module_utils.engine import Engine
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError, run_module


def present(params: dict[str, Any], pretend: bool) -> dict[str, Any]:
    """Have the images here, and keep those that they replace."""
    began = time.monotonic()
    engine = Engine.connect()
    try:
        there = images.ensure(engine, params["images"], pretend=pretend, login=params["registry"])
    except RatchetError as error:
        raise RatchetError(error.reason, f"{error.remedy}. Nothing was stopped", **error.details) from error
    keeps = images.keep(engine, **params["keep"], pretend=pretend) if params["keep"] else False
    return {**there, "changed": there["changed"] or keeps, "seconds": round(time.monotonic() - began, 1)}


def main() -> None:
    """Pull what is missing."""
    module = AnsibleModule(
        argument_spec={
            "images": {
                "type": "list",
                "elements": "dict",
                "required": True,
                "options": {
                    "reference": {"type": "str", "required": True},
                    "digest": {"type": "str"},
                    "id": {"type": "str"},
                },
            },
            "keep": {
                "type": "dict",
                "options": {
                    "project": {"type": "str", "required": True},
                    "run": {"type": "str", "required": True},
                    "ids": {"type": "list", "elements": "str", "required": True},
                    "most": {"type": "int", "default": 5},
                },
            },
            "registry": arguments.REGISTRY,
        },
        supports_check_mode=True,
    )
    run_module(module, lambda: present(module.params, module.check_mode))


if __name__ == "__main__":
    main()

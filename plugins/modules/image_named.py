#!/usr/bin/python
# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names for images that are on the host."""

from __future__ import annotations

DOCUMENTATION = r"""
module: image_named
short_description: Give images that are on a host the names that Compose looks for
version_added: 0.1.0
author: The ratchet.runtime contributors (@ratchet-project)
description:
  - Lets the name of a service's image stand for an image that was built on this host, now or once. Nothing is pulled or built.
  - Internal to the collection until its interface settles.
extends_documentation_fragment:
  - ratchet.runtime.runtime.writing
options:
  images:
    description: The images.
    type: list
    elements: dict
    required: true
    suboptions:
      reference:
        description: The name.
        type: str
        required: true
      id:
        description: The image's id.
        type: str
        required: true
      instead_of:
        description: Another name of the image, which it then loses.
        type: str
requirements:
  - docker (the Docker SDK for Python) on the host
"""

EXAMPLES = r"""
- name: Let the service have its old image again
  ratchet.runtime.image_named:
    images:
      - reference: sample-web
        id: sha256:77ab3c1f0e2d4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2
"""

RETURN = r"""
named:
  description: The names that stood for something else, or for nothing.
  returned: success
  type: list
  elements: str
  sample: [sample-web]
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.ratchet.runtime.plugins.module_utils import images
from ansible_collections.ratchet.runtime.plugins.module_utils.engine import Engine
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import run_module


def name(wanted: list[dict[str, Any]], pretend: bool) -> dict[str, Any]:
    """Give the names."""
    given = images.name(Engine.connect(), wanted, pretend)
    return {"changed": bool(given), "named": given}


def main() -> None:
    """Name."""
    module = AnsibleModule(
        argument_spec={
            "images": {
                "type": "list",
                "elements": "dict",
                "required": True,
                "options": {
                    "reference": {"type": "str", "required": True},
                    "id": {"type": "str", "required": True},
                    "instead_of": {"type": "str"},
                },
            },
        },
        supports_check_mode=True,
    )
    run_module(module, lambda: name(module.params["images"], module.check_mode))


if __name__ == "__main__":
    main()

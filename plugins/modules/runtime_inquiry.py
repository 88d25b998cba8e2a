#!/usr/bin/python
# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a first look makes one ask."""

from __future__ import annotations

DOCUMENTATION = r"""
module: runtime_inquiry
short_description: Ask a host what a first look left open
version_added: 0.1.0
author: The ratchet.runtime contributors (@ratchet-project)
description:
  - Reads further files of a Compose project, and asks containers for the version that they say they are. For services that are built
    from a Dockerfile, tells on what their images were built, and what the registry has of the base.
  - Internal to the collection. The action plugin of M(ratchet.runtime.runtime_info) runs it when it needs to.
extends_documentation_fragment:
  - ratchet.runtime.runtime.looking
  - ratchet.runtime.runtime.registry
options:
  files:
    description: Files to read.
    type: list
    elements: path
    default: []
  questions:
    description:
      - What to ask. Each has C(container), an id, and C(url) with C(field) or C(header), or C(command), an argument list that is run in
        the container without a shell.
    type: list
    elements: dict
    default: []
  bases:
    description: Built images. Each has C(image), an id, and C(base), the reference in the Dockerfile.
    type: list
    elements: dict
    default: []
  target:
    description: What to ask the registry for, by C(name) and C(tag); C(with_size) whether its size is asked for, too.
    type: dict
    default: {}
requirements:
  - docker (the Docker SDK for Python) on the host, unless only files are asked for
"""

EXAMPLES = r"""
- name: Read an included file
  ratchet.runtime.runtime_inquiry:
    files: [/opt/sample/common.yaml]
"""

RETURN = r"""
contents:
  description: Content in base64 by path; null for what can't be read.
  returned: success
  type: dict
  sample: {}
unwritable:
  description: Files that this user can't replace.
  returned: success
  type: list
  elements: str
answers:
  description: By container, what it says by C(answer) or by C(command).
  returned: success
  type: dict
  sample: {9f0c: {answer: 1.0.0}}
bases:
  description: By image, the C(reference) and C(digests) of its base as far as they can be told, and whether O(bases) C(contradicts) that.
  returned: success
  type: dict
  sample: {"sha256:1f2e...": {reference: "registry.example.com/sample-runtime:1.0.0", digests: [], contradicts: false}}
target:
  description: As RV(ratchet.runtime.runtime_info#module:target).
  returned: when O(target) was given
  type: dict
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.ratchet.runtime.plugins.module_utils import arguments, image_base, inquiry, target_image
from ansible_collections.ratchet.runtime.plugins.module_utils.engine import Engine
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import run_module


def ask(params: dict[str, Any]) -> dict[str, Any]:
    """Ask. Whoever only wants files needs no engine."""
    answer = {**inquiry.files(params["files"]), "answers": {}, "bases": {}, "target": None}
    if params["questions"] or params["bases"] or params["target"]:
        engine = Engine.connect()
        answer["answers"] = inquiry.answers(engine, params["questions"])
        answer["bases"] = {each["image"]: image_base.of(engine, **each) for each in params["bases"]}
        if params["target"]:
            answer["target"] = target_image.of(engine, **params["target"], login=params["registry"])
    return answer


def main() -> None:
    """Ask."""
    module = AnsibleModule(
        argument_spec={
            "files": {"type": "list", "elements": "path", "default": []},
            "questions": {"type": "list", "elements": "dict", "default": []},
            "bases": {"type": "list", "elements": "dict", "default": []},
            "target": {"type": "dict", "default": {}},
            "registry": arguments.REGISTRY,
        },
        supports_check_mode=True,
    )
    run_module(module, lambda: ask(module.params))


if __name__ == "__main__":
    main()

#!/usr/bin/python
# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What services will run that are built from a Dockerfile."""

from __future__ import annotations

DOCUMENTATION = r"""
module: image_build
short_description: Build the images of services on the planned base
version_added: 0.1.0
author: The ratchet.runtime contributors (@ratchet-project)
description:
  - Builds, with Compose, the images of services that are built from a Dockerfile, from copies of the project's files with the planned edits.
    The files themselves, and what the services' images are called, stay as they are.
  - The base has to be on the host under its name. That an image has the planned base, and isn't the one that runs, is proven by its layers and its id.
  - Internal to the collection until its interface settles.
extends_documentation_fragment:
  - ratchet.runtime.runtime.writing
options:
  edits:
    description: As for M(ratchet.runtime.image_edit).
    type: list
    elements: dict
    required: true
  project:
    description: The Compose project, as for M(ratchet.runtime.image_edit), with its C(name).
    type: dict
    required: true
  builds:
    description: Each has C(service), C(dockerfile) (its path on the host) and C(name) (of the image).
    type: list
    elements: dict
    required: true
  base:
    description: The C(reference) and C(digest) of the planned base.
    type: dict
    required: true
  old:
    description: Ids of the images that are replaced.
    type: list
    elements: str
    default: []
requirements:
  - docker (the Docker SDK for Python) on the host
"""

EXAMPLES = r"""
- name: Build what the services will run
  ratchet.runtime.image_build:
    edits: "{{ runtime_host.edits }}"
    project: "{{ runtime_host.project }}"
    builds: "{{ runtime_host.builds }}"
    base:
      reference: "{{ runtime_host.reference }}"
      digest: "{{ runtime_host.digest }}"
"""

RETURN = r"""
ids:
  description: Id of each service's image; none in check mode.
  returned: success
  type: dict
  sample: {web: "sha256:1f2e..."}
named:
  description: The images as M(ratchet.runtime.image_named) takes them.
  returned: success
  type: list
  elements: dict
  sample: [{reference: sample-web, id: "sha256:1f2e...", instead_of: "ratchet-runtime-built:sample.web"}]
seconds:
  description: How long it took.
  returned: success
  type: float
"""

import time
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.ratchet.runtime.plugins.module_utils import image_build
from ansible_collections.ratchet.runtime.plugins.module_utils.engine import Engine
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import run_module

# Of a planned project, what says where it is.
_PLACE = ("directory", "files", "env_files", "env_file_options", "profiles", "images", "dockerfiles")


def build(params: dict[str, Any], pretend: bool) -> dict[str, Any]:
    """Build."""
    began = time.monotonic()
    edits = [{key: edit[key] for key in ("path", "before", "splices")} for edit in params["edits"]]
    project, builds = params["project"], params["builds"]
    place = image_build.Place(**{key: project[key] for key in _PLACE if key in project})
    asked = (edits, place, project["name"], builds, params["base"], params["old"])
    made = {} if pretend else image_build.build(Engine.connect(), *asked)
    named = [
        {
            "reference": each["name"],
            "id": made[each["service"]],
            "instead_of": image_build.name_of(project["name"], each["service"]),
        }
        for each in builds
        if each["service"] in made
    ]
    return {"changed": True, "ids": made, "named": named, "seconds": round(time.monotonic() - began, 1)}


def main() -> None:
    """Build."""
    module = AnsibleModule(
        argument_spec={
            "edits": {"type": "list", "elements": "dict", "required": True},
            "project": {"type": "dict", "required": True},
            "builds": {"type": "list", "elements": "dict", "required": True},
            "base": {"type": "dict", "required": True},
            "old": {"type": "list", "elements": "str", "default": []},
        },
        supports_check_mode=True,
    )
    run_module(module, lambda: build(module.params, module.check_mode))


if __name__ == "__main__":
    main()

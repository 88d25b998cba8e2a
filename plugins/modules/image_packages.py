#!/usr/bin/python
# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an image has installed."""

from __future__ import annotations

DOCUMENTATION = r"""
module: image_packages
short_description: What an image has installed
version_added: 0.1.0
author: The ratchet.runtime contributors (@ratchet-project)
description:
  - Reads the package databases of an image from its file system (pip, npm, RubyGems, Debian, Alpine). Nothing of the image runs, so it needs neither a
    shell nor a package manager.
  - The engine streams the whole file system for that, which takes seconds for each gigabyte.
extends_documentation_fragment:
  - ratchet.runtime.runtime.looking
options:
  image:
    description: The image, by a reference or an id. It has to be on the host.
    type: str
    required: true
requirements:
  - docker (the Docker SDK for Python) on the host
seealso:
  - plugin: ratchet.runtime.packages_diff
    plugin_type: filter
"""

EXAMPLES = r"""
- name: See what both versions have installed
  ratchet.runtime.image_packages:
    image: "apache/airflow:{{ item }}"
  loop: [2.9.1, 2.10.5]
  register: installed

- name: Print what changes
  ansible.builtin.debug:
    msg: "{{ installed.results[0].packages.pip | ratchet.runtime.packages_diff(installed.results[1].packages.pip, form='text') }}"
"""

RETURN = r"""
id:
  description: The image's id.
  returned: success
  type: str
packages:
  description: Version by name, for each of C(pip), C(npm), C(gem), C(deb) and C(apk). Several versions of one package are joined by commas.
  returned: success
  type: dict
  sample: {pip: {alembic: 1.13.1}, npm: {}, gem: {}, deb: {libc6: 2.36-9+deb12u9}, apk: {}}
freeze:
  description: The lines that C(pip freeze) would print.
  returned: success
  type: list
  elements: str
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.ratchet.runtime.plugins.module_utils import image_packages
from ansible_collections.ratchet.runtime.plugins.module_utils.engine import Engine
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import run_module


def main() -> None:
    """Look into the image."""
    module = AnsibleModule(argument_spec={"image": {"type": "str", "required": True}}, supports_check_mode=True)
    run_module(module, lambda: {"changed": False, **image_packages.of_image(Engine.connect(), module.params["image"])})


if __name__ == "__main__":
    main()

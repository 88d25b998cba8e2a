#!/usr/bin/python
# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What runs on a host."""

from __future__ import annotations

DOCUMENTATION = r"""
module: runtime_info
short_description: What runs on a host
version_added: 0.1.0
author: The ratchet.runtime contributors (@ratchet-project)
description:
  - Looks at a Compose project on a host, and tells what of the runtime runs there, in which version and health, and what
    database it uses.
  - Changes nothing and leaves no trace in the engine's events. Returns no secret.
extends_documentation_fragment:
  - ratchet.runtime.runtime
  - ratchet.runtime.runtime.looking
  - ratchet.runtime.runtime.registry
options:
  target:
    description:
      - A tag to ask the registry for, with the host's credentials, in the repository of the services' image.
    type: str
    default: ''
  backup_dir:
    description:
      - A directory on the host whose free space is reported.
    type: path
    default: ''
  health_url:
    description:
      - A URL, as the host reaches it, that says how the application is. It is asked once, if the runtime runs. With C({SERVICE}) for its host, each
        container of that service is asked.
    type: str
    default: ''
  profile:
    description:
      - What is known of the product, by the name of a shipped profile, the path of a file on the controller, or as a mapping. Without it, it is
        chosen by the image. It says how to ask the containers for their version.
    type: raw
  state_dir:
    description:
      - The directory of the collection's state on the host, whose journal and lock are read.
    type: path
    default: ''
  with_files:
    description:
      - Also returns the project's files, which may hold secrets. For the action plugin of the same name, which sets it to
        find RV(sources), and drops them.
    type: bool
    default: false
  with_size:
    description:
      - Also asks the registry for the size of O(target). The action plugin of the same name has the first host of a play ask for all.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: See what runs
  ratchet.runtime.runtime_info:
    project_dir: /opt/pact-broker
  register: runtime

- name: Tell the version of the first container
  ansible.builtin.debug:
    msg: "{{ runtime.services[0].containers[0].reference }}"
"""

RETURN = r"""
time:
  description: The host's clock, in seconds since 1970.
  returned: success
  type: float
  sample: 1795262400.0
engine:
  description: Version, operating system and architecture of the engine, version of Compose, and the free bytes of the store for images.
  returned: success
  type: dict
  sample: {version: 26.1.5, os: linux, architecture: amd64, compose: 2.32.4, images: {free: 1073741824, file_system: 43}}
project:
  description: Name, directory, files and services of the Compose project.
  returned: success
  type: dict
  sample:
    name: sample
    directory: /opt/sample
    files: [/opt/sample/compose.yaml]
    env_files: [/opt/sample/.env]
    services: [cache, web]
services:
  description:
    - The services that run the runtime's image. Each has RV(ignore:name), RV(ignore:image) as Compose renders it,
      RV(ignore:ports) and RV(ignore:containers). Of one that is built from a Dockerfile, RV(ignore:image) is what that is built on, as are the
      references and digests of its containers; C(built) is what Compose calls its image.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Name of the service.
      type: str
    image:
      description: The image as Compose renders it, or as the Dockerfile names it.
      type: str
    ports:
      description: Published ports, each with C(container) and C(published).
      type: list
      elements: dict
    update_config:
      description: The service's C(deploy.update_config), empty if it has none.
      type: dict
    containers:
      description: The service's containers, stopped ones included.
      type: list
      elements: dict
      sample:
        - id: 9f0c...
          name: sample-web-1
          reference: registry.example.com/sample-runtime:1.0.0
          image_id: sha256:1f2e...
          digests: ["registry.example.com/sample-runtime@sha256:77ab..."]
          version_label: 1.0.0
          status: running
          health: healthy
          restart_count: 0
database:
  description:
    - Identity, size in bytes, schema head and place of the database; null when none is known.
    - C(unreadable) lists what a backup would need and the user may not read. C(data) tells where the server's container has its data, and
      where the compose file would have it.
    - C(error) and C(remedy) when it can't be looked at.
  returned: success
  type: dict
  sample:
    id: 7574621930573160486/app
    name: app
    server_version: "17.2"
    size: 7922707
    ledger: {framework: alembic, head: 3f1c2a9d8b7e}
target:
  description: What the registry says of O(target); null when not asked.
  returned: success
  type: dict
  sample: {reference: "registry.example.com/sample-runtime:1.1.0", digest: "sha256:77ab...", platforms: [linux/amd64]}
backup:
  description: Free bytes in O(backup_dir); null when not asked.
  returned: success
  type: dict
  sample: {directory: /var/backups/ratchet, free: 1073741824}
rehearsals:
  description: The newest rehearsals of the project as C(entries); null when not asked.
  returned: success
  type: dict
journal:
  description: The newest entries of the project's journal as C(entries); null when not asked.
  returned: success
  type: dict
  sample: {entries: []}
lock:
  description:
    - Who holds the lock of the host; null when nobody does, or not asked. That of the database is its C(lock).
    - C(standing) is V(ours), V(live), V(dead) (its process has ended), V(expired), V(held) (nothing is proven) or V(unreadable).
  returned: success
  type: dict
  sample: {run: 20261121T120000Z-1f2e, verb: upgrade, standing: live, age: 12.0, left: 888.0}
answer:
  description: What O(health_url) answered, by C(status) and C(json), or C(error); null when it wasn't asked.
  returned: success
  type: dict
  sample: {status: 200, json: {status: ok}, milliseconds: 3}
health_url:
  description: O(health_url), where it was given.
  returned: success
  type: str
unwritable:
  description: Files of the project that this user can't replace.
  returned: success
  type: list
  elements: str
sources:
  description: Where the image of each service is written, as file, line, and the text that an upgrade would replace.
  returned: success
  type: list
  elements: dict
  sample:
    - service: web
      path: /opt/sample/.env
      line: 3
      text: 1.0.0
      variable: RUNTIME_TAG
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.ratchet.runtime.plugins.module_utils import arguments, observation
from ansible_collections.ratchet.runtime.plugins.module_utils.engine import StillEngine
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import run_module


def main() -> None:
    """Look."""
    module = AnsibleModule(
        argument_spec={
            **arguments.PROJECT,
            "target": {"type": "str", "default": ""},
            "backup_dir": {"type": "path", "default": ""},
            "health_url": {"type": "str", "default": ""},
            "profile": {"type": "raw"},
            "state_dir": {"type": "path", "default": ""},
            "registry": arguments.REGISTRY,
            "with_files": {"type": "bool", "default": False},
            "with_size": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    # The profile is for the action plugin of the same name.
    asked = {name: value for name, value in module.params.items() if name != "profile"}
    run_module(module, lambda: observation.observe(StillEngine.connect(), observation.Request(**asked)))


if __name__ == "__main__":
    main()

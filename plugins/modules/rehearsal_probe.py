#!/usr/bin/python
# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the witnesses of a rehearsal say."""

from __future__ import annotations

DOCUMENTATION = r"""
module: rehearsal_probe
short_description: Ask the containers of a rehearsal, and the copy of the database, how they are
version_added: 0.1.0
author: The ratchet.runtime contributors (@ratchet-project)
description:
  - Asks as M(ratchet.runtime.runtime_probe) does, from within the rehearsal's network. On request it also asks for pages, runs commands in the
    containers, and counts what the copy holds.
  - Each call is a sign of life for the rehearsal.
  - Internal to the collection until its interface settles.
extends_documentation_fragment:
  - ratchet.runtime.runtime.looking
  - ratchet.runtime.runtime.rehearsing
options:
  project:
    description: Name of the throwaway Compose project.
    type: str
    required: true
  services:
    description: The services that are looked at.
    type: list
    elements: str
    required: true
  url:
    description: The health URL, with C({SERVICE}) for its host.
    type: str
    default: ''
  seen:
    description: The signature of the last answer; the next one comes when it is another, or after O(patience).
    type: str
    default: ''
  patience:
    description: Seconds to wait for a change.
    type: float
    default: 0
  all_logs:
    description: Whether the ends of all logs are returned.
    type: bool
    default: false
  requests:
    description: Requests, each with C(service), C(port), C(path) and C(method).
    type: list
    elements: dict
    default: []
  commands:
    description: Commands, each with C(service) and C(argv).
    type: list
    elements: dict
    default: []
  contents:
    description: Whether the copy is counted.
    type: bool
    default: false
requirements:
  - docker (the Docker SDK for Python) on the host
  - psycopg 3 on the host
"""

EXAMPLES = r"""
- name: See how the new version is on the copy
  ratchet.runtime.rehearsal_probe:
    id: 20261129t211500z-1a2b
    database_id: 7439/app
    project: ratchet-rehearsal-20261129t211500z-1a2b-new
    services: [pact-broker]
    url: "http://{pact-broker}:9292/diagnostic/status/heartbeat"
"""

RETURN = r"""
containers:
  description: As of M(ratchet.runtime.runtime_probe), like C(http), C(database), C(logs) and C(signature).
  returned: success
  type: list
  elements: dict
answers:
  description: What O(requests) came to, each with C(status) and C(json), or C(error), and C(milliseconds).
  returned: success
  type: list
  elements: dict
results:
  description: What O(commands) came to, each with C(exit_code) (null when it took too long), C(said) and C(seconds).
  returned: success
  type: list
  elements: dict
contents:
  description: What the copy holds, or null.
  returned: success
  type: dict
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.ratchet.runtime.plugins.module_utils import arguments, caretaker, container_command, health
from ansible_collections.ratchet.runtime.plugins.module_utils import rehearsal_questions as questions
from ansible_collections.ratchet.runtime.plugins.module_utils.engine import Engine
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import run_module
from ansible_collections.ratchet.runtime.plugins.module_utils.rehearsal import Rehearsal


def probe(params: dict[str, Any]) -> dict[str, Any]:
    """Ask."""
    engine = Engine.connect()
    rehearsal = Rehearsal(engine, params["id"], params["database_id"])
    with caretaker.heard(params["state_dir"], params["id"]):
        rehearsal.refuse_full()
        access = rehearsal.access(params["database_id"].partition("/")[2])
        place = health.Place(params["project"], "/", tuple(params["services"]), params["url"], {})
        patience = min(params["patience"], health.MOST_PATIENCE)
        # Before anything is asked for: a request may write.
        contents = rehearsal.contents() if params["contents"] else None
        said = health.probe(engine, place, params["seen"], patience, params["all_logs"], access, rehearsal.get)
        return {
            **questions.in_short(said, f"{params['project']}-"),
            "answers": [_asked(engine, rehearsal, params["project"], each) for each in params["requests"]],
            "results": [_run(engine, params["project"], each) for each in params["commands"]],
            "contents": contents,
        }


def _asked(engine: Engine, rehearsal: Rehearsal, project: str, asked: dict[str, Any]) -> dict[str, Any]:
    return questions.request(rehearsal, questions.container_of(engine, project, asked["service"]), asked)


def _run(engine: Engine, project: str, asked: dict[str, Any]) -> dict[str, Any]:
    return container_command.run(engine, questions.container_of(engine, project, asked["service"]), asked["argv"])


def main() -> None:
    """Ask."""
    module = AnsibleModule(
        argument_spec={
            **arguments.REHEARSING,
            "project": {"type": "str", "required": True},
            "services": {"type": "list", "elements": "str", "required": True},
            "url": {"type": "str", "default": ""},
            "seen": {"type": "str", "default": ""},
            "patience": {"type": "float", "default": 0},
            "all_logs": {"type": "bool", "default": False},
            "requests": {"type": "list", "elements": "dict", "default": []},
            "commands": {"type": "list", "elements": "dict", "default": []},
            "contents": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    run_module(module, lambda: probe(module.params))


if __name__ == "__main__":
    main()

#!/usr/bin/python
# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who a database is and what goes on in it."""

from __future__ import annotations

DOCUMENTATION = r"""
module: postgres_info
short_description: Identity, ledger and activity of a runtime's Postgres database
version_added: 0.1.0
author: The ratchet.runtime contributors (@ratchet-project)
description:
  - Finds the database of a runtime and tells who it is, how large, which migrations were applied, and who is busy in it.
  - Reads only, in a read-only session.
extends_documentation_fragment:
  - ratchet.runtime.runtime
  - ratchet.runtime.runtime.looking
"""

EXAMPLES = r"""
- name: Look at the database that the runtime's own environment names
  ratchet.runtime.postgres_info:
    project_dir: /opt/pact-broker
  register: postgres

- name: Look at a database that is a service of the project
  ratchet.runtime.postgres_info:
    project_dir: /opt/airflow
    database:
      service: postgres
"""

RETURN = r"""
database:
  description: The database.
  returned: success
  type: dict
  contains:
    id:
      description: System identifier of the cluster and name of the database, the same from wherever one looks.
      type: str
      sample: 7574621930573160486/app
    system_identifier:
      description: The cluster's system identifier.
      type: str
    name:
      description: Name of the database.
      type: str
    server_version:
      description: Version of the server.
      type: str
    server_major:
      description: Major version of the server.
      type: int
    size:
      description: Size in bytes.
      type: int
    data_size:
      description: Size of the tables without their indexes in bytes.
      type: int
    standby:
      description: Whether the server is a standby.
      type: bool
    extensions:
      description: Installed extensions and their versions.
      type: dict
    ledger:
      description: Framework, tables, heads and head of the migration ledger; null when no known one is there.
      type: dict
      sample: {framework: alembic, tables: [public.alembic_version], heads: [3f1c2a9d8b7e], head: 3f1c2a9d8b7e}
    access:
      description: How it is reached; without the password.
      type: dict
activity:
  description:
    - The other sessions in the database, with pid, state, ages in seconds, the pids that block them, whether they change the schema
      (hold or await an C(ACCESS EXCLUSIVE) lock) and whether they write.
  returned: success
  type: list
  elements: dict
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.ratchet.runtime.plugins.module_utils import arguments, observation, postgres
from ansible_collections.ratchet.runtime.plugins.module_utils.engine import Engine
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import run_module


def look(params: dict[str, Any]) -> dict[str, Any]:
    """Look at the database."""
    access = observation.database_access(
        Engine.connect(), params["project_dir"], params["services"], params["database"]
    )
    with postgres.session(access) as connection:
        identity = {
            **postgres.identify(connection),
            "extensions": postgres.extensions(connection),
            "access": access.describe(),
        }
        return {"database": identity, "activity": postgres.activity(connection)}


def main() -> None:
    """Look."""
    module = AnsibleModule(argument_spec=arguments.PROJECT, supports_check_mode=True)
    run_module(module, lambda: look(module.params))


if __name__ == "__main__":
    main()

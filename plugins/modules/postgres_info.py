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
    seen_as:
      description: This host's address, as the server sees it; null when it is reached through a Unix socket.
      type: str
    ledger:
      description:
        - What the migration framework keeps about what it has applied; null when no ledger is known there.
        - A ledger is recognised by its columns, whatever its table is called. Known are those of Alembic, Django, Rails, Sequel, Flyway,
          Liquibase, Knex, Prisma, TypeORM, golang-migrate, goose, EF Core, Sequelize/Umzug, db-migrate and node-pg-migrate.
        - All ledgers of a database are read together; C(framework) is that of the first.
      type: dict
      sample:
        framework: alembic
        tables: [public.alembic_version]
        heads: [3f1c2a9d8b7e]
        head: 3f1c2a9d8b7e
        applied:
        dirty: false
        dirty_migration:
        dirty_remedy:
        locked:
      contains:
        framework:
          description: The framework, as profiles name it.
          type: str
        tables:
          description: The tables that are ledgers.
          type: list
          elements: str
        heads:
          description: The newest applied migrations, one for each branch or application.
          type: list
          elements: str
        head:
          description:
            - One word that is the same where the same migrations are applied, in whatever order, and another after every migration.
              Alembic's and single version numbers as they are; of other frameworks the newest migration or, where they have no order,
              their number, and after C(~) a short hash of all that are applied.
            - Ends with C(!) when the ledger is dirty.
          type: str
        applied:
          description: How many migrations are applied; null where the framework doesn't say.
          type: int
        dirty:
          description: Whether a migration was begun and has neither ended nor been taken back.
          type: bool
        dirty_migration:
          description: Which one.
          type: str
        dirty_remedy:
          description: What is done about it with this framework.
          type: str
        locked:
          description: That somebody migrates, where the framework keeps it in a table (Liquibase and Knex). C(by) and C(since), the C(table) and
            the C(remedy) if it was left behind by a process that is gone.
          type: dict
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
from ansible_collections.ratchet.runtime.plugins.module_utils import activity, arguments, observation, postgres
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
        return {"database": identity, "activity": activity.sessions(connection)}


def main() -> None:
    """Look."""
    module = AnsibleModule(argument_spec=arguments.PROJECT, supports_check_mode=True)
    run_module(module, lambda: look(module.params))


if __name__ == "__main__":
    main()

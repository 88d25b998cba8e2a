#!/usr/bin/python
# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: watch
short_description: Watch a host until engine, application and database agree that it is well
version_added: 0.1.0
author: The ratchet.runtime contributors (@ratchet-project)
description:
  - Asks M(ratchet.runtime.runtime_probe) again and again, prints a line when something changes and at least every 15 seconds, and
    ends when all is well for the monitor period, or with the cause of the trouble.
  - Slowness with progress is no trouble, and progress is anything that moves, the counters of PostgreSQL's progress reports, too. A migration
    is never killed.
  - A migration that waits for another session's lock is told with that session's pid, host and service, state and for how long. A ledger that
    is dirty or locked is never well.
  - Internal to the collection until its interface settles.
options:
  plan:
    description: The plan, as returned by M(ratchet.runtime.plan).
    type: dict
    required: true
  image_ids:
    description: Ids of the planned image on this host; any image will do when empty.
    type: list
    elements: str
    default: []
  database:
    description: Where the database is, as in M(ratchet.runtime.postgres_info).
    type: dict
    default: {}
  trouble:
    description: What went wrong before there was anything to watch. The task fails with it, and with the state of the fleet and the way back.
    type: str
    default: ''
  only:
    description:
      - The one service that is expected so far, with one container. If it answers the health URL, it is well as soon as it does so.
    type: str
    default: ''
  back:
    description: Whether the host has its version before again, and is watched as such.
    type: bool
    default: false
  keeps:
    description: Whether the host keeps the version that it had before a rollback, as something went wrong before another was written.
    type: bool
    default: false
  state:
    description: The state to tell with O(trouble).
    type: str
    default: not started
  observed:
    description: Name of the variable in which each host has registered the result of M(ratchet.runtime.runtime_info). The server of the database
      told there as which address it sees the host, so that a session that blocks the migration can be named by its host.
    type: str
    default: runtime_observed
attributes:
  idempotent:
    description: Run twice in a row with the same arguments, the second time says that nothing has changed.
    support: full
  platform:
    description: Target systems that it works on.
    support: full
    platforms: posix
  check_mode:
    description: Can run in C(check_mode) and return what it would return otherwise.
    support: none
    details:
      - In check mode, there is nothing to watch, and the task is skipped.
  diff_mode:
    description: Will return details on what has changed when in diff mode.
    support: none
    details:
      - It changes nothing.
"""

EXAMPLES = r"""
- name: Watch it until it is well
  ratchet.runtime.watch:
    plan: "{{ runtime_plan }}"
  register: runtime_watched
"""

RETURN = r"""
state:
  description: The last state, one of V(stable), V(crashed), V(unhealthy), V(stalled).
  returned: always
  type: str
head:
  description: The schema head that the database settled on.
  returned: always
  type: str
applied:
  description: How many migrations are applied, where the framework says.
  returned: always
  type: int
seconds:
  description: How long it took.
  returned: always
  type: float
states:
  description: Each state that it was seen in, and how many seconds after the watch began, V(200) of them at most.
  returned: always
  type: list
  sample: [[starting, 0.4], [migrating, 2.1], [healthy, 9.8], [stable, 19.8]]
replaced_at:
  description: When the first of the containers was started, in epoch seconds by the controller's clock; none unless Compose has replaced others by them.
  returned: always
  type: float
began:
  description: When the watch began, in epoch seconds by the controller's clock.
  returned: always
  type: float
ended:
  description: When it ended.
  returned: always
  type: float
obstacle:
  description: What keeps the host from going back by its image and files alone; none when nothing does.
  returned: on failure
  type: str
logs:
  description: The last log lines of containers in trouble, or of all if none is, secrets masked.
  returned: on failure
  type: dict
"""

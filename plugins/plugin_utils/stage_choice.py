# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which stages of an upgrade are done, by ``--tags``: those before the roll-out alone, or all. Pure.

All of the playbook has the same tags, so that Ansible runs all of it or nothing; what is left out is left out of the plan. So no guard
can be skipped while what it guards is done.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

# What stops nothing. The roll-out is none of them: it isn't done without those before it.
STAGES = ("plan", "prepare", "backup")
# Ansible's own words for everything: https://docs.ansible.com/ansible/latest/playbook_guide/playbooks_tags.html
_EVERYTHING = ("all", "tagged")


def chosen(tags: Collection[str]) -> frozenset[str] | None:
    """The stages that ``--tags`` names; None for a whole upgrade."""
    named = frozenset(tags) & frozenset(STAGES)
    return None if not named or {*tags} & {*_EVERYTHING} else named


def only(plan: Mapping[str, Any], stages: Collection[str]) -> dict[str, Any]:
    """The plan, as it travels, without what isn't chosen: no host is stopped, written to or migrated."""
    return {
        **plan,
        "changes": False,
        "resumes": False,
        "delay": 0.0,
        "hosts": {name: _host(each, stages) for name, each in plan["hosts"].items()},
    }


def _host(host: Mapping[str, Any], stages: Collection[str]) -> dict[str, Any]:
    left = {**host, "action": "none", "migrates": False, "stops": False}
    if "prepare" not in stages:
        left |= {"images": [], "edits": [], "builds": {}}
    return left if "backup" in stages else {**left, "backs_up": False}


def told(stages: Collection[str]) -> str:
    """A line about what is left out."""
    named = [stage for stage in STAGES if stage in stages]
    return f"Only {' and '.join(named)} (--tags): nothing is stopped, and no file of the project is changed"

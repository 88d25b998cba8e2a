#!/usr/bin/python
# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: history
short_description: Print what was deployed where, by whom, and why
version_added: 0.1.0
author: The ratchet.runtime contributors (@ratchet-project)
description:
  - Puts together what the journals of all hosts tell, as each host registered it with M(ratchet.runtime.journal_info), and prints it.
  - Fails, after that, when a host or a journal couldn't be read.
extends_documentation_fragment:
  - ratchet.runtime.runtime.looking
options:
  journals:
    description: Name of the variable in which each host registered its journals.
    type: str
    default: runtime_journal
  output:
    description: How it is printed.
    type: str
    choices: [table, json]
    default: table
  file:
    description: A file on the controller that gets it instead of the screen, relative to where C(ansible-playbook) was started.
    type: str
    default: ''
"""

EXAMPLES = r"""
- name: Print it
  ratchet.runtime.history:
  run_once: true
"""

RETURN = r"""
deploys:
  description: One entry for each deploy on each host, oldest first, with all that was recorded.
  returned: always
  type: list
  elements: dict
"""

#!/usr/bin/python
# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: bundle
short_description: Pack a support bundle on the controller
version_added: 0.1.0
author: The ratchet.runtime contributors (@ratchet-project)
description:
  - Puts what each host registered with M(ratchet.runtime.evidence) into one file on the controller (C(tar.gz), mode 0600), with the versions on the
    controller, the history of deploys, the page of the last run where there is one, and a C(README.md) that says what is where, and what couldn't be
    looked at.
attributes:
  idempotent:
    description: Run twice in a row with the same arguments, the second time says that nothing has changed.
    support: none
    details:
      - Each call packs a bundle of its own.
  platform:
    description: Target systems that it works on.
    support: full
    platforms: posix
  check_mode:
    description: Can run in C(check_mode) and predict the change without making it.
    support: full
  diff_mode:
    description: Will return details on what has changed when in diff mode.
    support: none
options:
  evidence:
    description: Name of the variable in which each host registered its part.
    type: str
    default: runtime_evidence
  directory:
    description: Directory on the controller, which is made where it is missing. A relative one is meant from where the run was started.
    type: path
    default: .
  reports:
    description: Directory of the pages of runs on the controller; none when empty.
    type: path
    default: ''
"""

EXAMPLES = r"""
- name: Pack it
  ratchet.runtime.bundle:
    directory: /tmp
  run_once: true
"""

RETURN = r"""
bundle:
  description: The file, and what couldn't be looked at.
  returned: success
  type: dict
  sample: {path: /tmp/ratchet-bundle-20261130T120000Z.tar.gz, size: 20480, troubles: []}
"""

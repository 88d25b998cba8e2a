# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host on which no module can run, as there is no Python that would do. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError

# What Ansible says of an interpreter that isn't there, and of one that is too old for its modules.
_MISSING = re.compile(r"The module interpreter '(?P<path>[^']*)' was not found")
_TOO_OLD = re.compile(
    r"requires (?:a minimum of )?Python (?:version )?(?P<least>\d+(?:\.\d+)*)\D*?Current version: (?P<found>[\d.]+\d)"
)
_INSTALL = "Install it there (apt-get install python3, dnf install python3, apk add python3)"


def why(answer: Mapping[str, Any]) -> str:
    """What is wrong with a host's Python and what to do about it, from a module's failure; empty when that is none of it."""
    told = " ".join(str(answer.get(key) or "") for key in ("msg", "module_stdout", "module_stderr", "exception"))
    if missing := _MISSING.search(told):
        return str(
            RatchetError(
                f"there is no Python at {missing['path']} on this host, where Ansible looks for it",
                f"{_INSTALL}, or set ansible_python_interpreter to where it is",
            )
        )
    if old := _TOO_OLD.search(told):
        return str(
            RatchetError(
                f"Python {old['found']} on this host is too old for Ansible's modules",
                f"Install Python {old['least']} or newer there, and set ansible_python_interpreter to it",
            )
        )
    return ""

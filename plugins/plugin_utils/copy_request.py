# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ``runtime_backup_copy`` asks of the controller itself."""

from __future__ import annotations

from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.plugin_utils import approval, copies, fetched


def from_here(copy: Any) -> Any:
    """What copy is asked for, a relative directory meant from where the run was started."""
    to = copies.told(copy).get("to")
    return {**copy, "to": approval.absolute(to)} if to else copy


def troubles(copy: Any) -> tuple[RatchetError, ...]:
    """What is wrong with the controller's own part."""
    to = copies.told(copy).get("to")
    try:
        if to:
            fetched.refuse_place(to)
    except RatchetError as error:
        return (RatchetError(f"runtime_backup_copy: {error.reason}", error.remedy),)
    return ()

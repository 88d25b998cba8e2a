# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the controller keeps the pages of runs (``runtime_report_dir``)."""

from __future__ import annotations

from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.plugin_utils import approval, fetched


def troubles(directory: str) -> tuple[RatchetError, ...]:
    """What keeps this user from putting a page there; found when the plan is made, as it would come too late afterwards.

    :param directory: as the operator wrote it; empty for no pages.
    """
    try:
        if directory:
            fetched.refuse_place(approval.absolute(directory), "report")
    except RatchetError as error:
        return (RatchetError(f"runtime_report_dir: {error.reason}", error.remedy),)
    return ()

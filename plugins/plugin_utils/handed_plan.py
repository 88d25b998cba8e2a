# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A kept plan as one short text, for where two runs share no file: AWX hands it from one job of a workflow to the next. Pure."""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from collections.abc import Mapping
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.plugin_utils import approval

# What it is called in a message, and the variable that it travels in.
WHAT = "the approved plan (runtime_approved_plan)"
# Characters. AWX sets no limit, but copies it into every later job of the workflow. 200 hosts need 100,000.
MOST = 256 * 1024
# Bytes that it may unfold to: 40 times the plan of 200 hosts. Whoever hands in more wants the controller's memory.
_UNFOLDED = 32 * 1024 * 1024
_ANEW = "Run the playbook plan again, and hand on what it gives"


def pack(content: Mapping[str, Any]) -> str:
    """A sealed plan as text; empty where it would be longer than :data:`MOST`."""
    plain = json.dumps(content, sort_keys=True, separators=(",", ":")).encode()
    text = base64.b64encode(zlib.compress(plain, 9)).decode()
    return text if len(text) <= MOST else ""


def unpack(text: str) -> dict[str, Any]:
    """The plan in a text that :func:`pack` made.

    :raises RatchetError: when there is none, or it isn't as it was made.
    """
    try:
        unfolding = zlib.decompressobj()
        plain = unfolding.decompress(base64.b64decode(text.strip(), validate=True), _UNFOLDED)
        if not unfolding.eof:
            raise ValueError
        content = json.loads(plain)
    except (ValueError, binascii.Error, zlib.error, RecursionError):
        raise RatchetError(f"{WHAT} isn't one, or not all of it", _ANEW) from None
    return approval.unsealed(content, WHAT, _ANEW)


def kept(path: str, text: str) -> tuple[dict[str, Any], str]:
    """The plan that is to be executed, from a file or from a text, and what it is called; empty where none is given.

    :raises RatchetError: also when both are given: only one can have been approved.
    """
    if path and text.strip():
        raise RatchetError(
            "two plans are to be executed, that in runtime_plan_file and that in runtime_approved_plan",
            "Give one of them",
        )
    if path:
        return approval.read(approval.absolute(path)), f"the plan in {approval.absolute(path)}"
    return (unpack(text), WHAT) if text.strip() else ({}, "")

# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options that several modules share; documented in the fragment ``runtime``."""

from __future__ import annotations

from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils import journal

DATABASE: dict[str, Any] = {
    "type": "dict",
    "default": {},
    "options": {
        "dsn": {"type": "str", "no_log": True},
        "service": {"type": "str"},
        "name": {"type": "str"},
        "user": {"type": "str"},
        "password": {"type": "str", "no_log": True},
        "image": {"type": "str"},
    },
}

PROJECT: dict[str, Any] = {
    "project_dir": {"type": "path", "required": True},
    "services": {"type": "list", "elements": "str", "default": []},
    "database": DATABASE,
}

REGISTRY: dict[str, Any] = {
    "type": "dict",
    "default": {},
    "options": {"username": {"type": "str"}, "password": {"type": "str", "no_log": True}},
}

# Of modules that have a part in a rehearsal.
REHEARSING: dict[str, Any] = {
    "id": {"type": "str", "required": True},
    "database_id": {"type": "str", "required": True},
    "state_dir": {"type": "path", "default": journal.DIRECTORY},
}

# Of modules whose work is the Docker daemon's: how long a call waits for it.
PATIENT: dict[str, Any] = {
    "patience": {"type": "float", "default": 0},
    "resumes": {"type": "str", "default": ""},
}

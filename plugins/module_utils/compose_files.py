# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files that Compose finds by itself in a project's directory."""

from __future__ import annotations

import os

from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError

# In the order in which Compose looks for them: https://docs.docker.com/reference/cli/docker/compose/#use--f
BASE_FILES = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml")
OVERRIDE_FILES = (
    "compose.override.yaml",
    "compose.override.yml",
    "docker-compose.override.yaml",
    "docker-compose.override.yml",
)


def standard(directory: str) -> tuple[str, ...]:
    """The compose file and what overrides it; none without a first one."""
    there = [
        [path for path in (os.path.join(directory, name) for name in names) if os.path.isfile(path)][:1]
        for names in (BASE_FILES, OVERRIDE_FILES)
    ]
    return tuple(there[0] + there[1]) if there[0] else ()


def needed(directory: str) -> tuple[str, ...]:
    """The same, where nothing else says what the project is.

    :raises RatchetError: when there is none; with ``without_project`` when the directory is there.
    """
    if not os.path.isdir(directory):
        raise RatchetError(
            f"the project directory {directory} doesn't exist",
            "Set runtime_project_dir to where the compose file lives",
        )
    found = standard(directory)
    if not found:
        raise RatchetError(
            f"there is no compose file in {directory}",
            f"Set runtime_project_dir to the directory of {BASE_FILES[0]} (or {', '.join(BASE_FILES[1:])})",
            without_project=directory,
        )
    return found


def standard_env(directory: str) -> tuple[str, ...]:
    """The file that variables come from, if there is one."""
    path = os.path.join(directory, ".env")
    return (path,) if os.path.isfile(path) else ()

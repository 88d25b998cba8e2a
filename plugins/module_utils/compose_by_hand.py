# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How an operator calls Compose for a project, so that it is the one that runs. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any


def command(project: Mapping[str, Any], arguments: str) -> str:
    """The command for a shell on the host; it names what the project was started with, where Compose wouldn't find it by itself.

    :param project: as from ``Project.describe``.
    :param arguments: what follows, such as ``up --detach web``.
    """
    words = ["docker", "compose", "--project-directory", project["directory"]]
    for option, values in (("--file", "file_options"), ("--env-file", "env_file_options")):
        words += [word for value in project.get(values) or [] for word in (option, value)]
    return f"{shlex.join(words)} {arguments}"

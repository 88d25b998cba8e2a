# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A file of tasks, read by Ansible's own parser.

What it can't parse ends the whole run at the moment when it is included, without rescue or always: a host that waits for its
undrain would never get it. So that is found out before anything begins.
"""

from __future__ import annotations

from typing import Any

from ansible.errors import AnsibleError, AnsibleParserError, AnsibleUndefinedVariable
from ansible.playbook.helpers import load_list_of_blocks
from ansible.playbook.play import Play
from ansible.vars.manager import VariableManager
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.masking import printable

# Of Ansible's message: what is wrong and where, not the excerpt of the file.
_MOST = 300


def check(path: str, loader: Any) -> None:
    """See that a file holds tasks that can be included.

    :param loader: Ansible's, which knows the secrets of a vaulted file.
    :raises RatchetError: naming the file.
    """
    try:
        tasks = loader.load_from_file(path)
        kind = _kind(tasks)
        if kind:
            raise RatchetError(
                f"{path} is {kind}, not a list of tasks", "Write it as a task file, as for include_tasks"
            )
        variables = VariableManager(loader=loader)
        load_list_of_blocks(
            tasks, play=Play.load({"hosts": "localhost"}, loader=loader), loader=loader, variable_manager=variables
        )
    except AnsibleParserError as error:
        # As below; before ansible-core 2.19 it comes wrapped.
        if isinstance(getattr(error, "orig_exc", None), AnsibleUndefinedVariable):
            return
        raise RatchetError(f"{path} can't be used: {_told(error)}", "Mend the file") from error
    except AnsibleError:
        # What a file imports in its turn may depend on variables that aren't there yet.
        return


def _kind(content: Any) -> str:
    """What a file is that isn't a list of tasks."""
    if content is None or content == []:
        return "empty"
    if not isinstance(content, list) or not all(isinstance(each, dict) for each in content):
        return "something else"
    if any("hosts" in each or "import_playbook" in each for each in content):
        return "a playbook"
    return ""


def _told(error: AnsibleError) -> str:
    return " ".join(printable(str(error.message)[:_MOST]).split()).rstrip(".")

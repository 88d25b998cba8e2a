# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one exception of the core: what is wrong, and what to do about it."""

from __future__ import annotations

import errno
import traceback
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule


def harmless(text: str) -> str:
    """``text`` without control characters but line breaks: labels and files of others may hold codes that take over a terminal."""
    return "".join(character for character in text if character.isprintable() or character in "\n\t")


_REMEDIES = {
    errno.ENOSPC: "Free some space there, then run again",
    errno.EDQUOT: "Free some space there, then run again",
    errno.EACCES: "Let Ansible connect as one who may, or set ansible_become: true",
    errno.EPERM: "Let Ansible connect as one who may, or set ansible_become: true",
}


class RatchetError(Exception):
    """A refusal or failure that an operator can act on.

    :param why: what is wrong and where, one sentence without a full stop.
    :param what_to_do: what to do about it, one sentence without a full stop.
    :param details: JSON-serialisable facts that go into the module's result beside ``msg``.
    """

    def __init__(self, why: str, what_to_do: str, /, **details: Any) -> None:
        super().__init__(why)
        self.reason = harmless(why)
        self.remedy = harmless(what_to_do)
        self.details = details

    def __str__(self) -> str:
        return f"{self.reason}. {self.remedy}."


def run_module(module: AnsibleModule, act: Callable[[], dict[str, Any]]) -> None:
    """Run ``act`` and exit with its result; the only place where errors become module failures."""
    try:
        result = act()
    except RatchetError as error:
        module.fail_json(msg=str(error), **error.details)
    except Exception as error:  # pylint: disable=broad-exception-caught
        told = _of_others(error)
        if not told:
            raise
        module.fail_json(msg=str(told), exception=traceback.format_exc())
    module.exit_json(**result)


def _of_others(error: Exception) -> RatchetError | None:
    """What the engine or the operating system refused; None for a mistake of ours."""
    # The SDK is imported late, so its exceptions (of which many are OSErrors, too) are told by where they come from.
    if type(error).__module__.partition(".")[0] in ("docker", "requests", "urllib3"):
        return RatchetError(f"the Docker engine failed: {error}", "See to the engine on this host, then run again")
    if isinstance(error, OSError):
        remedy = _REMEDIES.get(error.errno or 0, "Mend that, then run again")
        return RatchetError(f"{error.filename or 'a file on this host'}: {error.strerror or error}", remedy)
    return None

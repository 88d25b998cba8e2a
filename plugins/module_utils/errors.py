# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one exception of the core: what is wrong, and what to do about it."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule


def harmless(text: str) -> str:
    """``text`` without control characters but line breaks: labels and files of others may hold codes that take over a terminal."""
    return "".join(character for character in text if character.isprintable() or character in "\n\t")


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
    except OSError as error:
        module.fail_json(
            msg=f"{error.filename or 'the host'}: {error.strerror or error}.", exception=traceback.format_exc()
        )
    except Exception as error:  # pylint: disable=broad-exception-caught
        # The SDK is imported late, so its exceptions are told by where they come from.
        if type(error).__module__.partition(".")[0] not in ("docker", "requests", "urllib3"):
            raise
        module.fail_json(
            msg=f"the Docker engine failed: {error}. See to the engine on this host, then run again.",
            exception=traceback.format_exc(),
        )
    module.exit_json(**result)

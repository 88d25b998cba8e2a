# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The operator's own task files that are called on each host's way (``runtime_hooks``): named, found, checked."""

from __future__ import annotations

import difflib
import hashlib
import os
from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.plugin_utils.plan import Hook

# In the order in which a host meets them.
NAMES = ("before", "drain", "smoke", "undrain", "after")
# One is no good without the other, and why.
_PAIRS = {
    "drain": ("undrain", "every host would stay out of the balancer"),
    "undrain": ("drain", "it would never be called"),
}


def read(
    wanted: Any, locate: Callable[[str], str], check: Callable[[str], None]
) -> tuple[dict[str, Hook], tuple[RatchetError, ...]]:
    """The hooks, and everything that is wrong with them.

    :param wanted: ``runtime_hooks`` as the operator wrote it: names to task files; an empty file name is none.
    :param locate: a file's absolute path on the controller.
    :param check: raises RatchetError when the file at a path doesn't hold tasks.
    """
    if not isinstance(wanted or {}, Mapping):
        return {}, (_wrong("", f"{type(wanted).__name__} is no mapping", "Write it as {drain: FILE, undrain: FILE}"),)
    named = {str(name): file for name, file in (wanted or {}).items() if file not in (None, "")}
    troubles = [_unknown(name) for name in named if name not in NAMES]
    for name, (other, why) in _PAIRS.items():
        if name in named and other not in named:
            troubles.append(_wrong(name, f"there is no {other} beside it, so {why}", f"Name a task file for {other}"))
    found = {}
    for name in NAMES:
        try:
            if name in named:
                found[name] = _hook(name, named[name], locate, check)
        except RatchetError as error:
            troubles.append(error)
    return found, tuple(troubles)


def _hook(name: str, file: Any, locate: Callable[[str], str], check: Callable[[str], None]) -> Hook:
    if not isinstance(file, str):
        raise _wrong(name, f"{file!r} is no file name", "Give the path of a task file on the controller")
    path = locate(file)
    try:
        with open(path, "rb") as opened:
            content = opened.read()
    except FileNotFoundError:
        raise _wrong(
            name,
            f"there is no file {path} on the controller",
            "Give its absolute path, or a relative one from where the run is started or from the inventory",
        ) from None
    except OSError as error:
        raise _wrong(name, f"{path} can't be read: {error.strerror}", "Give the path of a task file") from error
    try:
        check(path)
    except RatchetError as error:
        raise _wrong(name, error.reason, error.remedy) from error
    return Hook(file=file, sha256=hashlib.sha256(content).hexdigest(), path=os.path.abspath(path))


def _unknown(name: str) -> RatchetError:
    meant = difflib.get_close_matches(name, NAMES, n=1)
    remedy = f"Write {meant[0]}, if that is what you mean" if meant else f"There are: {', '.join(NAMES)}"
    return _wrong("", f"there is no hook called {name!r}", remedy)


def _wrong(name: str, reason: str, remedy: str) -> RatchetError:
    return RatchetError(f"runtime_hooks{'.' if name else ''}{name}: {reason}", remedy)

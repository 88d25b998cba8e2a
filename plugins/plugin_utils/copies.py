# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What kind of copy off the host is asked for (``runtime_backup_copy``), and what is wrong with that. Pure."""

from __future__ import annotations

import difflib
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils import masking
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError

_KEYS = ("to", "command", "check", "environment")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_EXAMPLE = (
    "Write {to: DIRECTORY} for a copy on the controller, or {command: [rclone, copy, '{path}', 'store:backups/{id}'], "
    "check: [rclone, hashsum, sha256, --download, 'store:backups/{id}']}"
)


def errors(asked: Any) -> Iterator[RatchetError]:
    """Everything that is wrong with what is asked for; nothing is wrong with asking for no copy.

    :param asked: as it was written.
    """
    if asked is None or asked == "" or asked == {}:
        return
    if not isinstance(asked, Mapping):
        yield RatchetError("it has to be a dictionary", _EXAMPLE)
        return
    unknown = [key for key in asked if key not in _KEYS]
    for key in unknown:
        meant = difflib.get_close_matches(str(key), _KEYS, n=1)
        remedy = f"Write {meant[0]}, if that is what you mean" if meant else f"There is: {', '.join(_KEYS)}"
        yield RatchetError(f"{key!r} means nothing", remedy)
    given = {key for key in _KEYS if asked.get(key) not in (None, "", [], {})}
    if given >= {"to", "command"}:
        yield RatchetError("it names to and command, and it has to be one of them", _EXAMPLE)
    elif not given & {"to", "command"}:
        if not unknown:
            yield RatchetError("it names neither to nor command, and it has to be one of them", _EXAMPLE)
    elif "to" in given and given & {"check", "environment"}:
        yield RatchetError(
            "check and environment are for a command", "Leave them out: what is fetched is compared here"
        )
    elif "command" in given and "check" not in given:
        yield RatchetError("a command without a check proves nothing", _EXAMPLE)
    if "to" in given and (not isinstance(asked["to"], str) or "\0" in asked["to"]):
        yield RatchetError("to isn't the name of a directory", "Write it as to: /srv/backups")
    for key in ("command", "check"):
        if key in given:
            yield from _errors_of_command(key, asked[key])
    yield from _errors_of_environment(asked.get("environment"))


def _errors_of_command(key: str, argv: Any) -> Iterator[RatchetError]:
    if not isinstance(argv, Sequence) or isinstance(argv, str | bytes):
        yield RatchetError(
            f"{key} has to be a list: no shell takes it apart", f"Write it as {key}: [program, argument, ...]"
        )
    elif not all(_is_text(each) for each in argv) or not str(argv[0]):
        yield RatchetError(f"{key} has to be a list of text", f"Write it as {key}: [program, argument, ...]")
    elif any(masking.mask(str(each)) != str(each) for each in argv):
        yield RatchetError(
            f"{key} holds a password in a URL, which every user of the host could read",
            "Hand it over in environment, or in a file that only the command reads",
        )


def _errors_of_environment(environment: Any) -> Iterator[RatchetError]:
    if environment in (None, ""):
        return
    if not isinstance(environment, Mapping):
        yield RatchetError("environment has to be a dictionary", "Write it as environment: {NAME: value}")
        return
    for name, value in environment.items():
        if not isinstance(name, str) or not _VARIABLE.fullmatch(name):
            yield RatchetError(f"environment: {name!r} can't be the name of a variable", "Use letters, digits and _")
        elif not _is_text(value):
            # The value is nobody's to see.
            yield RatchetError(f"environment: the value of {name} isn't text", "Put it in quotes")


def _is_text(value: Any) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool) and "\0" not in str(value)


def told(asked: Any) -> dict[str, Any]:
    """What is asked for without its secrets: fit for a plan. Empty when there is to be no copy, or what is asked for isn't fit."""
    if not asked or next(errors(asked), None):
        return {}
    if asked.get("to"):
        return {"to": asked["to"]}
    return {key: [str(each) for each in asked[key]] for key in ("command", "check")}


def place(wish: Mapping[str, Any], id: str = "") -> str:
    """Where a copy is, or will be: the words for people.

    :param wish: as :func:`told` returns it.
    """
    if wish.get("to"):
        return f"{wish['to'].rstrip('/')}/{id} on the controller" if id else f"{wish['to']} on the controller"
    command = shlex.join(each.replace("{id}", id) if id else each for each in wish["command"])
    return f"where `{command}` puts it"

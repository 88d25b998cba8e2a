# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A backup copied off its host by somebody's own command, and believed only when the checksums over there are right."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, Any

from ansible_collections.ratchet.runtime.plugins.module_utils import checksums, masking, store
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError

# Longer lines are no checksums of anything that a backup holds.
_LONGEST_LINE = 64 * 1024
# Bytes of what a command said that are looked at for an error.
_TAIL = 8192


@dataclass(frozen=True)
class Hook:
    """What copies, and what tells afterwards what is over there.

    :ivar command: program and arguments; no shell sees them. ``{path}`` and ``{id}`` are the backup's.
    :ivar check: the same, of a command that prints lines as ``sha256sum`` does.
    :ivar environment: added to that of both; its values are secrets.
    """

    command: Sequence[str]
    check: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)


class Failed(RatchetError):
    """A command that was run, and said that it failed."""


def copy(manifest: Mapping[str, Any], hook: Hook) -> bool:
    """Have a backup copied, unless it is over there already, and hold what is there against what was proven.

    :param manifest: as :func:`store.read_manifest` returns it.
    :returns: whether it had to be copied.
    :raises RatchetError: when a command fails, or what is over there isn't the backup.
    """
    expected = store.checksums(manifest)
    try:
        if not _differences(hook, manifest, expected)[0]:
            return False
    except Failed:
        pass  # many a command fails where there is nothing yet
    _run(hook.command, "command", hook, manifest, None)
    harmed = store.damage(manifest, thorough=False)
    if harmed:
        raise RatchetError(
            f"the command {hook.command[0]} took the backup {manifest['id']} away instead of copying it: {', '.join(harmed[:5])}",
            "Let it copy, not move, and make a new backup. Nothing was stopped",
        )
    wrong, said = _differences(hook, manifest, expected)
    if wrong:
        raise RatchetError(
            f"the copy of {manifest['id']} isn't what was proven: {_few(wrong)}. The check {hook.check[0]} said: {said}",
            _remedy(manifest),
            wrong=wrong,
        )
    return True


def _differences(hook: Hook, manifest: Mapping[str, Any], expected: Mapping[str, str]) -> tuple[list[str], str]:
    """What is wrong over there, and the end of what the check said."""
    with tempfile.TemporaryFile() as output:
        _run(hook.check, "check", hook, manifest, output)
        wrong = checksums.wrong(_lines(output), expected)
        return wrong, _end_of(output, hook)


def _run(argv: Sequence[str], what: str, hook: Hook, manifest: Mapping[str, Any], output: IO[bytes] | None) -> None:
    """Run a command to its end, and keep what it prints in files: whatever it leaves running can't hold us up.

    :param output: where its standard output goes, if not to its errors.
    """
    path, id = manifest["path"], manifest["id"]
    own = {"RATCHET_BACKUP_PATH": path, "RATCHET_BACKUP_ID": id}
    filled = [each.replace("{path}", path).replace("{id}", id) for each in argv]
    with tempfile.TemporaryFile() as errors:
        try:
            code = subprocess.run(  # pylint: disable=ansible-bad-function  # the core knows no AnsibleModule
                filled,
                stdin=subprocess.DEVNULL,
                stdout=output or errors,
                stderr=errors,
                env={**os.environ, **hook.environment, **own},
                cwd="/",
                umask=0o077,
                check=False,
            ).returncode
        except OSError as error:
            raise RatchetError(
                f"the {what} {argv[0]} can't be run on this host: {error.strerror}",
                f"Install it here, or give its whole path. {_remedy(manifest)}",
            ) from None
        if code:
            how = f"was killed by signal {-code}" if code < 0 else f"failed with {code}"
            raise Failed(f"the {what} {argv[0]} {how}: {_end_of(errors, hook)}", _remedy(manifest))


def _lines(output: IO[bytes]) -> Iterator[str]:
    output.seek(0)
    while line := output.readline(_LONGEST_LINE):
        yield line.decode("utf-8", errors="surrogateescape").rstrip("\r\n")


def _end_of(said: IO[bytes], hook: Hook) -> str:
    """The end of what a command said, fit to be shown."""
    said.seek(max(0, said.seek(0, os.SEEK_END) - _TAIL))
    text = masking.mask(said.read().decode("utf-8", errors="replace"), masking.spellings(hook.environment.values()))
    return masking.printable(text.strip(), 1000) or "nothing"


def _few(wrong: Sequence[str]) -> str:
    more = f" and {len(wrong) - 5} more" if len(wrong) > 5 else ""
    return ", ".join(wrong[:5]) + more


def _remedy(manifest: Mapping[str, Any]) -> str:
    return f"Nothing was stopped; the backup itself is proven and stays in {manifest['path']}. See to the cause, and run again"

# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The folder of a report on the controller. Each file is whole or not there; files of others in it are left alone."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from ansible_collections.ratchet.runtime.plugins.module_utils import atomic
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.plugin_utils import reports
from ansible_collections.ratchet.runtime.plugins.plugin_utils.wording import joined, said, without_secrets

# What a caller may add, as these aren't in the report itself.
GIVEN = ("packages-current.txt", "packages-target.txt", "pinned-providers.txt")
_MADE = ("packages.txt", "packages.json", "Dockerfile", "report.html", "report.md")
# Written last: who reads it finds all else as it says.
_LAST = "report.json"
# A folder's name has two versions in it, and file systems take 255 bytes.
_LONGEST = 100


def name(report: Mapping[str, Any]) -> str:
    """``upgrade-test-CURRENT--TARGET`` for a rehearsal, ``KIND-ID`` for a run; whatever these hold, a name in one folder.

    Two rehearsals share a name only if both versions are the same.
    """
    if report.get("kind") == reports.REHEARSAL:
        return f"upgrade-test-{_part(report.get('current'))}--{_part(report.get('target'))}"
    return f"{_part(report.get('kind'))}-{_part(report.get('id'))}"


def _part(value: Any) -> str:
    text = said(value) or "unknown"
    # Two hyphens part the versions, so none has them.
    safe = quote(text, safe="+", errors="replace").replace("--", "-%2D")
    if safe.endswith("-"):
        safe = f"{safe[:-1]}%2D"
    if safe.startswith("-"):
        safe = f"%2D{safe[1:]}"
    if len(safe) > _LONGEST:
        safe = f"{safe[:60]}~{hashlib.sha256(text.encode('utf-8', 'replace')).hexdigest()[:32]}"
    return safe


def write(parent: str, report: Mapping[str, Any], extra_files: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Write the report and what belongs to it into its folder below ``parent``, which is made where it is missing.

    :param extra_files: contents by name; names are those of :data:`GIVEN`, empty contents are left out.
    :returns: ``folder``, and the names of the ``files`` in it that are this report's.
    :raises RatchetError: when it can't be written.
    """
    files = contents(report, extra_files or {})
    folder = os.path.join(os.path.abspath(parent), name(report))
    try:
        _make(folder)
        # What an earlier rehearsal had and this one hasn't would be taken for this one's.
        for stale in _stale(folder, files):
            os.unlink(os.path.join(folder, stale))
        for file, content in files.items():
            atomic.write(os.path.join(folder, file), content.encode("utf-8", "replace"), mode=0o644)
    except OSError as error:
        raise RatchetError(
            f"the report can't be written: {error.filename or folder}: {error.strerror or error}",
            "Make room for it, or name a folder that Ansible's user may write to on the controller",
        ) from error
    return {"folder": folder, "files": sorted(files)}


def contents(report: Mapping[str, Any], extra_files: Mapping[str, str]) -> dict[str, str]:
    """Every file of the folder by its name, in the order in which they are written."""
    strangers = sorted({*extra_files} - {*GIVEN})
    if strangers:
        raise RatchetError(f"a report has no file {strangers[0]!r}", f"Use: {', '.join(GIVEN)}")
    files = {"report.html": reports.html(report), "report.md": reports.markdown(report)}
    if report.get("kind") == reports.REHEARSAL:
        packages, dockerfile = report.get("packages") or {}, report.get("dockerfile") or {}
        made = {
            **extra_files,
            "packages.txt": joined(packages.get("text")),
            "packages.json": json.dumps(packages["changes"], indent=2) if "changes" in packages else "",
            "Dockerfile": dockerfile.get("content") or "",
        }
        kept = {file: without_secrets(content) for file, content in made.items() if content}
        files |= {file: content if content.endswith("\n") else f"{content}\n" for file, content in kept.items()}
    return {**files, _LAST: reports.as_json(report)}


def _make(folder: str) -> None:
    os.makedirs(os.path.dirname(folder), mode=0o755, exist_ok=True)
    try:
        os.mkdir(folder)
        # Whatever the umask is: people look at reports.
        os.chmod(folder, 0o755)
    except FileExistsError:
        # A link may lead anywhere.
        if not stat.S_ISDIR(os.lstat(folder).st_mode):
            raise RatchetError(f"{folder} is no folder", "Move it away, then run again") from None


def _stale(folder: str, files: Mapping[str, str]) -> list[str]:
    """Files of an earlier report there that this one doesn't replace; none where no earlier report is."""
    there = set(os.listdir(folder))
    return sorted(there & ({*GIVEN, *_MADE} - {*files})) if _LAST in there else []

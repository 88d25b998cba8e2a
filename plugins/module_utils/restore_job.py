# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a restore writes down, where everybody who reaches the server finds it: in the comments of the databases it makes and keeps."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils import server

_MARK = "ratchet.runtime restores "
_KEPT = re.compile(r"(?P<database>.+) as it was before (?P<backup>\S+) was restored on (?P<began>\S+)", re.DOTALL)


@dataclass(frozen=True)
class Job:
    """A restore under way, as the new database's comment tells.

    :ivar stage: ``safety`` (the dump of what is there), ``loading``, ``ready`` (compared, to be swapped).
    """

    database: str
    new: str
    before: str
    backup: str
    stage: str
    began: str
    safety: str | None = None

    def note(self, connection: Any) -> Job:
        """Write it down where the next one finds it."""
        fields = {key: value for key, value in vars(self).items() if key != "new"}
        server.comment(connection, self.new, _MARK + json.dumps(fields, sort_keys=True))
        return self

    @property
    def told(self) -> str:
        """The comment of the database that is kept, for people and for :func:`kept`."""
        return f"{self.database} as it was before {self.backup} was restored on {self.began}"


def under_way(comments: Mapping[str, str], name: str) -> Job | None:
    """The restore of a database that isn't finished.

    :param comments: of all databases of the server, by name.
    """
    for new, text in comments.items():
        if text.startswith(_MARK):
            try:
                job = Job(new=new, **json.loads(text[len(_MARK) :]))
            except (ValueError, TypeError):
                continue
            if job.database == name:
                return job
    return None


def kept(comments: Mapping[str, str], name: str) -> list[dict[str, str]]:
    """The databases that restores have set aside, oldest first: each with ``name``, the ``backup`` that took its place, and when that ``began``."""
    found = []
    for each, text in comments.items():
        told = _KEPT.fullmatch(text)
        if told and told["database"] == name:
            found.append({"name": each, "backup": told["backup"], "began": told["began"]})
    return sorted(found, key=lambda each: each["began"])


def describe(connection: Any, name: str) -> dict[str, Any]:
    """For an observation: the restore ``under_way`` (``backup`` and ``new``, the database that it fills) and what is ``kept``."""
    comments = server.comments(connection)
    job = under_way(comments, name)
    return {
        "under_way": {"backup": job.backup, "new": job.new} if job else None,
        "kept": kept(comments, name),
    }

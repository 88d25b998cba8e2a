# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the places where an image is written to the edits that write another version there. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils.references import parse
from ansible_collections.ratchet.runtime.plugins.plugin_utils.plan import Edit


def to_version(sources: list[Mapping[str, Any]], version: str, digest: str | None) -> list[Edit]:
    """One edit per file; services that share a variable are one place.

    :param sources: as from ``image_source.locate``.
    :param digest: the target's digest, for images that are pinned to one.
    """
    by_path: dict[str, dict[int, Mapping[str, Any]]] = {}
    for source in sources:
        by_path.setdefault(source["path"], {})[source["start"]] = source
    edits = []
    for path, places in by_path.items():
        changed = [(source, _new_text(source, version, digest)) for source in places.values()]
        changed = [(source, new) for source, new in changed if new != source["text"]]
        if changed:
            splices = [{"start": source["start"], "old": source["text"], "new": new} for source, new in changed]
            first = changed[0][0]
            old = "\n-".join(_line(source, source["text"]) for source, _new in changed)
            new = "\n+".join(_line(source, new) for source, new in changed)
            edits.append(Edit(path, first["before"], first["line"], old, new, splices))
    return edits


def _new_text(source: Mapping[str, Any], version: str, digest: str | None) -> str:
    if source["holds"] == "tag":
        return version
    reference = parse(source["text"])
    return f"{reference.with_tag(version)}" + (f"@{digest}" if reference.digest and digest else "")


def _line(source: Mapping[str, Any], text: str) -> str:
    return f"{source['variable']}={text}" if source["variable"] else f"{source['service']}: image: {text}"


def way_back(sources: list[Mapping[str, Any]], version: str) -> list[tuple[str, int, str]]:
    """What to write where (path, line, text) to have ``version`` again, also when an interrupted run has written the new one."""
    steps = []
    for source in sources:
        written = source["text"] if source["holds"] == "tag" else parse(source["text"]).tag
        text = source["text"] if written == version else _new_text(source, version, None)
        step = (source["path"], source["line"], _line(source, text))
        if step not in steps:
            steps.append(step)
    return steps

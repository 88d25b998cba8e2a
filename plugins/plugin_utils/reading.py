# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an operator should have read, as a report tells it: considerations, warnings, notes. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.ratchet.runtime.plugins.plugin_utils.document import Block, Item, Items, Mark
from ansible_collections.ratchet.runtime.plugins.plugin_utils.wording import said


def considerations(report: Mapping[str, Any]) -> list[Block]:
    """Facts about the versions between the two, and whether they were accepted or have to be."""
    accepted = {said(each) for each in report.get("accepted") or []}
    items = []
    for each in report.get("considerations") or []:
        id = said(each.get("id"))
        message = said(each.get("message"))
        told = f"{id}: {message}" if id and message else id or message
        items.append(Item(told, _mark(each, id in accepted), said(each.get("link"))))
    known = {said(each.get("id")) for each in report.get("considerations") or []}
    items += [Item(id, Mark("accepted", "good")) for id in sorted(accepted - known) if id]
    return [Items(items)] if items else []


def _mark(consideration: Mapping[str, Any], accepted: bool) -> Mark:
    if accepted:
        return Mark("accepted", "good")
    return Mark("to accept", "warned") if consideration.get("needs_accepting") else Mark("to know", "quiet")


def notes(report: Mapping[str, Any], key: str = "notes", mark: Mark | None = None) -> list[Block]:
    """Sentences under one key of a report."""
    items = [Item(text, mark) for each in report.get(key) or [] if (text := said(each))]
    return [Items(items)] if items else []

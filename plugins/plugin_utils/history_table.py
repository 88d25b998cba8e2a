# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was deployed where, by whom, and why, as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.ratchet.runtime.plugins.plugin_utils import operator
from ansible_collections.ratchet.runtime.plugins.plugin_utils.tables import table


def of(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """The deploys of a fleet, oldest first; each with the ``host`` that it happened on."""
    if not rows:
        return ["No deploy is recorded here."]
    several = len({each["project"] for each in rows}) > 1
    heading = (
        "when",
        "host",
        *(("project",) if several else ()),
        "deploy",
        "what",
        "from",
        "to",
        "schema",
        "outcome",
        "by",
        "why",
    )
    return table([heading, *(_deploy_row(each, several) for each in rows)], indent="")


def _deploy_row(each: Mapping[str, Any], several: bool) -> tuple[str, ...]:
    before, after = each.get("head_before"), each.get("head_after")
    schema = f"{before} > {after}" if before and after and before != after else after or before or "-"
    ids = each.get("accepted")
    accepted = f" (accepted: {', '.join(str(id) for id in ids)})" if ids and isinstance(ids, list) else ""
    by = _part(each, "by")
    return (
        str(each.get("began") or "-"),
        each["host"],
        *((each["project"],) if several else ()),
        each["deploy"],
        str(each["verb"]),
        str(_part(each, "from").get("version") or "-"),
        str(_part(each, "to").get("version") or _part(each, "backup").get("id") or "-"),
        str(schema),
        str(each.get("outcome")),
        operator.in_words(by) if by else "-",
        f"{each.get('description') or ''}{accepted}".strip() or "-",
    )


def _part(each: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """A part of a deploy; of one that somebody has edited, nothing where it is of another kind: the others are told all the same."""
    found = each.get(name)
    return found if isinstance(found, Mapping) else {}

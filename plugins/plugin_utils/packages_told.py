# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changed packages in a report: headed groups, those that break things most often first and open. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.ratchet.runtime.plugins.plugin_utils.document import (
    Block,
    Column,
    Figure,
    Figures,
    Fold,
    Mark,
    Verbatim,
    Words,
    table,
)
from ansible_collections.ratchet.runtime.plugins.plugin_utils.wording import number, said

# What breaks things: majors, and minors by way of the product's providers. These groups are open and marked.
_TO_READ = frozenset({"major", "removed", "downgraded", "unknown"})
_PROVIDERS = "providers_"


def of(packages: Mapping[str, Any]) -> list[Block]:
    """The groups of the filter ``packages_diff``, or why there are none."""
    if packages.get("error"):
        return [Words(f"The packages of the two images weren't compared: {said(packages['error'])}")]
    groups = packages.get("changes") or []
    if not groups:
        text = said(packages.get("text"))
        return [Verbatim(text, "The comparison")] if text else [Words("No package differs.")]
    return [*_counts(groups), *(_group(each) for each in groups)]


def _counts(groups: Sequence[Mapping[str, Any]]) -> list[Block]:
    """How many packages changed, and how many of them are the product's own providers."""
    of_all = sum(len(each["packages"]) for each in groups)
    of_providers = sum(len(each["packages"]) for each in groups if said(each.get("id")).startswith(_PROVIDERS))
    majors = sum(len(each["packages"]) for each in groups if said(each.get("id")).endswith("major"))
    figures = [Figure("Packages that differ", number(of_all)), Figure("Major updates", number(majors))]
    if of_providers:
        figures.insert(1, Figure("Providers among them", number(of_providers)))
    return [Figures(figures)]


def _group(group: Mapping[str, Any]) -> Fold:
    id, title = said(group.get("id")), said(group.get("title"))
    rows = [[said(each.get(key)) for key in ("name", "before", "after")] for each in group.get("packages") or []]
    columns = [Column("package", "code"), Column("before", "code"), Column("after", "code")]
    for side in (2, 1):
        if len(columns) > 2 and not any(row[side] for row in rows):  # added, or removed
            columns = [columns[0], Column("version", "code")]
            rows = [[row[0], row[3 - side]] for row in rows]
    own = id == "product" or id.startswith(_PROVIDERS)
    to_read = id == "product" or id.removeprefix(_PROVIDERS) in _TO_READ
    mark = Mark("read its release notes", "warned") if own and to_read else None
    return Fold(title, table(title, columns, rows), str(len(rows)), opened=own or to_read, heading=True, mark=mark)

# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A report as Markdown, as merge requests and issues show it: GitHub's and GitLab's tables and folds. Pure.

Texts of others stand in table cells, list entries and code only, never at the beginning of a line, where GitLab would take
``/merge`` for an order: https://docs.gitlab.com/user/project/quick_actions/
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ansible_collections.ratchet.runtime.plugins.plugin_utils.document import (
    Block,
    Chart,
    Column,
    Document,
    Facts,
    Figures,
    Fold,
    Item,
    Items,
    Mark,
    Table,
    Verbatim,
    Words,
)
from ansible_collections.ratchet.runtime.plugins.plugin_utils.wording import is_web

_SIGNS = {
    "good": "\N{WHITE HEAVY CHECK MARK} ",
    "warned": "\N{WARNING SIGN}\N{VARIATION SELECTOR-16} ",
    "bad": "\N{CROSS MARK} ",
}
_SPECIAL = re.compile(r"[\\`*_\[\]|~$#]")
# What would make a list, a heading or a rule of the line that it begins.
_BEGINNING = re.compile(r"^(?:[-+=]|\d+(?=[.)](?:\s|$)))")
# What would tell a person, or close an issue: an entity that nobody sees stands between the sign and the name.
_CALLS = re.compile(r"(?<![A-Za-z0-9])(?:@|\\?#|!)(?=[A-Za-z0-9])")


def text(document: Document) -> str:
    """The document as Markdown. Whatever its texts hold is shown as text."""
    lines = [f"# {_sign(document.verdict)}{plain(document.sentence)}", "", _emphasised(document.eyebrow), ""]
    lines += [*(_item(each) for each in document.reasons), ""] if document.reasons else []
    lines += [f"- **{each.label}**: {code(each.value) if each.code else plain(each.value)}" for each in document.about]
    lines += [""]
    for section in document.sections:
        lines += [f"## {section.title}", ""]
        lines += _blocks(section.blocks)
    return "\n".join(lines).rstrip("\n") + "\n"


def plain(value: str) -> str:
    """``value`` on one line, with nothing in it that Markdown or HTML understands."""
    lines = [_html(line) for line in value.splitlines()]
    return "<br>".join(_CALLS.sub(r"\g<0>&#8203;", _begun(_SPECIAL.sub(r"\\\g<0>", line))) for line in lines)


def _html(value: str) -> str:
    return " ".join(value.split()).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _begun(line: str) -> str:
    """A line whose beginning is no more than text."""
    match = _BEGINNING.match(line)
    if not match:
        return line
    number, rest = match[0], line[match.end() :]
    return f"{number}\\{rest}" if number.isdigit() else f"\\{line}"


def code(value: str, in_table: bool = False) -> str:
    """``value`` as a code span; in a table, the bar is escaped even there."""
    line = " ".join(value.split())
    if not line:
        return ""
    fence = "`" * (max((len(run) for run in re.findall("`+", line)), default=0) + 1)
    space = " " if "`" in (line[0], line[-1]) else ""
    return f"{fence}{space}{line.replace('|', chr(92) + '|') if in_table else line}{space}{fence}"


def _sign(mark: Mark) -> str:
    return _SIGNS.get(mark.tone, "")


def _emphasised(value: str) -> str:
    return f"**{plain(value)}**" if value.strip() else ""


def _blocks(blocks: Sequence[Block]) -> list[str]:
    return [line for block in blocks for line in [*_FORMS[block.form](block), ""]]


def _words(block: Words) -> list[str]:
    # A word of ours stands before the text of others.
    return [plain(block.text)]


def _items(block: Items) -> list[str]:
    return [_item(each) for each in block.entries]


def _item(item: Item) -> str:
    mark = f"{_sign(item.mark)}**{plain(item.mark.text)}**: " if item.mark else ""
    told = code(item.text) if item.code else plain(item.text)
    link = (
        (f" <{item.link}>" if is_web(item.link) and not re.search(r"[<>]", item.link) else f" {code(item.link)}")
        if item.link
        else ""
    )
    return f"- {mark}{told}{link}"


def _figures(block: Figures) -> list[str]:
    return [
        f"- **{each.label}**: {plain(each.value)}{f' ({plain(each.note)})' if each.note else ''}"
        for each in block.entries
    ]


def _facts(block: Facts) -> list[str]:
    return [f"- **{each.label}**: {code(each.value) if each.code else plain(each.value)}" for each in block.entries]


def _table(block: Table) -> list[str]:
    heading = " | ".join(plain(column.title) for column in block.columns)
    rule = " | ".join("---:" if column.form == "number" else "---" for column in block.columns)
    rows = [
        " | ".join(_cell(cell, column) for cell, column in zip(row, block.columns, strict=True)) for row in block.rows
    ]
    caption = [_emphasised(block.caption), ""] if block.caption.strip() else []
    return [*caption, *(f"| {line} |" for line in (heading, rule, *rows))]


def _cell(cell: str | Mark, column: Column) -> str:
    if isinstance(cell, Mark):
        return f"{_sign(cell)}{plain(cell.text)}"
    return code(cell, in_table=True) if column.form == "code" else plain(cell)


def _verbatim(block: Verbatim) -> list[str]:
    fence = "`" * max(3, max((len(run) for run in re.findall("`+", block.text)), default=0) + 1)
    return [f"{fence}text", block.text, fence]


def _chart(block: Chart) -> list[str]:
    return [f"{plain(block.title)}: {plain(block.description)}"]


def _fold(block: Fold) -> list[str]:
    # Inside <summary>, Markdown isn't read, but HTML is.
    count = f" ({block.count})" if block.count else ""
    mark = f", {_sign(block.mark)}{block.mark.text}" if block.mark else ""
    summary = _CALLS.sub(r"\g<0>&#8203;", _html(f"{block.title}{count}{mark}"))
    opened = " open" if block.opened else ""
    # A table under its own name needs no caption.
    blocks = [
        replace(each, caption="") if isinstance(each, Table) and each.caption == block.title else each
        for each in block.blocks
    ]
    return [f"<details{opened}><summary>{summary}</summary>", "", *_blocks(blocks), "</details>"]


_FORMS: Mapping[str, Callable[[Any], list[str]]] = {
    "words": _words,
    "items": _items,
    "figures": _figures,
    "facts": _facts,
    "table": _table,
    "verbatim": _verbatim,
    "chart": _chart,
    "fold": _fold,
}

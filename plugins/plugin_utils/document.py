# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a report says, before it is a page or a Markdown text: a verdict, and sections made of a few kinds of blocks. Pure.

Each kind of block has a macro of its name in plugins/report/blocks.html.j2 and a function in report_markdown.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True)
class Mark:
    """A word that stands out.

    :ivar tone: ``good``, ``warned``, ``bad`` or ``quiet``; never told by colour alone.
    """

    text: str
    tone: str


@dataclass(frozen=True)
class Words:
    """A paragraph."""

    form: ClassVar[str] = "words"
    text: str


@dataclass(frozen=True)
class Item:
    """One entry of a list.

    :ivar link: where to read more; only ``http`` and ``https`` become links.
    :ivar code: whether it is a name as machines write it.
    """

    text: str
    mark: Mark | None = None
    link: str = ""
    code: bool = False


@dataclass(frozen=True)
class Items:
    """A list."""

    form: ClassVar[str] = "items"
    entries: Sequence[Item]


@dataclass(frozen=True)
class Figure:
    """One number that a reader looks for first."""

    label: str
    value: str
    note: str = ""
    tone: str = ""


@dataclass(frozen=True)
class Figures:
    """The numbers side by side."""

    form: ClassVar[str] = "figures"
    entries: Sequence[Figure]


@dataclass(frozen=True)
class Fact:
    """A name and its value."""

    label: str
    value: str
    code: bool = False


@dataclass(frozen=True)
class Facts:
    """Names and their values."""

    form: ClassVar[str] = "facts"
    entries: Sequence[Fact]


@dataclass(frozen=True)
class Column:
    """:ivar form: ``words``, ``code`` or ``number`` (aligned to the right)."""

    title: str
    form: str = "words"


@dataclass(frozen=True)
class Table:
    """A table; the first cell of a row is its heading.

    :ivar flagged: numbers of the rows that stand out, counted from 0, and their tones.
    """

    form: ClassVar[str] = "table"
    caption: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[str | Mark]]
    flagged: Mapping[int, str]


@dataclass(frozen=True)
class Verbatim:
    """Text of others, line by line as it is."""

    form: ClassVar[str] = "verbatim"
    text: str
    label: str


@dataclass(frozen=True)
class Legend:
    """One entry of a chart's legend.

    :ivar style: the class that gives it its colour.
    :ivar pattern: number of the pattern that tells it from others without colour.
    """

    name: str
    style: str
    pattern: int


@dataclass(frozen=True)
class Chart:
    """A drawing; a table with the same content follows it.

    :ivar shape: ``states``, ``stages`` or ``shares``: plugins/report/charts.html.j2 has a macro for each.
    :ivar drawing: coordinates as that macro takes them; across in percent, so that it fits every width.
    """

    form: ClassVar[str] = "chart"
    shape: str
    id: str
    title: str
    description: str
    drawing: Mapping[str, Any]
    legend: Sequence[Legend]


@dataclass(frozen=True)
class Fold:
    """Blocks under a line that opens and closes them.

    :ivar heading: whether that line is a heading below the section's.
    """

    form: ClassVar[str] = "fold"
    title: str
    blocks: Sequence[Block]
    count: str = ""
    opened: bool = False
    heading: bool = False
    mark: Mark | None = None


Block = Words | Items | Figures | Facts | Table | Verbatim | Chart | Fold


@dataclass(frozen=True)
class Section:
    """A heading and what stands below it."""

    id: str
    title: str
    blocks: Sequence[Block]


@dataclass(frozen=True)
class Document:
    """A whole report.

    :ivar eyebrow: what kind of report this is, of what and where.
    :ivar verdict: the verdict in one word.
    :ivar sentence: the verdict in one sentence.
    :ivar reasons: what it rests on, the worst first.
    :ivar about: when, who and what made it.
    """

    title: str
    eyebrow: str
    verdict: Mark
    sentence: str
    reasons: Sequence[Item]
    about: Sequence[Fact]
    sections: Sequence[Section]


def table(
    caption: str,
    columns: Sequence[Column],
    rows: Sequence[Sequence[str | Mark]],
    flagged: Mapping[int, str] | None = None,
) -> list[Block]:
    """A table, or nothing where it would be empty."""
    return [Table(caption, columns, rows, flagged or {})] if rows else []


def section(id: str, title: str, *blocks: Sequence[Block]) -> list[Section]:
    """A section of these blocks, or nothing where there is none."""
    found = [block for several in blocks for block in several]
    return [Section(id, title, found)] if found else []


def facts(entries: Sequence[Fact]) -> list[Block]:
    """Facts, without those that nothing is known of."""
    known = [each for each in entries if each.value]
    return [Facts(known)] if known else []

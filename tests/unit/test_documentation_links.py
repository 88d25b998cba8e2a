# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No link of the README and the guides leads nowhere, and what messages call a section is one."""

from __future__ import annotations

import re
from pathlib import Path

import markdown_links
import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted(ROOT.glob("docs/**/*.md")), *sorted(ROOT.glob("tests/**/*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    assert markdown_links.broken(ROOT, page) == []


def test_every_guide_is_reached_from_the_readme() -> None:
    reached: set[Path] = set()
    waiting = [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in reached or page.suffix != ".md" or not page.exists():
            continue
        reached.add(page)
        text = page.read_text(encoding="utf-8")
        waiting += [
            (page.parent / address.partition("#")[0]).resolve() for _line, address in markdown_links.links(text)
        ]
    assert set(ROOT.glob("docs/**/*.md")) - reached == set()


def test_messages_name_guides_that_are_there() -> None:
    for file in [*ROOT.glob("plugins/**/*.py"), *ROOT.glob("plugins/profiles/*.yml"), *ROOT.glob("roles/**/*.yml")]:
        for named in re.findall(r"(?<![\w/])docs/[\w/]+\.md\b", file.read_text(encoding="utf-8")):
            assert (ROOT / named).exists(), f"{file.relative_to(ROOT)} names {named}"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[there](other.md)", None),
        ("[there](other.md#two-words)", None),
        ("[there](other.md#two-words-1)", None),
        ("[here](#what-it-is-json)", None),
        ("[far](https://example.com/a?b=c#d)", None),
        ("```\n[no](link.md)\n```", None),
        ("`[no](link.md)`", None),
        ("[none](none.md)", "none.md: no such file"),
        ("| a |\n| --- |\n| [none](none.md) |", "none.md: no such file"),
        ("![none](none.png)", "none.png: no such file"),
        ("[none](other.md#three)", "other.md#three: no such heading"),
        ("[none](other.md#in-code)", "other.md#in-code: no such heading"),
        ("[away](../other.md)", "../other.md: outside of the repository"),
        ("[plain](http://example.com)", "http://example.com: not https"),
        ("[odd](https://)", "https://: no host"),
        ("[odd](https://exa_mple)", "https://exa_mple: no host"),
    ],
)
def test_a_link_that_leads_nowhere_is_told(tmp_path: Path, text: str, fault: str | None) -> None:
    (tmp_path / "other.md").write_text("# Two words\n\n## Two words\n\n```\n# In code\n```\n", encoding="utf-8")
    page = tmp_path / "page.md"
    page.write_text(f"# What it is: `JSON`!\n\n{text}\n", encoding="utf-8")
    told = markdown_links.broken(tmp_path, page)
    assert [each.split(": ", 1)[1] for each in told] == ([fault] if fault else [])

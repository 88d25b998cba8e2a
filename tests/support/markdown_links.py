# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the links of a Markdown file lead, and which of them lead nowhere. The network is never asked."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from markdown_it import MarkdownIt
from markdown_it.token import Token

_MARKDOWN = MarkdownIt("commonmark").enable("table")
_NAMED = re.compile(r"""<[^>]*\s(?:id|name)=["']([^"']+)["']""")


def _words(inline: Token) -> str:
    """What a reader sees of a heading."""
    return "".join(each.content for each in inline.children or () if each.type in ("text", "code_inline", "softbreak"))


def slug(heading: str) -> str:
    """The anchor that GitHub, and MyST after it, gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def anchors(text: str) -> set[str]:
    """All that a link to this file may name behind the ``#``."""
    tokens = _MARKDOWN.parse(text)
    found: set[str] = set()
    for opening, inline in itertools.pairwise(tokens):
        if opening.type == "heading_open":
            name, number = slug(_words(inline)), 0
            while (f"{name}-{number}" if number else name) in found:
                number += 1
            found.add(f"{name}-{number}" if number else name)
    return found | set(_NAMED.findall(text))


def links(text: str) -> Iterator[tuple[int, str]]:
    """The line, counted from 1, and the address of each link and picture. The line is that where its paragraph begins."""
    for token in _MARKDOWN.parse(text):
        for child in token.children or ():
            address = child.attrGet("href") if child.type == "link_open" else child.attrGet("src")
            if address is not None:
                yield (token.map or [0])[0] + 1, str(address)


def _outward_fault(address: str) -> str:
    """What is wrong with an address elsewhere, as far as it can be told from here."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError as error:
        return str(error)
    if parts.scheme == "mailto":
        return "" if "@" in parts.path else "no address"
    if parts.scheme != "https":
        return "not https"
    return "" if re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", host) and not re.search(r"\s", address) else "no host"


def _inward_fault(root: Path, file: Path, address: str) -> str:
    """What is wrong with an address in this repository."""
    path, _hash, anchor = unquote(address).partition("#")
    target = (file.parent / path).resolve() if path else file
    if not target.is_relative_to(root):
        return "outside of the repository"
    if not target.exists():
        return "no such file"
    if anchor and target.suffix == ".md" and anchor not in anchors(target.read_text(encoding="utf-8")):
        return "no such heading"
    return ""


def broken(root: Path, file: Path) -> list[str]:
    """The links of a file that lead nowhere, each as a line ``docs/hooks.md:12: README.md#none: no such heading``."""
    root, file, found = root.resolve(), file.resolve(), []
    for line, address in links(file.read_text(encoding="utf-8")):
        outward = re.match(r"[a-z][a-z0-9+.-]*:|//", address)
        fault = _outward_fault(address) if outward else _inward_fault(root, file, address)
        if fault:
            found.append(f"{file.relative_to(root)}:{line}: {address}: {fault}")
    return found

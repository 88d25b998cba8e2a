# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The check of the built site finds what leads nowhere and what another host would be asked for."""

from __future__ import annotations

from pathlib import Path

import pytest
import site_pages


@pytest.mark.parametrize(
    ("body", "trouble"),
    [
        ('<a href="other.html#part">', None),
        ('<a href="#here">', None),
        ('<a href="https://example.com/x">', None),
        ('<img src="data:image/png;base64,AA==">', None),
        ('<script src="look.js?v=1"></script>', None),
        ('<a href="none.html">', "page.html: none.html: no such page"),
        ('<a href="other.html#none">', "page.html: other.html#none: no such anchor"),
        ('<a href="#none">', "page.html: #none: no such anchor"),
        ('<a href="../away.html">', "page.html: ../away.html: no such page"),
        ('<a href="https://">', "page.html: https://: no host"),
        ('<img src="none.png">', "page.html: none.png: no such page"),
        (
            '<script src="https://cdn.example.com/x.js">',
            "page.html fetches https://cdn.example.com/x.js from another host",
        ),
        (
            '<link rel="stylesheet" href="//example.com/x.css">',
            "page.html fetches //example.com/x.css from another host",
        ),
        (
            "<style>@import 'https://example.com/x.css'</style>",
            "page.html fetches https://example.com/x.css from another host",
        ),
    ],
)
def test_what_is_wrong_with_a_page_is_told(tmp_path: Path, body: str, trouble: str | None) -> None:
    (tmp_path / "other.html").write_text('<h1 id="part">', encoding="utf-8")
    (tmp_path / "look.js").touch()
    (tmp_path / "page.html").write_text(f'<p id="here">{body}', encoding="utf-8")
    assert site_pages.troubles(tmp_path, site_pages.read(tmp_path))[:1] == ([trouble] if trouble else [])


def test_a_style_sheet_asks_no_other_host(tmp_path: Path) -> None:
    sheet = tmp_path / "look.css"
    sheet.write_text(
        "a { background: url(data:image/png;base64,AA==) } b { background: url('picture.png') }", encoding="utf-8"
    )
    assert site_pages.troubles(tmp_path, {}) == []
    sheet.write_text("@font-face { src: url(https://fonts.example.com/a.woff2) }", encoding="utf-8")
    assert site_pages.troubles(tmp_path, {}) == ["look.css fetches https://fonts.example.com/a.woff2 from another host"]

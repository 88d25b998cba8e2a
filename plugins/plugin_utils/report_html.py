# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A report as one HTML file that needs nothing else. Pure, but for its templates in plugins/report."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import jinja2
from ansible_collections.ratchet.runtime.plugins.plugin_utils.document import Document
from ansible_collections.ratchet.runtime.plugins.plugin_utils.wording import is_web

_TEMPLATES = Path(__file__).resolve().parent.parent / "report"


def page(document: Document) -> str:
    """The document as HTML. Whatever its texts hold is shown as text."""
    return _environment().get_template("page.html.j2").render(document=document)


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        # Of everything, whatever a template is called.
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["is_web"] = is_web
    environment.filters["capitalize_first"] = lambda text: text[:1].upper() + text[1:]
    return environment

"""Sphinx settings of the documentation's site; tests/site/build calls it."""

from __future__ import annotations

from typing import Any

from docutils.nodes import Element
from sphinx.application import Sphinx

project = "ratchet.runtime"
copyright = "the ratchet.runtime contributors"
root_doc = "index"
exclude_patterns = ["*.log"]

extensions = ["myst_parser", "sphinx_antsibull_ext"]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
# As GitHub gives anchors to headings, where the same pages are read.
myst_heading_anchors = 4
# What is indented in the guides is commands and what they print.
highlight_language = "text"
pygments_style = "ansible"

html_theme = "furo"
html_title = "ratchet.runtime"
html_copy_source = False
html_show_sphinx = False
html_use_index = False
# The summaries would be fetched, which a browser doesn't do for pages that were opened from a disk.
html_show_search_summary = False
smartquotes = False


def elsewhere(app: Sphinx, env: Any, node: Element, text: Element) -> Element | None:
    """What Ansible's own documentation has, and other collections', is named without a link: nobody asks their hosts for it here."""
    foreign = node.get("reftype") == "ref" and "ratchet.runtime" not in str(node.get("reftarget", ""))
    return text if foreign else None


def setup(app: Sphinx) -> None:
    app.connect("missing-reference", elsewhere)

"""Writes what a page quotes of a run as a terminal would show it: terminal.py README.md PAGE.

The run is the first block of the page that is fenced as ``text``.
"""

from __future__ import annotations

import html
import re
import sys
from pathlib import Path

STYLE = """
body { margin: 0; background: #1d2126; color: #d9dde2; font: 13px/1.45 'DejaVu Sans Mono', monospace; }
pre { margin: 0; padding: 18px 22px; font: inherit; }
b { color: #fff; } .good { color: #7fd491; } .gone { color: #f29a8d; } .dim { color: #8d98a5; }
"""
# What stands out, by the beginning of a line.
COLOURS = {
    r"\$ .*": "b",
    r" +\+(?!\+).*": "good",
    r" +-(?!-).*": "gone",
    r" +(?:\+\+\+|---|@@) .*": "dim",
    r"app\d+ +stable .*": "good",
    r"\d+ requests, .*": "b",
}


def coloured(line: str) -> str:
    kind = next((kind for pattern, kind in COLOURS.items() if re.fullmatch(pattern, line)), "")
    text = html.escape(line)
    return text if not kind else "<b>" + text + "</b>" if kind == "b" else f'<span class="{kind}">{text}</span>'


def main(page: Path, target: Path) -> None:
    found = re.search(r"(?ms)^```text\n(.*?)^```", page.read_text(encoding="utf-8"))
    if not found:
        sys.exit(f"{page} quotes no run")
    lines = "\n".join(coloured(line) for line in found[1].splitlines())
    head = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>A run</title><style>{STYLE}</style>'
    target.write_text(f"{head}<pre>{lines}</pre></html>\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))

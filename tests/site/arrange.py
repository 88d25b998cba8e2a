"""Puts the repository's pages where Sphinx finds them: arrange.py FOLDER.

The folder gets the repository's own tree, so that links between pages stay as they are. What they link to beside pages (examples,
folders, the licence) stays in the repository, and its address there takes the link's place.
"""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
REPOSITORY = "https://github.com/ratchet-project/ratchet.runtime"
# A guide of another name comes after these, by its name.
FIRST = ("start", "concepts", "upgrade", "rollback", "rehearse", "faults", "variables", "coming_from")
LINK = re.compile(r"(!?\[[^\]]*\])\(([^)\s]+)\)")


def pages() -> list[Path]:
    """All pages, from the repository's root."""
    found = [ROOT / "README.md", ROOT / "CHANGELOG.md", *ROOT.glob("docs/**/*.md"), *ROOT.glob("tests/*/README.md")]
    return sorted(each.relative_to(ROOT) for each in found)


def place(page: Path) -> Path:
    """Where a page stands in the site: the README is its first page."""
    return Path("index.md") if page == Path("README.md") else page


def address(page: Path, link: str) -> str:
    """What takes the place of a link in a page."""
    path, hash_, anchor = link.partition("#")
    if not path or re.match(r"[a-z]+:", path):
        return link
    target = (ROOT / page.parent / path).resolve()
    inside = target.relative_to(ROOT)
    if target == ROOT / "README.md":
        return "../" * len(page.parent.parts) + "index.md" + hash_ + anchor
    if target.suffix in (".md", ".png"):
        return link
    return f"{REPOSITORY}/{'tree' if target.is_dir() else 'blob'}/main/{inside}"


def outside_of_code(text: str, page: Path) -> str:
    """The page's text with its links rewritten, but for what stands in fences."""
    parts = re.split(r"(^```.*?^```$)", text, flags=re.MULTILINE | re.DOTALL)
    for number in range(0, len(parts), 2):
        parts[number] = LINK.sub(lambda found: f"{found[1]}({address(page, found[2])})", parts[number])
    return "".join(parts)


def entry(page: Path) -> str:
    """A page in the list, under another name than its heading where that says too little among the others."""
    name = str(page.with_suffix(""))
    if page == Path("reference/index"):
        return f"Modules, roles, filters and tests <{name}>"
    return f"Tests: {page.parts[1]} <{name}>" if page.parts[0] == "tests" else name


def reference(text: str) -> str:
    """What antsibull-docs has made of a plugin, without its own table of contents (the theme has one), and with short names in the list."""
    text = re.sub(r"^\.\. contents::\n(?: +:.*\n)+", "", text, flags=re.MULTILINE)
    return re.sub(r"^    (\w+)_(module|role|filter|test)$", r"    \1 (\2) <\1_\2>", text, flags=re.MULTILINE)


def contents(found: list[Path]) -> str:
    """The list of all pages, which the theme shows beside each."""
    guides = [each for each in found if each.parent == Path("docs") and each.stem != "sources"]
    guides.sort(key=lambda each: (FIRST.index(each.stem) if each.stem in FIRST else len(FIRST), each.stem))
    chapters = {
        "Guides": guides,
        "Products": [each for each in found if each.parent == Path("docs/products")],
        "Reference": [Path("reference/index")],
        "Project": [each for each in found if each.parts[0] == "tests" or each.name in ("CHANGELOG.md", "sources.md")],
    }
    listed = {each for chapter in chapters.values() for each in chapter} | {Path("README.md")}
    chapters["More"] = [each for each in found if each not in listed]
    text = ""
    for title, members in chapters.items():
        if members:
            names = "\n".join(entry(each) for each in members)
            text += f"\n```{{toctree}}\n:hidden:\n:caption: {title}\n\n{names}\n```\n"
    return text


def main(folder: Path) -> None:
    found = pages()
    for page in found:
        text = outside_of_code((ROOT / page).read_text(encoding="utf-8"), page)
        target = folder / place(page)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text + (contents(found) if place(page) == Path("index.md") else ""), encoding="utf-8")
    for page in folder.glob("reference/*.rst"):
        page.write_text(reference(page.read_text(encoding="utf-8")), encoding="utf-8")
    for picture in ROOT.glob("docs/**/*.png"):
        target = folder / picture.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(picture, target)


if __name__ == "__main__":
    main(Path(sys.argv[1]))

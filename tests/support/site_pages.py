"""Checks a built site: site_pages.py FOLDER. Every link in it leads to a page and an anchor that are there, and no page needs another host."""

from __future__ import annotations

import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

# Where a browser fetches from without being asked: elements and their attributes.
FETCHED = {
    "script": "src",
    "img": "src",
    "iframe": "src",
    "source": "src",
    "video": "src",
    "object": "data",
    "embed": "src",
}
FETCHED_RELATIONS = {"stylesheet", "icon", "preload", "preconnect", "dns-prefetch", "modulepreload", "manifest"}
STYLE_FETCHES = re.compile(r"""(?:url\(|@import\s)\s*["']?([^"')\s]+)""")


class Page(HTMLParser):
    """What a page names (``anchors``), what it links to, and what it fetches."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: set[str] = set()
        self.fetched: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = {name: value or "" for name, value in attrs}
        self.anchors |= {has[name] for name in ("id", "name") if name in has}
        if tag == "a" and "href" in has:
            self.links.add(has["href"])
        if tag == "link" and set(has.get("rel", "").split()) & FETCHED_RELATIONS:
            self.fetched.add(has.get("href", ""))
        if has.get(FETCHED.get(tag, "")):
            self.fetched.add(has[FETCHED[tag]])
        self.fetched |= set(STYLE_FETCHES.findall(has.get("style", "")))
        self.fetched |= {each.split()[0] for each in has.get("srcset", "").split(",") if each.strip()}

    def handle_data(self, data: str) -> None:
        if self.cdata_elem == "style":
            self.fetched |= set(STYLE_FETCHES.findall(data))


def is_elsewhere(address: str) -> bool:
    return bool(re.match(r"[a-z][a-z0-9+.-]*:|//", address, re.IGNORECASE)) and not address.startswith("data:")


def read(folder: Path) -> dict[Path, Page]:
    return {each: Page(each.read_text(encoding="utf-8")) for each in sorted(folder.rglob("*.html"))}


def fault(folder: Path, pages: dict[Path, Page], page: Path, address: str) -> str:
    """What is wrong with an address inside the site, or nothing."""
    path, _hash, anchor = unquote(address).partition("#")
    target = (page.parent / path.partition("?")[0]).resolve() if path else page
    if not target.is_relative_to(folder) or not target.is_file():
        return "no such page"
    if anchor and target in pages and anchor not in pages[target].anchors:
        return "no such anchor"
    return ""


def troubles(folder: Path, pages: dict[Path, Page]) -> list[str]:
    found = []
    for page, content in pages.items():
        name = page.relative_to(folder)
        found += [f"{name} fetches {each} from another host" for each in content.fetched if is_elsewhere(each)]
        for address in sorted(content.links | content.fetched):
            if is_elsewhere(address):
                host = urlsplit(address).hostname or ""
                wrong = "" if "." in host or address.startswith("mailto:") else "no host"
            else:
                wrong = "" if address.startswith("data:") else fault(folder, pages, page, address)
            if wrong:
                found.append(f"{name}: {address}: {wrong}")
    for sheet in sorted(folder.rglob("*.css")):
        for address in STYLE_FETCHES.findall(sheet.read_text(encoding="utf-8")):
            if is_elsewhere(address):
                found.append(f"{sheet.relative_to(folder)} fetches {address} from another host")
    return found


def main(folder: Path) -> int:
    pages = read(folder.resolve())
    found = troubles(folder.resolve(), pages)
    for each in found:
        print(each, file=sys.stderr)
    links = sum(len(each.links) for each in pages.values())
    print(f"{folder}: {len(pages)} pages, {links} links, {len(found)} of them lead nowhere")
    return 1 if found or not pages else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))

# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values as people read them. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from ansible_collections.ratchet.runtime.plugins.module_utils.masking import mask, printable

# What nobody reads on a page: it scrolls and prints badly, and report.json has it whole.
_LONGEST_LINE = 2_000
_LONGEST_TEXT = 200_000


def without_secrets(value: Any) -> Any:
    """``value`` without passwords in URLs, at any depth. Whoever made it has masked what else is secret."""
    if isinstance(value, str):
        return mask(value) if "://" in value else value
    if isinstance(value, Mapping):
        return {without_secrets(str(key)): without_secrets(each) for key, each in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        return [without_secrets(each) for each in value]
    return value


def presentable(value: Any) -> Any:
    """``value`` with every text at any depth fit for a page: no control character, no flood."""
    if isinstance(value, str):
        # By way of UTF-8, as half of a surrogate pair can't be written to a file.
        clean = printable(value, len(value)).encode("utf-8", "replace").decode("utf-8")
        return "\n".join(_cut(line, _LONGEST_LINE) for line in _cut(clean, _LONGEST_TEXT).split("\n"))
    if isinstance(value, Mapping):
        return {presentable(str(key)): presentable(each) for key, each in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        return [presentable(each) for each in value]
    return value


def _cut(text: str, limit: int) -> str:
    more = len(text) - limit
    return text if more <= 0 else f"{text[:limit]} [... {more:,} more characters]"


def said(value: Any) -> str:
    """``value`` as text; empty for None."""
    return "" if value is None else str(value).strip()


def joined(lines: Any) -> str:
    """Lines, or a text, as one text; their indents stay."""
    text = "\n".join(str(each).rstrip() for each in ([lines] if isinstance(lines, str) else lines or []))
    return text.strip("\n") if text.strip() else ""


def number(value: Any) -> str:
    """A whole number with its thousands apart."""
    return "" if value is None else f"{value:,}"


def counted(count: int, noun: str, plural: str = "") -> str:
    """``1 row``, ``2,000 rows``."""
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def listed(names: Sequence[str], most: int = 4) -> str:
    """``a``, ``a and b``, ``a, b and 7 more``."""
    shown = list(names) if len(names) <= most else [*names[: most - 1], f"{len(names) - most + 1} more"]
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


def moment(text: Any) -> str:
    """A time of RFC 3339 as ``2026-11-29 21:15 UTC``; anything else as it is."""
    try:
        when = datetime.fromisoformat(said(text))
        return when.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC") if when.tzinfo else said(text)
    except (ValueError, OverflowError):
        return said(text)


def image_name(image: Mapping[str, Any]) -> str:
    """A reference, with its digest where it is known and not part of it."""
    reference, digest = said(image.get("reference")), said(image.get("digest"))
    return f"{reference}@{digest}" if digest and "@" not in reference else reference


def identifier(text: str) -> str:
    """``text`` as part of an element's id."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "x"


def is_web(link: str) -> bool:
    """Whether a link may be followed: one of ``javascript:`` would run."""
    try:
        parts = urlsplit(link)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc) and not any(each.isspace() for each in link)

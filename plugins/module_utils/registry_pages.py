# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists of tags, page by page.

https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-tags
"""

from __future__ import annotations

import re
from urllib.parse import urlencode, urlsplit, urlunsplit

from ansible_collections.ratchet.runtime.plugins.module_utils.references import TAG
from ansible_collections.ratchet.runtime.plugins.module_utils.registry_errors import Answer, NotARegistry, document
from ansible_collections.ratchet.runtime.plugins.module_utils.registry_http import origin, resolved

_LINK = re.compile(r'<([^<>]*)>((?:\s*;\s*[A-Za-z0-9*_-]+\s*(?:=\s*(?:"[^"]*"|[^\s",;]*))?)*)')
_NEXT = re.compile(r';\s*rel\s*=\s*(?:"(?:[^"]*\s)?next(?:\s[^"]*)?"|next(?:\s|;|\Z))', re.IGNORECASE)


def names(answer: Answer) -> list[str] | None:
    """All names in a page, or None when it is no page; a repository whose tags were all removed has ``null``."""
    found = document(answer.body)
    if found is None or not isinstance(found.get("tags", ""), (list, type(None))):
        return None
    return [name for name in found["tags"] or [] if isinstance(name, str)]


def well_formed(found: list[str]) -> list[str]:
    """The names that are tags."""
    return [name for name in found if TAG.match(name)]


def next_link(values: list[str]) -> str | None:
    """The target of ``rel="next"`` among ``Link`` headers, as it is written.

    https://www.rfc-editor.org/rfc/rfc8288#section-3
    """
    for value in values:
        for target, parameters in _LINK.findall(value):
            if _NEXT.search(parameters):
                return target
    return None


def next_page(answer: Answer, found: list[str], size: int) -> str | None:
    """The URL after this page, or None after the last.

    A full page without a link may still have a next one, as links are optional. A fuller one is the whole list: such
    a registry doesn't know pages.

    :raises NotARegistry: when the next page is on another server.
    """
    target = next_link(answer.headers.get_all("Link") or [])
    if target is None:
        if len(found) != size:
            return None
        parts = urlsplit(answer.asked)
        return urlunsplit(parts._replace(query=urlencode({"n": size, "last": found[-1]})))
    url = resolved(answer.asked, target)
    if origin(url) != origin(answer.asked):
        raise NotARegistry(
            f"{urlsplit(answer.asked).netloc} has the next page of its tags on another server, which was not asked",
            "Have that registry, or the proxy before it, link to its own public name",
        )
    return url

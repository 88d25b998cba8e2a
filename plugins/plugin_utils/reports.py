# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reports of rehearsals, upgrades and rollbacks as HTML, Markdown and JSON, all three with the same content. Pure.

A report is a mapping whose ``kind`` says what it tells; any list of it may be empty and any block null.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.plugin_utils import (
    rehearsal_report,
    report_html,
    report_markdown,
    run_report,
)
from ansible_collections.ratchet.runtime.plugins.plugin_utils.document import Document
from ansible_collections.ratchet.runtime.plugins.plugin_utils.wording import presentable, without_secrets

REHEARSAL = "rehearsal"
_KINDS: Mapping[str, Callable[[Mapping[str, Any]], Document]] = {
    REHEARSAL: rehearsal_report.document,
    "upgrade": run_report.document,
    "rollback": run_report.document,
}


def document(report: Mapping[str, Any]) -> Document:
    """What a report says.

    :raises RatchetError: when its kind isn't known.
    """
    kind = report.get("kind")
    if kind not in _KINDS:
        raise RatchetError(f"there is no report of the kind {kind!r}", f"Use one of: {', '.join(_KINDS)}")
    # Cut before it is searched for passwords, which takes long in long lines.
    return _KINDS[kind](without_secrets(presentable(report)))


def html(report: Mapping[str, Any]) -> str:
    """The report as one HTML file that needs nothing else."""
    return report_html.page(document(report))


def markdown(report: Mapping[str, Any]) -> str:
    """The report as Markdown, fit for a merge request."""
    return report_markdown.text(document(report))


def as_json(report: Mapping[str, Any]) -> str:
    """The report itself. In ASCII, as texts of others may hold what takes over a terminal."""
    return json.dumps(without_secrets(report), indent=2, allow_nan=False) + "\n"

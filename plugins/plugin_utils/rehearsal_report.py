# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A rehearsal's report: the verdict first, then what it rests on. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils.sizes import readable
from ansible_collections.ratchet.runtime.plugins.plugin_utils import (
    duration,
    migration_chart,
    packages_told,
    reading,
    rehearsal_checks,
    rehearsal_data,
    stage_chart,
)
from ansible_collections.ratchet.runtime.plugins.plugin_utils.document import (
    Block,
    Column,
    Document,
    Fact,
    Figure,
    Figures,
    Item,
    Mark,
    Section,
    Verbatim,
    Words,
    facts,
    section,
    table,
)
from ansible_collections.ratchet.runtime.plugins.plugin_utils.wording import counted, image_name, joined, moment, said

_VERDICTS = {
    "passed": Mark("passed", "good"),
    "warned": Mark("passed, with something to read", "warned"),
    "failed": Mark("failed", "bad"),
}
_ENDS = {
    "passed": "passed its rehearsal",
    "warned": "passed its rehearsal, with something to read first",
    "failed": "failed its rehearsal",
}
_KINDS = {"failed": Mark("failed", "bad"), "warned": Mark("to read", "warned")}
# What a rehearsal does, as its "seconds" name it.
_STEPS = {
    "backup": "backing up",
    "restore": "restoring into the throwaway server",
    "start": "starting the new version",
    "migrate": "migrating",
    "checks": "checks and requests",
    "total": "all of the rehearsal",
}


def document(report: Mapping[str, Any]) -> Document:
    """The report as a document; any block of it may be null, any list empty."""
    title, verdict = said(report.get("title")), said(report.get("verdict"))
    way = "The way down" if report.get("downward") else "The upgrade"
    current, target = said(report.get("current")), said(report.get("target"))
    return Document(
        title=f"{title} {current} to {target}: rehearsal {verdict}",
        eyebrow=f"Rehearsal of {title} on {said(report.get('host'))}, with a copy of its data",
        verdict=_VERDICTS.get(verdict, Mark(verdict, "quiet")),
        sentence=f"{way} of {title} from {current} to {target} {_ENDS.get(verdict, verdict)}.",
        reasons=_reasons(report),
        about=_about(report),
        sections=_sections(report),
    )


def _reasons(report: Mapping[str, Any]) -> list[Item]:
    given = report.get("reasons") or []
    ordered = sorted(given, key=lambda each: each.get("kind") != "failed")
    items = [Item(said(each.get("text")), _KINDS.get(said(each.get("kind")))) for each in ordered]
    if not items and report.get("verdict") == "passed":
        items = _kept(report)
    if report.get("downward"):
        items.append(Item("Downward versions can be rehearsed; upgrade never goes there, only rollback does."))
    return items


def _kept(report: Mapping[str, Any]) -> list[Item]:
    """What speaks for a version that nothing speaks against."""
    asked = len(report.get("checks") or []) + len(report.get("requests") or [])
    told = [
        "no table lost rows" if report.get("tables") else "",
        f"{counted(asked, 'check or request', 'checks and requests')} passed" if asked else "",
        "the older version answers on the new schema" if (report.get("older_version") or {}).get("passed") else "",
    ]
    known = "; ".join(each for each in told if each)
    return [Item(f"{known[:1].upper()}{known[1:]}.")] if known else []


def _about(report: Mapping[str, Any]) -> list[Fact]:
    entries = (
        Fact("When", moment(report.get("at"))),
        Fact("By", said(report.get("by"))),
        Fact("Change", said(report.get("change"))),
        Fact("Rehearsal", said(report.get("id")), code=True),
        Fact("Made with", f"ratchet.runtime {said(report.get('collection'))}".strip()),
    )
    return [each for each in entries if each.value]


def _sections(report: Mapping[str, Any]) -> list[Section]:
    migration = report.get("migration") or {}
    checks = rehearsal_checks.checks(report.get("checks") or [])
    requests = rehearsal_checks.requests(report.get("requests") or [])
    dockerfile = report.get("dockerfile") or {}
    return [
        *section("times", "Times and the real run", _times(report)),
        *section("migration", "Migration", _migration(migration)),
        *section("tables", "Rows", rehearsal_data.rows(report.get("tables") or [])),
        *section("schema", "Schema", rehearsal_data.schema(report["schema"]) if report.get("schema") else []),
        *section("packages", "Packages", packages_told.of(report["packages"]) if report.get("packages") else []),
        *section("checks", "Checks and requests", checks, requests),
        *section("older-version", "The older version", rehearsal_checks.older_version(report)),
        *section("notes", "To read", reading.considerations(report), reading.notes(report)),
        *section("setting", "What was rehearsed, and how", _setting(report)),
        *section("dockerfile", "Dockerfile", _dockerfile(dockerfile)),
        *section("logs", "Logs", rehearsal_checks.logs(report.get("logs") or {})),
    ]


def _times(report: Mapping[str, Any]) -> list[Block]:
    estimate, seconds = report.get("estimate") or {}, report.get("seconds") or {}
    migration, tables = report.get("migration") or {}, report.get("tables") or []
    figures = []
    if estimate.get("seconds") is not None:
        figures.append(
            Figure("Estimated window", f"about {duration.readable(estimate['seconds'])}", "of the real run", "accent")
        )
    if migration.get("seconds") is not None:
        figures.append(Figure("Migration", duration.measured(migration["seconds"]), said(migration.get("state"))))
    if tables:
        lost = rehearsal_data.lost(tables)
        figures.append(Figure("Rows lost", f"{lost:,}", f"in {counted(len(tables), 'table')}", "bad" if lost else ""))
    if seconds.get("total") is not None:
        figures.append(Figure("Rehearsal", duration.measured(seconds["total"]), "from begin to end"))
    rows = [
        (_STEPS.get(key, key), duration.measured(seconds[key]))
        for key in (*_STEPS, *(key for key in seconds if key not in _STEPS))
        if seconds.get(key) is not None
    ]
    return [
        *([Figures(figures)] if figures else []),
        *stage_chart.shares(
            estimate.get("parts") or [], "window-chart", "What the estimated window is made of", "part"
        ),
        *([Words(f"Why: {said(estimate['why'])}")] if estimate.get("why") else []),
        *table("What the rehearsal took", [Column("step"), Column("time", "number")], rows),
    ]


def _migration(migration: Mapping[str, Any]) -> list[Block]:
    if not migration:
        return []
    seconds = float(migration.get("seconds") or 0)
    return [
        *facts(
            [
                Fact("Migrated by", said(migration.get("by"))),
                Fact("In the end", said(migration.get("state"))),
                Fact("Detail", said(migration.get("detail"))),
            ]
        ),
        *migration_chart.of(migration.get("timeline") or [], seconds),
    ]


def _setting(report: Mapping[str, Any]) -> list[Block]:
    images, database = report.get("images") or {}, report.get("database") or {}
    backup, isolation = database.get("backup") or {}, report.get("isolation") or {}
    before, after = said(database.get("head_before")), said(database.get("head_after"))
    taken = [moment(backup.get("taken")), duration.measured(backup.get("seconds"))]
    head = before if before == after else f"{before or 'none'} \N{RIGHTWARDS ARROW} {after or 'unknown'}"
    return facts(
        [
            Fact("Current image", image_name(images.get("current") or {}), code=True),
            Fact("Target image", image_name(images.get("target") or {}), code=True),
            Fact("Database", _database(database)),
            Fact("Schema head", head if before or after else "", code=True),
            Fact("Backup", said(backup.get("id")), code=True),
            Fact("Backup taken", ", in ".join(each for each in taken if each)),
            Fact("Restored in", duration.measured(database.get("restore_seconds"))),
            Fact("Network", said(isolation.get("network"))),
            Fact("Services started", ", ".join(map(said, isolation.get("services") or []))),
            Fact("Services left out", ", ".join(map(said, isolation.get("left_out") or []))),
            Fact("Environment overridden", ", ".join(map(said, isolation.get("environment") or [])), code=True),
        ]
    )


def _database(database: Mapping[str, Any]) -> str:
    version = said(database.get("server_version"))
    size = database.get("size")
    known = [
        said(database.get("name")),
        readable(size) if size is not None else "",
        f"PostgreSQL {version}" if version else "",
    ]
    return ", ".join(each for each in known if each)


def _dockerfile(dockerfile: Mapping[str, Any]) -> list[Block]:
    if not dockerfile:
        return []
    told = "With the target's image. Your own file was not edited"
    return [
        Words(f"{told}: {said(dockerfile.get('path'))}" if dockerfile.get("path") else f"{told}."),
        Verbatim(joined(dockerfile.get("content")), "Dockerfile"),
    ]

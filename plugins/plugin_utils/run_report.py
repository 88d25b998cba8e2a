# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of an upgrade or a rollback: its outcome first, then what happened where, and when. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils.sizes import readable
from ansible_collections.ratchet.runtime.plugins.plugin_utils import duration, reading, stage_chart
from ansible_collections.ratchet.runtime.plugins.plugin_utils.document import (
    Block,
    Column,
    Document,
    Fact,
    Figure,
    Figures,
    Fold,
    Item,
    Mark,
    Section,
    facts,
    section,
    table,
)
from ansible_collections.ratchet.runtime.plugins.plugin_utils.wording import counted, image_name, listed, moment, said

_TONES = {"upgraded": "good", "failed": "bad", "rolled back": "warned"}
_ARROW = " \N{RIGHTWARDS ARROW} "


def document(report: Mapping[str, Any]) -> Document:
    """The page as a document; any block of it may be null, any list empty."""
    title, outcome, kind = (said(report.get(key)) for key in ("title", "outcome", "kind"))
    current, target = said(report.get("current")), said(report.get("target"))
    message = said(report.get("message"))
    return Document(
        title=f"{title} {current} to {target}: {outcome}",
        eyebrow=f"{kind.capitalize()} of {title}",
        verdict=Mark(outcome, _tone(outcome, kind)),
        sentence=_sentence(report, outcome, kind),
        reasons=[Item(message, Mark("failed", "bad") if outcome == "failed" else None)] if message else [],
        about=_about(report),
        sections=_sections(report),
    )


def _tone(outcome: str, kind: str) -> str:
    # A rollback is to end so; an upgrade is not.
    return "good" if (outcome, kind) == ("rolled back", "rollback") else _TONES.get(outcome, "quiet")


def _sentence(report: Mapping[str, Any], outcome: str, kind: str) -> str:
    title, current, target = (said(report.get(key)) for key in ("title", "current", "target"))
    hosts = report.get("hosts") or []
    on = f" on {listed([said(each.get('name')) for each in hosts])}" if hosts else ""
    way = f"from {current} to {target}"
    if outcome == "upgraded":
        return f"{title} was upgraded {way}{on}."
    if outcome == "rolled back" and kind == "rollback":
        return f"{title} went back {way}{on}."
    noun = kind if kind in ("upgrade", "rollback") else "run"
    ends = {"failed": "failed", "rolled back": "was rolled back"}
    return f"The {noun} of {title} {way} {ends.get(outcome, f'ended: {outcome}')}."


def _about(report: Mapping[str, Any]) -> list[Fact]:
    entries = (
        Fact("Began", moment(report.get("at"))),
        Fact("Ended", moment(report.get("ended"))),
        Fact("By", said(report.get("by"))),
        Fact("Why", said(report.get("description"))),
        Fact("Run", said(report.get("id")), code=True),
    )
    return [each for each in entries if each.value]


def _sections(report: Mapping[str, Any]) -> list[Section]:
    hosts, databases = report.get("hosts") or [], report.get("databases") or []
    warnings = reading.notes(report, "warnings", Mark("warning", "warned"))
    strategy, why = said(report.get("strategy")), said(report.get("strategy_why"))
    return [
        *section("summary", "In short", _figures(report, hosts)),
        *section("warnings", "Warnings", warnings),
        *section("timeline", "Timeline", stage_chart.of(hosts)),
        *section("hosts", "Hosts", _hosts(hosts), _images(hosts)),
        *section("databases", "Databases and their backups", _databases(databases)),
        *section("considerations", "Considerations", reading.considerations(report)),
        *section(
            "notes",
            "Notes",
            facts([Fact("Strategy", f"{strategy}: {why}" if why else strategy)]),
            reading.notes(report),
        ),
        *section("advice", "What to do next", reading.notes(report, "advice")),
    ]


def _figures(report: Mapping[str, Any], hosts: Sequence[Mapping[str, Any]]) -> list[Block]:
    figures = []
    took = _took(report)
    if took is not None:
        figures.append(Figure("The run took", duration.measured(took), "", "accent"))
    if hosts:
        well = sum(_tone(said(each.get("outcome")), said(report.get("kind"))) == "good" for each in hosts)
        figures.append(Figure("Hosts", f"{well} of {len(hosts)}", "as planned", "" if well == len(hosts) else "bad"))
    migrated = [stage for host in hosts for stage in host.get("stages") or [] if stage.get("stage") == "migrate"]
    longest = max(
        (float(each["to"]) - float(each.get("from") or 0) for each in migrated if each.get("to") is not None),
        default=None,
    )
    if longest is not None:
        figures.append(Figure("Migration", duration.measured(longest)))
    backups = [each["backup"] for each in report.get("databases") or [] if each.get("backup")]
    if backups:
        proven = all(each.get("verified") for each in backups)
        figures.append(
            Figure(
                "Backup" if len(backups) == 1 else "Backups",
                "proven" if proven else "not proven",
                "",
                "" if proven else "bad",
            )
        )
    return [Figures(figures)] if figures else []


def _took(report: Mapping[str, Any]) -> float | None:
    try:
        began, ended = (datetime.fromisoformat(said(report.get(key))) for key in ("at", "ended"))
        return (ended - began).total_seconds()
    except (ValueError, TypeError):
        return None


def _hosts(hosts: Sequence[Mapping[str, Any]]) -> list[Block]:
    columns = [
        Column("host"),
        Column("outcome"),
        Column("from"),
        Column("to"),
        Column("schema head", "code"),
        Column("migration"),
    ]
    rows = []
    for host in hosts:
        outcome = said(host.get("outcome"))
        rows.append(
            (
                said(host.get("name")),
                Mark(outcome, _TONES.get(outcome, "quiet")),
                said((host.get("from") or {}).get("version")),
                said((host.get("to") or {}).get("version")),
                _heads(host),
                _migration(host),
            )
        )
    flagged = {place: "bad" for place, host in enumerate(hosts) if host.get("outcome") == "failed"}
    return table("Every host and what became of it", columns, rows, flagged)


def _migration(host: Mapping[str, Any]) -> str:
    """What the host that starts first did to the schema; a head that isn't known says nothing."""
    before, after = host.get("head_before"), host.get("head_after")
    if not host.get("migrates") or not after:
        return ""
    return "the schema stayed" if before == after else "migrated the database"


def _heads(either: Mapping[str, Any]) -> str:
    before, after = said(either.get("head_before")), said(either.get("head_after"))
    return f"{before}{_ARROW}{after}" if before and after and before != after else after or before


def _images(hosts: Sequence[Mapping[str, Any]]) -> list[Block]:
    """The images by digest: mostly the same everywhere, so each pair once, with its hosts."""
    pairs: dict[tuple[str, str], list[str]] = {}
    for host in hosts:
        pair = (image_name(host.get("from") or {}), image_name(host.get("to") or {}))
        if any(pair):
            pairs.setdefault(pair, []).append(said(host.get("name")))
    rows = [(listed(names, 8), *pair) for pair, names in pairs.items()]
    return table("Images by digest", [Column("hosts"), Column("from", "code"), Column("to", "code")], rows)


def _databases(databases: Sequence[Mapping[str, Any]]) -> list[Block]:
    folds: list[Block] = []
    for each in databases:
        backup = each.get("backup") or {}
        size = backup.get("size")
        proven = Mark("backup proven", "good") if backup.get("verified") else Mark("backup not proven", "bad")
        known = facts(
            [
                Fact("Hosts", listed([said(name) for name in each.get("hosts") or []], 8)),
                Fact("Schema head", _heads(each), code=True),
                Fact("Backup", said(backup.get("id")), code=True),
                Fact("On", said(backup.get("host"))),
                Fact("Path", said(backup.get("path")), code=True),
                Fact("Size", readable(size) if size is not None else ""),
                Fact("Taken in", duration.measured(backup.get("seconds"))),
                Fact("Copied to", said(backup.get("copied_to")), code=True),
            ]
        )
        mark = proven if backup else Mark("no backup", "warned")
        hosts = counted(len(each.get("hosts") or []), "host")
        folds.append(Fold(said(each.get("name")), known, hosts, opened=True, heading=True, mark=mark))
    return folds

# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is in a support bundle: the contents of its files by name. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

import yaml
from ansible_collections.ratchet.runtime.plugins.module_utils.redaction import Redaction
from ansible_collections.ratchet.runtime.plugins.plugin_utils import deploys, history_table

# By the part of a host's evidence, the file that it becomes.
_FILES = {
    "host": "host.json",
    "disks": "disks.json",
    "observation": "observation.json",
    "activity": "database-activity.json",
    "journals": "journals.json",
    "rehearsals": "rehearsals.json",
    "locks": "locks.json",
    "backups": "backups.json",
}
_CONTENTS = """\
| file | holds |
| --- | --- |
| `controller.json` | versions of Ansible, Python and the collections on the controller |
| `history.txt` | what was deployed where, by whom and why |
| `last-run/` | the page of the last run, if pages are kept (`runtime_report_dir`) |
| `HOST/host.json` | system, kernel, Python and its libraries, engine, Compose |
| `HOST/compose.yaml` | the project as Compose renders it |
| `HOST/containers.json`, `HOST/logs/` | state, images and digests, restarts and health checks of each container, and the end of its log |
| `HOST/observation.json` | what a plan would be made of: services, database, schema head, lock |
| `HOST/database-activity.json` | sessions that migrate, wait or write |
| `HOST/journals.json`, `rehearsals.json`, `locks.json` | what was recorded there, and who works on it |
| `HOST/backups.json`, `disks.json` | the backups, without their contents; free space |
"""
_MASKED = """\
Values of environment variables that aren't known to be harmless, labels, and arguments of commands are masked, as is in every text what is
known to be a secret of the project or looks like one. Nobody can know all secrets: look through it before you hand it on.
"""


def contents(
    parts: Mapping[str, Mapping[str, Any]], controller: Mapping[str, Any], pages: Mapping[str, bytes]
) -> dict[str, bytes]:
    """Every file by its name.

    :param parts: by host, its evidence; or ``unreachable`` or ``failed``, with the reason.
    :param controller: its versions, with ``time``.
    :param pages: the files of the last run's page.
    """
    names = names_of(parts)
    files = {
        "controller.json": _json(controller),
        "history.txt": _text(history(parts)),
        **{f"last-run/{name}": text for name, text in pages.items()},
    }
    for host, part in parts.items():
        files |= {f"{names[host]}/{name}": text for name, text in _host(part)}
    return {"README.md": _readme(parts, names, controller, sorted(files)).encode("utf-8", "replace"), **files}


def names_of(parts: Mapping[str, Any]) -> dict[str, str]:
    """Each host's folder: whatever a name holds, one folder that is no other's."""
    return {host: f"host-{safe(host)}" for host in parts}


def safe(name: str) -> str:
    """A file's name that holds ``name``."""
    return quote(name, safe="+@ ", errors="replace")[:150]


def troubles(parts: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """What couldn't be looked at, one sentence each."""
    # Hosts have masked what they told; why one can't be reached is the controller's word.
    return [f"{host}: {Redaction().text(told)}" for host, part in parts.items() for told in _troubles(part)]


def _troubles(part: Mapping[str, Any]) -> Iterator[str]:
    for key in ("unreachable", "failed"):
        if part.get(key):
            yield f"{'unreachable: ' if key == 'unreachable' else ''}{part[key]}"
            return
    seen: dict[str, list[str]] = {}
    for name, told in part.items():
        for where, error in _errors(name, told):
            seen.setdefault(error, []).append(where)
    # The engine that doesn't answer is the reason why half of the parts are missing; it is told once.
    for error, places in seen.items():
        yield f"{error} ({', '.join(places)})"


def _errors(where: str, told: Any) -> Iterator[tuple[str, str]]:
    if isinstance(told, Mapping):
        if isinstance(told.get("error"), str) and told["error"]:
            yield where, ". ".join(filter(None, [told["error"], told.get("remedy")]))
        else:
            for name, each in told.items():
                # One level below: the parts of an observation have errors of their own, and so has each journal.
                if isinstance(each, Mapping) and isinstance(each.get("error"), str) and each["error"]:
                    yield f"{where}: {name}", ". ".join(filter(None, [each["error"], each.get("remedy")]))


def history(parts: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The journals of all hosts as one table."""
    rows = [
        {"host": host, "project": project, **each}
        for host, part in parts.items()
        for project, entries in (part.get("journals") or {}).items()
        if isinstance(entries, list)
        for each in deploys.of_journal(entries)
    ]
    rows.sort(key=lambda each: (str(each.get("began") or ""), str(each.get("deploy")), each["host"]))
    return history_table.of(rows)


def _host(part: Mapping[str, Any]) -> Iterator[tuple[str, bytes]]:
    trouble = next((f"{key}: {part[key]}" for key in ("unreachable", "failed") if part.get(key)), None)
    if trouble:
        yield "not-looked-at.txt", _text([Redaction().text(trouble)])
        return
    for name, file in _FILES.items():
        if name in part:
            yield file, _json(part[name])
    if part.get("project"):
        # By way of JSON: up to ansible-core 2.18, texts of hosts are of a kind that YAML doesn't know.
        plain = json.loads(json.dumps(part["project"], default=str))
        yield "compose.yaml", yaml.safe_dump(plain, sort_keys=False, allow_unicode=True).encode("utf-8", "replace")
    containers = part.get("containers")
    if isinstance(containers, Mapping):
        yield "containers.json", _json(containers)
        return
    yield (
        "containers.json",
        _json([{key: value for key, value in each.items() if key != "logs"} for each in containers or []]),
    )
    for each in containers or []:
        if each.get("logs"):
            yield f"logs/{safe(str(each.get('name')))}.log", _text(each["logs"])


def _readme(
    parts: Mapping[str, Mapping[str, Any]], names: Mapping[str, str], controller: Mapping[str, Any], files: list[str]
) -> str:
    wrong = troubles(parts)
    rows = [f"| {host} | `{names[host]}/` | {_summary(part)} |" for host, part in parts.items()]
    lines = [
        "# Support bundle of ratchet.runtime",
        "",
        f"Made at {controller.get('time')} with ratchet.runtime {controller.get('collection')} on ansible-core {controller.get('ansible_core')}.",
        "",
        "| host | folder | runs |",
        "| --- | --- | --- |",
        *rows,
        "",
        "## What couldn't be looked at",
        "",
        *([f"- {each}" for each in wrong] or ["Everything could."]),
        "",
        "## What is where",
        "",
        _CONTENTS,
        "## What is masked",
        "",
        _MASKED,
        "## Files",
        "",
        *[f"- `{name}`" for name in files],
    ]
    return "\n".join(lines) + "\n"


def _summary(part: Mapping[str, Any]) -> str:
    if part.get("unreachable") or part.get("failed"):
        return "couldn't be looked at"
    containers = part.get("containers")
    if not isinstance(containers, list):
        return "not known"
    told = [
        f"{each.get('name')} {each.get('reference')} {each.get('status')} {each.get('health') or ''}".strip()
        for each in containers
    ]
    return ", ".join(told) or "nothing"


def _json(value: Any) -> bytes:
    return (json.dumps(value, indent=1, ensure_ascii=False, default=str) + "\n").encode("utf-8", "replace")


def _text(lines: list[str]) -> bytes:
    return ("\n".join(lines) + "\n").encode("utf-8", "replace")

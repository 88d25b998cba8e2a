# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether what runs says that it is what was deployed: the vendor's own words against the plan's. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.plugin_utils import crossings, versions
from ansible_collections.ratchet.runtime.plugins.plugin_utils.profile import Profile


def asked(profile: Profile, version: str, migrates: bool) -> dict[str, Any]:
    """What a host is asked of ``version``: ``witnesses``, ``check`` and ``tables``, as of the module ``confirm``.

    :param migrates: whether it is the host that migrates its database; of a database, one is asked.
    """
    health = crossings.health(profile, version)
    port = health.port if health else None
    known = [asdict(each) for each in crossings.witnesses(profile, version)]
    pages = [{**each, "http": {**each["http"], "port": port}} for each in known if each["http"] and port]
    commands = [each for each in known if each["exec"]]
    check = list(crossings.migration(profile, version).check) if migrates else []
    tables = list(profile.benign.tables) if migrates else []
    # Labels alone are no reason to ask: the observation has them.
    labels = [each for each in known if each["label"]] if pages or commands or check or tables else []
    return {"witnesses": [*labels, *pages, *commands], "check": check, "tables": tables}


def judge(profile: Profile, version: str, answer: Mapping[str, Any]) -> dict[str, Any]:
    """What the answer means.

    :param version: the version that was deployed.
    :returns: ``wrong``: sentences without a full stop, each a reason to stop here; ``notes``; ``versions``: what is confirmed, as ``title``,
        ``version`` and ``by``; ``checked``: the command by which the schema is confirmed, if there is one; ``left``: the tables that don't matter.
    """
    wrong: list[str] = []
    notes: list[str] = []
    confirmed: dict[str, dict[str, Any]] = {}
    for container, said in _testimonies(answer):
        found = _relation(profile, version, said)
        told = f"{container} says that it is {_title(profile, said['says'])} {said['text']} ({said['by']})"
        if found == "same":
            entry = confirmed.setdefault(
                said["says"], {"title": _title(profile, said["says"]), "version": said["text"], "by": []}
            )
            entry["by"] += [said["by"]] if said["by"] not in entry["by"] else []
        elif found == "other" and said["by"].startswith("label "):
            notes.append(f"{told}, and a label may come from elsewhere")
        elif found == "other":
            wrong.append(f"{told}, while {_expected(profile, version, said['says'])} was deployed")
    return {
        "wrong": [*wrong, *_unexpected_schema(answer["check"], version)],
        "notes": notes,
        "versions": [*confirmed.values()],
        "checked": " ".join(crossings.migration(profile, version).check)
        if answer["check"] and answer["check"]["exit_code"] == 0
        else "",
        "left": list(answer["tables"]),
    }


def _testimonies(answer: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, str]]]:
    for container in answer["containers"]:
        for said in container["said"]:
            yield container["name"], said


def _relation(profile: Profile, version: str, said: Mapping[str, str]) -> str:
    """``same``, ``other``, or ``unknown`` where it can't be told."""
    if said["says"] == "application":
        expected = crossings.application_version(profile, version)
        if not expected:
            # Some tags hold both, as in 2.107.1-pactbroker2.107.1.
            return "same" if re.search(rf"(?<![\d.]){re.escape(said['text'])}(?![\d.])", version) else "unknown"
        return "same" if said["text"] == expected or said["text"].startswith(f"{expected}.") else "other"
    try:
        found, wanted = versions.parse(said["text"], profile.scheme), versions.parse(version, profile.scheme)
    except RatchetError:
        return "unknown"
    return "same" if found.key == wanted.key else "other"


def _title(profile: Profile, says: str) -> str:
    return profile.application.name if says == "application" and profile.application.name else profile.title


def _expected(profile: Profile, version: str, says: str) -> str:
    """What should have been said."""
    found = crossings.application_version(profile, version) if says == "application" else version
    return f"{_title(profile, says)} {found}"


def _unexpected_schema(check: Mapping[str, Any] | None, version: str) -> list[str]:
    if not check or check["exit_code"] == 0:
        return []
    last = check["said"][-1].rstrip(".") if check["said"] else "nothing"
    how = "didn't end in time" if check["exit_code"] is None else f"ended with {check['exit_code']} and says: {last}"
    return [f"the schema isn't what {version} expects: the check of the profile {how}"]


def lines(confirmed: Mapping[str, Mapping[str, Any]], profile: Profile, databases: Mapping[str, str]) -> list[str]:
    """What the run's last words say of it.

    :param confirmed: what :func:`judge` returned, by host; ``databases``: the name of each host's database.
    """
    told = [f"{host}: {note}" for host, each in confirmed.items() for note in each["notes"]]
    known: dict[str, list[str]] = {}
    for host, each in confirmed.items():
        for found in each["versions"]:
            known.setdefault(f"{found['title']} {found['version']} ({', '.join(found['by'])})", []).append(host)
    said = [f"Confirmed on {', '.join(hosts)}: {what}" for what, hosts in known.items()]
    for host, each in confirmed.items():
        if each["checked"]:
            said.append(
                f"Confirmed on {host}: the schema of {databases.get(host, '')} is what it expects ({each['checked']})"
            )
        if each["left"]:
            said.append(_left(each["left"], profile, databases.get(host, "")))
    return [*said, *told]


def _left(tables: list[Mapping[str, Any]], profile: Profile, database: str) -> str:
    rows = sum(each["rows"] for each in tables)
    names = ", ".join(f"{each['name']} ({each['rows']})" for each in tables)
    return (
        f"Migrations have left {rows} row{'s' if rows != 1 else ''} in tables of {database} that {profile.title} doesn't use: {names}. "
        "That does no harm. To drop them, behind a backup: ansible-playbook ratchet.runtime.clean"
    )

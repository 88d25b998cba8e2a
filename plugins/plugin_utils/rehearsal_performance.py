# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A rehearsal from the copy to the verdict: the new version, act by act, what is asked of it, and the version before on what it has made."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils import schema
from ansible_collections.ratchet.runtime.plugins.module_utils.compose_service import SERVICE_HOST
from ansible_collections.ratchet.runtime.plugins.plugin_utils import (
    rehearsal_times,
    rehearsal_verdict,
    watching,
)
from ansible_collections.ratchet.runtime.plugins.plugin_utils.controller import say
from ansible_collections.ratchet.runtime.plugins.plugin_utils.ending import Ending
from ansible_collections.ratchet.runtime.plugins.plugin_utils.profile import Profile
from ansible_collections.ratchet.runtime.plugins.plugin_utils.rehearsal_script import Act, Script
from ansible_collections.ratchet.runtime.plugins.plugin_utils.rehearsal_stage import Stage, note
from ansible_collections.ratchet.runtime.plugins.plugin_utils.steady import Steady

# The old version has no migration to wait for: if it isn't well after so many seconds, it doesn't work on the new schema.
OLDER = 60.0


class Performance:
    """One rehearsal.

    :ivar image: the new version's image, by its id on the host.
    :ivar accept: what of its findings doesn't matter, by id.
    """

    def __init__(
        self,
        name: str,
        stage: Stage,
        script: Script,
        plan: Mapping[str, Any],
        host: Mapping[str, Any],
        profile: Profile,
        image: str,
        accept: Sequence[str],
    ) -> None:
        self._name, self._stage, self._script = name, stage, script
        self._plan, self._host, self._profile = plan, host, profile
        self._image, self._accept = image, accept
        self._began = time.monotonic()
        self._seconds: dict[str, float] = {}
        self._backup = ""

    def give(self, asked: Mapping[str, Any], owner: Mapping[str, Any]) -> dict[str, Any]:
        """Rehearse, on a stage that somebody else clears; what it came to.

        :param asked: the backup: ``backup``, ``directory`` and ``jobs``.
        :param owner: who rehearses, as ``lock_owner.me`` tells it.
        """
        script, self._backup = self._script, asked["backup"]
        before = self._copy(asked, owner)
        notes, started, timeline = [*script.notes], {}, []
        began = time.monotonic()
        sight, probe, acts = watching.Sight("starting", "the containers are made"), {}, []
        for act in script.acts:
            acts.append(round(time.monotonic() - began, 1))
            note(timeline, watching.Sight("starting", "the containers are made"), {}, acts[-1])
            started = self._stage.start(act, script, dict.fromkeys(act.services, self._image), self._host["jobs"])
            notes += [each for each in started["notes"] if each not in notes]
            sight, probe = self._watch(act, started["project"], script, began, timeline)
            if sight.verdict != "good":
                break
        migration = self._migrated(sight, probe, timeline, acts, round(time.monotonic() - began, 1))
        well = sight.verdict == "good"
        told = {
            "current": self._host["current"],
            "target": self._host["target"],
            "migration": migration,
            **self._asked(script, started, before, well),
            "logs": probe.get("logs") or {},
            "notes": notes,
            "isolation": {
                "network": "no way out",
                "environment": sorted(script.environment),
                "services": list(script.services),
                "left_out": list(script.left_out),
            },
        }
        told["older_version"] = self._older(script, migration["head"], well)
        found = rehearsal_verdict.reasons(told, self._accept)
        upgrading = sum(host["action"] == "upgrade" for host in self._plan["hosts"].values())
        single = self._plan["strategy"] == "single_instance"
        monitor = self._plan["watch"]["monitor"]
        return {
            **told,
            "verdict": rehearsal_verdict.verdict(found),
            "reasons": [asdict(each) for each in found],
            "estimate": rehearsal_verdict.estimate(told, upgrading, single, monitor) if well else None,
            "seconds": {**self._seconds, "total": round(time.monotonic() - self._began, 1)},
        }

    def _copy(self, asked: Mapping[str, Any], owner: Mapping[str, Any]) -> dict[str, Any]:
        began = time.monotonic()
        held = self._stage.copy(asked, owner)
        self._seconds["restore"] = round(time.monotonic() - began, 1)
        return held

    def _watch(
        self, act: Act, project: str, script: Script, began: float, timeline: list[dict[str, Any]]
    ) -> tuple[watching.Sight, dict[str, Any]]:
        """Watch the containers of an act until they are well, or have ended as they should."""
        alone = act != script.acts[-1] and not act.ends
        answering = SERVICE_HOST.match(script.url)
        asks = not act.ends and bool(answering and answering["service"] in act.services)
        expectation = watching.Expectation(
            services=list(act.services),
            image_ids={self._image},
            health=script.expect if asks else {},
            host=self._name,
            monitor=0.0 if alone and asks else self._plan["watch"]["monitor"],
            stall_timeout=self._plan["watch"]["stall_timeout"],
        )
        asked = {"project": project, "services": list(act.services), "url": script.url if asks else ""}
        watch = Ending(expectation) if act.ends else watching.Watch(expectation)
        return self._stage.watch(watch, asked, began, timeline)

    def _migrated(
        self,
        sight: watching.Sight,
        probe: Mapping[str, Any],
        timeline: list[dict[str, Any]],
        acts: list[float],
        ended: float,
    ) -> dict[str, Any]:
        """How the migration went, with ``start``: the seconds that were no migration."""
        by = self._host["migration"]["by"]
        seconds = rehearsal_times.well(timeline, acts[-1]) if sight.verdict == "good" else ended
        self._seconds["migrate"] = seconds
        return {
            "by": by,
            "seconds": seconds,
            "start": rehearsal_times.start(timeline, acts, seconds, by == "application"),
            "state": sight.state,
            "detail": sight.detail,
            "head": watching.head_of(probe),
            "timeline": timeline,
        }

    def _asked(
        self, script: Script, started: Mapping[str, Any], before: Mapping[str, Any], well: bool
    ) -> dict[str, Any]:
        """What the copy holds now, and what the profile's checks and requests come to."""
        began = time.monotonic()
        first = script.answering
        asked = {
            **self._stage.place,
            "project": started["project"],
            "services": list(script.services),
            "contents": True,
            "commands": [{"service": each.service or first, "argv": list(each.command)} for each in script.checks]
            if well
            else [],
            "requests": script.asked(script.requests if well else ()),
        }
        answer = self._stage.must("rehearsal_probe", asked)
        after = answer["contents"]
        self._seconds["checks"] = round(time.monotonic() - began, 1)
        database = self._plan["databases"][self._host["database"]]
        return {
            "database": {
                **{key: database[key] for key in ("name", "server_version", "size")},
                "id": self._host["database"],
                "head_before": before["head"],
                "head_after": after["head"],
                "visited": after["visited"],
                "backup": {"id": os.path.basename(self._backup)},
                "restore_seconds": self._seconds["restore"],
            },
            "tables": rehearsal_verdict.tables(before["tables"], after["tables"], self._profile),
            "schema": schema.differences(before["schema"], after["schema"]),
            "checks": [
                rehearsal_verdict.check(each, asked["commands"][number]["service"], answer["results"][number])
                for number, each in enumerate(script.checks if well else ())
            ],
            "requests": [
                rehearsal_verdict.request(each, answer["answers"][number])
                for number, each in enumerate(script.requests if well else ())
            ],
        }

    def _older(self, script: Script, head: str | None, well: bool) -> dict[str, Any]:
        """Whether the version before still works on the new schema, where both will run side by side."""
        old = {
            each["service"]: each["image_id"] for each in self._host["running"] if each["service"] in script.services
        }
        rolling = self._plan["strategy"] == "rolling"
        if not well or not rolling or not old:
            why = "only one version runs at a time" if well and old else "the new version isn't well"
            return {"asked": False, "passed": None, "required": rolling, "why": why, "said": ""}
        why = f"{self._host['current']} runs beside {self._host['target']} for a while (rolling)"
        say([f"{self._name}  asks whether {self._host['current']} still works on the new schema"])
        began = time.monotonic()
        started = self._stage.start(Act("old", tuple(old)), script, old, self._host["jobs"])
        answering = SERVICE_HOST.match(script.url_before)
        asks = bool(answering and answering["service"] in old)
        expectation = watching.Expectation(
            services=list(old),
            image_ids={*old.values()},
            health=script.expect_before if asks else {},
            head=head,
            host=self._name,
            monitor=min(5.0, self._plan["watch"]["monitor"]),
            stall_timeout=min(OLDER, self._plan["watch"]["stall_timeout"]),
        )
        asked = {
            "project": started["project"],
            "services": list(old),
            "url": script.url_before if asks else "",
        }
        sight, _probe = self._stage.watch(Steady(expectation), asked, began, [])
        answers = self._answers(script, asked) if sight.verdict == "good" else []
        wrong = next((f"{each['what']}: {each['error']}" for each in answers if not each["passed"]), "")
        self._seconds["older version"] = round(time.monotonic() - began, 1)
        return {
            "asked": True,
            "passed": sight.verdict == "good" and not wrong,
            "required": True,
            "why": why,
            "said": wrong or sight.detail,
            "requests": answers,
        }

    def _answers(self, script: Script, asked: Mapping[str, Any]) -> list[dict[str, Any]]:
        """What the version before answers on the new schema, of all that goes on while both run side by side."""
        wanted = script.requests_before
        if not wanted or script.answering not in asked["services"]:
            return []
        place = {**self._stage.place, "project": asked["project"], "services": asked["services"]}
        answer = self._stage.must("rehearsal_probe", {**place, "requests": script.asked(wanted)})
        return [rehearsal_verdict.request(each, answer["answers"][number]) for number, each in enumerate(wanted)]

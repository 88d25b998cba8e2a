# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rehearse an upgrade on a host, with live progress, and tell what it came to."""

from __future__ import annotations

import base64
import os
import posixpath
import time
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, ClassVar

from ansible_collections.ratchet.runtime.plugins.module_utils import schema
from ansible_collections.ratchet.runtime.plugins.module_utils.compose_service import SERVICE_HOST
from ansible_collections.ratchet.runtime.plugins.module_utils.references import parse
from ansible_collections.ratchet.runtime.plugins.plugin_utils import (
    jobs,
    lock_owner,
    operator,
    package_comparison,
    rehearsal_script,
    rehearsal_times,
    rehearsal_verdict,
    rehearsal_words,
    report_folder,
    report_place,
    upgraded_dockerfile,
    versions,
    watching,
)
from ansible_collections.ratchet.runtime.plugins.plugin_utils.controller import (
    ControllerAction,
    observations,
    profile_of,
    say,
)
from ansible_collections.ratchet.runtime.plugins.plugin_utils.ending import Ending
from ansible_collections.ratchet.runtime.plugins.plugin_utils.rehearsal_script import Act, Script
from ansible_collections.ratchet.runtime.plugins.plugin_utils.rehearsal_stage import Stage, note
from ansible_collections.ratchet.runtime.plugins.plugin_utils.steady import Steady

# The old version has no migration to wait for: if it isn't well after so many seconds, it doesn't work on the new schema.
OLDER = 60.0


class ActionModule(ControllerAction):
    """Copy, start, watch, ask, remove: what the hosts do is in the modules, what it means in the core."""

    _requires_connection = True
    argument_spec: ClassVar[dict[str, Any]] = {
        "plan": {"type": "dict", "required": True},
        "host": {"type": "dict", "required": True},
        "backup": {"type": "str", "required": True},
        "backup_dir": {"type": "str", "required": True},
        "report_dir": {"type": "str", "default": ""},
        "registry": {"type": "dict", "default": {}, "no_log": True},
        "profile": {"type": "raw"},
        "database": {"type": "dict", "default": {}, "no_log": True},
        "observed": {"type": "str", "default": "runtime_observed"},
        "accept": {"type": "list", "elements": "str", "default": []},
        "state_dir": {"type": "str", "required": True},
    }

    def act(self, arguments: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        """Rehearse, leave nothing, and report."""
        if self._task.check_mode:
            return {"changed": False, "skipped": True, "msg": "a rehearsal is no prediction: it runs, or it doesn't"}
        self._arguments, self._variables = arguments, task_vars
        self._name = task_vars["inventory_hostname"]
        self._plan, self._host = arguments["plan"], arguments["host"]
        self._is_spare = self._name not in self._plan["hosts"]
        self._refuse_place()
        self._began, self._at = time.monotonic(), datetime.now(UTC)
        self._seconds: dict[str, float] = {}
        fleet = observations(task_vars, arguments["observed"])
        self._profile, _notes = profile_of(arguments["profile"], fleet, task_vars)
        script = rehearsal_script.of(self._host, jobs.apart(fleet, self._profile)[self._observed()], self._profile)
        self._stage = Stage(self._name, self._ask, self._place(), self._original())
        self._image = self._pulled()
        try:
            told = self._rehearse(script)
        finally:
            self._stage.remove()
        return self._report(told)

    def _place(self) -> dict[str, Any]:
        database = self._host["database"]
        id = rehearsal_script.id_of(self._plan["run"], database)
        return {"id": id, "database_id": database, "state_dir": self._arguments["state_dir"]}

    def _original(self) -> dict[str, Any]:
        return {
            "project_dir": self._host["project"]["directory"],
            "services": self._host["services"],
            "database": self._arguments["database"],
        }

    def _refuse_place(self) -> None:
        """Refuse a place where the report can't be put, before hours go by: the same versions may have been rehearsed by another user."""
        folder = report_folder.name({"kind": "rehearsal", **{key: self._host[key] for key in ("current", "target")}})
        parent = self._arguments["report_dir"] or os.getcwd()
        for trouble in report_place.troubles(os.path.join(parent, folder)):
            raise trouble

    def _observed(self) -> str:
        """The host whose observation tells of the services."""
        return self._plan["databases"][self._host["database"]]["backup_host"] if self._is_spare else self._name

    def _pulled(self) -> str:
        """Have the new version's image on the host, and return its id; on a spare host also those that run elsewhere."""
        reference, digest = self._host["reference"], self._host["digest"]
        # By its digest, so that no tag of this host stands for another image than before.
        exact = parse(reference).pinned(digest) if digest else reference
        old = [
            {"reference": each["digests"][0]} for each in self._host["running"] if self._is_spare and each["digests"]
        ]
        wanted = {"images": [{"reference": exact}, *old], "registry": self._arguments["registry"]}
        return self._stage.must("image_present", wanted)["ids"][exact]

    def _dockerfile(self) -> dict[str, Any] | None:
        """The Dockerfile beside the compose file with the new version, where there is one that builds on the runtime's image."""
        path = posixpath.join(self._host["project"]["directory"], "Dockerfile")
        read = self._execute_module(
            module_name="ansible.legacy.slurp", module_args={"src": path}, task_vars=self._variables
        )
        if read.get("failed"):
            return None
        reference = self._host["running"][0]["reference"]
        content = base64.b64decode(read["content"])
        return upgraded_dockerfile.of(path, content, reference, self._host["target"], self._profile)

    def _report(self, told: dict[str, Any]) -> dict[str, Any]:
        """Write the report, and tell it in a few lines."""
        current = self._host["running"][0]
        # Why they aren't known is told there, and keeps nobody from upgrading.
        before, after = (self._ask("image_packages", {"image": id}) for id in (current["image_id"], self._image))
        product = self._profile.packages
        report = {
            "kind": "rehearsal",
            "id": self._plan["run"],
            "at": self._at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "by": operator.in_words(operator.of(self._variables)),
            # What no profile knows is called by its image.
            "title": self._profile.title if self._profile.images else parse(self._host["reference"]).repository,
            "host": self._name,
            "change": self._plan["change"],
            "downward": versions.judge(told["current"], told["target"], self._profile.scheme).relation == "older",
            "images": {
                "current": _image(current["reference"], current["image_id"], (current["digests"] or [""])[0]),
                "target": _image(self._host["reference"], self._image, self._host["digest"]),
            },
            "considerations": self._plan["considerations"],
            **told,
            "packages": package_comparison.of(before, after, product),
            "dockerfile": self._dockerfile(),
        }
        extra = package_comparison.files(before, after, product)
        folder = report_folder.write(self._arguments["report_dir"] or os.getcwd(), report, extra)["folder"]
        say(["", *rehearsal_words.lines(report, folder), ""])
        return {
            "changed": False,
            "rehearsal": report,
            "entry": rehearsal_words.entry(report, self._host),
            "folder": folder,
            "message": rehearsal_words.message(report, folder),
        }

    def _rehearse(self, script: Script) -> dict[str, Any]:
        before = self._copy()
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
        found = rehearsal_verdict.reasons(told, self._arguments["accept"])
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

    def _copy(self) -> dict[str, Any]:
        began = time.monotonic()
        asked = {
            "backup": self._arguments["backup"],
            "directory": self._arguments["backup_dir"],
            "jobs": self._plan["backup"]["jobs"],
        }
        held = self._stage.copy(asked, lock_owner.me(self._variables))
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
                "backup": {"id": os.path.basename(self._arguments["backup"])},
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
        passed = sight.verdict == "good" and not wrong
        return {
            "asked": True,
            "passed": passed,
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
        return [
            rehearsal_verdict.request(each, answer["answers"][number], again=True) for number, each in enumerate(wanted)
        ]

    def _ask(self, module: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        # A connection that breaks raises here; the rehearsal goes on without it for a while.
        from ansible.errors import AnsibleConnectionFailure

        began = time.monotonic()
        try:
            return self._execute_module(
                module_name=f"ratchet.runtime.{module}", module_args=dict(arguments), task_vars=self._variables
            )
        except AnsibleConnectionFailure as error:
            # Not to hammer a host that refuses at once.
            time.sleep(max(0.0, 1 - (time.monotonic() - began)))
            return {"failed": True, "msg": str(error)}


def _image(reference: str, id: str, digest: str | None) -> dict[str, Any]:
    # The engine tells a digest with its repository.
    return {"reference": reference, "id": id, "digest": (digest or "").rpartition("@")[2] or None}

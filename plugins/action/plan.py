# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make the plan, print it, keep it if asked to, and hand it to the stages."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.masking import printable
from ansible_collections.ratchet.runtime.plugins.module_utils.references import parse
from ansible_collections.ratchet.runtime.plugins.plugin_utils import (
    approval,
    artifacts,
    copy_request,
    handed_plan,
    health_check,
    jobs,
    planner,
    profiles,
    progress,
    report_place,
    run_end,
    running,
    stage_choice,
    tables,
    update_config,
    variables,
)
from ansible_collections.ratchet.runtime.plugins.plugin_utils.controller import (
    ControllerAction,
    hooks_of,
    observations,
    profile_of,
    progress_of,
    say,
)
from ansible_collections.ratchet.runtime.plugins.plugin_utils.plan import Plan
from ansible_collections.ratchet.runtime.plugins.plugin_utils.problems import of_a_later_hop, refuse_unread
from ansible_collections.ratchet.runtime.plugins.plugin_utils.request import Request

# What is part of a kept plan: executed as it was approved, whatever the variables say by then.
_KEPT = ("strategy", "accept", "profile", "backup", "watch", "serial", "failure_action", "order", "hooks")
# What the files say of a roll-out, unless the operator does.
_ROLLOUT = ("serial", "failure_action", "order")


class ActionModule(ControllerAction):
    """One pure function between the observations and the plan."""

    plans: ClassVar[bool] = True
    argument_spec: ClassVar[dict[str, Any]] = {
        "observed": {"type": "str", "default": "runtime_observed"},
        "version": {"type": "str", "required": True},
        "resolve": {"type": "str", "default": "exact"},
        "destination": {"type": "dict", "default": {}},
        "profile": {"type": "raw"},
        "strategy": {"type": "str", "default": "auto"},
        "accept": {"type": "list", "elements": "str", "default": []},
        "window": {"type": "str", "default": ""},
        "serial": {"type": "raw"},
        "failure_action": {"type": "str", "default": ""},
        "order": {"type": "str", "default": ""},
        "description": {"type": "str", "default": ""},
        "hooks": {"type": "raw"},
        "file": {"type": "str", "default": ""},
        "handed": {"type": "str", "default": ""},
        "fingerprint": {"type": "str", "default": ""},
        "executes": {"type": "bool", "default": False},
        "rehearses": {"type": "bool", "default": False},
        "require_rehearsal": {"type": "int", "default": 0},
        "report_dir": {"type": "str", "default": ""},
        "progress": progress.SPEC,
        "stages": {"type": "list", "elements": "str", "default": ["all"]},
        "backup": {
            "type": "dict",
            "default": {},
            "options": {
                "jobs": {"type": "int", "default": 0},
                "verify": {"type": "str", "choices": ["read", "restore"], "default": "restore"},
                "keep": {"type": "int", "default": 5},
                "off_host": {"type": "raw", "no_log": True},
            },
        },
        "watch": health_check.WATCH,
    }

    def act(self, arguments: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        """Plan, print, keep, return; tell whoever listens, also of a refusal."""
        try:
            return self._act(arguments, task_vars)
        except RatchetError as error:
            if arguments["executes"]:
                of_a_later_hop(error, (task_vars.get("runtime_plan") or {}).get("version") or "")
            if arguments["executes"] and not self._task.check_mode:
                progress_of(self, task_vars).tell("failed", verb="upgrade", touched=False, reason=str(error))
            raise

    def _act(self, arguments: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        kept, what = handed_plan.kept(arguments["file"], arguments["handed"]) if arguments["executes"] else ({}, "")
        if kept:
            asked = self._asked(kept["request"], what)
            arguments = {**arguments, **asked, "accept": [*asked["accept"], *arguments["accept"]]}
        made = self._plan(arguments, task_vars)
        content = made.as_dict()
        say(["", *tables.plan(content), ""])
        progress_of(self, task_vars, content["run"]).tell("planned", **run_end.planned(content, "upgrade"))
        if not arguments["executes"]:
            return {"changed": False, "plan": content, **self._kept(made, content, arguments)}
        if arguments["fingerprint"]:
            approval.refuse_other(arguments["fingerprint"], kept or None, made)
        if kept:
            approval.refuse_drift(what, kept, made)
        stages = stage_choice.chosen(arguments["stages"])
        if stages:
            # What has to be accepted is about what isn't done now.
            say([stage_choice.told(stages), ""])
            content = stage_choice.only(content, stages)
        else:
            refuse_unread(content)
        # A hop that was taken before has more to tell.
        idle = not (made.changes or made.resumes or "runtime_plan" in task_vars)
        return {"changed": False, "plan": content, **(artifacts.left(artifacts.nothing_to_do(content)) if idle else {})}

    def _asked(self, request: Mapping[str, Any], what: str) -> dict[str, Any]:
        """What a kept plan may say of how it is executed, and nothing of how it is approved."""
        spec = {key: self.argument_spec[key] for key in (*_KEPT, "resolve")}
        checked = ArgumentSpecValidator(spec).validate({key: each for key, each in request.items() if key in spec})
        if checked.error_messages:
            raise RatchetError(f"{what} isn't one: {'; '.join(checked.error_messages).rstrip('.')}", "Plan anew")
        return dict(checked.validated_parameters)

    def _kept(self, made: Plan, content: dict[str, Any], arguments: dict[str, Any]) -> dict[str, Any]:
        """Keep the plan in a file, if that is asked for, and leave it for the next job of a workflow."""
        if arguments["rehearses"]:
            return {}
        request = {**{key: arguments[key] for key in _KEPT}, "backup": content["backup"]}
        tag_of = arguments["destination"].get("tag_of") or {}
        sealed = approval.sealed(made, {**request, "resolve": arguments["resolve"]}, tag_of)
        if arguments["file"] and not self._task.check_mode:
            path = approval.absolute(arguments["file"])
            approval.write(path, sealed)
            say([f"The plan is kept in {path}: run upgrade with the same runtime_plan_file to execute just this", ""])
        return artifacts.left(artifacts.of_plan(content, handed_plan.pack(sealed)))

    def _plan(self, arguments: dict[str, Any], task_vars: dict[str, Any]) -> Plan:
        destination = arguments["destination"]
        fleet = _with_registry(observations(task_vars, arguments["observed"]), destination.get("tag_of") or {})
        profile, notes = profile_of(arguments["profile"], fleet, task_vars)
        fleet = jobs.apart(fleet, profile)
        images = {service["image"] for seen in fleet.values() for service in seen.get("services", [])}
        called, troubles = hooks_of(arguments["hooks"], task_vars, self._loader)
        copy = copy_request.from_here(arguments["backup"].get("off_host"))
        # A rehearsal always leaves a report.
        reports = arguments["report_dir"] or (os.getcwd() if arguments["rehearses"] else "")
        watch = health_check.given(arguments["watch"])
        fleet = health_check.with_urls(fleet, watch["url"])
        rollout = update_config.settle(
            fleet, arguments["serial"], watch.get("monitor"), arguments["failure_action"], arguments["order"]
        )
        request = Request(
            version=destination.get("version") or arguments["version"],
            profile=profile,
            asked=arguments["version"],
            resolve=arguments["resolve"],
            hops=tuple(destination.get("hops") or ()),
            newest=destination.get("newest"),
            strategy=arguments["strategy"],
            accept=tuple(arguments["accept"]),
            limit=task_vars.get("ansible_limit") or "",
            window=arguments["window"],
            serial=rollout.serial,
            failure_action=rollout.failure_action,
            delay=rollout.delay,
            order=rollout.order,
            order_asked=rollout.order_asked,
            rollout_asked=tuple(f"runtime_{name}" for name in _ROLLOUT if arguments[name] not in (None, "")),
            description=printable(arguments["description"], 500),
            now=datetime.now(UTC),
            misspelt=variables.misspelt(task_vars),
            backup={key: value for key, value in arguments["backup"].items() if key != "off_host"},
            copy=copy,
            hooks=called,
            troubles=(
                *copy_request.troubles(copy),
                *report_place.troubles(reports),
                *progress.troubles(**arguments["progress"]),
                *troubles,
            ),
            watch={**watch, "monitor": rollout.monitor},
            notes=(*notes, *(destination.get("notes") or ())),
            mistaken=tuple(filter(None, (profiles.mistaken(parse(image)) for image in sorted(images)))),
            require_rehearsal=arguments["require_rehearsal"],
            rehearses=arguments["rehearses"],
            executes=arguments["executes"],
        )
        run = f"{request.now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}"
        return planner.plan(fleet, request, run)


def _with_registry(fleet: Mapping[str, Mapping[str, Any]], tag_of: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """The observations, with what the registry says of images whose tag floats."""
    if not tag_of:
        return {host: dict(seen) for host, seen in fleet.items()}
    return {
        host: {
            **seen,
            "services": [
                {**service, "containers": [running.with_registry(each, tag_of) for each in service["containers"]]}
                for service in seen.get("services", [])
            ],
        }
        for host, seen in fleet.items()
    }

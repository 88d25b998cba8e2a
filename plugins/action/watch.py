# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Watch a host with live progress."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from ansible_collections.ratchet.runtime.plugins.plugin_utils import going_back, last_words, tables
from ansible_collections.ratchet.runtime.plugins.plugin_utils.controller import ControllerAction, progress_of, say
from ansible_collections.ratchet.runtime.plugins.plugin_utils.fleet_addresses import fleet_addresses
from ansible_collections.ratchet.runtime.plugins.plugin_utils.heartbeat import Heartbeat
from ansible_collections.ratchet.runtime.plugins.plugin_utils.order import START_FIRST
from ansible_collections.ratchet.runtime.plugins.plugin_utils.watching import Expectation, Sight, Watch, head_of

# A line is printed when something changes and at least this often, in seconds.
HEARTBEAT = 15
# How long one probe may wait on the host for a change, in seconds.
PATIENCE = 5
# Changes of state that are remembered; a host that flickers for hours has no more to tell.
_MOST = 200


class ActionModule(ControllerAction):
    """Probe, judge, print; again."""

    _requires_connection = True
    timed = True
    argument_spec: ClassVar[dict[str, Any]] = {
        "plan": {"type": "dict", "required": True},
        "image_ids": {"type": "list", "elements": "str", "default": []},
        "only": {"type": "str", "default": ""},
        "database": {"type": "dict", "default": {}, "no_log": True},
        "trouble": {"type": "str", "default": ""},
        "back": {"type": "bool", "default": False},
        "keeps": {"type": "bool", "default": False},
        "state": {"type": "str", "default": "not started"},
        "observed": {"type": "str", "default": "runtime_observed"},
    }

    def act(self, arguments: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        """Watch until the verdict."""
        if self._task.check_mode and not arguments["trouble"]:
            return {"skipped": True, "msg": "there is nothing to watch in check mode"}
        self._host = task_vars["inventory_hostname"]
        plan = arguments["plan"]
        host = _meant(plan["hosts"][self._host], arguments)
        self._versions = {"from": host.get("current"), "to": host.get("target")}
        settled = {} if arguments["back"] else _settled(plan, self._host, task_vars)
        addresses = fleet_addresses(plan["hosts"], arguments["observed"], task_vars["hostvars"])
        watch = Watch(
            Expectation(
                services=host["services"],
                image_ids=_images(host, arguments),
                health=host["health"]["expect"],
                head=settled.get("head"),
                applied=settled.get("applied"),
                host=self._host,
                addresses=addresses,
                replicas=host.get("replicas") or {},
                monitor=0.0 if arguments["only"] and host["health"]["url"] else plan["watch"]["monitor"],
                stall_timeout=plan["watch"]["stall_timeout"],
            )
        )
        asked = {
            "project": host["project"]["name"],
            "project_dir": host["project"]["directory"],
            "services": host["services"],
            "database": arguments["database"],
            "url": host["health"]["url"],
            "without": host.get("replaces") or [],
        }
        started = time.monotonic()
        self._states: list[tuple[str, float]] = []
        self._replaced_at: float | None = None
        self._skew = (task_vars.get(arguments["observed"]) or {}).get("clock_skew") or 0.0
        if arguments["trouble"]:
            said = arguments["trouble"].strip().removesuffix(".")
            sight, probe = Sight(arguments["state"], said, "bad"), self._ask(asked, task_vars)
        else:
            sight, probe = self._until_verdict(watch, asked, task_vars)
        seconds = round(time.monotonic() - started, 1)
        applied = ((probe.get("database") or {}).get("ledger") or {}).get("applied")
        result = {
            "changed": False,
            "state": sight.state,
            "head": head_of(probe),
            "applied": applied,
            "seconds": seconds,
            "states": self._states,
            # With stop-first, Compose stops the old containers and starts the new in one go; Swarm does so task by task.
            "replaced_at": None if _side_by_side(host) else self._replaced_at,
        }
        if sight.verdict == "good":
            return result
        if not probe.get("logs"):
            # What hangs or says the wrong thing looks well to the engine, and its log says why it isn't.
            probe = {**probe, "logs": self._ask({**asked, "all_logs": True}, task_vars).get("logs", {})}
        backup = _backup_path(plan, host, task_vars)
        return {
            **result,
            "failed": True,
            "logs": probe["logs"],
            "obstacle": going_back.obstacle(plan, host, probe),
            "msg": last_words.of(
                self._host, plan, host, sight, probe, addresses, backup, task_vars.get("ansible_play_batch") or []
            ),
        }

    def _until_verdict(
        self, watch: Watch, asked: dict[str, Any], task_vars: dict[str, Any]
    ) -> tuple[Sight, dict[str, Any]]:
        started = time.monotonic()
        heart = Heartbeat(self, task_vars, asked["database"])
        machines = progress_of(self, task_vars)
        probe: dict[str, Any] = {}
        printed, printed_at, sight = None, 0.0, Sight("starting", "")
        while True:
            patience = watch.patience(PATIENCE, time.monotonic())
            answer = self._ask({**asked, "seen": probe.get("signature", ""), "patience": patience}, task_vars)
            now = time.monotonic()
            if "containers" in answer:
                probe = answer
                sight = watch.see(probe, now)
            else:
                sight = watch.unreachable(str(answer.get("msg", "no answer")).strip(), now)
            self._remember(sight.state, now - started, probe)
            if (sight.state, sight.detail) != printed or now - printed_at >= HEARTBEAT:
                say([_line(self._host, sight, now - started)])
                printed, printed_at = (sight.state, sight.detail), now
                seen = {
                    "state": sight.state,
                    "detail": sight.detail,
                    "head": head_of(probe),
                    "verdict": sight.verdict or None,
                }
                machines.tell("host", host=self._host, seconds=round(now - started, 1), **self._versions, **seen)
            if sight.verdict:
                return sight, probe
            say([line for line in [heart.beat()] if line])

    def _remember(self, state: str, seconds: float, probe: Mapping[str, Any]) -> None:
        if not self._states:
            self._replaced_at = _first_start(probe.get("containers") or [], self._skew)
        changed = not self._states or self._states[-1][0] != state
        if changed and len(self._states) < _MOST:
            self._states.append((state, round(seconds, 2)))

    def _ask(self, asked: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        # A connection that breaks raises here; it says nothing of the application.
        from ansible.errors import AnsibleConnectionFailure

        began = time.monotonic()
        try:
            return self._execute_module(
                module_name="ratchet.runtime.runtime_probe", module_args=asked, task_vars=task_vars
            )
        except AnsibleConnectionFailure as error:
            # Not to hammer a host that refuses at once.
            time.sleep(max(0.0, 1 - (time.monotonic() - began)))
            return {"msg": str(error)}


def _side_by_side(host: Mapping[str, Any]) -> bool:
    """Whether what is seen when the watch begins needn't be what was started."""
    return bool(host.get("stops") or host.get("order") == START_FIRST or host["project"].get("stack"))


def _images(host: Mapping[str, Any], arguments: Mapping[str, Any]) -> set[str]:
    """The ids of the images that are to run; on a swarm, of which no manager knows the ids on other nodes, their digests."""
    planned = not arguments["back"] and not arguments["keeps"]
    forward = host["project"].get("stack") and host.get("digest") and planned
    return {host["digest"]} if forward else set(arguments["image_ids"])


def _settled(plan: Mapping[str, Any], this: str, task_vars: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the migrating host of the same database settled on; nothing on that host itself."""
    database = plan["hosts"][this]["database"]
    for name, host in plan["hosts"].items():
        if host["migrates"] and host["database"] == database and name != this:
            return task_vars["hostvars"][name].get("runtime_watched") or {}
    return {}


def _first_start(containers: Sequence[Mapping[str, Any]], skew: float) -> float | None:
    """When the first of them was started, in epoch seconds by the controller's clock; ``skew`` is how far the host's is ahead."""
    starts = [datetime.fromisoformat(each["started_at"]).timestamp() for each in containers if each.get("started_at")]
    return min(starts) - skew if starts else None


def _line(host: str, sight: Sight, seconds: float) -> str:
    return f"{host}  {sight.state:<9} {int(seconds) // 60:02d}:{int(seconds) % 60:02d}  {sight.detail}".rstrip()


def _meant(host: Mapping[str, Any], arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """A host's part of the plan, as what it is watched as."""
    if arguments["back"]:
        host = _as_before(host)
    elif arguments["keeps"]:
        host = _as_now(host)
    return _alone(host, arguments["only"]) if arguments["only"] else host


def _alone(host: Mapping[str, Any], service: str) -> dict[str, Any]:
    """A host's part of the plan while nothing but one container of this service was started.

    Where another service answers the health URL, engine and database are the witnesses, and have to agree for a while.
    """
    health = host["health"] if host["health"]["service"] == service else {**host["health"], "url": "", "expect": {}}
    # Swarm rolls all tasks of the first service before the others, unless all had to stop.
    number = host["replicas"][service] if host["project"].get("stack") and not host["stops"] else 1
    return {**host, "services": [service], "replicas": {service: number}, "health": health}


def _as_before(host: Mapping[str, Any]) -> dict[str, Any]:
    """A host's part of the plan for the version that it has again."""
    return {
        **host,
        "action": "back",
        "target": host["origin"],
        "health": host["health_before"],
        "replaces": [],
    }


def _as_now(host: Mapping[str, Any]) -> dict[str, Any]:
    """A host's part of the plan of a rollback that came to nothing, for the version that it keeps."""
    return {**host, "target": host["current"], "origin": host["current"], "health": host["health_now"]}


def _backup_path(plan: Mapping[str, Any], host: Mapping[str, Any], task_vars: Mapping[str, Any]) -> str:
    """Where this run's backup of the host's database is, and its copy."""
    database = plan["databases"].get(host["database"])
    if not database:
        return ""
    if database["backup_before"]:
        return tables.whereabouts(database["backup_before"])
    there = task_vars["hostvars"][database["backup_host"]]
    made = (there.get("runtime_backed_up") or {}).get("backup")
    copy = (there.get("runtime_copied") or {}).get("copied") or {}
    if not made:
        return ""
    return tables.whereabouts({"host": database["backup_host"], "path": made["path"], "copied_to": copy.get("place")})

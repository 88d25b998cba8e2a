# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every action plugin here shares: validated arguments, live output, the hosts' observations."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar

from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from ansible.utils.vars import load_extra_vars
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError, harmless
from ansible_collections.ratchet.runtime.plugins.module_utils.references import parse
from ansible_collections.ratchet.runtime.plugins.plugin_utils import (
    answers,
    hooks,
    profiles,
    progress,
    tables,
    task_file,
    variables,
)
from ansible_collections.ratchet.runtime.plugins.plugin_utils.heartbeat import Heartbeat
from ansible_collections.ratchet.runtime.plugins.plugin_utils.plan import Hook
from ansible_collections.ratchet.runtime.plugins.plugin_utils.profile import Profile
from ansible_collections.ratchet.runtime.plugins.plugin_utils.progress import Progress

display = Display()
# A line about work under way is printed at least this often, in seconds.
HEARTBEAT = 15.0


class ControllerAction(ActionBase):
    """An action plugin that thinks on the controller. Subclasses implement :meth:`act`.

    The result of a ``timed`` one tells when it ``began`` and ``ended``, in epoch seconds by the controller's clock. One that ``plans``
    is what the stages after it rest on, so it refuses extra variables that would beat what these hand to each other.
    """

    _requires_connection = False
    argument_spec: ClassVar[dict[str, Any]] = {}
    constraints: ClassVar[dict[str, Any]] = {}
    timed: ClassVar[bool] = False
    plans: ClassVar[bool] = False

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Validate, act, and turn the core's errors into a failed task: the action plugins' counterpart of run_module."""
        super().run(tmp, task_vars)
        began = time.time()
        try:
            if self.plans:
                variables.refuse_overridden(load_extra_vars(self._loader))
            self._task.args = answers.taken(self._task.args)
            answers.refuse_no_mapping(self._task.args, self.argument_spec)
            _validated, arguments = self.validate_argument_spec(self.argument_spec, **self.constraints)
            result = self.act(arguments, task_vars or {})
        except RatchetError as error:
            result = {"failed": True, "msg": str(error), **error.details}
        return {**result, "began": began, "ended": time.time()} if self.timed else result

    def act(self, arguments: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        """Do the work and return the task's result."""
        raise NotImplementedError


class PatientAction(ActionBase):
    """A module whose work is the Docker daemon's: called again until it is finished, with a line about how far it is.

    The module takes ``patience`` (seconds) and ``resumes``, and returns ``under_way`` until it is finished. The result tells when
    the task ``began`` and ``ended``, in epoch seconds by the controller's clock.
    """

    what = "work"
    # Seconds between two looks.
    patience = HEARTBEAT

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Call the module, and tell; whoever sets ``patience`` themselves calls again themselves."""
        super().run(tmp, task_vars)
        began = time.time()
        heart = Heartbeat(self, task_vars or {}, self._task.args.get("database"))
        arguments = {"patience": min(self.patience, heart.interval), **self._task.args}
        machines, host = progress_of(self, task_vars or {}), (task_vars or {}).get("inventory_hostname", "")
        while True:
            made = self._execute_module(module_args=arguments, task_vars=task_vars)
            made.pop("invocation", None)
            if not made.get("under_way") or "patience" in self._task.args:
                break
            arguments["resumes"] = made["under_way"]["id"]
            if self.is_news(made["under_way"]):
                say([tables.under_way(host, self.what, made["under_way"])])
                machines.tell(
                    "work", host=host, what=self.what, **{k: v for k, v in made["under_way"].items() if k != "id"}
                )
            say([line for line in [heart.beat()] if line])
            given_up = self.stalled(made["under_way"], task_vars or {})
            if given_up:
                return {"failed": True, "msg": given_up, "began": began, "ended": time.time()}
        if not (made.get("skipped") or made.get("under_way") or self._task.check_mode):
            trouble = str(made.get("msg") or "no reason given") if made.get("failed") else None
            machines.tell("done", host=host, what=self.what, seconds=round(time.time() - began, 1), trouble=trouble)
        say(self.tell(made))
        return {**made, "began": began, "ended": time.time()}

    def tell(self, made: dict[str, Any]) -> list[str]:
        """Lines about what was done."""
        raise NotImplementedError

    def is_news(self, under_way: Mapping[str, Any]) -> bool:
        """Whether it is worth a line."""
        return True

    def stalled(self, under_way: Mapping[str, Any], task_vars: dict[str, Any]) -> str:
        """Why it isn't waited for any longer, though it goes on; empty while it is."""
        return ""


def progress_of(action: ActionBase, task_vars: Mapping[str, Any], run: str = "") -> Progress:
    """Where the progress of this run goes for machines.

    :param run: its id, where its plan isn't among the host's facts yet.
    """
    return progress.of(action._templar.template, task_vars, display.warning, run)


def say(lines: Sequence[str], color: str | None = None) -> None:
    """Print at once, whatever the verbosity; under ansible-runner each line is an event of its own."""
    for line in lines:
        display.display(harmless(line), color=color)


@contextmanager
def unlogged(connection: Any) -> Iterator[None]:
    """Keep what a host answers out of the output: with -vvv, the SSH connection prints it before anything can be masked."""
    # The connection's own context: it never looks at the task's.
    context = connection._play_context
    before, context.no_log = context.no_log, True
    try:
        yield
    finally:
        context.no_log = before


@contextmanager
def telling(host: str, what: str, progress: Callable[[], Mapping[str, Any]]) -> Iterator[None]:
    """Say how far it is every so often while the block works, whatever it waits for.

    :param progress: as ``tables.under_way`` takes it, but for ``seconds``; called from another thread.
    """
    began, over = time.monotonic(), threading.Event()

    def tell() -> None:
        while not over.wait(HEARTBEAT):
            say([tables.under_way(host, what, {"seconds": time.monotonic() - began, **progress()})])

    teller = threading.Thread(target=tell, daemon=True)
    teller.start()
    try:
        yield
    finally:
        over.set()
        teller.join()


def observations(task_vars: Mapping[str, Any], variable: str) -> dict[str, dict[str, Any]]:
    """Each host's registered observation, in the order of the play.

    A host that couldn't be looked at has only ``unreachable`` or ``failed``, with the reason.
    """
    fleet = {}
    for host in task_vars["ansible_play_hosts_all"]:
        seen = task_vars["hostvars"][host].get(variable) or {"failed": True, "msg": "it wasn't looked at"}
        trouble = next((key for key in ("unreachable", "failed") if seen.get(key)), None)
        fleet[host] = {trouble: str(seen.get("msg", "no reason given")).strip().rstrip(".")} if trouble else seen
    return fleet


def profile_of(
    wanted: Any, fleet: Mapping[str, Mapping[str, Any]], task_vars: Mapping[str, Any]
) -> tuple[Profile, list[str]]:
    """The one profile of a fleet: as named in ``runtime_profile``, else as its image is known.

    :param fleet: observations; hosts that couldn't be looked at don't count.
    :returns: the profile, and notes on how it was chosen.
    :raises RatchetError: also when the hosts run different products.
    """
    images = {service["image"]: host for host, seen in fleet.items() for service in seen.get("services", [])}
    found: dict[str, tuple[Profile, list[str]]] = {}
    for image in sorted(images):
        profile, notes = profiles.load(wanted or None, parse(image), base_directory(wanted, task_vars))
        found.setdefault(profile.name, (profile, notes))
    if not found:
        return profiles.load(wanted or None, None, base_directory(wanted, task_vars))
    if len(found) > 1:
        raise RatchetError(
            f"the hosts run different products: {', '.join(sorted(found))}",
            "Upgrade one product at a time (runtime_hosts), or name the profile of all in runtime_profile",
        )
    return next(iter(found.values()))


def hooks_of(
    wanted: Any, task_vars: Mapping[str, Any], loader: Any
) -> tuple[dict[str, Hook], tuple[RatchetError, ...]]:
    """The operator's hooks, found on the controller, and everything that is wrong with them.

    :param wanted: ``runtime_hooks`` as the operator wrote it.
    :param loader: Ansible's, which reads their task files.
    """

    def locate(file: str) -> str:
        path = os.path.expanduser(file)
        return os.path.join(base_directory(path, task_vars), path)

    return hooks.read(wanted, locate, lambda path: task_file.check(path, loader))


def base_directory(wanted: Any, task_vars: Mapping[str, Any]) -> str:
    """Where a relative path is meant from: where the run was started, else beside the inventory."""
    beside = [os.getcwd(), task_vars.get("inventory_dir") or ""]
    return next((each for each in beside if each and os.path.exists(os.path.join(each, str(wanted)))), beside[0])

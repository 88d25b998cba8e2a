# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run's progress for machines: one JSON object a line in a file on the controller, and the same objects to a webhook.

Whoever works tells it here beside what it prints. Nothing here ever fails a run: what can't be written or delivered is a warning.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.client import HTTPException
from typing import Any
from urllib.parse import urlsplit

from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError, harmless
from ansible_collections.ratchet.runtime.plugins.plugin_utils import approval, fetched
from ansible_collections.ratchet.runtime.plugins.plugin_utils.wording import without_secrets

# What is told, and what of it a webhook gets unless it says otherwise.
EVENTS = {
    "planned": "a plan was made",
    "started": "a run has the lock and begins to work",
    "stage": "a host begins a stage",
    "work": "how far a backup, restore, copy or command is",
    "done": "a backup, restore, copy or command has ended, well or not",
    "host": "what is seen of a host that is watched",
    "failed": "a run has failed, or was refused",
    "finished": "a run has ended well",
}
TO_WEBHOOK = ("started", "failed", "finished")
# Seconds that a webhook may take, whatever it does meanwhile.
PATIENCE = 5.0
_KEYS = ("url", "headers", "events")
# As the actions that plan take the two, to say in time what is wrong with them.
SPEC: dict[str, Any] = {
    "type": "dict",
    "default": {},
    "options": {"file": {"type": "str", "default": ""}, "webhook": {"type": "raw", "no_log": True}},
}
FILE, WEBHOOK = "runtime_progress_file", "runtime_webhook"


@dataclass
class Progress:
    """Where a run's progress goes.

    :ivar warn: what tells the operator that something could not be written or delivered.
    """

    path: str = ""
    webhook: Mapping[str, Any] = field(default_factory=dict, repr=False)
    run: str = ""
    warn: Callable[[str], None] = print
    _silent: set[str] = field(default_factory=set)

    def tell(self, event: str, **what: Any) -> None:
        """Tell of an event. Once something could not be delivered, this one doesn't try again but for the end of the run."""
        if not self.path and not self.webhook:
            return
        said = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "event": event,
            "run": self.run or None,
            **without_secrets(what),
        }
        line = json.dumps(said, default=str)
        if self.path and "file" not in self._silent:
            self._attempt("file", lambda: append(self.path, line), f"{FILE}: {self.path} can't be written")
        wanted = self.webhook.get("events") or TO_WEBHOOK
        if self.webhook.get("url") and event in wanted and ("webhook" not in self._silent or event in TO_WEBHOOK):
            # Its path may be the secret.
            place = urlsplit(str(self.webhook["url"])).hostname
            self._attempt(
                "webhook",
                lambda: within(PATIENCE, lambda: post(self.webhook, line)),
                f"{WEBHOOK}: {place} didn't take {event!r}",
            )

    def _attempt(self, what: str, act: Callable[[], None], trouble: str) -> None:
        try:
            act()
        except Exception as error:  # noqa: BLE001  # pylint: disable=broad-exception-caught  # a run is more than what is told of it
            self._silent.add(what)
            self.warn(f"{trouble}: {_reason(error)}")


def append(path: str, line: str) -> None:
    """Append one line, whole, whoever else does the same."""
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    # O_NONBLOCK: a pipe that nobody reads is no reason to wait.
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOCTTY | os.O_NONBLOCK, 0o644)
    try:
        os.write(handle, f"{line}\n".encode())
    finally:
        os.close(handle)


def post(webhook: Mapping[str, Any], line: str) -> None:
    """Post one object; what is answered doesn't matter, as long as it is no error."""
    from ansible.module_utils.urls import open_url

    headers = {
        "Content-Type": "application/json",
        **{str(name): str(value) for name, value in (webhook.get("headers") or {}).items()},
    }
    with open_url(
        str(webhook["url"]),
        data=line.encode(),
        method="POST",
        headers=headers,
        timeout=PATIENCE,
        http_agent="ratchet.runtime",
        # The headers would go along, to whomever it says.
        follow_redirects="none",
    ):
        pass


def within(seconds: float, act: Callable[[], None]) -> None:
    """Do something that may take no longer; a timeout of a socket begins again with every byte that drips in.

    :raises TimeoutError: when it does, and is left alone.
    """
    raised: list[BaseException] = []

    def run() -> None:
        try:
            act()
        except BaseException as error:  # noqa: BLE001  # pylint: disable=broad-exception-caught  # raised again below
            raised.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        raise TimeoutError(f"no answer within {seconds:g} s")
    if raised:
        raise raised[0]


def troubles(file: str | None = None, webhook: Any = None) -> tuple[RatchetError, ...]:
    """What is wrong with the two variables; found when the plan is made."""
    return tuple(error for error in (_of_file(file or ""), _of_webhook(webhook)) if error)


def _of_file(path: str) -> RatchetError | None:
    if not path:
        return None
    absolute = approval.absolute(path)
    if os.path.isdir(absolute):
        return RatchetError(f"{FILE}: {absolute} is a directory", "Name a file")
    try:
        fetched.refuse_place(os.path.dirname(absolute), "progress file")
    except RatchetError as error:
        return RatchetError(f"{FILE}: {error.reason}", error.remedy)
    if os.path.exists(absolute) and not os.access(absolute, os.W_OK):
        return RatchetError(
            f"{FILE}: this user may not write {absolute}", "Name another file on the controller, or change who owns it"
        )
    return None


def _of_webhook(webhook: Any) -> RatchetError | None:
    remedy = "Write it as {url: https://..., headers: {...}, events: [...]}"
    if not webhook:
        return None
    if not isinstance(webhook, Mapping) or not webhook.get("url"):
        return RatchetError(f"{WEBHOOK} has no url", remedy)
    unknown = sorted({str(key) for key in webhook} - {*_KEYS})
    if unknown:
        return RatchetError(f"{WEBHOOK} has no key {', '.join(unknown)}", remedy)
    url, headers = str(webhook["url"]), webhook.get("headers") or {}
    try:
        parts = urlsplit(url)
        scheme, host, _port = parts.scheme, parts.hostname, parts.port
    except ValueError:
        scheme, host = "", None
    if scheme not in ("http", "https") or not host:
        return RatchetError(f"{WEBHOOK}: its url isn't one of http or https", remedy)
    if not url.isascii() or any(character <= " " or character == "\x7f" for character in url):
        return RatchetError(f"{WEBHOOK}: its url holds what no URL may, such as a space or a line break", remedy)
    if not isinstance(headers, Mapping):
        return RatchetError(f"{WEBHOOK}: its headers aren't a mapping", remedy)
    if any(not str(part).isascii() or not str(part).isprintable() for pair in headers.items() for part in pair):
        return RatchetError(f"{WEBHOOK}: a header holds what none may, such as a line break at its end", remedy)
    events = webhook.get("events") or []
    if not isinstance(events, list) or not {str(each) for each in events} <= {*EVENTS}:
        return RatchetError(f"{WEBHOOK}: its events aren't a list of what there is", f"Choose from {', '.join(EVENTS)}")
    return None


def of(
    templated: Callable[[Any], Any], task_vars: Mapping[str, Any], warn: Callable[[str], None], run: str = ""
) -> Progress:
    """Where the progress of the run goes to which a task belongs.

    :param templated: what makes of a variable what it says.
    :param run: its id, where the plan isn't among the host's facts yet.
    """
    path, webhook = templated(task_vars.get(FILE) or ""), templated(task_vars.get(WEBHOOK) or {})
    if _of_webhook(webhook):
        webhook = {}
    plan = task_vars.get("runtime_plan") or {}
    return Progress(approval.absolute(str(path)) if path else "", webhook, run or str(plan.get("run") or ""), warn)


def _reason(error: Exception) -> str:
    """What went wrong, without the URL and the headers, which may be secret, and without what was answered."""
    code = getattr(error, "code", None)
    if isinstance(code, int):
        return f"HTTP {code}"
    if isinstance(error, (ValueError, HTTPException)):
        # Their words hold what was sent, or came back.
        return f"it couldn't be asked, or what it answers isn't HTTP ({type(error).__name__})"
    return harmless(str(getattr(error, "reason", None) or getattr(error, "strerror", None) or error))

# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a registry's refusals mean, and what to do about each.

Status and error codes: https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#error-codes
No text of a server is repeated, as it may echo what it was sent; only codes are.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from email.message import Message
from email.utils import parsedate_to_datetime
from typing import Any, ClassVar

from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError

_CODE = re.compile(r"[A-Z][A-Z_]{1,40}\Z")


class RegistryFailure(RatchetError):
    """A registry didn't tell what was asked; ``problem`` says why, in one word, also in the module's result."""

    problem: ClassVar[str] = "failed"

    def __init__(self, why: str, what_to_do: str, /, **details: Any) -> None:
        super().__init__(why, what_to_do, problem=self.problem, **details)


class Unauthorised(RegistryFailure):
    """It wants another login, or none may see it."""

    problem = "unauthorised"


class Missing(RegistryFailure):
    """There is no such repository or tag."""

    problem = "missing"


class Unreachable(RegistryFailure):
    """Nobody answered: name, network, time or TLS."""

    problem = "unreachable"


class Throttled(RegistryFailure):
    """Too many requests."""

    problem = "throttled"


class NotARegistry(RegistryFailure):
    """Somebody answered, but not as a registry does."""

    problem = "not_a_registry"


class Corrupt(RegistryFailure):
    """A content isn't what its digest says."""

    problem = "corrupt"


@dataclass(frozen=True)
class Answer:
    """What came back. ``asked`` is the URL that was asked for, ``url`` the one that answered, after redirects."""

    status: int
    headers: Message
    body: bytes
    asked: str
    url: str


@dataclass(frozen=True)
class Question:
    """For messages: which server was asked, on behalf of which registry, for what, and as whom."""

    host: str
    registry: str
    what: str
    who: str
    anonymous: bool


def document(body: bytes) -> dict[str, Any] | None:
    """The JSON object in ``body``, or None if there is none."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def codes(answer: Answer) -> list[str] | None:
    """The error codes of a registry's answer, or None when it isn't a registry's."""
    found = (document(answer.body) or {}).get("errors")
    if isinstance(found, list):
        named = [error.get("code") for error in found if isinstance(error, dict)]
        return [code for code in named if isinstance(code, str) and _CODE.match(code)]
    # An empty 404 of a HEAD, or of old registries, still has this header.
    return [] if "Docker-Distribution-Api-Version" in answer.headers else None


def judge(answer: Answer, question: Question) -> RegistryFailure:
    """The failure that an answer other than 200 is."""
    if answer.status in (401, 403):
        return _unauthorised(question)
    if answer.status == 429:
        return _throttled(answer, question)
    found = codes(answer)
    if answer.status == 404 and found is not None:
        return _missing(found, question)
    if answer.status >= 500:
        return RegistryFailure(
            f"{question.host} failed when asked for {question.what} (HTTP {answer.status})",
            "Look into that server's log, or run again later",
        )
    if found:
        return RegistryFailure(
            f"{question.host} refuses to tell {question.what}: {', '.join(found[:3])} (HTTP {answer.status})",
            "Check the name of the image, and what the registry supports",
        )
    return not_a_registry(question, f"HTTP {answer.status}")


def not_a_registry(question: Question, why: str) -> NotARegistry:
    """Somebody else listens there, such as a web site or a proxy's login page."""
    return NotARegistry(
        f"{question.host} doesn't answer as an image registry does when asked for {question.what}: {why}",
        "Check the registry's name and port in the image's name, and whether a proxy answers in its place",
    )


def _unauthorised(question: Question) -> Unauthorised:
    why = f"{question.host} refuses {question.who} {question.what}"
    if question.anonymous:
        return Unauthorised(
            why,
            f"Give a user name and password (runtime_registry), or run docker login {question.registry} as the user that Ansible becomes on this"
            " host; check the image's name too, as registries answer so for what doesn't exist",
        )
    return Unauthorised(
        why,
        "Check that login (expired, revoked, mistyped?) and its right to pull there; check the image's name too, as"
        " registries answer so for what doesn't exist",
    )


def _missing(found: list[str], question: Question) -> Missing:
    if "NAME_UNKNOWN" in found:
        return Missing(
            f"{question.host} has no such repository: asked for {question.what}",
            "Check the image's name, and that something was pushed under it",
        )
    return Missing(
        f"{question.host} doesn't have {question.what}", "Check the name and the tag; old tags may have been removed"
    )


def _throttled(answer: Answer, question: Question) -> Throttled:
    wait = retry_after(answer.headers.get("Retry-After"), answer.headers.get("Date"))
    when = f"Run again in {wait} seconds" if wait is not None else "Run again later"
    more = ", or log in: known users may ask more often" if question.anonymous else ""
    return Throttled(
        f"{question.host} limits how often it answers, and {question.who} asked too often (HTTP 429)", when + more
    )


def retry_after(value: str | None, date: str | None) -> int | None:
    """Seconds to wait; the header gives seconds or a date, which counts from the server's own clock.

    https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
    """
    text = (value or "").strip()
    if re.match(r"[0-9]{1,7}\Z", text):
        return int(text)
    try:
        seconds = (parsedate_to_datetime(text) - parsedate_to_datetime(date or "")).total_seconds()
    except (TypeError, ValueError, IndexError):
        return None
    return max(0, int(seconds))

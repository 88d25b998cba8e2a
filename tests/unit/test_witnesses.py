"""What a health answer has to contain."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ratchet.runtime.plugins.plugin_utils import witnesses

EXPECT = {"status": 200, "json": {"status": "ok", "db": {"up": True}, "version": "1.1.0"}}
GOOD = {"status": "ok", "db": {"up": True, "lag": 3}, "version": "1.1.0", "time": 17}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (GOOD, None),
        ({**GOOD, "version": "1.0.0"}, "version is '1.0.0' instead of '1.1.0'"),
        ({**GOOD, "db": {"up": False}}, "db.up"),
        ({**GOOD, "db": None}, "db isn't a JSON object"),
        ([], "isn't a JSON object"),
        (None, "isn't a JSON object"),
        ("x" * 9999, "isn't a JSON object"),
    ],
)
def test_the_body_counts(body: Any, words: str | None) -> None:
    said = witnesses.application({"status": 200, "json": body}, EXPECT)
    assert said is None if words is None else words in (said or "")


def test_a_body_cannot_forge_output_or_show_a_password() -> None:
    body = {"status": "\x1b[31mPWNED\x1b[0m\nok: [app1]", "url": "postgresql://app:hunter2@db/app"}
    said = witnesses.application({"status": 503, "json": body}, EXPECT) or ""
    assert said == "HTTP 503 (status PWNED ok: [app1], url postgresql://app:********@db/app)"


def test_the_status_counts() -> None:
    assert (
        witnesses.application({"status": 503, "json": {"status": "migrating", "head": "abc"}}, EXPECT)
        == "HTTP 503 (status migrating, head abc)"
    )
    assert witnesses.application({"status": 204, "json": None}, {"status": 204}) is None
    assert witnesses.application({"status": 200, "json": None}, {}) is None


def test_a_service_that_was_scaled_needs_all_of_its_containers() -> None:
    one = {"name": "web-1", "service": "web", "image_id": "i", "status": "running", "health": None}
    assert witnesses.engine([one], ["web"], {"i"}, {"web": 2}) == "web has 1 of 2 containers"
    assert witnesses.engine([one, one], ["web"], {"i"}, {"web": 2}) is None


def test_of_several_answers_the_worst_counts() -> None:
    good, bad = {"status": 200, "json": None}, {"status": 503, "json": None}
    assert witnesses.application({"each": {"web-1": good, "web-2": bad}}, {}) == "web-2: HTTP 503"
    assert witnesses.application({"each": {"web-1": good, "web-2": good}}, {}) is None

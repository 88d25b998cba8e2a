"""Each refusal is called what it is, says what to do, and repeats nothing that a server sent."""

from __future__ import annotations

import json
from email.message import Message

import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.registry_errors import (
    Answer,
    Missing,
    NotARegistry,
    Question,
    RegistryFailure,
    Throttled,
    Unauthorised,
    judge,
    retry_after,
)
from ansible_collections.ratchet.runtime.plugins.module_utils.registry_http import Ask, is_loopback, redirected

HOST = "registry.example.com"
USER = Question(HOST, HOST, "the tags of team/app", "user 'deploy'", False)
ANYBODY = Question(HOST, HOST, "the tags of team/app", "an anonymous client", True)
MARK = {"Docker-Distribution-Api-Version": "registry/2.0"}


def answer(status: int, body: object = "", **headers: str) -> Answer:
    message = Message()
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    return Answer(status, message, body.encode() if isinstance(body, str) else json.dumps(body).encode(), "", "")


def error(code: object) -> dict:
    return {"errors": [{"code": code, "message": "ECHO"}]}


@pytest.mark.parametrize(
    ("given", "kind", "says"),
    [
        (answer(401, error("UNAUTHORIZED")), Unauthorised, "user 'deploy'"),
        (answer(403, "<html>ECHO"), Unauthorised, "login"),
        (answer(404, error("NAME_UNKNOWN")), Missing, "no such repository"),
        (answer(404, error("MANIFEST_UNKNOWN")), Missing, "the tags of team/app"),
        (answer(404, {"errors": [{"status": 404, "message": "ECHO"}]}), Missing, "the tags of team/app"),
        (answer(404, "", **MARK), Missing, "the tags of team/app"),
        (answer(404, "<html>ECHO"), NotARegistry, "HTTP 404"),
        (answer(404, {"detail": "ECHO"}), NotARegistry, "HTTP 404"),
        (answer(301, ""), NotARegistry, "HTTP 301"),
        (answer(400, error("NAME_INVALID")), RegistryFailure, "NAME_INVALID"),
        (answer(400, error("ECHO\x1b[31m")), NotARegistry, "HTTP 400"),
        (answer(400, error({"ECHO": 1})), NotARegistry, "HTTP 400"),
        (answer(429, error("TOOMANYREQUESTS"), Retry_After="17"), Throttled, "17 seconds"),
        (answer(429, "ECHO", Retry_After="ECHO"), Throttled, "later"),
        (answer(503, "ECHO"), RegistryFailure, "HTTP 503"),
    ],
)
def test_a_refusal_is_called_what_it_is(given: Answer, kind: type[RegistryFailure], says: str) -> None:
    found = judge(given, USER)
    assert found.__class__ is kind
    assert says in str(found)
    assert HOST in str(found)
    assert "ECHO" not in str(found)
    assert found.details == {"problem": kind.problem}


def test_who_was_asked_as_decides_what_to_do() -> None:
    refused = answer(401)
    assert "docker login registry.example.com" in judge(refused, ANYBODY).remedy
    assert "docker login" not in judge(refused, USER).remedy
    assert "log in" in judge(answer(429), ANYBODY).remedy
    assert "log in" not in judge(answer(429), USER).remedy


@pytest.mark.parametrize(
    ("value", "date", "expected"),
    [
        ("17", None, 17),
        (" 0 ", None, 0),
        ("Wed, 21 Oct 2015 07:28:30 GMT", "Wed, 21 Oct 2015 07:28:00 GMT", 30),
        ("Wed, 21 Oct 2015 07:27:00 GMT", "Wed, 21 Oct 2015 07:28:00 GMT", 0),
        ("Wed, 21 Oct 2015 07:28:30 GMT", None, None),
        ("Wed, 21 Oct 2015 07:28:30 -0000", "Wed, 21 Oct 2015 07:28:00 GMT", None),
        ("-5", None, None),
        ("1e9", None, None),
        ("9" * 5000, None, None),
        (None, None, None),
    ],
)
def test_the_wait_is_a_number_of_seconds_or_nothing(value: str | None, date: str | None, expected: int | None) -> None:
    assert retry_after(value, date) == expected


@pytest.mark.parametrize(
    ("location", "keeps"),
    [
        ("/v2/else", True),
        ("https://registry.example.com/v2/else", True),
        ("https://registry.example.com:443/v2/else", True),
        ("https://registry.example.com:444/v2/else", False),
        ("https://cdn.example.com/blob", False),
        ("//cdn.example.com/blob", False),
    ],
)
def test_a_redirect_takes_the_login_along_only_within_the_server(location: str, keeps: bool) -> None:
    ask = redirected(Ask(f"https://{HOST}/v2/", authorization="Bearer secret"), location)
    assert (ask.authorization is not None) is keeps


@pytest.mark.parametrize(
    "location", [f"http://{HOST}/v2/", "file:///etc/passwd", "https://u:p@cdn.example.com/", "https://["]
)
def test_some_redirects_are_not_followed(location: str) -> None:
    with pytest.raises(RatchetError):
        redirected(Ask(f"https://{HOST}/v2/", authorization="Bearer secret"), location)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("localhost", True),
        ("localhost.example.com", False),
        ("10.0.0.1", False),
    ],
)
def test_a_proxy_is_not_asked_for_this_machine(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected

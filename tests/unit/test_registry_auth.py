"""Logins go only where they belong: what registries ask for is read as it is written, and nothing else is believed."""

from __future__ import annotations

import base64
import json
from email.message import Message
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.registry_auth import (
    Challenge,
    Credentials,
    bearer,
    challenges,
    host_credentials,
    token_ask,
)
from ansible_collections.ratchet.runtime.plugins.module_utils.registry_errors import Answer, Unauthorised

SECRET = "correct-horse"
BEARER = Challenge("bearer", {"realm": "https://auth.example.com/token", "service": "registry.example.com"})


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ([], []),
        (["Basic realm=x"], [("basic", {"realm": "x"})]),
        (['Basic realm="a, b=c"'], [("basic", {"realm": "a, b=c"})]),
        (['BASIC Realm="say \\"hi\\""'], [("basic", {"realm": 'say "hi"'})]),
        (
            ['Bearer realm="https://a/t",service="s",scope="repository:x/y:pull,push"'],
            [("bearer", {"realm": "https://a/t", "service": "s", "scope": "repository:x/y:pull,push"})],
        ),
        (['Bearer realm="https://a/t" , service = "s"'], [("bearer", {"realm": "https://a/t", "service": "s"})]),
        (['Bearer realm="b", Basic realm="c"'], [("bearer", {"realm": "b"}), ("basic", {"realm": "c"})]),
        (['Basic realm="c"', 'Bearer realm="b"'], [("basic", {"realm": "c"}), ("bearer", {"realm": "b"})]),
        (["Negotiate, Basic realm=c"], [("negotiate", {}), ("basic", {"realm": "c"})]),
        (["Negotiate"], [("negotiate", {})]),
        # The first one counts: a second realm can't be smuggled behind it.
        (['Bearer realm="one",realm="two"'], [("bearer", {"realm": "one"})]),
        (['Bearer realm="unterminated'], [("bearer", {"realm": ""})]),
        (['="'], []),
    ],
)
def test_challenges_are_read_as_they_are_written(headers: list[str], expected: list[tuple[str, dict]]) -> None:
    assert [(each.scheme, each.parameters) for each in challenges(headers)] == expected


def test_a_registry_with_tls_does_not_get_a_login_sent_in_plain_text() -> None:
    plain = Challenge("bearer", {"realm": "http://auth.example.com/token"})
    for login in (Credentials("deploy", SECRET), Credentials(identity_token=SECRET), Credentials()):
        with pytest.raises(Unauthorised, match="plain text") as caught:
            token_ask(plain, login, "https://registry.example.com/v2/", "team/app")
        assert SECRET not in str(caught.value)
    assert token_ask(plain, Credentials("deploy", SECRET), "http://127.0.0.1:5000/v2/", "team/app").authorization


@pytest.mark.parametrize(
    "realm", ["", "auth.example.com", "file:///etc/passwd", "ftp://a/t", "https://u:p@a/t", "https://[/t", "https:///t"]
)
def test_a_realm_that_is_no_address_gets_nothing(realm: str) -> None:
    with pytest.raises(RatchetError):
        token_ask(Challenge("bearer", {"realm": realm}), Credentials("deploy", SECRET), "https://r/v2/", "team/app")


def test_a_token_may_pull_this_repository_and_nothing_else_whatever_is_proposed() -> None:
    greedy = Challenge("bearer", {**BEARER.parameters, "scope": "repository:other/app:push,delete registry:catalog:*"})
    ask = token_ask(greedy, Credentials("deploy", SECRET), "https://registry.example.com/v2/", "team/app")
    assert parse_qs(urlsplit(ask.url).query) == {
        "scope": ["repository:team/app:pull"],
        "service": ["registry.example.com"],
        "account": ["deploy"],
    }
    assert SECRET not in ask.url
    assert ask.authorization == "Basic " + base64.b64encode(f"deploy:{SECRET}".encode()).decode()


def test_the_realm_keeps_its_own_query() -> None:
    odd = Challenge("bearer", {"realm": "https://auth.example.com/token?tenant=7"})
    ask = token_ask(odd, Credentials(), "https://registry.example.com/v2/", "team/app")
    assert parse_qs(urlsplit(ask.url).query) == {"tenant": ["7"], "scope": ["repository:team/app:pull"]}
    assert ask.authorization is None


def test_an_identity_token_goes_into_the_body_only() -> None:
    ask = token_ask(BEARER, Credentials(identity_token=SECRET), "https://registry.example.com/v2/", "team/app")
    assert (ask.url, ask.authorization) == ("https://auth.example.com/token", None)
    form = parse_qs((ask.form or b"").decode())
    assert form["grant_type"] == ["refresh_token"]
    assert form["refresh_token"] == [SECRET]
    assert form["scope"] == ["repository:team/app:pull"]
    assert SECRET not in repr(ask)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"token": "abc"}, "Bearer abc"),
        ({"access_token": "abc"}, "Bearer abc"),
        ({"token": "", "access_token": "abc"}, "Bearer abc"),
        ({"token": "abc\r\nX-Evil: 1"}, None),
        ({"token": "abc\n"}, None),
        ({"token": 7}, None),
        ({}, None),
        (["token"], None),
    ],
)
def test_only_a_token_is_a_token(body: object, expected: str | None) -> None:
    assert bearer(Answer(200, Message(), json.dumps(body).encode(), "", "")) == expected


def test_no_login_shows_its_secret() -> None:
    for login in (Credentials("deploy", SECRET), Credentials(identity_token=SECRET)):
        assert SECRET not in repr(login) + login.who


def encoded(login: str) -> str:
    return base64.b64encode(login.encode()).decode()


@pytest.mark.parametrize(
    ("host", "configuration", "expected"),
    [
        ("registry.example.com", {}, Credentials()),
        (
            "registry.example.com:5000",
            {"auths": {"registry.example.com:5000": {"auth": encoded("deploy:a:b")}}},
            Credentials("deploy", "a:b"),
        ),
        # Another port is another registry.
        ("registry.example.com", {"auths": {"registry.example.com:5000": {"auth": encoded("a:b")}}}, Credentials()),
        ("registry.example.com", {"auths": {"registry.example.com": {}}}, Credentials()),
        (
            "registry.example.com",
            {"auths": {"registry.example.com": {"auth": encoded("0:0"), "identitytoken": "idt"}}},
            Credentials(identity_token="idt"),
        ),
        ("docker.io", {"auths": {"https://index.docker.io/v1/": {"auth": encoded("me:x")}}}, Credentials("me", "x")),
        ("registry-1.docker.io", {"auths": {"docker.io": {"auth": encoded("me:x")}}}, Credentials("me", "x")),
        ("evil-docker.io", {"auths": {"docker.io": {"auth": encoded("me:x")}}}, Credentials()),
    ],
)
def test_the_login_is_the_one_for_this_registry(
    host: str, configuration: dict, expected: Credentials, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config.json").write_text(json.dumps(configuration))
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    assert host_credentials(host) == expected


@pytest.mark.parametrize("entry", [{"auth": SECRET}, {"auth": encoded(SECRET)}, SECRET, {"auth": "Zm9v\u00e9"}])
def test_a_login_that_can_not_be_read_is_an_error_without_it(
    entry: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"auths": {"registry.example.com": entry}}))
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    with pytest.raises(RatchetError, match=r"docker login registry\.example\.com") as caught:
        host_credentials("registry.example.com")
    assert SECRET not in str(caught.value)
    assert encoded(SECRET) not in str(caught.value)

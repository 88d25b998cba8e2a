"""What goes to people outside holds no secret, and still says what helps (law 10)."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils.masking import MASK
from ansible_collections.ratchet.runtime.plugins.module_utils.redaction import Redaction, keys_of

PLANTED = "pl4nted-s3cret"


@pytest.mark.parametrize(
    "text",
    [
        f"postgresql://app:{PLANTED}@db/app",
        f"password={PLANTED}",
        f"DB_PASSWORD: {PLANTED}",
        f'{{"apiKey": "{PLANTED}"}}',
        f"{{'client_secret': '{PLANTED}'}}",
        f"Authorization: Bearer {PLANTED}",
        f"authorization: Basic {PLANTED}",
        f"Set-Cookie: session={PLANTED}; Path=/",
        f"?token={PLANTED}&page=2",
        f"--password={PLANTED}",
        f"PGPASSWORD={PLANTED} psql",
        f"Server=db;Pwd={PLANTED};Encrypt=1",
        f"serve --db-password {PLANTED} --port 80",
        f"ALTER ROLE app PASSWORD '{PLANTED}'",
        f"https://{PLANTED}@errors.example.com/5",
        f"-----BEGIN RSA PRIVATE KEY-----\nMIIE{PLANTED}\nabc\n-----END RSA PRIVATE KEY-----",
        f"-----BEGIN PRIVATE KEY-----\nMIIE{PLANTED}",
        f"eyJhbGciOiJIUzI1NiJ9.{PLANTED}.sig",
    ],
)
def test_what_looks_like_a_secret_is_masked_in_any_text(text: str) -> None:
    told = Redaction().text(f"2026-11-30 INFO before {text} after\nnext line")
    assert PLANTED not in told
    assert "before" in told


@pytest.mark.parametrize(
    "text",
    [
        "INFO ready: version 1.0.0, schema 4f8c1d2a9b07",
        'FATAL:  password authentication failed for user "app"',
        "sha256:77ab0c6e at registry.example.com/app:1.0.0",
        "GET /health 200 in 3 ms",
        "see https://example.com/a@b and --token-file /run/token",
    ],
)
def test_what_helps_is_left(text: str) -> None:
    assert Redaction().text(text) == text


@pytest.mark.parametrize(
    "word", ["a", "-", "password", "token_", "-----BEGIN PRIVATE KEY-----", "password '", "https://"]
)
def test_a_word_without_an_end_is_read_in_passing(word: str) -> None:
    began = time.monotonic()
    Redaction().text(word * (200_000 // len(word)))
    assert time.monotonic() - began < 5


def test_secrets_of_the_environment_are_masked_wherever_they_stand() -> None:
    known = Redaction.knowing(
        [f"APP_TOKEN={PLANTED}", "LICENCE=Ab3dEf6hIj9kLm", "GREETING=hello", "APP_VERSION=2019a06b04T1110"], ["g1ven"]
    )
    assert (
        known.text(f"x{PLANTED}x Ab3dEf6hIj9kLm g1ven hello 2019a06b04T1110")
        == f"x{MASK}x {MASK} {MASK} hello 2019a06b04T1110"
    )


def test_a_secret_is_masked_also_in_parts_in_json_and_in_colours() -> None:
    known = Redaction.knowing(
        [
            'CLOUD_CREDENTIALS={"private_key_id": "k3yk3yk3yk3y",\n "client": "c1ientc1ient"}',
            'API_TOKEN=a"b$c\\d',
            "DB_PWD=hunter22",
            "CHAT_WEBHOOK=https://chat.example.com/hooks/abc",
            "CONNECTION=Server=db;Password=sesame7",
        ]
    )
    text = 'k3yk3yk3yk3y c1ientc1ient a\\"b$c\\\\d hun\x1b[0mter22 https://chat.example.com/hooks/abc sesame7 Server=db'
    assert known.text(text) == f"{' '.join([MASK] * 6)} Server=db"


def test_an_environment_tells_only_what_is_known_to_be_harmless() -> None:
    told = Redaction().environment(
        {"TZ": "Europe/Amsterdam", "APP_PORT": "8000", "DEBUG": "true", "WORD": "plain", "EMPTY": "", "NONE": None}
    )
    assert told == {
        "TZ": "Europe/Amsterdam",
        "APP_PORT": "8000",
        "DEBUG": "true",
        "WORD": MASK,
        "EMPTY": "",
        "NONE": None,
    }


def test_a_harmless_name_hides_no_password() -> None:
    assert PLANTED not in str(Redaction().environment({"PATH": f"http://me:{PLANTED}@proxy/"}))


PROJECT: dict[str, Any] = {
    "name": "app",
    "x-anything": {"deep": [PLANTED]},
    "services": {
        "web": {
            "image": "registry.example.com/app:1.0.0",
            "command": ["serve", "--key", PLANTED],
            "entrypoint": f"/entry {PLANTED}",
            "environment": {"ANY": PLANTED, "TZ": "UTC"},
            "labels": {"traefik.auth": PLANTED},
            "build": {"context": ".", "args": {"NPM": PLANTED}, "dockerfile_inline": f"RUN {PLANTED}"},
            "healthcheck": {"test": ["CMD-SHELL", f"curl -H {PLANTED}"], "interval": "5s"},
            "logging": {"driver": "splunk", "options": {"splunk-token": PLANTED, "max-size": "10m"}},
            "deploy": {"replicas": 2, "labels": {"x": PLANTED}},
            "volumes": [{"type": "volume", "source": "data", "target": "/data"}],
            "post_start": [{"command": ["sh", "-c", PLANTED]}],
        }
    },
    "volumes": {"data": {"driver_opts": {"o": f"username=me,password={PLANTED}"}}},
    "configs": {"conf": {"content": PLANTED}},
}


def test_a_project_is_told_without_any_value_that_may_be_secret() -> None:
    told = Redaction().project(PROJECT)
    assert PLANTED not in json.dumps(told)
    web = told["services"]["web"]
    assert web["image"] == "registry.example.com/app:1.0.0"
    assert web["command"] == ["serve", MASK]
    assert web["environment"] == {"ANY": MASK, "TZ": "UTC"}
    assert (web["deploy"]["replicas"], web["healthcheck"]["interval"]) == (2, "5s")
    assert web["logging"]["options"]["max-size"] == "10m"
    assert web["volumes"][0]["source"] == "data"


def test_keys_in_commands_are_known_wherever_their_programs_print_them() -> None:
    services = {
        "web": {
            "command": ["serve", "--key=Ab1-cdef-2Gh"],
            "healthcheck": {"test": ["CMD-SHELL", "curl 'x?k=Zz9yyyyyyyyy8'"]},
        }
    }
    services["web"] |= {"image": "a:2019a06b04T1110xyz", "labels": {"revision": "4f8c1d2a9b074f8c1d2a9b07"}}
    assert keys_of({"services": services}) == {"Ab1-cdef-2Gh", "Zz9yyyyyyyyy8"}


def test_a_structure_is_masked_by_its_names_as_well() -> None:
    told = Redaction().value(
        {"registry": {"password": PLANTED, "passed": True}, "description": f"token={PLANTED}", "n": 3, "none": None}
    )
    assert PLANTED not in json.dumps(told)
    assert (told["registry"]["passed"], told["n"], told["none"]) == (True, 3, None)


def test_what_is_cut_off_is_masked_before() -> None:
    assert PLANTED[-6:] not in Redaction(frozenset([PLANTED])).text(f"{'x' * 50}{PLANTED}{'y' * 10}", 16)

"""No secret, no control character, no flood in what is shown (law 10)."""

from __future__ import annotations

import time

import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils import masking

ENVIRONMENT = [
    "DATABASE_URL=postgresql://app:p%40ss/w0rd@db:5432/app",
    "SECRET_KEY=abcdef",
    "TAG=1.0.0",
    "DB_PASSWORD_FILE=/run/secrets/pw",
]


def test_the_passwords_of_urls_go_wherever_they_stand() -> None:
    assert masking.mask("at postgresql://app:hunter2@db/app now") == "at postgresql://app:********@db/app now"
    assert "hunter" not in masking.mask("redis://:hunter2@cache:6379")


def test_secrets_go_in_every_spelling() -> None:
    secrets = masking.secrets_of(["DATABASE_URL=postgresql://app:p%40ss%21@db/app", "API_TOKEN=t0ps3cret"])
    text = masking.mask("login with p@ss! or p%40ss%21 and t0ps3cret", secrets)
    assert "p@ss!" not in text
    assert "p%40ss%21" not in text
    assert "t0ps3cret" not in text


def test_what_is_no_secret_stays() -> None:
    secrets = masking.secrets_of(ENVIRONMENT)
    assert "1.0.0" not in secrets
    assert "/run/secrets/pw" not in secrets
    assert "abcdef" in secrets


@pytest.mark.parametrize(
    "environment",
    [
        ["CONN=postgresql+psycopg2://airflow:airflow@db/airflow"],
        ["POSTGRES_USER=airflow", "POSTGRES_PASSWORD=airflow"],
        ["_AIRFLOW_WWW_USER_USERNAME=airflow", "_AIRFLOW_WWW_USER_PASSWORD=airflow", "TOKEN=airflow"],
    ],
)
def test_a_password_that_is_the_users_name_blanks_out_no_product(environment: list[str]) -> None:
    secrets = masking.secrets_of(environment)
    text = masking.mask("/opt/airflow/dags at postgresql://airflow:airflow@db/airflow", secrets)
    assert text == "/opt/airflow/dags at postgresql://airflow:********@db/airflow"


def test_the_name_of_no_user_excuses_a_password() -> None:
    secrets = masking.secrets_of(["HOST=hunter2", "URL=http://hunter2:8080/x", "USER_PASSWORD=hunter2", "USER=me"])
    assert secrets == {"hunter2"}


def test_terminal_sequences_and_control_characters_go() -> None:
    assert masking.printable("\x1b[31mred\x1b[0m\x07 a\tb\u202e\nc\r") == "red a\tb\nc"


def test_the_end_of_a_flood_is_kept() -> None:
    assert masking.printable("a" * 5000 + "end", 10) == "...aaaaaaaend"


def test_a_word_without_an_end_is_read_in_passing() -> None:
    began = time.process_time()
    assert masking.mask("x" * 60_000 + " at://me:secret@db") == "x" * 60_000 + " at://me:********@db"
    assert time.process_time() - began < 2

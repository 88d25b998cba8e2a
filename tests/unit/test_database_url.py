"""Database URLs of all dialects, and no password in any error."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils import database
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.tls import Tls


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://app:pw@db/app", ("db", 5432, "app", "app", "pw", "prefer")),
        ("postgres://u:p%40%2F%3A@10.0.0.3:5433/d?sslmode=require", ("10.0.0.3", 5433, "d", "u", "p@/:", "require")),
        ("postgresql+psycopg2://u@db:5432/", ("db", 5432, "u", "u", "", "prefer")),
        ("postgresql://u:p@[::1]:5432/d?sslmode=allow", ("::1", 5432, "d", "u", "p", "allow")),
        ("postgresql://u:p@[fd00::17]/d", ("fd00::17", 5432, "d", "u", "p", "prefer")),
        ("postgresql://u:p@db/d?ssl=true", ("db", 5432, "d", "u", "p", "require")),
        ("postgresql+asyncpg://u:p@db/d?ssl=verify-full", ("db", 5432, "d", "u", "p", "verify-full")),
        ("postgresql://u:p@db/d?sslmode=disable&sslmode=require", ("db", 5432, "d", "u", "p", "require")),
        ("postgresql:///d?host=db&port=5433&user=u&password=p%26", ("db", 5433, "d", "u", "p&", "prefer")),
        ("postgresql://u:p,q@db/d", ("db", 5432, "d", "u", "p,q", "prefer")),
        ("postgresql://u:p@db/d?sslrootcert=system", ("db", 5432, "d", "u", "p", "verify-full")),
    ],
)
def test_from_url(url: str, expected: tuple) -> None:
    access = database.from_url(url, "X")
    assert (access.host, access.port, access.name, access.user, access.password, access.tls.mode) == expected


@pytest.mark.parametrize(
    "url",
    [
        "mysql://app:hunter2@db/app",
        "postgresql://app:hunter2@/app",
        "postgresql://app:hunter2@db:port/app",
        "postgresql://app:hunter2@db:70000/app",
        "postgresql://app:hunter2@db/app?port=hunter2",
        "postgresql://app:hunter2@[::1/app",
        "hunter2",
    ],
)
def test_a_bad_url_is_refused_without_quoting_it(url: str) -> None:
    with pytest.raises(RatchetError) as caught:
        database.from_url(url, "runtime_database.dsn")
    assert "hunter2" not in str(caught.value)
    assert "runtime_database.dsn" in str(caught.value)


@pytest.mark.parametrize(
    "query", ["sslmode=hunter2", "sslmode=", "sslmode=Require", "sslmode=no-verify", "ssl=yes", "sslmode=$(id)"]
)
def test_a_mode_of_tls_that_libpq_has_not_is_no_lesser_one(query: str) -> None:
    with pytest.raises(RatchetError, match="the variable X asks for an sslmode that libpq doesn't have") as caught:
        database.from_url(f"postgresql://app:hunter2@db/app?{query}", "the variable X")
    assert "hunter2" not in str(caught.value)
    assert "verify-full" in caught.value.remedy


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postgresql:///app?host=/var/run/postgresql", "a Unix socket"),
        ("postgresql://app:hunter2@%2Fvar%2Frun%2Fpostgresql/app", "a Unix socket"),
        ("postgresql://app:hunter2@db/app?host=/tmp", "a Unix socket"),
        ("postgresql://app:hunter2@db1:5432,db2:5432/app", "several hosts"),
        ("postgresql://app:hunter2@/app?host=db1&host=db2", "several hosts"),
        ("postgresql://app:hunter2@/app?host=db1,db2", "several hosts"),
    ],
)
def test_a_host_that_can_not_be_followed_is_called_what_it_is(url: str, words: str) -> None:
    with pytest.raises(RatchetError, match=words) as caught:
        database.from_url(url, "X")
    assert "hunter2" not in str(caught.value)
    assert "runtime_database.dsn" in caught.value.remedy


def test_certificates_are_files_of_libpq(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    url = f"postgresql://app@db/app?sslmode=verify-full&sslrootcert={tmp_path}/ca.crt&sslcert=/c.crt&sslkey=/c.key"
    found = database.from_url(url, "X").tls
    assert found.parameters() == {
        "sslmode": "verify-full",
        "sslrootcert": f"{tmp_path}/ca.crt",
        "sslcert": "/c.crt",
        "sslkey": "/c.key",
    }
    variables, files = found.environment("/")
    assert variables["PGSSLMODE"] == "verify-full"
    assert files == {
        variables["PGSSLROOTCERT"]: f"{tmp_path}/ca.crt",
        variables["PGSSLCERT"]: "/c.crt",
        variables["PGSSLKEY"]: "/c.key",
    }
    with pytest.raises(RatchetError, match=r"X names sslrootcert=.*/ca\.crt, which this user can't read on this host"):
        found.complete("X")


def test_without_an_authority_there_is_nothing_to_verify_by(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for mode in ("verify-ca", "verify-full"):
        with pytest.raises(
            RatchetError, match=f"X asks for sslmode={mode}, and there is no certificate of an authority"
        ):
            Tls(mode).complete("X")
    assert Tls("require").complete("X") == Tls("require")
    assert Tls("verify-full", "system").complete("X").parameters() == {
        "sslmode": "verify-full",
        "sslrootcert": "system",
    }
    assert Tls("verify-full", "system").environment("/")[1] == {}


def test_what_libpq_would_take_by_itself_goes_along(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sidecar has another home."""
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".postgresql").mkdir()
    (tmp_path / ".postgresql" / "root.crt").touch()
    assert Tls("verify-full").complete("X").rootcert == str(tmp_path / ".postgresql" / "root.crt")
    assert Tls("verify-full", "system").complete("X").rootcert == "system"
    assert Tls("disable").complete("X") == Tls("disable")


def test_a_server_at_another_address_is_still_called_by_its_name() -> None:
    access = replace(database.from_url("postgresql://app@db/app", "X"), host="172.18.0.2", certified="db")
    assert access.endpoint() == {"host": "db", "hostaddr": "172.18.0.2", "port": "5432"}
    assert database.from_url("postgresql://app@db/app", "X").endpoint() == {"host": "db", "port": "5432"}


def test_the_password_is_not_in_the_representation() -> None:
    assert "hunter2" not in repr(database.from_url("postgresql://app:hunter2@db/app", "X"))

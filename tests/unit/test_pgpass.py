# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The password file is read as libpq reads it; libpq itself is the witness."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils import pgpass
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

WANTED = ("db", "5432", "app", "web")


@pytest.mark.parametrize(
    ("line", "password"),
    [
        ("db:5432:app:web:secret", "secret"),
        ("*:*:*:*:secret", "secret"),
        ("db:*:app:*:secret\r\n", "secret"),
        (r"db:5432:app:web:a\:b\\c\d", r"a:b\cd"),
        ("db:5432:app:web:ends:here", "ends"),
        ("db:5432:app:web:# no comment", "# no comment"),
        ("db:5432:app:web:ends\\", "ends\\"),
        (r"d\b:5432:app:web:secret", "secret"),
        ("db:5432:app:web:", ""),
        ("db:5432:app:web", None),
        ("db:5432:app:webb:secret", None),
        ("dbb:5432:app:web:secret", None),
        ("*b:5432:app:web:secret", None),
        (" db:5432:app:web:secret", None),
        ("# db:5432:app:web:secret", None),
        ("#b:5432:app:web:secret", None),
        ("", None),
    ],
)
def test_a_line(line: str, password: str | None) -> None:
    assert pgpass.password_in([line], WANTED) == password


def test_the_first_line_that_fits_counts() -> None:
    lines = ["# mine\n", "\n", "other:*:*:*:no\n", "*:*:app:*:yes\n", "db:5432:app:web:later\n"]
    assert pgpass.password_in(lines, WANTED) == "yes"


def test_a_host_that_looks_like_a_comment_is_a_comment() -> None:
    assert pgpass.password_in(["#b:5432:app:web:secret"], ("#b", "5432", "app", "web")) is None


def test_a_name_with_colons_and_backslashes_is_found_escaped() -> None:
    assert pgpass.password_in([r"\:\:1:5432:a\\pp:w\:eb:secret"], ("::1", "5432", "a\\pp", "w:eb")) == "secret"


@pytest.mark.parametrize(
    ("mode", "counts"), [(0o600, True), (0o400, True), (0o640, False), (0o604, False), (0o610, False)]
)
def test_a_file_that_others_may_read_counts_for_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: int, counts: bool
) -> None:
    file = tmp_path / "passwords"
    file.write_text("*:*:*:*:secret\n")
    file.chmod(mode)
    monkeypatch.setenv("PGPASSFILE", str(file))
    password, wrong = pgpass.find("db", 5432, "app", "web")
    assert password == ("secret" if counts else None)
    assert ("chmod 0600" in wrong) is not counts
    assert "secret" not in wrong


def test_without_a_file_there_is_no_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PGPASSFILE", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert pgpass.find("db", 5432, "app", "web") == (None, "")
    (tmp_path / ".pgpass").mkdir(mode=0o700)
    assert pgpass.find("db", 5432, "app", "web")[0] is None
    (tmp_path / ".pgpass").rmdir()
    (tmp_path / ".pgpass").write_text("db:5432:app:web:secret")
    (tmp_path / ".pgpass").chmod(0o600)
    assert pgpass.find("db", 5432, "app", "web") == ("secret", "")


def libpq_finds(file: Path, wanted: tuple[str, str, str, str]) -> str | None:
    """What libpq takes from the file, told before it has begun to connect."""
    host, port, database, user = (each.replace("\\", "\\\\").replace("'", "\\'") for each in wanted)
    # An address beside the name: nothing is looked up, and nothing answers.
    connection = psycopg.pq.PGconn.connect_start(
        f"host='{host}' hostaddr=127.0.0.1 port='{port}' dbname='{database}' user='{user}' passfile='{file}'".encode()
    )
    try:
        return connection.password.decode() or None
    finally:
        connection.finish()


FIELDS = st.text("a\\:*b#", max_size=4)
NAMES = st.text("a\\:*b#", min_size=1, max_size=3)


def escaped(name: str) -> str:
    return name.replace("\\", "\\\\").replace(":", "\\:")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    lines=st.lists(
        st.one_of(
            st.lists(FIELDS, min_size=4, max_size=6).map(":".join),
            st.tuples(NAMES.map(escaped), st.sampled_from(["1", "*"]), st.sampled_from(["a", "*"]), FIELDS, FIELDS).map(
                ":".join
            ),
        ),
        max_size=4,
    ),
    host=NAMES,
    user=NAMES,
)
def test_libpq_finds_the_same(tmp_path: Path, lines: list[str], host: str, user: str) -> None:
    file = tmp_path / "passwords"
    file.write_text("\n".join(lines))
    file.chmod(0o600)
    wanted = (host, "1", "a", user)
    with file.open(encoding="utf-8", newline="\n") as opened:
        assert (pgpass.password_in(opened, wanted) or None) == libpq_finds(file, wanted)

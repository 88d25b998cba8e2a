"""Database URLs of all dialects, and no password in any error."""

from __future__ import annotations

import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils import database
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://app:pw@db/app", ("db", 5432, "app", "app", "pw", "prefer")),
        ("postgres://u:p%40%2F%3A@10.0.0.3:5433/d?sslmode=require", ("10.0.0.3", 5433, "d", "u", "p@/:", "require")),
        ("postgresql+psycopg2://u@db:5432/", ("db", 5432, "u", "u", "", "prefer")),
        ("postgresql://u:p@[::1]:5432/d?sslmode=$(id)", ("::1", 5432, "d", "u", "p", "prefer")),
    ],
)
def test_from_url(url: str, expected: tuple) -> None:
    access = database.from_url(url, "X")
    assert (access.host, access.port, access.name, access.user, access.password, access.sslmode) == expected


@pytest.mark.parametrize(
    "url",
    ["mysql://app:hunter2@db/app", "postgresql://app:hunter2@/app", "postgresql://app:hunter2@db:port/app", "hunter2"],
)
def test_a_bad_url_is_refused_without_quoting_it(url: str) -> None:
    with pytest.raises(RatchetError) as caught:
        database.from_url(url, "runtime_database.dsn")
    assert "hunter2" not in str(caught.value)
    assert "runtime_database.dsn" in str(caught.value)


def test_the_password_is_not_in_the_representation() -> None:
    assert "hunter2" not in repr(database.from_url("postgresql://app:hunter2@db/app", "X"))

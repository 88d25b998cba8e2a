"""What the server says is followed by what helps against just that."""

from __future__ import annotations

import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils import postgres


@pytest.mark.parametrize(
    ("said", "connected", "remedy"),
    [
        ("connection refused", False, "Start the database, or give the address"),
        ("server closed the connection unexpectedly", False, "Start the database"),
        ('FATAL: database "ap" does not exist', False, "Name the right database"),
        ('FATAL: role "nobody" does not exist', False, "Name the right user"),
        ("FATAL: the database system is starting up", False, "Run again once the database accepts connections"),
        (
            "terminating connection due to administrator command",
            True,
            "Run again once the database accepts connections",
        ),
        ("FATAL: sorry, too many clients already", False, "raise max_connections"),
        ("FATAL: remaining connection slots are reserved", False, "raise max_connections"),
        ("could not extend file: No space left on device", True, "Free some space where the server keeps its data"),
        ('relation "public.note" does not exist', True, "Mend that"),
        ("permission denied for table note", True, "Name a user who may do that"),
        ("password authentication failed for user", False, "Mend the user or password there"),
    ],
)
def test_the_remedy_fits_what_was_said(said: str, connected: bool, remedy: str) -> None:
    assert remedy in postgres._remedy(said, connected)

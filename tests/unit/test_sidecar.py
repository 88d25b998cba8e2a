# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a sidecar says in the end is told by its cause."""

from __future__ import annotations

import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils import sidecar

ERROR = 'pg_restore: error: could not execute query: ERROR:  role "reader" does not exist'


@pytest.mark.parametrize(
    ("log", "told"),
    [
        (
            f"pg_restore: connecting\n{ERROR}\nCommand was: ALTER DATABASE\n\n\n\n\n\n",
            ERROR + "; Command was: ALTER DATABASE",
        ),
        (f"{ERROR}\n" + "GRANT;\n" * 40, ERROR + "; GRANT;" * 4),
        (f"{ERROR}\n{'x' * 900}", f"{ERROR}; {'x' * 900}"[:600]),
        ("FATAL:  the server goes\n" + "more\n" * 9, "FATAL:  the server goes" + "; more" * 4),
        ("\n".join("abcdefgh"), "d; e; f; g; h"),
        ("errors: none\nno initdb here\n", "errors: none; no initdb here"),
        ("", ""),
    ],
)
def test_the_first_error_is_told_whatever_follows(log: str, told: str) -> None:
    assert sidecar.cause(log, 600) == told

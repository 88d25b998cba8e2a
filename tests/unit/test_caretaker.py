# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One rehearsal of a database at a time; what nobody is heard of is tidied up after, and nothing else."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils import caretaker
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError


def told(id: str, database: str = "1/app") -> dict[str, object]:
    return {"id": id, "database": database, "owner": {"user": "ops"}}


def silent(state: Path, id: str) -> None:
    """As if nobody had been heard of for longer than is waited."""
    long_ago = time.time() - caretaker.EXPIRY - 1
    os.utime(caretaker.path_of(str(state), id), (long_ago, long_ago))


def there(state: Path) -> list[str]:
    return sorted(each.stem for each in (state / "rehearsal").iterdir())


def test_a_second_one_of_the_database_is_told_of_the_first(tmp_path: Path) -> None:
    assert caretaker.claim(str(tmp_path), told("a")) is None
    held = caretaker.claim(str(tmp_path), told("b"))
    assert held
    assert (held["id"], held["owner"]) == ("a", {"user": "ops"})
    assert caretaker.claim(str(tmp_path), told("c", "1/other")) is None
    assert there(tmp_path) == ["a", "c"]


@pytest.mark.parametrize("expired", [True, False])
def test_who_is_silent_or_known_to_be_dead_is_forgotten(tmp_path: Path, expired: bool) -> None:
    caretaker.claim(str(tmp_path), told("a"))
    if expired:
        silent(tmp_path, "a")
    assert caretaker.claim(str(tmp_path), told("b"), "" if expired else "a") is None
    assert there(tmp_path) == ["b"]
    assert not caretaker.beat(str(tmp_path), "a")


def test_who_was_forgotten_tidies_nothing_up(tmp_path: Path) -> None:
    caretaker.claim(str(tmp_path), told("a"))
    silent(tmp_path, "a")
    caretaker.claim(str(tmp_path), told("b"))
    assert not caretaker._is_heard_of(str(tmp_path), "a", pytest.fail)


def test_an_engine_that_does_not_answer_is_asked_again(tmp_path: Path) -> None:
    def unreachable() -> None:
        raise RuntimeError("no engine")

    caretaker.claim(str(tmp_path), told("a"))
    assert caretaker._is_heard_of(str(tmp_path), "a", pytest.fail)
    silent(tmp_path, "a")
    assert caretaker._is_heard_of(str(tmp_path), "a", unreachable)
    done = []
    assert not caretaker._is_heard_of(str(tmp_path), "a", lambda: done.append(1))
    assert (done, there(tmp_path)) == ([1], [])


def test_a_call_that_takes_long_is_heard_of_all_the_while(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caretaker, "_SIGN", 0.01)
    caretaker.claim(str(tmp_path), told("a"))
    path = caretaker.path_of(str(tmp_path), "a")
    with caretaker.heard(str(tmp_path), "a"):
        silent(tmp_path, "a")
        until = time.monotonic() + 10
        while time.time() - os.stat(path).st_mtime > 60:
            assert time.monotonic() < until
            time.sleep(0.01)
    caretaker.forget(str(tmp_path), "a")
    with pytest.raises(RatchetError, match="tidied up"), caretaker.heard(str(tmp_path), "a"):
        pytest.fail("it is gone")

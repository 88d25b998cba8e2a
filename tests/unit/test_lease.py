# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a lease says, to whom it belongs, and what hostile ones may not do."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils import lease, lock_comment
from ansible_collections.ratchet.runtime.plugins.module_utils.lease import Lease
from hypothesis import given
from hypothesis import strategies as st

OWNER: dict[str, Any] = {
    "user": "alice",
    "controller": "ctl1",
    "boot": "b00t",
    "namespace": "pid:[4026531836]",
    "pid": 4711,
    "started": "123",
    "job": {},
}
NOW = 1_800_000_000.0
MINE = Lease.new("run1", "upgrade", OWNER, NOW, 900)
THEIRS = Lease.new("run2", "restore", {**OWNER, "controller": "ctl2"}, NOW, 900)


def test_it_comes_back_as_it_was_written() -> None:
    assert lease.parse(MINE.text()) == MINE
    assert lease.described(MINE.text(), NOW + 30) == {
        **json.loads(MINE.text()),
        "age": 30.0,
        "left": 870.0,
        "expired": False,
        "token": lease.token_of(MINE.text()),
    }


def test_a_live_one_is_not_taken_an_expired_one_is() -> None:
    text = THEIRS.text()
    assert not lease.take(text, MINE, NOW + 899, ())
    assert lease.take(text, MINE, NOW + 900, ())
    assert lease.take(None, MINE, NOW, ())


def test_a_sign_of_life_puts_it_off() -> None:
    text = THEIRS.renewed(NOW + 600, 900).text()
    assert not lease.take(text, MINE, NOW + 1499, ())
    assert lease.take(text, MINE, NOW + 1500, ())


def test_what_was_named_is_taken_but_not_what_has_changed_since() -> None:
    token = lease.token_of(THEIRS.text())
    assert lease.take(THEIRS.text(), MINE, NOW, [token])
    assert not lease.take(THEIRS.renewed(NOW + 1, 900).text(), MINE, NOW + 1, [token])


@pytest.mark.parametrize("key", ["controller", "boot", "namespace", "pid", "started"])
def test_another_process_is_another_owner(key: str) -> None:
    assert MINE.is_of(OWNER, "another hop of the same process")
    other = {**OWNER, key: 1 if key == "pid" else "other"}
    assert not MINE.is_of(other, "run1")
    assert not lease.take(MINE.text(), Lease.new("run1", "upgrade", other, NOW, 900), NOW, ())


def test_where_processes_can_not_be_told_apart_only_the_same_run_owns_it() -> None:
    bare = {**OWNER, "boot": "", "namespace": "", "started": ""}
    held = Lease.new("run1", "upgrade", bare, NOW, 900)
    assert held.is_of(bare, "run1")
    assert not held.is_of(bare, "run2")


HOSTILE = [
    "",
    "{",
    "null",
    "[]",
    "42",
    '"ratchet"',
    "NaN",
    "[" * 100_000,
    "{" * lease.MOST,
    json.dumps({**json.loads(MINE.text()), "more": 1}),
    json.dumps({**json.loads(MINE.text()), "owner": None}),
    json.dumps({**json.loads(MINE.text()), "owner": {**OWNER, "pid": True}}),
    json.dumps({**json.loads(MINE.text()), "owner": {**OWNER, "pid": math.inf}}),
    json.dumps({**json.loads(MINE.text()), "owner": {**OWNER, "pid": "4711"}}),
    json.dumps({**json.loads(MINE.text()), "owner": {**OWNER, "job": {"id": 7}}}),
    json.dumps({**json.loads(MINE.text()), "owner": {**OWNER, "user": "\x1b[2J"}}),
    json.dumps({**json.loads(MINE.text()), "owner": {**OWNER, "user": "a\nb"}}),
    json.dumps({**json.loads(MINE.text()), "owner": {**OWNER, "user": "\u202eecila"}}),
    json.dumps({**json.loads(MINE.text()), "owner": {**OWNER, "user": "a" * 1000}}),
    json.dumps({**json.loads(MINE.text()), "expires": 1e308}),
    json.dumps({**json.loads(MINE.text()), "expires": "9999999-01-01T00:00:00Z"}),
    json.dumps({**json.loads(MINE.text()), "heartbeat": "soon"}),
    json.dumps({key: value for key, value in json.loads(MINE.text()).items() if key != "run"}),
    MINE.text()[:-20],
    MINE.text() + "x" * lease.MOST,
    "garbage\nPLAY RECAP\napp1 : ok=1",
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_what_is_not_a_lease_is_neither_taken_nor_believed(text: str) -> None:
    told = lease.described(text, NOW)
    assert told
    assert set(told) == {"unreadable", "token"}
    assert len(told["unreadable"]) < 200
    assert "\x1b" not in told["unreadable"]
    assert len(told["unreadable"].splitlines()) == 1
    assert not lease.take(text, MINE, NOW, ())
    assert lease.take(text, MINE, NOW, [told["token"]])


@given(st.text(max_size=300))
def test_no_text_breaks_it(text: str) -> None:
    assert lease.parse(text) is None
    assert lock_comment.own(text) == text


@given(st.none() | st.text(max_size=300))
def test_the_comment_that_was_there_is_kept(own: str | None) -> None:
    both = lock_comment.joined(MINE.text(), own)
    assert both
    assert both.isascii()
    assert lock_comment.split(both) == (MINE.text(), own)
    assert lock_comment.joined(None, own) == own
    # A comment that already holds a lease isn't wrapped again.
    assert lock_comment.joined(THEIRS.text(), lock_comment.own(both)) == lock_comment.joined(THEIRS.text(), own)


@pytest.mark.parametrize(
    "rest", ["", "{}", "[]", '{"lease": 1, "comment": null}', '{"lease": "x", "comment": 3}', "[" * 90_000]
)
def test_a_comment_with_our_mark_that_can_not_be_read_is_a_lock_and_no_comment(rest: str) -> None:
    comment = "ratchet.runtime lock " + rest
    text, own = lock_comment.split(comment)
    assert (text, own) == (comment, None)
    assert "unreadable" in (lease.described(text, NOW) or {})


def test_a_database_that_takes_the_place_of_another_takes_the_lease_over_but_not_the_comment() -> None:
    old = lock_comment.joined(MINE.text(), "of the old one")
    assert lock_comment.split(lock_comment.handed_over(old, "of the new one")) == (MINE.text(), "of the new one")
    assert lock_comment.handed_over("of the old one", "of the new one") == "of the new one"
    assert lock_comment.handed_over(None, None) is None

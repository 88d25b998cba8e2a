# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an operator has written arrives as it was meant, or is refused: a form may have made a number of it, or nothing."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.plugin_utils import answers, health_check


def test_what_was_not_answered_is_as_if_it_were_not_asked() -> None:
    assert answers.taken({"version": "1.1.0", "accept": None, "description": None, "serial": 0, "hooks": {}}) == {
        "version": "1.1.0",
        "serial": 0,
        "hooks": {},
    }


@pytest.mark.parametrize("open", [None, ""])
def test_what_was_left_open_of_a_watch_is_as_if_it_were_not_asked(open: Any) -> None:
    watch = {"url": "", "expect": open, "monitor": open, "stall_timeout": 0}
    assert answers.taken({"watch": watch}) == {"watch": {"stall_timeout": 0}}
    assert answers.taken({"watch": {"monitor": 0}}) == {"watch": {"monitor": 0}}


@pytest.mark.parametrize(
    ("value", "told"),
    [(200, "a number"), (True, "true or false"), ("hunter2", "a text"), (["status", 200], "a list")],
)
def test_what_is_no_mapping_is_told_by_its_variable_and_without_its_value(value: Any, told: str) -> None:
    spec = {"watch": health_check.WATCH, "database": {"type": "dict"}}
    for arguments, name in (
        ({"watch": {"expect": value}}, "runtime_health_expect"),
        ({"database": value}, "runtime_database"),
    ):
        with pytest.raises(RatchetError) as caught:
            answers.refuse_no_mapping(arguments, spec)
        assert str(caught.value).startswith(f"{name} has to be a mapping, and is {told}. See docs/variables.md")
        assert "hunter2" not in str(caught.value)
    with pytest.raises(RatchetError, match=r"runtime_health_expect\.json has to be a mapping"):
        answers.refuse_no_mapping({"watch": {"expect": {"json": value}}}, spec)
    for fine in (
        {},
        {"watch": None, "database": ""},
        {"watch": {"expect": {"status": 200}}, "database": {"name": "app"}},
    ):
        answers.refuse_no_mapping(fine, spec)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("1.1.0", "1.1.0"),
        (" 1.1.0\n", "1.1.0"),
        ("'17.10'", "17.10"),
        ('"17.10"', "17.10"),
        (17, "17"),
        ("", ""),
        ("2019.06.04T1110", "2019.06.04T1110"),
    ],
)
def test_a_version_is_as_it_was_written(written: Any, meant: str) -> None:
    assert answers.taken({"version": written}) == {"version": meant}


def test_of_a_number_with_a_point_it_is_not_known_what_was_written() -> None:
    with pytest.raises(
        RatchetError,
        match=r"the number 17\.1 on its way here, and 17\.10 may have been meant.*in quotes, .*Nothing was touched",
    ):
        answers.taken({"version": float("17.10")})


@pytest.mark.parametrize(
    "written", ["major, window", ["major", " window", ""], "'major','window'", ["major", "window"]]
)
def test_ids_may_be_typed(written: Any) -> None:
    assert answers.taken({"accept": written})["accept"] == ["major", "window"]


def test_no_ids_are_none() -> None:
    assert answers.taken({"accept": ""})["accept"] == answers.taken({"accept": []})["accept"] == []

"""A head tells the set of what is applied: another after every migration, the same in whatever order they ran."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils import ledger_readers as readers
from hypothesis import given
from hypothesis import strategies as st

TEXT = st.text(max_size=8)


@given(st.sets(TEXT), TEXT)
def test_every_new_name_moves_the_head(applied: set[str], new: str) -> None:
    before = readers.names([(name,) for name in applied])
    after = readers.names([(name,) for name in [*applied, new]])
    assert (before.head == after.head) is (new in applied)
    assert after.applied == len(applied | {new})


@given(st.lists(TEXT), st.randoms())
def test_neither_order_nor_repetition_counts(applied: list[str], random: Any) -> None:
    again = [*applied, *applied[:2]]
    random.shuffle(again)
    assert readers.names([(name,) for name in again]) == readers.names([(name,) for name in applied])


def test_change_sets_of_liquibase_have_the_same_head_in_whatever_order_they_ran() -> None:
    def head(*ids: str) -> str | None:
        return readers.liquibase(
            [(name, "me", "a.xml", f"2024-01-0{day}", day, "EXECUTED", f"8:{name}") for day, name in enumerate(ids, 1)]
        ).head

    assert head("zebra", "apple") == head("apple", "zebra")
    assert head("zebra", "apple") != head("zebra", "mango")


def test_a_change_set_that_failed_is_dirty_and_one_that_was_skipped_is_not_applied() -> None:
    row = ("id", "me", "a.xml", "2024-01-01", 1)
    assert readers.liquibase([(*row, "FAILED", None)]).failed == ("id",)
    assert readers.liquibase([(*row, "SKIPPED", None)]).applied == 0


def test_numbers_in_names_are_numbers() -> None:
    assert readers.names([("V9",), ("V10",), ("V1.9",)]).heads == ["V10"]
    assert readers.names([("V9",), ("V\u00b2",)]).heads, "what only looks like a digit is none"


@pytest.mark.parametrize("read", [readers.names, readers.alembic, readers.django, readers.flyway, readers.goose])
def test_nothing_applied_is_no_head(read: Any) -> None:
    assert read([]).head is None


def test_names_out_of_a_database_are_harmless() -> None:
    (head,) = readers.names([("\x1b[31m2\nok: [app1]",)]).heads
    assert head == "2 ok: [app1]"

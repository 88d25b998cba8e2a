"""The end of a run says where each host is, and what comes next."""

from __future__ import annotations

from typing import Any

from ansible_collections.ratchet.runtime.plugins.plugin_utils import back_tables, problems, run_end
from fleet_observations import plan, three, with_database

NEXT = "Once that is mended, run the same command again"


def in_words(text: str) -> str:
    facts: dict[str, dict[str, Any]] = {name: {} for name in ("app1", "app2", "app3")}
    facts["app1"] = {"runtime_recorded": {"deploy": "r1"}}
    facts["app2"] = {"runtime_stopped": True}
    return run_end.in_words(plan(three()).as_dict(), {"app1": text}, facts)


def test_it_names_the_failed_then_every_host_then_the_next_step() -> None:
    assert in_words("app1 is crashed on 1.1.0: it is so.").splitlines()[:-1] == [
        "The upgrade to 1.1.0 failed on app1.",
        "app1 is crashed on 1.1.0: it is so.",
        "Where the hosts are:",
        "app1: left on 1.1.0, not well",
        "app2: stopped, not upgraded",
        "app3: not touched, on 1.0.0",
    ]
    assert in_words("app1 is crashed on 1.1.0: it is so.").splitlines()[-1].startswith(NEXT)


def test_the_next_step_is_told_once() -> None:
    assert NEXT not in in_words("app1 is stopped. Run the same command again: it starts what is stopped.")


def test_a_host_that_was_not_seen_is_not_said_to_run_anything() -> None:
    assert run_end.runs("app1", "1.0.0", {}) == "app1 runs 1.0.0"
    assert run_end.runs("app1", None, {"unreachable": "timed out"}) == "app1 could not be looked at (timed out)"
    assert "None" not in run_end.runs("app1", None, {})


def test_a_schema_whose_head_nobody_knows_is_not_said_to_be_as_it_was() -> None:
    fleet = {name: with_database(seen, ledger=None) for name, seen in three().items()}
    told = "\n".join(back_tables.way_back(plan(fleet).as_dict(), {"42/app": None}))
    assert "whether the schema of app was changed isn't known: restore its backup first" in told
    told = "\n".join(back_tables.way_back(plan(three()).as_dict(), {"42/app": "aaa"}))
    assert "the schema of app was not changed, so the image alone goes back" in told
    assert "from aaa to an unknown head" in "\n".join(back_tables.way_back(plan(three()).as_dict(), {}))


def test_a_table_that_a_restore_has_brought_or_taken_is_told_as_that() -> None:
    done = {"backup": "app-1", "before": "app_before", "safety": None, "rows": {"note": [1, 2000], "new": [7, None]}}
    assert back_tables.restored(done)[1:] == [
        "  note: 1 row before, 2,000 rows now",
        "  new: 7 rows before, no such table now",
    ]


def test_a_refusal_of_a_later_hop_says_that_the_one_before_is_done() -> None:
    for before, told in (
        ("1.1.0", "Nothing was touched by this hop; the one before it, to 1.1.0, is done"),
        ("", "Nothing was touched"),
    ):
        refusal = problems.Refusal(["app1: it is so. Mend it."])
        problems.of_a_later_hop(refusal, before)
        assert str(refusal) == f"app1: it is so. Mend it. {told}."

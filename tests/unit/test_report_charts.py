"""Charts: everything within the drawing, every width told in a table, nothing by colour alone."""

from __future__ import annotations

from typing import Any

import report_samples
from ansible_collections.ratchet.runtime.plugins.plugin_utils import duration, migration_chart, stage_chart, time_axis
from ansible_collections.ratchet.runtime.plugins.plugin_utils.document import Chart, Fold
from hypothesis import given
from hypothesis import strategies as st

SECONDS = st.floats(min_value=0, max_value=1e6, allow_nan=False)
STATES = st.sampled_from(["starting", "migrating", "healthy", "stable", "crashed", "never heard of"])
SEEN = st.fixed_dictionaries(
    {"at": SECONDS, "state": STATES, "detail": st.text(max_size=5)},
    optional={"applied": st.none() | st.integers(min_value=0, max_value=5000)},
)


def _parts(blocks: list[Any]) -> tuple[Chart, Fold]:
    chart, fold = blocks
    assert isinstance(chart, Chart)
    assert isinstance(fold, Fold)
    return chart, fold


@given(st.lists(SEEN, min_size=1, max_size=30), SECONDS)
def test_a_migration_stays_within_its_chart(timeline: list[dict[str, Any]], seconds: float) -> None:
    chart, fold = _parts(migration_chart.of(timeline, seconds))
    bands = chart.drawing["bands"]
    assert all(0 <= band["x"] <= 100 and 0 < band["width"] <= 100 for band in bands)
    ends = [*(band["x"] for band in bands[1:]), 100]
    assert all(abs(band["x"] + band["width"] - end) <= 0.41 for band, end in zip(bands, ends, strict=True))
    for step in chart.drawing["steps"]:
        assert 0 <= step["x"] <= step["end"] <= 100
        assert 0 < step["y"] < chart.drawing["height"]
    assert len(fold.blocks[0].rows) == len(timeline)
    assert {band["legend"] for band in bands} == {*chart.legend}


def test_a_state_that_lasts_is_one_band() -> None:
    chart, _fold = _parts(migration_chart.of(report_samples.failed()["migration"]["timeline"], 102.6))
    assert [band["name"] for band in chart.drawing["bands"]] == [
        "starting",
        "migrating",
        "unhealthy",
        "healthy",
        "stable",
    ]
    assert len(chart.drawing["steps"]) == 13  # 0 to 12


def test_the_line_begins_where_the_ledger_was() -> None:
    chart, _fold = _parts(migration_chart.of(report_samples.passed()["migration"]["timeline"], 10.8))
    assert chart.drawing["steps"][0]["y"] == chart.drawing["bottom"]
    assert chart.drawing["most"] == "from 60 to 68 migrations applied"


def test_hosts_stay_within_the_timeline_and_the_table_has_every_stage() -> None:
    hosts = report_samples.broken()["hosts"]
    chart, fold = _parts(stage_chart.of(hosts))
    assert [row["name"] for row in chart.drawing["rows"]] == [host["name"] for host in hosts]
    for row in chart.drawing["rows"]:
        assert all(each["x"] >= 0 and each["x"] + each["width"] <= 100.4 for each in row["bars"])
    table = fold.blocks[0]
    assert [column.title for column in table.columns[-2:]] == ["unhealthy", "go back"]
    assert sum(bool(cell) for row in table.rows for cell in row[1:]) == sum(len(host["stages"]) for host in hosts)


def test_no_two_stages_and_no_two_states_look_alike() -> None:
    for table in (stage_chart.STAGES, migration_chart.STATES):
        assert len({(each.style, each.pattern) for each in table.values()}) == len(table)
        assert len({each.style for each in table.values()}) == len(table)


def test_a_stage_that_never_ended_is_drawn_and_told() -> None:
    chart, fold = _parts(
        stage_chart.of([{"name": "a", "outcome": "failed", "stages": [{"stage": "migrate", "from": 3, "to": None}]}])
    )
    assert chart.drawing["rows"][0]["bars"][0]["width"] > 0
    assert fold.blocks[0].rows[0][1] == "3.0 to ?"


def test_a_time_without_parts_has_no_bar() -> None:
    assert stage_chart.shares([], "x", "x", "x") == []
    assert stage_chart.shares([{"name": "stop", "seconds": 0}], "x", "x", "x") == []


@given(st.floats(min_value=0.05, max_value=1e7))
def test_an_axis_has_few_labels_from_zero_on(whole: float) -> None:
    ticks = time_axis.ticks(whole)
    assert ticks[0]["label"] == "0"
    assert 1 <= len(ticks) <= 6
    assert [tick["x"] for tick in ticks] == sorted(tick["x"] for tick in ticks)


def test_measured_times_read_well() -> None:
    told = [duration.measured(each) for each in (None, 0, 0.44, 12.34, 59.96, 60, 125, 3600, 3725)]
    assert told == ["", "0 s", "0.4 s", "12.3 s", "60 s", "1 min", "2 min 5 s", "1 h 0 min", "1 h 2 min"]

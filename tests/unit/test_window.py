"""A maintenance window goes by the clocks on the wall, also on the two days on which they are changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.plugin_utils import window
from hypothesis import example, given
from hypothesis import strategies as st

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
NIGHT = "22:00-04:00 Europe/Amsterdam"

clocks = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.sampled_from([0, 15, 30, 59]))
zones = st.sampled_from(["Europe/Amsterdam", "UTC", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"])
windows = st.tuples(clocks, clocks, zones).filter(lambda parts: parts[0] != parts[1])
# Both changes of the clocks are in it, on either half of the globe.
moments = st.integers(0, 364 * 24 * 60).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)


def amsterdam(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=AMSTERDAM)


@pytest.mark.parametrize(
    ("text", "clock", "is_open"),
    [
        (NIGHT, "2026-06-01T21:59:59", False),
        (NIGHT, "2026-06-01T22:00:00", True),
        (NIGHT, "2026-06-01T23:59:59", True),
        (NIGHT, "2026-06-02T00:00:00", True),
        (NIGHT, "2026-06-02T03:59:59", True),
        (NIGHT, "2026-06-02T04:00:00", False),
        (NIGHT, "2026-06-02T12:00:00", False),
        ("09:00-17:00 Europe/Amsterdam", "2026-06-02T08:59:59", False),
        ("09:00-17:00 Europe/Amsterdam", "2026-06-02T09:00:00", True),
        ("09:00-17:00 Europe/Amsterdam", "2026-06-02T17:00:00", False),
        ("22:00-00:00 Europe/Amsterdam", "2026-06-02T23:59:59", True),
        ("22:00-00:00 Europe/Amsterdam", "2026-06-02T00:00:00", False),
        ("00:00-23:59 Europe/Amsterdam", "2026-06-02T00:00:00", True),
    ],
)
def test_it_opens_at_its_start_and_is_shut_at_its_end(text: str, clock: str, is_open: bool) -> None:
    assert window.parse(text).is_open(amsterdam(clock)) == is_open


@pytest.mark.parametrize(
    ("now", "is_open"),
    [
        # The clocks go from 02:00 to 03:00 at 01:00 UTC.
        ("2026-03-29T00:59:00+00:00", False),
        ("2026-03-29T01:00:00+00:00", True),
        ("2026-03-29T01:29:00+00:00", True),
        ("2026-03-29T01:30:00+00:00", False),
        # They go from 03:00 back to 02:00 at 01:00 UTC: the hour from 02:00 comes twice.
        ("2026-10-25T00:29:00+00:00", False),
        ("2026-10-25T00:30:00+00:00", True),
        ("2026-10-25T00:59:00+00:00", True),
        ("2026-10-25T01:00:00+00:00", False),
        ("2026-10-25T01:30:00+00:00", True),
        ("2026-10-25T02:29:00+00:00", True),
        ("2026-10-25T02:30:00+00:00", False),
    ],
)
def test_the_days_on_which_the_clocks_are_changed(now: str, is_open: bool) -> None:
    assert window.parse("02:30-03:30 Europe/Amsterdam").is_open(datetime.fromisoformat(now)) == is_open


@pytest.mark.parametrize(
    ("text", "now", "opens"),
    [
        (NIGHT, "2026-06-01T12:00:00+00:00", "2026-06-01T22:00:00+02:00"),
        (NIGHT, "2026-06-01T20:00:00+00:00", "2026-06-02T22:00:00+02:00"),
        (NIGHT, "2026-12-31T22:30:00+00:00", "2027-01-01T22:00:00+01:00"),
        (NIGHT, "2026-03-28T22:00:00+00:00", "2026-03-29T22:00:00+02:00"),
        ("01:00-05:00 Europe/Amsterdam", "2026-03-28T23:30:00+00:00", "2026-03-29T01:00:00+01:00"),
        # 02:45 comes twice that night; this one is still to come.
        ("02:45-02:50 Europe/Amsterdam", "2026-10-25T01:30:00+00:00", "2026-10-25T02:45:00+01:00"),
        ("04:00-05:00 Europe/Amsterdam", "2026-10-25T01:30:00+00:00", "2026-10-25T04:00:00+01:00"),
    ],
)
def test_when_it_opens_next(text: str, now: str, opens: str) -> None:
    found = window.parse(text).opens_at(datetime.fromisoformat(now))
    # Of clocks that come twice, Python takes no two for equal across zones (PEP 495).
    assert found.astimezone(UTC) == datetime.fromisoformat(opens)
    assert found.tzinfo == AMSTERDAM


@given(windows, moments)
@example(("02:00", "02:30", "Europe/Amsterdam"), datetime(2026, 3, 28, 12, tzinfo=UTC))
@example(("02:45", "05:00", "Europe/Amsterdam"), datetime(2026, 10, 25, 1, 30, tzinfo=UTC))
def test_it_opens_in_the_future_and_is_open_then(parts: tuple[str, str, str], now: datetime) -> None:
    # DEFECT (Window.opens_at), left failing: 02:00-02:30 isn't on the clocks of 29 March, and in the hour that comes twice the
    # comparison of clocks without their offset names an opening that was an hour ago.
    found = window.parse("{}-{} {}".format(*parts))
    opening = found.opens_at(now).astimezone(UTC)
    assert opening > now
    assert opening - now <= timedelta(days=2), "every day has a window, but for the one on which the clocks skip it"
    assert found.is_open(opening)


@given(windows, moments)
def test_whose_clock_asks_does_not_matter(parts: tuple[str, str, str], now: datetime) -> None:
    found = window.parse("{}-{} {}".format(*parts))
    assert found.is_open(now) == found.is_open(now.astimezone(ZoneInfo("Asia/Tokyo")))
    elsewhere = found.opens_at(now.astimezone(ZoneInfo("Asia/Tokyo")))
    assert found.opens_at(now).astimezone(UTC) == elsewhere.astimezone(UTC)


@pytest.mark.parametrize("text", ["  22:00 - 04:00   Europe/Amsterdam  ", "22:00-04:00 UTC", "22:00-04:00 Etc/GMT+5"])
def test_forms_that_are_read(text: str) -> None:
    assert window.parse(text).start.hour == 22


@pytest.mark.parametrize(
    "text",
    [
        *("", "22:00-04:00", "22-04 UTC", "24:00-04:00 UTC", "22:60-04:00 UTC", "9:00-10:00 UTC", "always"),
        *("22:00-04:00 ../etc/passwd", "22:00-04:00 UTC; id", "22:00-04:00 UTC\n22:00-05:00 UTC", "22:00 to 04:00 UTC"),
    ],
)
def test_what_is_no_window_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(RatchetError, match=r"isn't a window.*for example 22:00-04:00 Europe/Amsterdam"):
        window.parse(text)


def test_one_that_was_cut_at_its_first_space_is_told_with_its_quotes() -> None:
    with pytest.raises(
        RatchetError, match=r"""'22:00-04:00' isn't a window.*-e '\{"runtime_window": "22:00-04:00 Eur"""
    ):
        window.parse("22:00-04:00")


def test_a_window_without_length_is_refused() -> None:
    with pytest.raises(RatchetError, match="has no length"):
        window.parse("22:00-22:00 UTC")


@pytest.mark.parametrize("zone", ["Mars/Olympus", "Europe", "Europe/Amsterdan"])
def test_a_zone_that_is_not_known_is_refused(zone: str) -> None:
    # DEFECT (window.parse), left failing: ZoneInfoNotFoundError is a KeyError, which isn't caught there.
    with pytest.raises(RatchetError, match="isn't known on the controller"):
        window.parse(f"22:00-04:00 {zone}")

"""Moments out of text: zones, clocks that are put forward and back, and what is no moment."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.importing.dates import DateStyle
from core.importing.moments import read_moment
from core.importing.problems import BadValue

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2013-06-09T11:16:15Z", datetime(2013, 6, 9, 11, 16, 15, tzinfo=UTC)),
        ("2013-06-01T16:38:21.475000+00:00", datetime(2013, 6, 1, 16, 38, 21, 475000, tzinfo=UTC)),
        ("2026-07-01 09:05", datetime(2026, 7, 1, 7, 5, tzinfo=UTC)),
        ("2026-01-01T9:05:00", datetime(2026, 1, 1, 8, 5, tzinfo=UTC)),
        ("31-12-2026 14:05", datetime(2026, 12, 31, 13, 5, tzinfo=UTC)),
        ("2026-07-01", datetime(2026, 6, 30, 22, tzinfo=UTC)),
        ("2026-07-01T09:05:00,5 +0530", datetime(2026, 7, 1, 3, 35, 0, 500000, tzinfo=UTC)),
        ("2026-10-25 02:30", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
    ],
)
def test_moments_as_written(text, expected):
    assert read_moment(text, DateStyle(day_first=True), AMSTERDAM) == expected


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("2026-03-29 02:30", "does not exist in Europe/Amsterdam"),
        ("2026-03-28 25:00", "is no time that exists"),
        ("2026-02-30 10:00", "is no date that exists"),
        ("2026", "names no day"),
        ("soon", "is not a moment"),
        ("1890-01-01 10:00", "1950 to 2100"),
    ],
)
def test_what_is_no_moment_says_why(text, why):
    with pytest.raises(BadValue, match=why):
        read_moment(text, DateStyle(), AMSTERDAM)


def test_a_form_of_the_mapping_may_have_a_clock():
    style = DateStyle(formats=("%m/%d/%Y %I:%M %p",))
    assert read_moment("03/04/2026 01:30 PM", style, ZoneInfo("UTC")) == datetime(2026, 3, 4, 13, 30, tzinfo=UTC)


@given(st.datetimes(datetime(1951, 1, 1), datetime(2099, 12, 31), timezones=st.just(UTC)))
def test_what_carries_its_zone_is_read_as_it_was(moment):
    assert read_moment(moment.isoformat(), DateStyle(), None) == moment

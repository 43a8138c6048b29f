"""When a page is due by mail: worked examples, and what holds of every day."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.rhythm import Rhythm, dues, latest_due, next_due

DAYS = st.dates(date(2020, 1, 1), date(2040, 12, 31))
ONE = timedelta(days=1)
RHYTHMS = st.one_of(
    st.tuples(st.just(Rhythm.WEEKLY), st.integers(1, 7)),
    st.tuples(st.sampled_from([Rhythm.DAILY, Rhythm.MONTHLY, Rhythm.QUARTERLY]), st.none()),
)


@pytest.mark.parametrize(
    ("rhythm", "weekday", "on", "latest", "following"),
    [
        (Rhythm.DAILY, None, date(2026, 11, 27), date(2026, 11, 27), date(2026, 11, 30)),
        (Rhythm.DAILY, None, date(2026, 11, 29), date(2026, 11, 27), date(2026, 11, 30)),
        (Rhythm.WEEKLY, 1, date(2026, 11, 27), date(2026, 11, 23), date(2026, 11, 30)),
        (Rhythm.WEEKLY, 5, date(2026, 11, 27), date(2026, 11, 27), date(2026, 12, 4)),
        # 1 November 2026 is a Sunday, 1 August a Saturday.
        (Rhythm.MONTHLY, None, date(2026, 11, 1), date(2026, 10, 1), date(2026, 11, 2)),
        (Rhythm.MONTHLY, None, date(2026, 11, 2), date(2026, 11, 2), date(2026, 12, 1)),
        (Rhythm.MONTHLY, None, date(2026, 8, 3), date(2026, 8, 3), date(2026, 9, 1)),
        (Rhythm.QUARTERLY, None, date(2026, 12, 31), date(2026, 10, 1), date(2027, 1, 1)),
        # 1 January 2028 is a Saturday.
        (Rhythm.QUARTERLY, None, date(2028, 1, 2), date(2027, 10, 1), date(2028, 1, 3)),
    ],
)
def test_when_it_is_due(rhythm: Rhythm, weekday: int | None, on: date, latest: date, following: date) -> None:
    assert latest_due(rhythm, on, weekday) == latest
    assert next_due(rhythm, on, weekday) == following


# Christmas of 2026: Friday the 25th and Saturday the 26th; New Year's Day is a Friday.
CHRISTMAS = frozenset({date(2026, 12, 25), date(2026, 12, 26), date(2027, 1, 1)})


@pytest.mark.parametrize(
    ("rhythm", "weekday", "on", "latest", "following"),
    [
        (Rhythm.DAILY, None, date(2026, 12, 24), date(2026, 12, 24), date(2026, 12, 28)),
        (Rhythm.DAILY, None, date(2026, 12, 25), date(2026, 12, 24), date(2026, 12, 28)),
        (Rhythm.DAILY, None, date(2027, 1, 3), date(2026, 12, 31), date(2027, 1, 4)),
        (Rhythm.MONTHLY, None, date(2027, 1, 3), date(2026, 12, 1), date(2027, 1, 4)),
        (Rhythm.QUARTERLY, None, date(2027, 1, 4), date(2027, 1, 4), date(2027, 4, 1)),
        # Who asked for Fridays gets this one too.
        (Rhythm.WEEKLY, 5, date(2026, 12, 25), date(2026, 12, 25), date(2027, 1, 1)),
    ],
)
def test_a_holiday_is_no_working_day(
    rhythm: Rhythm, weekday: int | None, on: date, latest: date, following: date
) -> None:
    assert latest_due(rhythm, on, weekday, CHRISTMAS) == latest
    assert next_due(rhythm, on, weekday, CHRISTMAS) == following
    assert (rhythm, weekday, latest) in dues(on, CHRISTMAS)


@given(DAYS, RHYTHMS, st.frozensets(DAYS, max_size=9))
def test_with_holidays_the_latest_is_a_due_day_too(
    on: date, asked: tuple[Rhythm, int | None], closed: frozenset[date]
) -> None:
    rhythm, weekday = asked
    latest = latest_due(rhythm, on, weekday, closed)
    assert latest <= on < next_due(rhythm, on, weekday, closed)
    assert latest_due(rhythm, latest, weekday, closed) == latest
    assert rhythm is Rhythm.WEEKLY or latest not in closed


@given(DAYS, RHYTHMS)
def test_the_latest_is_a_due_day_and_none_lies_between(on: date, asked: tuple[Rhythm, int | None]) -> None:
    rhythm, weekday = asked
    latest, following = latest_due(rhythm, on, weekday), next_due(rhythm, on, weekday)
    assert latest <= on < following
    assert latest_due(rhythm, latest, weekday) == latest
    assert latest_due(rhythm, following, weekday) == following
    assert latest_due(rhythm, following - ONE, weekday) == latest


@given(DAYS)
def test_of_every_rhythm_there_is_one_latest_day(on: date) -> None:
    found = dues(on)
    assert len({(rhythm, weekday) for rhythm, weekday, _day in found}) == len(found) == 10
    assert all(latest_due(rhythm, on, weekday) == day for rhythm, weekday, day in found)

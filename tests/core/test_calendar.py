"""Date arithmetic from an anchor: the table of firing.md, Calendar."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.calendar import add_months, full_years, inclusive_end, whole_months

DAYS = st.dates(date(1950, 1, 1), date(2090, 12, 31))
MONTHS = st.integers(1, 240)


@pytest.mark.parametrize(
    ("anchor", "months", "expected"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2026, 1, 31), 2, date(2026, 3, 31)),
        (date(2026, 5, 31), -3, date(2026, 2, 28)),
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
        (date(2028, 2, 29), 48, date(2032, 2, 29)),
        (date(2026, 12, 31), -24, date(2024, 12, 31)),
    ],
)
def test_months_are_clamped_and_never_drift(anchor, months, expected):
    assert add_months(anchor, months) == expected


@pytest.mark.parametrize(
    ("starts_on", "months", "ends_on"),
    [
        (date(2026, 1, 1), 12, date(2026, 12, 31)),
        (date(2026, 3, 13), 12, date(2027, 3, 12)),
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2028, 2, 29), 48, date(2032, 2, 28)),
    ],
)
def test_the_inclusive_end(starts_on, months, ends_on):
    assert inclusive_end(starts_on, months) == ends_on
    assert whole_months(starts_on, ends_on) == months


@pytest.mark.parametrize(
    ("since", "on", "years"),
    [
        (date(2021, 11, 22), date(2026, 11, 21), 4),
        (date(2021, 11, 22), date(2026, 11, 22), 5),
        (date(2020, 2, 29), date(2025, 2, 28), 5),
        (date(2020, 2, 29), date(2025, 2, 27), 4),
    ],
)
def test_age_counts_anniversaries(since, on, years):
    assert full_years(since, on) == years


@given(DAYS, MONTHS)
def test_ends_grow_with_the_months(starts_on, months):
    assert inclusive_end(starts_on, months) < inclusive_end(starts_on, months + 1)


@given(DAYS, st.integers(0, 20000))
def test_a_term_of_days_is_whole_months_only_where_its_end_says_so(starts_on, days):
    months = whole_months(starts_on, starts_on + timedelta(days=days))
    assert months is None or inclusive_end(starts_on, months) == starts_on + timedelta(days=days)

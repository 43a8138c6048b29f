"""Who gets a plan, which step is the next, when a talk is due (AP-01, AP-05, AP-07, AP-08)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expansion.rules.plan import (
    Missing,
    PlanPolicy,
    StepFacts,
    next_step,
    quarter_end,
    quarter_of,
    quarter_start,
    talk_due,
    top_accounts,
)

ON = date(2026, 11, 29)
POLICY = PlanPolicy()


@pytest.mark.parametrize(
    ("revenue", "expected"),
    [
        ([], []),
        ([(1, 0), (2, -5)], []),
        ([(1, 100)], [1]),
        ([(1, 10), (2, 80), (3, 10)], [2]),
        ([(1, 10), (2, 79), (3, 11)], [2, 3]),
        ([(2, 50), (1, 50)], [1, 2]),
    ],
)
def test_the_largest_until_they_make_four_fifths(revenue, expected):
    assert top_accounts([(pk, Decimal(amount)) for pk, amount in revenue], POLICY) == expected


def test_never_more_than_twenty():
    assert top_accounts([(n, Decimal(1)) for n in range(200)], POLICY) == list(range(20))


@given(st.dictionaries(st.integers(1, 60), st.integers(-50, 10**6), max_size=60), st.integers(1, 30))
def test_nobody_outside_brought_more_than_anybody_inside(revenue, most):
    policy = PlanPolicy(most=most)
    top = top_accounts([(pk, Decimal(amount)) for pk, amount in revenue.items()], policy)
    outside = [amount for pk, amount in revenue.items() if pk not in top]
    inside = [revenue[pk] for pk in top]
    total = sum(amount for amount in revenue.values() if amount > 0)
    assert len(top) <= most
    assert all(amount > 0 for amount in inside)
    assert max(outside, default=0) <= min(inside, default=10**9)
    assert len(top) == most or sum(inside) >= Decimal(total) * policy.share
    assert sum(inside[:-1]) < Decimal(total) * policy.share or not inside


def step(pk, days, open_=True):
    return StepFacts(pk, ON + timedelta(days=days), open_)


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([], Missing.NOTHING),
        ([step(1, 5, open_=False)], Missing.NOTHING),
        ([step(1, -1)], Missing.ALL_LATE),
        ([step(1, -1), step(2, 0)], 2),
        ([step(1, 9), step(2, 3), step(3, 3)], 2),
        ([step(1, 2, open_=False), step(2, 30)], 2),
    ],
)
def test_a_next_step_is_open_and_ahead(steps, expected):
    assert next_step(steps, ON) == expected


@given(st.dates(date(2000, 1, 1), date(2090, 1, 1)))
def test_a_day_lies_in_its_quarter(on):
    start, end = quarter_start(on), quarter_end(on)
    assert start <= on < end
    assert (quarter_of(start), start.day, quarter_start(end)) == (quarter_of(on), 1, end)


@pytest.mark.parametrize(
    ("last", "due"), [(None, True), (date(2026, 5, 29), True), (date(2026, 5, 30), False), (ON, False)]
)
def test_after_six_months_it_is_time_to_talk(last, due):
    assert talk_due(last, 6, ON) is due

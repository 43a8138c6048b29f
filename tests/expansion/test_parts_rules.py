"""Silence, rhythm and drops of parts; capacity and wear: examples, W-05, and oracles."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.calendar import add_months
from expansion.rules.capacity import CapacityFacts, CapacityPolicy, Month, capacity, used_percent
from expansion.rules.parts import (
    Ordered,
    OrderFacts,
    PartsDropPolicy,
    PartsSilencePolicy,
    RhythmPolicy,
    order_rhythm,
    parts_drop,
    parts_silence,
)
from expansion.rules.wear import WearFacts, WearPolicy, WornPart, parts_due
from tests.playbooks.oracle import months_later

KNOWN = date(2020, 1, 1)
ABOUT = (1, 1, 1, KNOWN)


def ordering(*days, amount=100, **values):
    return OrderFacts(*ABOUT, orders=tuple(Ordered(d, Decimal(amount)) for d in days), **values)


def test_pa07_six_months_of_silence_once_per_silence_until_they_order_again():
    facts = ordering(date(2025, 3, 1), date(2025, 8, 31), date(2026, 4, 2))
    first, second = parts_silence(facts, PartsSilencePolicy())
    assert (first.key, first.due_on, first.over_on, first.gone) == (
        "SILENCE.2025-08-31", date(2026, 2, 28), date(2026, 4, 2), "ordered"
    )  # fmt: skip
    assert (second.key, second.due_on, second.over_on) == ("SILENCE.2026-04-02", date(2026, 10, 2), None)
    assert (first.value, first.worth) == (200, "year_of_parts")


def test_one_order_is_no_habit_and_where_the_last_machine_left_nobody_is_silent():
    assert parts_silence(ordering(date(2025, 3, 1)), PartsSilencePolicy()) == []
    gone = ordering(date(2025, 1, 1), date(2025, 3, 1), gone_on=date(2025, 6, 1))
    assert parts_silence(gone, PartsSilencePolicy()) == []


@given(st.lists(st.dates(KNOWN, date(2026, 6, 1)), min_size=2, max_size=9, unique=True), st.integers(0, 900))
def test_the_oracle_walks_from_the_last_order(days, later):
    days, on = sorted(days), max(KNOWN, date(2024, 1, 1) + timedelta(later))
    before = [d for d in days if d <= on]
    silent = len(before) >= 2 and months_later(before[-1], 6) <= on
    stands = [e for e in parts_silence(ordering(*days), PartsSilencePolicy()) if e.stands(on)]
    assert bool(stands) == silent
    assert len(stands) <= 1


def test_ct29_a_machine_is_late_at_twice_its_own_median_interval():
    days = [date(2026, 1, 1) + timedelta(40 * n) for n in range(5)]
    [one] = order_rhythm(ordering(*days), RhythmPolicy())
    assert (one.due_on, one.seen["days"], one.asset_id) == (days[-1] + timedelta(80), 40, 1)
    assert order_rhythm(ordering(*days[:3]), RhythmPolicy()) == []


def test_a_quick_rhythm_waits_for_the_least_days_and_days_before_count_alone():
    days = [date(2026, 1, 1) + timedelta(7 * n) for n in range(5)]
    [one] = order_rhythm(ordering(*days, days[-1] + timedelta(100)), RhythmPolicy())[:1]
    assert (one.due_on, one.over_on) == (days[-1] + timedelta(60), days[-1] + timedelta(100))


def test_pa09_a_year_a_quarter_below_the_one_before_is_told_at_the_start_of_a_quarter():
    orders = [Ordered(date(2024, m, 10), Decimal(1000)) for m in range(1, 13)]
    orders += [Ordered(date(2025, m, 10), Decimal(700)) for m in range(1, 13)]
    [*_, one] = parts_drop(OrderFacts(*ABOUT, orders=tuple(orders)), PartsDropPolicy())
    assert (one.key, one.value, one.seen["percent"]) == ("PARTSDOWN.2026-01-01", 3600, "30")
    kept = [Ordered(o.on, o.amount if o.on.year == 2024 else Decimal(760)) for o in orders]
    found = parts_drop(OrderFacts(*ABOUT, orders=tuple(kept)), PartsDropPolicy())
    assert "PARTSDOWN.2026-01-01" not in [e.key for e in found], "a quarter less, not more"


def test_a_small_customer_and_one_who_stopped_long_ago_are_not_told_for_ever():
    small = ordering(date(2024, 1, 5), amount=400)
    assert parts_drop(small, PartsDropPolicy()) == []
    big = ordering(date(2024, 1, 5), amount=90_000)
    [one] = parts_drop(big, PartsDropPolicy())
    assert (one.due_on, one.over_on, one.gone) == (date(2026, 1, 1), date(2026, 4, 1), "long_ago")


def test_w05_8000_units_of_a_ceiling_of_9500_and_the_trigger_at_7600():
    month = Month(date(2026, 4, 1), 30, output=Decimal(8000))
    assert round(used_percent(month, Decimal(9500)), 1) == Decimal("84.2")
    at = Month(date(2026, 4, 1), 30, output=Decimal(7600))
    assert used_percent(at, Decimal(9500)) == 80


def busy(*shares, first=date(2026, 1, 1), **values):
    months = tuple(
        Month(add_months(first, n), 30, Decimal(share), Decimal(100)) for n, share in enumerate(shares) if share
    )
    return CapacityFacts(*ABOUT, months=months, **values)


def test_ex10_sustained_means_three_months_in_a_row():
    assert capacity(busy(90, 90, 70, 90, 90), CapacityPolicy()) == []
    [one] = capacity(busy(90, 85, 95, 88, 70), CapacityPolicy())
    assert (one.key, one.due_on, one.over_on, one.gone) == (
        "USAGE.2026-01", date(2026, 4, 1), date(2026, 6, 1), "eased"
    )  # fmt: skip
    assert one.seen["percent"] == "90.0"
    assert capacity(busy(80, 80, 80, 80), CapacityPolicy()) == [], "above, not at"


def test_a_month_nobody_knows_ends_it_and_too_few_days_are_no_month():
    first, second = capacity(busy(90, 90, 90, None, 90, 90, 90), CapacityPolicy())
    assert (first.over_on, second.key) == (date(2026, 5, 1), "USAGE.2026-05")
    short = CapacityFacts(
        *ABOUT, months=tuple(Month(date(2026, m, 1), 12, Decimal(99), Decimal(100)) for m in (1, 2, 3))
    )  # fmt: skip
    assert capacity(short, CapacityPolicy()) == []


@given(st.lists(st.integers(60, 99), max_size=14))
def test_once_per_occurrence_however_long_it_lasts(shares):
    """As many signals as runs of three months and more, found by walking."""
    runs, length = 0, 0
    for share in shares:
        length = length + 1 if share > 80 else 0
        runs += length == 3
    assert len(capacity(busy(*shares), CapacityPolicy())) == runs


@given(st.lists(st.integers(60, 99), min_size=1, max_size=14), st.integers(1, 14))
def test_i5_more_months_never_change_what_was_said_before(shares, upto):
    """What stood at a month's beginning is the same whether or not later months are known."""
    on = add_months(date(2026, 1, 1), min(upto, len(shares)))
    whole = {e.key for e in capacity(busy(*shares), CapacityPolicy()) if e.due_on <= on}
    known = {e.key for e in capacity(busy(*shares[:upto]), CapacityPolicy()) if e.due_on <= on}
    assert whole == known


def worn(*orders, hours=1000, per_month=100, months=24):
    ran = tuple(Month(add_months(date(2025, 1, 1), n), 30, Decimal(per_month)) for n in range(months))
    part = WornPart(7, "Gripper pad", Decimal(hours), orders, Decimal(240))
    return WearFacts(*ABOUT, months=ran, parts=(part,))


def test_pa05_a_part_is_asked_about_three_months_before_it_is_worn():
    [one] = parts_due(worn(date(2025, 1, 31)), WearPolicy())
    # 100 hours a month from February on: 700 are used on 1 September, 300 last three months.
    assert (one.key, one.due_on, one.seen["used"], one.value) == ("WEAR.7.2025-01-31", date(2025, 9, 1), "700", 240)


def test_a_part_that_was_ordered_in_time_is_not_asked_about():
    found = parts_due(worn(date(2025, 1, 31), date(2025, 8, 1)), WearPolicy())
    assert [e.key for e in found] == ["WEAR.7.2025-08-01"]
    late = parts_due(worn(date(2025, 1, 31), date(2025, 10, 10)), WearPolicy())
    assert next((e.due_on, e.over_on) for e in late) == (date(2025, 9, 1), date(2025, 10, 10))


@pytest.mark.parametrize("facts", [worn(date(2025, 1, 31), per_month=0), worn(), worn(date(2025, 1, 31), months=0)])
def test_a_machine_that_stands_still_wears_nothing(facts):
    assert parts_due(facts, WearPolicy()) == []

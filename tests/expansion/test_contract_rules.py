"""Warranty, bare machines, win-back, premium candidates: examples, W-04, and an oracle that walks day by day."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expansion.rules.cover import Span
from expansion.rules.premium import PremiumFacts, PremiumPolicy, Stop, premium
from expansion.rules.uncovered import UncoveredFacts, UncoveredPolicy, uncovered
from expansion.rules.warranty import WarrantyFacts, WarrantyPolicy, warranty
from expansion.rules.win_back import LostFacts, WinBackPolicy, win_back
from expansion.words import case_of

D = date(2026, 11, 21)
KNOWN = date(2020, 1, 1)
ABOUT = (1, 1, 1, KNOWN)


def span(starts, until, **values):
    return Span(starts, until, values.pop("agreed_on", starts), **values)


def stands(episodes, on):
    return [e.key for e in episodes if e.stands(on)]


def test_g05_a_warranty_is_a_chance_from_ninety_days_before_its_end():
    facts = WarrantyFacts(*ABOUT, D, level="Basic", level_price=Decimal(2900))
    [one] = warranty(facts, WarrantyPolicy())
    assert (one.key, one.due_on, one.over_on, one.gone) == (
        "WARRANTY.2026-11-21", date(2026, 8, 23), date(2026, 12, 21), "lapsed"
    )  # fmt: skip
    assert (one.value, one.worth, one.asset_id) == (2900, "level_price", 1)


@pytest.mark.parametrize(
    ("agreed", "expected"),
    [(date(2026, 8, 1), []), (date(2026, 9, 1), [(date(2026, 9, 1), "covered")])],
)
def test_a_contract_that_follows_the_warranty_closes_it_or_keeps_it_silent(agreed, expected):
    facts = WarrantyFacts(*ABOUT, D, spans=(span(D + timedelta(1), None, agreed_on=agreed),))
    assert [(e.over_on, e.gone) for e in warranty(facts, WarrantyPolicy())] == expected


def test_a_machine_that_left_or_is_not_ours_has_no_warranty_to_sell_on():
    assert warranty(WarrantyFacts(*ABOUT, D, taken_out_on=date(2026, 5, 1)), WarrantyPolicy()) == []
    assert warranty(WarrantyFacts(*ABOUT, D, counted=False), WarrantyPolicy()) == []


def test_ib08_a_machine_is_bare_thirty_days_after_its_contract_until_the_next_is_signed():
    spans = (
        span(date(2021, 1, 1), date(2022, 1, 1), annual=Decimal(3000)),
        span(date(2023, 1, 1), None, agreed_on=date(2022, 12, 1)),
    )
    [gap] = uncovered(UncoveredFacts(*ABOUT, date(2021, 1, 1), spans=spans), UncoveredPolicy())
    assert (gap.key, gap.due_on, gap.over_on, gap.gone) == (
        "UNCOVERED.2022-01-01", date(2022, 1, 31), date(2022, 12, 1), "covered"
    )  # fmt: skip
    assert (gap.value, gap.worth) == (3000, "last_contract")


def test_a_short_gap_is_none_and_a_machine_under_warranty_is_not_bare():
    spans = (span(date(2021, 1, 1), date(2022, 1, 1)), span(date(2022, 1, 20), None))
    assert uncovered(UncoveredFacts(*ABOUT, date(2021, 1, 1), spans=spans), UncoveredPolicy()) == []
    [one] = uncovered(UncoveredFacts(*ABOUT, date(2024, 1, 1), date(2026, 1, 1)), UncoveredPolicy())
    assert (one.key, one.due_on) == ("UNCOVERED.2026-01-02", date(2026, 2, 1))


def test_a_base_that_was_there_before_us_does_not_flood_but_a_new_machine_speaks():
    old, new = (UncoveredFacts(1, 1, 1, D, begun) for begun in (date(2011, 5, 5), D))
    assert uncovered(old, UncoveredPolicy()) == []
    assert uncovered(UncoveredFacts(1, 1, 1, D, date(2011, 5, 5), date(2013, 5, 5)), UncoveredPolicy()) == []
    assert [e.due_on for e in uncovered(new, UncoveredPolicy())] == [D + timedelta(30)]


spans_of = st.lists(
    st.tuples(st.integers(0, 900), st.integers(1, 500) | st.none()).map(
        lambda t: span(KNOWN + timedelta(t[0]), None if t[1] is None else KNOWN + timedelta(t[0] + t[1]))
    ),
    max_size=4,
)


@given(spans_of, st.integers(0, 1500))
def test_the_oracle_walks_and_finds_the_same_bare_days(spans, offset):
    """A day is bare if no contract ran for thirty days up to it, nor one that was agreed runs on it."""
    facts = UncoveredFacts(*ABOUT, KNOWN, spans=tuple(spans))
    on = KNOWN + timedelta(offset)
    bare, day = 0, KNOWN
    while day <= on:
        bare = 0 if any(s.runs(day) for s in spans) else bare + 1
        day += timedelta(1)
    assert bool(stands(uncovered(facts, UncoveredPolicy()), on)) == (bare > 30)


def test_win_back_ninety_days_after_the_loss_unless_they_came_back():
    lost = LostFacts(*ABOUT, date(2026, 6, 1), annual=Decimal(8000), reason="price")
    [one] = win_back(lost, WinBackPolicy())
    assert (one.key, one.due_on, one.gone, one.value) == ("WINBACK.2026-06-01", date(2026, 8, 30), "long_ago", 8000)
    lost.back_on = date(2026, 9, 9)
    assert [(e.over_on, e.gone) for e in win_back(lost, WinBackPolicy())] == [(date(2026, 9, 9), "back")]
    lost.back_on = date(2026, 7, 1)
    assert win_back(lost, WinBackPolicy()) == []
    assert win_back(LostFacts(*ABOUT, None), WinBackPolicy()) == []


BASIC = span(
    KNOWN, None, rung=1, level="Basic", annual=Decimal(3400), next_level="Premium", next_price=Decimal(6400)
)  # fmt: skip


def w04(**values):
    stops = tuple(Stop(date(2026, m, 10), Decimal(h)) for m, h in ((3, 17), (6, 20), (9, 10)))
    defaults = {"spans": (BASIC,), "stops": stops, "cost_hour": Decimal(500)}
    return PremiumFacts(*ABOUT, **(defaults | values))


def test_co10_w04_three_stops_on_basic_and_the_customers_own_sum():
    [one] = premium(w04(), PremiumPolicy())
    assert (one.key, one.due_on, one.over_on, one.gone) == (
        "PREMIUM.2026-09-10", date(2026, 9, 10), date(2027, 3, 11), "calmer"
    )  # fmt: skip
    assert (one.value, one.worth) == (3000, "level_step")
    case = case_of(one.seen, Decimal(one.seen["hours"]))
    assert (case.loss, case.left, round(case.ratio, 1), case.break_even_hours) == (23_500, 20_500, Decimal("7.8"), 6)
    assert round(case.break_even_share * 100, 1) == Decimal("12.8")
    assert round(case.mean_stop, 1) == Decimal("15.7")


def test_without_the_hourly_cost_there_is_no_sum_only_a_question():
    [one] = premium(w04(cost_hour=None), PremiumPolicy())
    assert case_of(one.seen, Decimal(47)) is None


@pytest.mark.parametrize("values", [{"spans": ()}, {"stops": ()}, {"counted": False}])
def test_no_candidate_without_a_basic_contract_or_without_stops(values):
    assert premium(w04(**values), PremiumPolicy()) == []


def test_a_higher_level_closes_it_with_its_reason():
    low, high = span(KNOWN, date(2026, 10, 1), rung=1), span(date(2026, 10, 1), None, rung=2)
    [one] = premium(w04(spans=(low, high)), PremiumPolicy())
    assert (one.over_on, one.gone) == (date(2026, 10, 1), "higher_level")


@given(st.lists(st.integers(0, 900), max_size=8), st.integers(0, 1300))
def test_the_oracle_counts_the_stops_of_each_day(offsets, later):
    stops = tuple(Stop(KNOWN + timedelta(n)) for n in sorted(offsets))
    on = KNOWN + timedelta(later)
    year_ago = on.replace(year=on.year - 1, day=min(on.day, 28) if on.month == 2 else on.day)
    if (on.month, on.day) == (2, 29):
        return
    counted = sum(year_ago <= stop.on <= on for stop in stops)
    episodes = premium(w04(spans=(BASIC,), stops=stops), PremiumPolicy())
    assert bool(stands(episodes, on)) == (counted >= 3)

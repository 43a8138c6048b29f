"""Prices of a quote: examples by hand, and what holds for every book of machines (RN-05, CO-06, G-04, G-08)."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renewals.rules.offer import (
    Ask,
    Change,
    Fault,
    Kind,
    Line,
    OfferFault,
    OfferPolicy,
    indexed,
    is_upsell,
    kind_of,
    level_ratio,
    margin,
    priced,
    refuse_length,
    share,
)

D = Decimal
CENTS = st.integers(0, 10**9).map(lambda cents: D(cents) / 100)
UPLIFTS = st.integers(-500_000, 500_000).map(lambda millionths: D(millionths) / 10**6)
RATIOS = st.none() | st.sampled_from([D(1), D("1.25"), D("0.8"), D(2) / D(3)])


def lines(*olds, **dropped):
    return [
        Line(n, None if old is None else D(old), kept=n not in dropped.get("without", ())) for n, old in enumerate(olds)
    ]


def test_three_machines_and_three_percent():
    """10,000 + 10,000 + 10,000 and 3.333 %: 30,999.90, not three times 10,333.30 by accident but to the cent."""
    found = priced(D(30000), lines(10000, 10000, 10000), Ask(uplift=D("0.03333")))
    assert (found.new, dict(found.lines)) == (D("30999.90"), {0: D("10333.30"), 1: D("10333.30"), 2: D("10333.30")})
    assert found.change == Change(D(0), D("0.00"), D("999.90"))


def test_a_cent_that_does_not_divide_falls_on_one_line():
    found = priced(D(100), lines("33.33", "33.33", "33.34"), Ask(uplift=D("0.001")))
    assert found.new == D("100.10")
    assert sum(price for price in found.lines.values() if price) == D("100.10")


def test_a_dropped_machine_is_scope_a_level_is_level_and_the_rest_is_price():
    """24,000 over three; one of 6,000 goes; the next level costs 1.25 as much; 2 % on top of that."""
    found = priced(D(24000), lines(12000, 6000, 6000, without=[2]), Ask(uplift=D("0.02"), level=D("1.25")))
    assert found.new == D("22950.00")
    assert found.change == Change(scope=D(-6000), level=D(4500), price=D(450))
    assert dict(found.lines) == {0: D("15300.00"), 1: D("7650.00")}


def test_what_belongs_to_no_machine_rises_as_well():
    found = priced(D(12000), lines(4000, None), Ask(uplift=D("0.1")))
    assert (found.rest_old, found.rest_new, found.new) == (D(8000), D(8800), D(13200))
    assert dict(found.lines) == {0: D(4400), 1: None}


def test_a_few_cents_that_belong_to_no_machine_were_rounding():
    found = priced(D("100.01"), lines("33.33", "33.33", "33.33"), Ask())
    assert (found.rest_old, found.rest_new, found.new) == (D("0.02"), 0, D("100.01"))
    assert sorted(found.lines.values()) == [D("33.33"), D("33.34"), D("33.34")]


def test_an_agreed_price_of_one_machine_and_of_the_whole():
    machines = [Line(0, D(6000), agreed=D(5000)), Line(1, D(6000))]
    assert priced(D(12000), machines, Ask(uplift=D("0.05"))).new == D(11300)
    found = priced(D(12000), machines, Ask(total=D(11000)))
    assert dict(found.lines) == {0: D(5000), 1: D(6000)}
    assert found.change == Change(D(0), D(0), D(-1000))


def test_a_level_without_a_price_waits_for_an_agreed_one_and_takes_what_the_uplift_does_not_explain():
    assert priced(D(1000), lines(1000), Ask(uplift=D("0.03"), level=None)).new is None
    found = priced(D(1000), lines(1000), Ask(uplift=D("0.03"), level=None, total=D(1400)))
    assert found.change == Change(scope=D(0), level=D(370), price=D(30))


def test_unknown_stays_unknown():
    found = priced(None, lines(None, 500), Ask(uplift=D("0.1")))
    assert (found.old, found.new, found.change) == (None, None, None)
    assert dict(found.lines) == {0: None, 1: D(550)}
    assert priced(None, [], Ask()).new is None
    assert priced(None, lines(200, 300), Ask()).old == D(500), "the machines add up to the contract"


@pytest.mark.parametrize(
    ("machines", "ask", "fault"),
    [
        (lines(100, without=[0]), Ask(), Fault.NOTHING_KEPT),
        (lines(100), Ask(total=D(-1)), Fault.BELOW_ZERO),
        (lines(100), Ask(uplift=D("-1.01")), Fault.BELOW_ZERO),
        ([Line(0, D(60), agreed=D(-1)), Line(1, D(40))], Ask(), Fault.BELOW_ZERO),
        ([Line(0, D(60), agreed=D(90)), Line(1, D(40))], Ask(total=D(80)), Fault.BELOW_ZERO),
        ([Line(0, None, agreed=D(90))], Ask(), Fault.NOT_APART),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(machines, ask, fault):
    with pytest.raises(OfferFault) as told:
        priced(D(100), machines, ask)
    assert told.value.fault is fault


@pytest.mark.parametrize("months", [0, -12, 241])
def test_a_term_ends_after_it_starts(months):
    with pytest.raises(OfferFault):
        refuse_length(months)
    refuse_length(240)


@given(st.lists(st.tuples(CENTS, st.booleans()), min_size=1, max_size=40), CENTS, UPLIFTS, RATIOS, st.none() | CENTS)
def test_lines_add_up_to_the_total_and_the_three_parts_to_the_difference(machines, rest, uplift, level, total):
    offered = [Line(n, old, kept=kept or n == 0) for n, (old, kept) in enumerate(machines)]
    whole = sum((line.old for line in offered), rest)
    found = priced(whole, offered, Ask(uplift, level, total))
    if found.new is None:
        assert (level, total, found.change) == (None, None, None)
        return
    assert sum(found.lines.values(), found.rest_new) == found.new
    assert found.change.scope + found.change.level + found.change.price == found.new - whole
    assert found.change.scope == -sum((line.old for line in offered if not line.kept), D(0))
    assert all(price >= 0 and price == price.quantize(D("0.01")) for price in found.lines.values())
    assert total is None or found.new == total


@given(st.lists(CENTS, min_size=1, max_size=40))
def test_no_uplift_changes_no_cent(olds):
    found = priced(sum(olds), [Line(n, old) for n, old in enumerate(olds)], Ask())
    assert (list(found.lines.values()), found.change) == (olds, Change(D(0), D(0), D(0)))


@given(CENTS, st.lists(CENTS, min_size=1, max_size=60))
def test_no_share_is_further_than_a_cent_from_its_own(amount, weights):
    shares, whole = share(amount, weights), sum(weights)
    assert sum(shares) == amount
    if whole:
        assert all(abs(s - amount * w / whole) <= D("0.0100001") for s, w in zip(shares, weights, strict=True))


def test_the_kind_follows_from_level_and_length():
    assert [kind_of(1, 2, 36), kind_of(2, 1, 12), kind_of(2, 2, 36), kind_of(2, 2, 12), kind_of(None, 2, 12)] == [
        Kind.UPGRADE,
        Kind.DOWNGRADE,
        Kind.MULTI_YEAR,
        Kind.SAME,
        Kind.SAME,
    ]
    assert level_ratio(False, D(400), D(500)) == D("1.25")
    assert (level_ratio(False, None, D(500)), level_ratio(True, None, None)) == (None, 1)


def test_an_index_gives_its_uplift():
    assert indexed(D("118.4"), D("121.6")) == D("0.027027")
    with pytest.raises(OfferFault):
        indexed(D(0), D(1))


def test_the_policy_asks_less_of_who_commits_for_longer():
    policy = OfferPolicy()
    assert (policy.uplift_for(12), policy.uplift_for(36)) == (D("0.03"), D("0.02"))


def test_margin_only_where_costs_are_known():
    assert margin(D(1000), [(D(600), None), (D(400), None)], None) is None
    some = margin(D(1000), [(D(600), D(240)), (D(400), None)], None)
    assert (some.left, some.share, some.known, some.of) == (D(360), D("0.6"), 1, 2)
    whole = margin(D(1000), [(D(600), D(240)), (D(400), None)], D(100))
    assert (whole.price, whole.cost, whole.known) == (D(1000), D(340), 2)
    assert margin(None, [], D(5)) is None
    assert margin(D(0), [], D(5)).share is None


@pytest.mark.parametrize(
    ("kind", "old", "new", "longer", "deal"),
    [
        (Kind.SAME, 10000, 10300, False, False),
        (Kind.SAME, 10000, "10300.01", False, True),
        (Kind.UPGRADE, 10000, 9000, False, True),
        (Kind.MULTI_YEAR, 10000, 9900, True, True),
        (Kind.DOWNGRADE, 10000, 20000, True, False),
        (Kind.SAME, None, 20000, False, False),
    ],
)
def test_more_than_indexation_a_higher_level_or_a_longer_term_is_an_upsell(kind, old, new, longer, deal):
    assert is_upsell(kind, old and D(old), new and D(new), D("0.03"), longer) is deal

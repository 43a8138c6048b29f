"""Keep or replace: figures, ways to pay, what is unknown (EX-26, EX-45, W-04)."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from hypothesis import assume, given
from hypothesis import strategies as st

from core.models import Organisation
from sales.actions.business_case import save_case
from sales.models import BusinessCase, DealKind
from sales.queries.business_case import on_record
from sales.rules.business_case import ASKED, Inputs, annuity, case_of, from_json, to_json, wrong_in
from sales.words.business_case import INPUT_LABELS, PART_LABELS, QUESTIONS
from tests import cast
from tests.sales.selling import DAY, ON, Sale

# W-04: 47 hours of standstill at 500 an hour are 23,500 a year; with 3,000 more for service, 20,500 are left.
W04 = Inputs(
    downtime_hours=Decimal(47),
    cost_hour=Decimal(500),
    maintenance=Decimal(0),
    efficiency_loss=Decimal(0),
    new_downtime_hours=Decimal(0),
    new_maintenance=Decimal(3000),
    price=Decimal(82_000),
)
money = st.decimals(0, 1_000_000, places=2)


def changed(said, **values):
    return Inputs(**{**vars(said), **values})


def test_the_worked_example():
    case = case_of(W04)
    assert [(part.key, part.keep, part.replace, part.saved) for part in case.parts] == [
        ("downtime", 23_500, 0, 23_500),
        ("maintenance", 0, 3000, -3000),
        ("efficiency", 0, 0, 0),
    ]
    assert (case.saved, case.invested, case.payback_months, case.asked) == (20_500, 82_000, 48, ())


def test_what_is_unknown_is_left_out_and_asked_for():
    case = case_of(changed(W04, cost_hour=None, price=None))
    assert [part.saved for part in case.parts] == [None, -3000, 0]
    assert (case.saved, case.payback_months, case.invested, case.ways) == (-3000, None, None, ())
    assert case.asked == ("cost_hour", "price")
    assert case_of(Inputs()).asked == ASKED
    assert case_of(Inputs()).saved is None


def test_the_ways_to_pay():
    loan = {"interest": Decimal(6), "finance_months": Decimal(60), "trade_in": Decimal(2000)}
    lease_of = {"lease_monthly": Decimal(1700), "lease_months": Decimal(60), "life_years": Decimal(12)}
    case = case_of(changed(W04, **loan, **lease_of))
    buy, finance, lease = case.ways
    assert (buy.key, buy.total, buy.monthly) == ("buy", 80_000, None)
    assert (finance.monthly, finance.total, finance.over) == (
        Decimal("1546.62"), Decimal("92797.20"), Decimal("161.71"),
    )  # fmt: skip
    assert (lease.monthly, lease.total, lease.over) == (1700, 102_000, Decimal("8.33"))
    assert case.over_life == 166_000


@pytest.mark.parametrize(
    ("principal", "interest", "months", "monthly"),
    [(12_000, 0, 12, "1000.00"), (100_000, 5, 60, "1887.12"), (80_000, 6, 60, "1546.62"), (1200, 12, 1, "1212.00")],
)
def test_annuities(principal, interest, months, monthly):
    assert annuity(Decimal(principal), Decimal(interest), months) == Decimal(monthly)


@given(st.decimals(100, 5_000_000, places=2), st.decimals(0, 30, places=2), st.integers(1, 180))
def test_an_annuity_pays_the_loan_off(principal, interest, months):
    monthly, rest = annuity(principal, interest, months), principal
    for _month in range(months):
        rest = rest * (1 + interest / 1200) - monthly
    grown = sum(((1 + interest / 1200) ** n for n in range(months)), Decimal(0))
    assert abs(rest) <= Decimal("0.006") * grown
    assert monthly * months >= principal - Decimal("0.01") * months


@given(st.decimals(100, 1_000_000, places=2), st.integers(1, 120), st.decimals(0, 15, places=1))
def test_dearer_money_never_costs_less(principal, months, interest):
    assert annuity(principal, interest + 1, months) >= annuity(principal, interest, months)


@given(money, money, money, st.decimals(1, 1000, places=2))
def test_more_standstill_never_makes_keeping_better(hours, more, price, cost):
    less = case_of(changed(W04, downtime_hours=hours, cost_hour=cost, price=price))
    worse = case_of(changed(W04, downtime_hours=hours + more, cost_hour=cost, price=price))
    assert less.saved is not None and worse.saved is not None and worse.saved >= less.saved
    assume(less.payback_months is not None)
    assert worse.payback_months <= less.payback_months


@given(st.fixed_dictionaries({name: st.one_of(st.none(), money) for name in INPUT_LABELS}))
def test_what_is_kept_comes_back_and_the_parts_add_up(values):
    said = Inputs(**values)
    assert from_json(to_json(said)) == said
    case = case_of(changed(said, finance_months=None, lease_months=None))
    known = [part.saved for part in case.parts if part.saved is not None]
    assert case.saved == (sum(known) if known else None)
    assert set(case.asked) == {name for name in ASKED if values[name] is None}


@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        ({"price": Decimal(-1)}, ["price"]),
        ({"interest": Decimal(101)}, ["interest"]),
        ({"finance_months": Decimal("1.5")}, ["finance_months"]),
        ({"lease_months": Decimal(0)}, ["lease_months"]),
        ({"cost_hour": Decimal(10) ** 9}, ["cost_hour"]),
        ({}, []),
    ],
)
def test_figures_that_cannot_be(values, wrong):
    assert wrong_in(changed(W04, **values)) == wrong


def test_every_input_has_words_and_every_asked_one_a_question():
    assert list(INPUT_LABELS) == list(vars(Inputs()))
    assert tuple(QUESTIONS) == ASKED
    assert list(PART_LABELS) == [part.key for part in case_of(W04).parts]


@pytest.fixture
def sale(db):
    Organisation.objects.create(pk=1, name="Voss Robotics", reporting_currency="EUR")
    return Sale()


def test_standstill_comes_from_the_record_and_its_price_from_the_customer(sale):
    sale.account.downtime_cost_hour = Decimal(500)
    sale.account.save()
    for ago, hours in ((10, 40), (100, 7), (300, None), (400, 90)):
        cast.ticket(sale.account, ON - ago * DAY, asset=sale.machine, kind="breakdown", downtime_hours=hours)
    cast.ticket(sale.account, ON, kind="breakdown", downtime_hours=12)
    found = on_record(sale.deal, sale.mila, ON)
    assert found.values == {"downtime_hours": 47, "cost_hour": 500, "price": 185_000}
    assert found.sources == {"downtime_hours": "recorded", "cost_hour": "said", "price": "recorded"}
    assert (found.stops, found.stops_unknown) == (3, 1)


def test_without_a_record_standstill_is_unknown_and_not_zero(sale):
    assert "downtime_hours" not in on_record(sale.deal, sale.mila, ON).values


def keep(sale, inputs=W04, on=ON, **values):
    sources = {name: "said" for name, value in vars(inputs).items() if value is not None}
    said = {"sources": sources, "capex_year": 2027, "by": sale.mila, "on": on} | values
    return save_case(opportunity=sale.deal, inputs=inputs, **said)


def test_a_case_is_kept_with_its_sources_and_changed_in_place(sale):
    keep(sale)
    row = keep(sale, changed(W04, cost_hour=None), on=ON + timedelta(days=1), capex_year=None)
    assert BusinessCase.objects.get() == row
    assert (row.made_on, row.changed_on, row.capex_year) == (ON, ON + timedelta(days=1), None)
    assert "cost_hour" not in row.inputs and "cost_hour" not in row.sources
    assert from_json(row.inputs) == changed(W04, cost_hour=None)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"sources": {}}, "where it comes from"),
        ({"inputs": changed(W04, interest=Decimal(101))}, "Interest"),
    ],
)
def test_what_cannot_be_is_refused(sale, values, words):
    with pytest.raises(ValidationError, match=words):
        keep(sale, **values)
    assert not BusinessCase.objects.exists()


def test_only_a_replacement_or_an_upgrade_has_one(sale):
    sale.deal.kind = DealKind.CROSS_SELL
    with pytest.raises(ValidationError, match="replacement or an upgrade"):
        keep(sale)

"""The calculator: worked by hand, and what must hold of any figures."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from installed_base.rules.returns import Inputs, Worth, from_json, to_json, worth_of, wrong_in


def inputs(**values: float | str) -> Inputs:
    return Inputs(**{name: Decimal(str(value)) for name, value in values.items()})


def test_hours_output_and_scrap_add_up_and_pay_the_price_back():
    """40 hours x €30 x 48 = 57,600; 1,000 units x €2 x 48 = 96,000; 11,000 x 1 % x €5 x 48 = 26,400."""
    found = worth_of(
        inputs(hours_before=100, hours_after=60, cost_hour=30, output_before=10_000, output_after=11_000, margin_unit=2,
               scrap_before=3, scrap_after=2, cost_unit=5, price=270_000)
    )  # fmt: skip
    assert found == Worth(Decimal(57_600), Decimal(96_000), Decimal(26_400), Decimal(180_000), Decimal("18.0"))


def test_what_is_not_known_leaves_out_its_part_and_is_not_nought():
    found = worth_of(inputs(hours_before=100, hours_after=60, cost_hour=30, output_before=5))
    assert (found.labour, found.output, found.scrap, found.total) == (Decimal(57_600), None, None, Decimal(57_600))
    assert worth_of(Inputs()).total is None
    assert found.payback_months is None


def test_a_loss_is_never_paid_back():
    found = worth_of(inputs(hours_before=60, hours_after=100, cost_hour=30, price=1000))
    assert (found.total, found.payback_months) == (Decimal(-57_600), None)


@pytest.mark.parametrize(
    ("values", "wrong"),
    [({"hours_before": -1}, ["hours_before"]), ({"scrap_after": 101}, ["scrap_after"]), ({"weeks": 0}, ["weeks"]),
     ({"weeks": 54}, ["weeks"]), ({"price": 10**9}, ["price"]), ({"scrap_after": 100}, [])],
)  # fmt: skip
def test_figures_that_cannot_be_are_named(values, wrong):
    assert wrong_in(inputs(**values)) == wrong


figures = st.decimals(min_value=0, max_value=10**6, places=2)


@given(figures, figures, figures, figures)
def test_what_is_kept_comes_back_and_more_saved_is_worth_more(before, after, cost, more):
    asked = Inputs(hours_before=before, hours_after=after, cost_hour=cost)
    assert from_json(to_json(asked)) == asked
    better = worth_of(Inputs(hours_before=before + more, hours_after=after, cost_hour=cost))
    assert (better.total or 0) >= (worth_of(asked).total or 0)


def test_what_was_kept_wrongly_is_passed_over():
    assert from_json({"weeks": "x", "no_field": "1", "price": "NaN"}) == Inputs()

"""The NRR bridge sums exactly, W-01 has a receipt of 50 customers, and the record of machines is counted."""

from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from core.metrics import Filters, compute, compute_many, rows
from core.scope import System
from installed_base.models import Account, ProductLine, Site
from tests.cast import account, asset, contact, cover, posted, product, term

pytestmark = pytest.mark.django_db
ON = date(2024, 12, 31)
EVERYONE = System("tests")


def w_01() -> None:
    """50 customers of 5.0M; 5 leave, 10 buy 1.0M more, 35 stay as they were."""
    for number in range(50):
        at = account(f"C{number}")
        posted(at, date(2023, 6, 1), 100_000)
        if number >= 5:
            posted(at, date(2024, 6, 1), 200_000 if number < 15 else 100_000)


def test_w_01_the_receipts_list_the_fifty_customers() -> None:
    w_01()
    found = list(rows("net_revenue_retention", on=ON, actor=EVERYONE))
    assert len(found) == 50
    assert sum(r["numerator"] for r in found) == 5_500_000 and sum(r["denominator"] for r in found) == 5_000_000
    bridge = list(rows("nrr_bridge", on=ON, actor=EVERYONE))
    changed = [(sum(1 for r in bridge if r[step]), sum(r[step] for r in bridge)) for step in ("expansion", "churn")]
    assert changed == [(10, 1_000_000), (5, 500_000)]
    assert compute("churned_revenue", on=ON, actor=EVERYONE).value == 500_000


def test_w_01b_the_literal_reading_would_be_120_percent_and_is_not_used() -> None:
    w_01()
    parts: dict[str, Any] = dict(compute("nrr_bridge", on=ON, actor=EVERYONE).parts)
    literal = (parts["end"] + parts["expansion"] - parts["churn"]) / parts["start"]
    assert literal == Decimal("1.2")
    result = compute("net_revenue_retention", on=ON, actor=EVERYONE)
    assert result.value == Decimal("1.1")
    assert "120 %" in str(result.metric.note) and "110 %" in str(result.metric.note)


def a_customer(luck: Random) -> Account:
    """Revenue of both years in several streams, and perhaps a contract whose price moved."""
    at = account()
    for day in (date(2023, 5, 1), date(2024, 5, 1)):
        for stream in luck.sample(["service_contract", "parts", "machine", "upgrade"], luck.randint(0, 3)):
            posted(at, day, Decimal(luck.randint(-50_00, 1000_00)) / 100, stream)
    machine = asset(at, date(2020, 1, 1))
    for year in (2023, 2024):
        if luck.random() < 0.6:
            held = term(at, date(year, 1, 1), date(year, 12, 31))
            cover(held, machine, annual_value_reporting=Decimal(luck.randint(1, 500_00)) / 100)
    return at


@pytest.mark.parametrize("seed", range(5))
def test_the_bridge_sums_exactly_for_every_customer_and_in_all(seed: int) -> None:
    luck = Random(seed)
    customers = [a_customer(luck) for _ in range(12)]
    for one in [None, *customers]:
        filters = Filters(account=one.pk) if one else Filters()
        found = compute_many(["nrr_bridge", "net_revenue_retention"], on=ON, actor=EVERYONE, filters=filters)
        parts = {key: Decimal(value or 0) for key, value in found["nrr_bridge"].parts.items()}
        moved = parts["expansion"] + parts["price"] - parts["contraction"] - parts["churn"]
        assert parts["start"] + moved == parts["end"]
        assert min(parts["expansion"], parts["contraction"], parts["churn"]) >= 0
        ratio = found["net_revenue_retention"]
        assert (parts["start"], parts["end"]) == (ratio.denominator or 0, ratio.numerator or 0)


def test_completeness_counts_seven_things_a_machine_and_says_which_are_missing() -> None:
    full, bare = account(), account()
    contact(full)
    line = ProductLine.objects.create(name="Robots")
    site = Site.objects.create(account=full, name="Hall 1", known_on=date(2020, 1, 1))
    asset(full, date(2020, 1, 1), site=site, product=product("R", line=line), configuration={"axes": 6})
    asset(bare, date(2020, 1, 1), installed_precision="year", serial="")
    result = compute("data_completeness", on=ON, actor=EVERYONE)
    assert (result.numerator, result.denominator) == (8, 14)
    assert {key: value for key, value in result.parts.items() if value} == {
        "no_site": 1,
        "no_product": 1,
        "no_serial": 1,
        "no_configuration": 1,
        "no_day": 1,
        "no_contact": 1,
    }
    assert compute("data_completeness", on=date(2019, 1, 1), actor=EVERYONE).value is None

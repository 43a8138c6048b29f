"""What customers buy beside machines: parts, wallet share, silence, lifetime value. Worked examples and edges."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from statistics import median
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.calendar import add_months
from core.metrics import Filters, Result, all_rows, compute, compute_many, rows
from core.models import Role
from core.scope import System
from installed_base.models import (
    Account,
    Asset,
    Level,
    PartsOrder,
    PartsOrderLine,
    PartsStatement,
    ProductLine,
)
from installed_base.rules.parts import wallet_share
from tests.cast import KNOWN, account, asset, cover, person, posted, product, term

pytestmark = pytest.mark.django_db
ON = date(2026, 11, 21)
EVERYONE = System("tests")
EUR = Decimal("0.01")


def value(key: str, on: date = ON, **filters: object) -> Result:
    return compute(key, on=on, actor=EVERYONE, filters=Filters(**filters))  # type: ignore[arg-type]


def ordered(at: Account, on: date, of: Asset | None = None, amount: int | None = None, **values: Any) -> PartsOrder:
    number = str(PartsOrder._base_manager.count())
    row = PartsOrder.objects.create(account=at, number=number, ordered_on=on, known_on=KNOWN, **values)
    PartsOrderLine.objects.create(order=row, asset=of, amount_reporting=amount, known_on=KNOWN)
    return row


def said(at: Account, on: date, elsewhere: int) -> PartsStatement:
    worth = Decimal(elsewhere)
    return PartsStatement.objects.create(
        account=at, on=on, elsewhere=worth, currency="EUR", elsewhere_reporting=worth, known_on=on
    )


def w_03() -> tuple[Account, dict[int, Decimal]]:
    """The customer of W-03, invoice by invoice: a machine in year 0, and fifteen years of what follows."""
    at = account("W-03")
    begins = date(2011, 1, 1)
    sales: list[tuple[date, int, str, str]] = [
        (begins, 500_000, "machine", "PO-1"),
        (add_months(begins, 36), 500_000, "machine", "PO-2"),
        (add_months(begins, 96), 500_000, "machine", "PO-3"),
        (add_months(begins, 60), 100_000, "upgrade", ""),
        (add_months(begins, 179), 600_000, "replacement", ""),
    ]
    for year in range(15):
        day = add_months(begins, 12 * year + 6)
        sales += [(day, 30_000, "service_contract", ""), (day, 20_000, "parts", "")]
    made = [posted(at, on, amount, stream, order_reference=order) for on, amount, stream, order in sales]
    asset(at, add_months(begins, 1))
    return at, {row.pk: row.amount for row in made}


def test_w_03_lifetime_value_over_fifteen_years() -> None:
    at, ledger = w_03()
    by_stream = {"first": 500, "service": 450, "parts": 300, "extra": 1000, "upgrade": 100, "replacement": 600}
    assert sum(by_stream.values()) * 1000 == sum(ledger.values()) == Decimal(2_950_000)
    end = date(2025, 12, 31)
    keys = ("lifetime_value", "ltv_multiple", "ltv_after_first_sale")
    found = compute_many(keys, on=end, actor=EVERYONE)
    assert found["lifetime_value"].value == Decimal(2_950_000)
    assert found["ltv_multiple"].value == Decimal("5.9")
    assert found["ltv_after_first_sale"].value is not None
    assert round(found["ltv_after_first_sale"].value * 100, 1) == Decimal("83.1")
    for key in keys:
        (row,) = all_rows(key, on=end, actor=person(key, Role.EXECUTIVE))
        assert (row.id, row.unknown) == (at.pk, False)
        assert (row.numerator, row.denominator) == (found[key].numerator, found[key].denominator)


def test_w_03_every_ledger_row_brings_its_amount() -> None:
    """Year by year the lifetime grows by exactly the rows of that year: none is left out, none counted twice."""
    _at, _ledger = w_03()
    expected = Decimal(0)
    for year in range(15):
        on = date(2011 + year, 12, 31)
        expected += 50_000 + {0: 500_000, 3: 500_000, 8: 500_000, 5: 100_000, 14: 600_000}.get(year, 0)
        assert value("lifetime_value", on).value == expected, year


def test_a_customer_from_before_the_ledger_is_unknown() -> None:
    early, whole = account("early"), account("whole")
    posted(whole, date(2015, 1, 1), 100, "machine")
    posted(early, date(2016, 1, 1), 100, "machine")
    asset(early, date(2004, 1, 1))
    asset(whole, date(2015, 3, 1))
    found = compute_many(["lifetime_value", "ltv_multiple"], on=ON, actor=EVERYONE)
    assert {key: (r.value, r.unknown) for key, r in found.items()} == {
        "lifetime_value": (100, 1),
        "ltv_multiple": (1, 1),
    }


def test_without_a_reference_the_first_sale_is_that_of_the_first_twelve_months() -> None:
    at = account()
    posted(at, date(2015, 1, 1), 100, "machine")
    posted(at, date(2015, 12, 31), 60, "machine")
    posted(at, date(2016, 1, 1), 40, "machine")
    result = value("ltv_multiple")
    assert (result.numerator, result.denominator) == (200, 160)


def test_a_row_with_a_period_counts_up_to_the_date() -> None:
    at = account()
    posted(at, date(2025, 12, 31), 100, "machine")
    posted(at, date(2026, 1, 1), 365, "service_contract", period_from=date(2026, 1, 1), period_to=date(2026, 12, 31))
    assert value("lifetime_value", date(2026, 1, 31)).value == 131
    assert value("lifetime_value", date(2026, 12, 31)).value == 465


def test_parts_and_revenue_per_machine() -> None:
    at, bare = account("two machines"), account("none")
    asset(at, date(2020, 1, 1))
    asset(at, date(2020, 1, 1))
    posted(at, ON, 900, "parts")
    posted(at, ON, 300, "service_contract")
    posted(at, ON, 5000, "machine")
    posted(bare, ON, 100, "parts")
    posted(at, add_months(ON, -12), 7777, "parts")
    found = compute_many(["parts_revenue_per_asset", "revenue_per_asset"], on=ON, actor=EVERYONE)
    assert found["parts_revenue_per_asset"].value == 500
    assert found["revenue_per_asset"].value == 650
    assert found["revenue_per_asset"].parts["service_contract"] == 300


def test_no_machines_no_revenue_per_machine() -> None:
    posted(account(), ON, 100, "parts")
    result = value("parts_revenue_per_asset")
    assert (result.value, result.reason) == (None, "No machines were in service.")


def test_orders_per_customer_in_the_base() -> None:
    busy, silent, gone = account(), account(), account()
    for at in (busy, silent):
        asset(at, date(2020, 1, 1))
    for days in (0, 30, 300, 366):
        ordered(busy, ON - timedelta(days=days))
    result = value("ordering_frequency")
    assert (result.numerator, result.denominator) == (3, 2)
    posted(gone, ON, 1, "other")
    assert value("ordering_frequency").value == 1


def test_wallet_share_takes_the_latest_word_that_still_counts() -> None:
    told, never, long_ago = account("told"), account("never"), account("long ago")
    for at in (told, never, long_ago):
        posted(at, ON, 400, "parts")
    said(told, date(2025, 1, 1), 9000)
    said(told, date(2026, 1, 1), 600)
    said(told, ON + timedelta(days=1), 1)
    said(long_ago, add_months(ON, -24), 100)
    result = value("wallet_share")
    assert (result.value, result.count, result.unknown) == (Decimal("0.4"), 1, 2)
    assert value("wallet_share", date(2026, 11, 22)).numerator == 400
    listed = {row["subject_id"]: row["unknown"] for row in rows("wallet_share", on=ON, actor=EVERYONE)}
    assert listed == {told.pk: False, never.pk: True, long_ago.pk: True}


def test_a_merged_account_speaks_for_its_survivor() -> None:
    survivor = account("survivor")
    old = account("old", merged_into=survivor)
    posted(survivor, ON, 100, "parts")
    said(old, ON, 300)
    assert value("wallet_share").value == Decimal("0.25")


@given(st.decimals(0, 10**6, places=2), st.decimals(0, 10**6, places=2))
def test_a_share_lies_between_nothing_and_all(ours: Decimal, elsewhere: Decimal) -> None:
    share = wallet_share(ours, elsewhere)
    assert (share is None) == (ours + elsewhere == 0)
    assert share is None or 0 <= share <= 1
    assert wallet_share(ours, None) is None


@pytest.mark.parametrize(("now", "declined"), [(74, 1), (75, 1), (76, 0), (120, 0)])
def test_a_decline_is_a_quarter_below_the_year_before(now: int, declined: int) -> None:
    at = account()
    posted(at, ON, now, "parts")
    posted(at, add_months(ON, -12), 100, "parts")
    result = value("parts_decline")
    assert (result.value, result.parts["lost"]) == (declined, (100 - now) * declined)


def _with_parts(at: Account, machine: Asset, includes: dict[str, Any]) -> None:
    level = Level.objects.create(key=f"l{machine.pk}", name="Level", rung=Level.objects.count(), includes=includes)
    cover(term(at, date(2026, 1, 1), date(2026, 12, 31), level=level), machine)


def test_parts_inside_a_contract_stand_apart() -> None:
    for includes in ({"parts": True}, {"parts": False}, {"visits_a_year": 2}):
        at = account()
        machine = asset(at, date(2020, 1, 1))
        _with_parts(at, machine, includes)
        posted(at, ON, 10, "parts")
        posted(at, add_months(ON, -12), 100, "parts")
        for days in (400, 380, 360):
            ordered(at, ON - timedelta(days=days), machine)
    assert value("parts_decline").parts == {"by_order": 2, "in_contract": 1, "lost": 270}
    assert value("quiet_assets").parts == {"by_order": 2, "in_contract": 1}
    assert value("parts_revenue_per_asset").parts == {"in_contract": 10, "machines_in_contract": 1}


def test_a_machine_is_quiet_after_twice_its_own_median_interval() -> None:
    at = account()
    machine = asset(at, date(2020, 1, 1))
    last = ON - timedelta(days=100)
    for days in (0, 40, 90):
        ordered(at, last - timedelta(days=days), machine)
    assert value("quiet_assets", last + timedelta(days=90)).value == 0
    assert value("quiet_assets", last + timedelta(days=91)).value == 1
    (row,) = all_rows("quiet_assets", on=ON, actor=person("ceo", Role.EXECUTIVE))
    assert row.values == (at.name, last, 45)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(days=st.lists(st.integers(0, 900), max_size=8), back=st.integers(0, 400))
def test_quiet_is_what_the_intervals_say(days: list[int], back: int) -> None:
    at = account()
    machine = asset(at, date(2000, 1, 1))
    for n in days:
        ordered(at, date(2024, 1, 1) + timedelta(days=n), machine)
    on = date(2026, 1, 1) + timedelta(days=back)
    known = sorted({date(2024, 1, 1) + timedelta(days=n) for n in days if date(2024, 1, 1) + timedelta(days=n) <= on})
    gaps = [(b - a).days for a, b in pairwise(known)]
    expected = len(known) >= 3 and (on - known[-1]).days > 2 * median(gaps)
    assert value("quiet_assets", on, account=at.pk).value == int(expected)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_rows_add_up(data: st.DataObject) -> None:
    line = ProductLine.objects.create(name=f"L{ProductLine.objects.count()}")
    made = product(line=line)
    for _ in range(data.draw(st.integers(1, 3))):
        at = account()
        for _ in range(data.draw(st.integers(0, 2))):
            asset(at, date(2020, 1, 1), product=data.draw(st.sampled_from([made, None])))
        for _ in range(data.draw(st.integers(0, 4))):
            on = ON - timedelta(days=data.draw(st.integers(-10, 800)))
            stream = data.draw(st.sampled_from(["parts", "machine", "service_contract"]))
            posted(at, on, data.draw(st.integers(-50, 500)), stream, product=data.draw(st.sampled_from([made, None])))
        if data.draw(st.booleans()):
            said(at, ON - timedelta(days=data.draw(st.integers(0, 900))), data.draw(st.integers(0, 500)))
    keys = ["parts_revenue_per_asset", "ordering_frequency", "wallet_share", "parts_decline", "revenue_per_asset"]
    keys += ["lifetime_value", "ltv_multiple", "ltv_after_first_sale", "quiet_assets"]
    for narrowed in (Filters(), Filters(product_line=line.pk)):
        for key, result in compute_many(keys, on=ON, actor=EVERYONE, filters=narrowed).items():
            known = [r for r in rows(key, on=ON, actor=EVERYONE, filters=narrowed) if not r["unknown"]]
            assert sum((r["numerator"] or 0 for r in known), Decimal(0)) == result.numerator, key
            assert sum((r["denominator"] or 0 for r in known), Decimal(0)) == (result.denominator or 0), key


def test_a_technician_sees_no_money_of_parts() -> None:
    person("tech", Role.TECHNICIAN)
    posted(account(), ON, 100, "parts")
    result = compute("wallet_share", on=ON, actor=person("t2", Role.TECHNICIAN))
    assert (result.value, result.withheld) == (None, True)

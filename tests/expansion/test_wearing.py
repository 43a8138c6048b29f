"""Parts that will be worn in the coming months, at the pace of the machine (PA-05)."""

import csv
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.calendar import add_months
from core.clock import today
from core.models import Organisation, Role
from expansion.rules.capacity import Month
from expansion.rules.wear import WearFacts, WearPolicy, WornPart, wearing
from installed_base.models import PartsOrder, PartsOrderLine
from tests import cast

ON = date(2026, 7, 1)
POLICY = WearPolicy()


def facts(hours: int, wear: int, *orders: date, **values: Any) -> WearFacts:
    """A machine that ran so many hours each month of two years, with one part."""
    months = tuple(Month(add_months(date(2025, 1, 1), n), 30, Decimal(hours), None, None) for n in range(24))
    part = WornPart(1, "Belt", Decimal(wear), orders)
    return WearFacts(1, 1, 1, date(2020, 1, 1), months=months, parts=(part,), **values)


def test_a_part_is_worn_when_its_hours_are_run() -> None:
    # Ordered on the last day of March: April, May, June are run, and one day of July.
    (found,) = wearing(facts(100, 1000, date(2026, 3, 31)), ON, POLICY)
    a_day = Decimal(100) * 12 / 365
    assert found.used == 300 + a_day
    assert found.worn_on == ON + timedelta(days=int((700 - a_day) / a_day))


def test_the_latest_order_counts_and_later_ones_are_not_known_yet() -> None:
    (found,) = wearing(facts(100, 1000, date(2025, 3, 31), date(2026, 5, 31), date(2026, 9, 1)), ON, POLICY)
    assert found.ordered_on == date(2026, 5, 31) and 100 < found.used < 110


def test_what_is_worn_by_now_is_worn_today() -> None:
    (found,) = wearing(facts(100, 50, date(2025, 3, 31)), ON, POLICY)
    assert found.worn_on == ON and found.left < 0


@pytest.mark.parametrize(
    "machine",
    [facts(0, 50, date(2025, 3, 31)), facts(100, 50), facts(100, 50, ON, counted=False),
     facts(100, 50, date(2025, 3, 31), taken_out_on=ON)],
)  # fmt: skip
def test_nothing_is_foreseen_of_what_stands_still_or_left(machine: WearFacts) -> None:
    assert wearing(machine, ON, POLICY) == []


@given(st.integers(1, 700), st.integers(1, 20_000), st.dates(date(2025, 1, 1), ON))
def test_it_is_never_worn_before_today_and_sooner_the_more_it_runs(hours: int, wear: int, ordered: date) -> None:
    (slow,) = wearing(facts(hours, wear, ordered), ON, POLICY)
    (fast,) = wearing(facts(hours + 50, wear, ordered), ON, POLICY)
    assert ON <= fast.worn_on <= slow.worn_on


@pytest.fixture
def machine(db: None) -> Any:
    Organisation.objects.create(pk=1, name="Voss Robotics")
    mila = cast.person("mila", team=cast.pool("North"))
    row = cast.asset(cast.account("Van Houten", mila), date(2020, 1, 1))
    belt = cast.product("Belt", kind="part", wear_hours=Decimal(1000), list_price=80, currency="EUR")
    first = today().replace(day=1)
    for n in range(1, 7):
        cast.reading(row, add_months(first, 1 - n) - timedelta(days=1), 100, 600, days=25)
    order = PartsOrder.objects.create(
        account=row.account, number="1", ordered_on=add_months(first, -6), known_on=date(2020, 1, 1)
    )
    PartsOrderLine.objects.create(order=order, asset=row, product=belt, known_on=date(2020, 1, 1))
    return row


def test_the_list_by_span_and_as_a_file(client: Any, machine: Any) -> None:
    client.force_login(machine.account.owner.user)
    three, six = (client.get(f"/expansion/lists/wear/?months={m}") for m in (3, 6))
    assert three.context["lines"] == []
    (line,) = six.context["lines"]
    assert (line.machine, line.wearing.part.name, line.wearing.part.price) == (machine, "Belt", 80)
    assert add_months(today(), 3) < line.wearing.worn_on <= add_months(today(), 6)
    body = b"".join(client.get("/expansion/lists/wear/file/?months=12").streaming_content).decode("utf-8-sig")
    head, row = csv.reader(body.splitlines())
    assert dict(zip(head, row, strict=True))["Serial number"] == machine.serial
    other = cast.person("zoe")
    client.force_login(other)
    assert client.get("/expansion/lists/wear/?months=12").context["lines"] == []
    client.force_login(cast.person("tess", Role.TECHNICIAN))
    assert client.get("/expansion/lists/wear/").status_code == 404

"""What a year of service brought, and what standing still cost: W-04, the unknown, and sums that add up."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renewals.rules.value import (
    Case,
    Key,
    MachineFact,
    OrderFact,
    TicketFact,
    VisitFact,
    YearFacts,
    case_of,
    figures,
)

FIRST, ON = date(2025, 11, 22), date(2026, 11, 21)
AT = datetime(2026, 5, 4, 9, tzinfo=UTC)


def ticket(pk: int = 1, down: object = None, breakdown: bool = True, **values: Any) -> TicketFact:
    defaults: dict[str, Any] = {
        "title": f"T-{pk}",
        "kind": "Breakdown",
        "opened_at": AT,
        "answered_at": None,
        "resolved_at": None,
        "opened_in_year": True,
        "resolved_in_year": False,
    }
    hours = None if down is None else Decimal(str(down))
    return TicketFact(id=pk, breakdown=breakdown, down=hours, **(defaults | values))


def year(**values: Any) -> YearFacts:
    return YearFacts(FIRST, ON, **({"keeps_tickets": True} | values))


def test_w_04_three_stops_of_47_hours_at_500_an_hour():
    made = figures(year(tickets=[ticket(1, 20), ticket(2, "15.5"), ticket(3, "11.5")]))
    case = case_of(made, Decimal(500), Decimal(3000))
    assert case is not None
    assert (case.stops, case.hours, case.loss, case.left) == (3, 47, 23_500, 20_500)
    assert round(case.ratio or 0, 1) == Decimal("7.8")
    assert case.break_even_hours == 6
    assert round((case.break_even_share or 0) * 100, 1) == Decimal("12.8")
    assert round(case.mean_stop or 0, 1) == Decimal("15.7")


def test_without_a_price_the_loss_stands_alone():
    case = Case(Decimal(47), 3, Decimal(500))
    assert (case.loss, case.left, case.ratio, case.break_even_hours, case.break_even_share) == (23_500, *[None] * 4)


def test_nothing_is_divided_by_nothing():
    free = Case(Decimal(0), 0, Decimal(0), Decimal(0))
    assert (free.loss, free.ratio, free.break_even_hours, free.break_even_share, free.mean_stop) == (0, *[None] * 4)


@pytest.mark.parametrize(("cost", "tickets"), [(None, [ticket(1, 20)]), (Decimal(500), [ticket(1)])])
def test_no_case_without_cost_or_hours(cost: Decimal | None, tickets: list[TicketFact]):
    assert case_of(figures(year(tickets=tickets)), cost, None) is None


def test_a_case_counts_the_stops_whose_hours_are_known():
    case = case_of(figures(year(tickets=[ticket(1, 20), ticket(2)])), Decimal(500), None)
    assert case is not None and (case.stops, case.hours) == (1, 20)


def test_no_stop_in_a_year_with_tickets_is_zero_and_without_any_is_not_known():
    kept = figures(year(tickets=[ticket(1, breakdown=False)]))
    assert (kept[Key.STOPS].value, kept[Key.DOWNTIME].value) == (0, 0)
    unkept = figures(year(keeps_tickets=False))
    assert [unkept[key].value for key in Key] == [None] * len(Key)


def test_a_stop_is_a_breakdown_or_what_kept_a_machine_down():
    found = figures(year(tickets=[ticket(1, breakdown=False, down=2), ticket(2, breakdown=False, down=0), ticket(3)]))
    assert [row.id for row in found[Key.STOPS].rows] == [1, 3]
    assert (found[Key.DOWNTIME].value, found[Key.DOWNTIME].unknown) == (2, 1)


def test_a_stop_before_the_year_is_none_of_its_own():
    assert figures(year(tickets=[ticket(1, 9, opened_in_year=False)]))[Key.DOWNTIME].value == 0


def test_uptime_is_by_the_clock_and_not_known_where_a_stop_has_no_hours():
    machines = [MachineFact(1, "VR-6", ON - timedelta(days=9), ON)]
    assert figures(year(machines=machines, tickets=[ticket(1, 24)]))[Key.UPTIME].value == Decimal("0.9")
    assert figures(year(machines=machines, tickets=[ticket(1, 24), ticket(2)]))[Key.UPTIME].value is None
    assert figures(year(tickets=[ticket(1, 24)]))[Key.UPTIME].value is None


def test_times_are_the_middle_one_of_what_is_known():
    answered = [ticket(n, answered_at=AT + timedelta(hours=n)) for n in (1, 2, 60)]
    found = figures(year(tickets=[*answered, ticket(9)]))[Key.RESPONSE]
    assert (found.value, found.known, found.unknown) == (2, 3, 1)


def test_solved_are_those_resolved_in_the_year_whenever_they_were_opened():
    old = ticket(1, opened_in_year=False, resolved_in_year=True, resolved_at=AT + timedelta(hours=30))
    found = figures(year(tickets=[old, ticket(2)]))
    assert (found[Key.SOLVED].value, found[Key.RESOLUTION].value) == (1, 30)


def test_parts_and_visits():
    orders = [OrderFact(1, "P-1", ON, Decimal(3), None, True), OrderFact(2, "P-2", ON, Decimal("1.5"), None, False)]
    found = figures(
        year(orders=orders, visits=[VisitFact(7, ON, "Repair", None)], keeps_orders=True, keeps_visits=True)
    )
    assert (found[Key.PARTS].value, found[Key.VISITS].value) == (Decimal("4.5"), 1)


@given(st.lists(st.none() | st.decimals(0, 900, places=2), max_size=12))
def test_the_rows_add_up_to_the_figure(down: list[Decimal | None]):
    found = figures(year(tickets=[ticket(n, hours) for n, hours in enumerate(down)]))
    figure = found[Key.DOWNTIME]
    known = [row.amount for row in figure.rows if row.amount is not None]
    assert figure.value == (sum(known, Decimal(0)) if known or not down else None)
    assert found[Key.STOPS].value == len(down)
    assert figure.known + figure.unknown == len(figure.rows)


@given(st.decimals("0.5", 5000, places=1), st.decimals(1, 9000, places=2), st.decimals(1, 100_000, places=2))
def test_at_break_even_nothing_is_left(hours: Decimal, cost: Decimal, price: Decimal):
    case = Case(hours, 1, cost, price)
    assert case.break_even_hours is not None and case.ratio is not None and case.break_even_share is not None
    assert abs(case.break_even_hours * cost - price) < Decimal("0.0001")
    assert abs(case.ratio * case.break_even_share - 1) < Decimal("0.0001")

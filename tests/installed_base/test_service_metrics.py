"""Tickets, use, value and proof of life: worked examples, edges, and what is unknown."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from core.history import keep
from core.metrics import Filters, Result, compute, compute_many
from core.scope import System
from health.models import Question
from installed_base.models import PartsOrder, PartsOrderLine, TicketPeriod
from tests.cast import KNOWN, account, answer, asset, at_hour, contact, cover, posted, reading, roi, term, ticket, visit

pytestmark = pytest.mark.django_db
ON = date(2026, 11, 21)
EVERYONE = System("tests")


def value(key: str, on: date = ON, **filters: object) -> Result:
    return compute(key, on=on, actor=EVERYONE, filters=Filters(**filters))  # type: ignore[arg-type]


def days_ago(days: int) -> date:
    return ON - timedelta(days=days)


def test_critical_tickets_are_promised_within_a_day() -> None:
    at = account()
    ticket(at, days_ago(10), 24, severity="critical")
    ticket(at, days_ago(10), 25, severity="critical")
    ticket(at, days_ago(10), severity="critical")
    ticket(at, ON, 2, severity="critical")  # less than 24 hours old
    ticket(at, days_ago(400), 2, severity="critical")
    ticket(at, days_ago(10), 2)
    result = value("resolution_critical")
    assert (result.numerator, result.denominator, result.value) == (1, 3, Decimal(1) / 3)
    assert result.small
    assert value("resolution_normal").value == 1


def test_a_reopened_ticket_counts_from_its_first_opening() -> None:
    at = account()
    again = ticket(at, days_ago(10), 5, severity="critical")
    assert value("resolution_critical").value == 1
    again.reopened_at, again.resolved_at = at_hour(days_ago(5)), at_hour(days_ago(4))
    again.save()
    keep(TicketPeriod, [again.pk], on=days_ago(4))
    assert value("resolution_critical").value == 0
    assert value("resolution_critical", on=days_ago(7)).value == 1, "it was resolved then"
    assert value("resolution_hours").value == 6 * 24


def test_a_ticket_that_was_reopened_and_not_resolved_is_open() -> None:
    at = account()
    ticket(at, days_ago(10), 5, severity="critical", reopened_at=at_hour(days_ago(9)))
    result = compute_many(["resolution_critical", "resolution_hours"], on=ON, actor=EVERYONE)
    assert (result["resolution_critical"].value, result["resolution_hours"].value) == (0, None)
    assert result["resolution_hours"].reason == "No ticket was resolved in the window."


def test_the_middle_of_the_hours_and_apart_by_severity() -> None:
    at = account()
    for hours in (2, 10, 300):
        ticket(at, days_ago(100), hours)
    ticket(at, days_ago(100), 4, severity="critical")
    result = value("resolution_hours")
    assert (result.value, result.count) == (7, 4)
    assert (result.parts["critical"], result.parts["normal"], result.parts["low"]) == (4, 10, 0)


def test_tickets_per_paying_customer_and_month() -> None:
    stayed, came = account(), account()
    term(stayed, date(2024, 1, 1), date(2027, 12, 31))
    posted(came, days_ago(20), 500)
    account()
    for _ in range(9):
        ticket(stayed, days_ago(40), 3)
    ticket(came, days_ago(400), 3)
    result = value("ticket_volume")
    assert (result.numerator, result.denominator, result.value) == (9, 18, Decimal("0.5"))
    assert value("ticket_volume", on=date(2019, 1, 1)).reason == "No customer paid on either date."


def test_adoption_asks_telemetry_first_and_else_orders_and_visits() -> None:
    runs, stands, ordered, silent, unheard = (account(name) for name in ("Runs", "Stands", "Ordered", "Silent", "New"))
    machines = {at: asset(at, date(2020, 1, 1)) for at in (runs, stands, ordered, silent, unheard)}
    reading(machines[runs], days_ago(29))
    reading(machines[stands], days_ago(30))
    reading(machines[stands], days_ago(5), 0)
    PartsOrder.objects.create(account=stands, ordered_on=days_ago(3), known_on=KNOWN)
    PartsOrder.objects.create(account=ordered, ordered_on=days_ago(180), known_on=KNOWN)
    visit(silent, days_ago(181))
    account("Prospect")
    result = value("product_adoption")
    assert (result.numerator, result.denominator, result.unknown) == (2, 4, 1)


def test_time_to_first_value_counts_from_installation_and_time_to_value_from_going_live() -> None:
    at = account()
    fast = asset(at, date(2026, 3, 1), went_live_on=date(2026, 3, 11), on_specification_on=date(2026, 3, 21))
    asset(at, date(2026, 3, 1), went_live_on=date(2026, 3, 11), on_specification_on=date(2026, 4, 10))
    asset(at, None, on_specification_on=date(2026, 4, 10), first_evidence_on=KNOWN)
    roi(at, date(2026, 3, 1), date(2026, 5, 10), asset=fast)
    found = compute_many(
        ["time_to_first_value", "first_value_on_time", "time_to_value", "value_on_time"], on=ON, actor=EVERYONE
    )
    first = found["time_to_first_value"]
    assert (first.value, first.count, first.unknown) == (30, 2, 1)
    assert found["first_value_on_time"].value == Decimal("0.5")
    assert (found["time_to_value"].value, found["value_on_time"].value) == (60, Decimal("0.5"))
    assert value("time_to_value", on=date(2026, 5, 9)).value is None


def test_a_machine_is_proven_by_its_last_sign_of_life() -> None:
    at = account()
    by_ticket, by_visit, by_order, by_use, old, never = (asset(at, date(2015, 1, 1)) for _ in range(6))
    ticket(at, days_ago(30), asset=by_ticket)
    visit(at, days_ago(30), asset=by_visit)
    order = PartsOrder.objects.create(account=at, ordered_on=days_ago(30), known_on=KNOWN)
    PartsOrderLine.objects.create(order=order, asset=by_order, known_on=KNOWN)
    reading(by_use, days_ago(30))
    visit(at, days_ago(700), asset=old)
    cover(term(at, date(2020, 1, 1), None), by_use)
    keys = ["assets_proven", "assets_probable", "assets_ghost", "attach_rate_proven"]
    found = compute_many(keys, on=ON, actor=EVERYONE)
    assert [found[k].value for k in keys] == [4, 1, 1, Decimal("0.25")]
    assert value("assets_proven", on=days_ago(31)).value == 0
    assert never.taken_out_on is None


def test_nps_takes_the_last_answer_of_each_person_on_nought_to_ten() -> None:
    at = account()
    anja, bram = contact(at), contact(at)
    asked: Any = {"question": Question.RECOMMEND}
    answer(at, days_ago(200), 10, by=anja, **asked)
    answer(at, days_ago(20), 4, by=anja, **asked)
    answer(at, days_ago(20), 9, by=bram, **asked)
    answer(at, days_ago(20), 8, **asked)
    answer(at, days_ago(20), 5, scale_from=1, scale_to=5, **asked)
    answer(at, days_ago(500), 0, **asked)
    result = value("nps")
    assert (result.value, result.count, result.small) == (0, 3, True)
    assert result.parts == {"promoters": 1, "passives": 1, "detractors": 1}
    assert value("nps", on=days_ago(100)).value == 100


def test_satisfaction_is_brought_to_ten_by_its_scale() -> None:
    at = account()
    answer(at, days_ago(20), 4, scale_from=1, scale_to=5, occasion="post_installation")
    answer(at, days_ago(20), 9)
    answer(at, days_ago(20), -1, scale_from=-5, scale_to=0)
    found = compute_many(["csat", "onboarding_csat"], on=ON, actor=EVERYONE)
    assert (found["csat"].value, found["csat"].unknown) == (Decimal("8.5"), 1)
    assert found["onboarding_csat"].value == 8
    assert value("csat", on=date(2020, 1, 1)).reason == "Nobody answered in the window."

"""What is measured as of a day: each measure by hand, then against a reading of the same facts row by row."""

from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from health.models import Judgement, SurveyAnswer
from health.queries import readings as reading
from health.queries.readings import Known, readings_of
from health.rules import HealthPolicy, Reading, quick, score
from health.rules.explain import inputs_hash
from health.rules.scoring import changes_on
from installed_base.metrics.asof import covered_assets
from installed_base.models import (
    Account,
    Asset,
    Contact,
    ContactMoment,
    LedgerEntry,
    PartsOrder,
    RoiRecord,
    Ticket,
    UsageReading,
    Visit,
)
from tests import cast
from tests.health.base import ON, Facts, days_ago

pytestmark = pytest.mark.django_db
FULL = HealthPolicy()
ZONE = ZoneInfo("Europe/Amsterdam")


def known(at: Account, on: date = ON, policy: HealthPolicy = FULL) -> Known:
    return readings_of([at.pk], policy, on)[at.pk]


def value(at: Account, key: str, on: date = ON) -> Any:
    reading = known(at, on).readings.get(key)
    return reading and reading.value


def test_an_account_without_facts_has_no_readings():
    assert known(cast.account()) == Known()


def test_a_ticket_resolved_later_is_open_then():
    at = cast.account()
    cast.ticket(at, days_ago(10), 24 * 8, severity="critical")
    assert value(at, "open_critical", days_ago(11)) is None
    assert value(at, "open_critical", days_ago(10)) == 1
    assert value(at, "open_critical", days_ago(3)) == 1
    assert value(at, "open_critical", days_ago(2)) == 0


def test_a_ticket_opened_again_is_open():
    at = cast.account()
    cast.ticket(at, days_ago(10), 2, severity="critical", reopened_at=cast.at_hour(days_ago(5)))
    assert [value(at, "open_critical", days_ago(d)) for d in (6, 5, 0)] == [0, 1, 1]


def test_on_time_is_24_hours_for_critical_and_72_for_the_rest():
    at = cast.account()
    for hours in (24, 25):
        cast.ticket(at, days_ago(20), hours, severity="critical")
    for hours in (72, 73):
        cast.ticket(at, days_ago(20), hours)
    assert value(at, "resolution_on_time") == Decimal("0.5")
    cast.ticket(at, days_ago(20), severity="low")
    assert value(at, "resolution_on_time") == Decimal("0.4")


def test_a_ticket_that_still_has_time_is_not_judged():
    at = cast.account()
    cast.ticket(at, days_ago(1))
    assert value(at, "resolution_on_time") is None
    found = known(at)
    assert found.changes_on == ON + timedelta(days=2)
    assert value(at, "resolution_on_time", found.changes_on) == 0


def test_a_survey_counts_the_last_answer_of_each_person_on_one_scale():
    at = cast.account()
    anna, bert = cast.contact(at), cast.contact(at, "management")
    cast.answer(at, days_ago(90), 2, anna)
    cast.answer(at, days_ago(30), 8, anna)
    cast.answer(at, days_ago(40), 4, bert, scale_from=1, scale_to=5)
    cast.answer(at, days_ago(366), 0)
    assert known(at).readings["survey"] == Reading(Decimal(8), days_ago(30), 2)
    assert value(at, "survey", days_ago(60)) == 1


def test_days_since_somebody_of_the_management_spoke():
    at = cast.account()
    boss, operator = cast.contact(at, "management"), cast.contact(at)
    cast.moment(at, days_ago(200), boss)
    cast.moment(at, days_ago(12), operator)
    cast.moment(at, ON + timedelta(days=3), boss)
    found = known(at)
    assert found.readings["executive_contact"] == Reading(Decimal(200), days_ago(200), 2)
    assert found.readings["last_contact"].value == 12
    assert found.readings["voices"].value == 1
    assert found.changes_on == ON + timedelta(days=3)
    assert value(at, "voices", ON + timedelta(days=3)) == 2


def test_a_champion_counts_until_the_day_they_leave():
    at = cast.account()
    assert value(at, "champion") is None
    cast.contact(at, champion_since=days_ago(30), left_on=days_ago(5))
    assert [value(at, "champion", days_ago(d)) for d in (31, 30, 6, 5)] == [0, 1, 1, 0]


def test_machines_that_ran_lately_and_what_they_made():
    at = cast.account()
    machines = [cast.asset(at, date(2020, 1, 1)) for _ in range(3)]
    cast.reading(machines[0], days_ago(3), 6, 8, output=100, good_output=90)
    cast.reading(machines[0], days_ago(70), 2, 8, output=20, good_output=20)
    cast.reading(machines[0], days_ago(365 + 20), 4, 8, output=60, good_output=1)
    cast.reading(machines[1], days_ago(40), 5, 8)
    found = known(at).readings
    assert found["machines_running"] == Reading(Decimal("0.5"), days_ago(3), 3)
    assert found["utilisation"].value == Decimal("0.5417")
    assert found["quality"].value == Decimal("0.9167")
    assert found["output_against_before"].value == 2


def test_machines_are_those_that_stood_there_that_day():
    at = cast.account()
    covered = cast.asset(at, days_ago(300))
    cast.asset(at, days_ago(100), taken_out_on=days_ago(50))
    cast.asset(at, standing="competitor")
    cast.cover(cast.term(at, days_ago(200), days_ago(10)), covered)
    assert [value(at, "has_contract", days_ago(d)) for d in (301, 250, 200, 99, 50, 10, 9)] == [
        None, 0, 1, Decimal("0.5"), 1, 1, 0,
    ]  # fmt: skip
    assert known(at, days_ago(60)).changes_on == days_ago(50)
    assert known(at, days_ago(20)).changes_on == days_ago(9)


def test_results_that_were_agreed_and_those_that_came():
    at = cast.account()
    cast.roi(at, days_ago(100), days_ago(20))
    cast.roi(at, days_ago(90))
    assert [value(at, "roi_goals", days_ago(d)) for d in (101, 95, 21, 20)] == [None, 0, 0, Decimal("0.5")]


def test_paid_on_time_is_by_the_due_day_and_a_week():
    at = cast.account()
    due = days_ago(30)
    for paid_on in (days_ago(40), days_ago(23), days_ago(22), None):
        cast.posted(at, days_ago(60), 10, due_on=due, paid_on=paid_on)
    assert value(at, "paid_on_time", days_ago(22)) == Decimal("0.5")
    assert value(at, "paid_on_time", days_ago(23)) == 1
    cast.posted(at, days_ago(60), 10, due_on=due, paid_on=due, state="planned")
    assert known(at).readings["paid_on_time"].n == 4


def test_growth_is_parts_and_contracts_of_a_year_over_those_of_the_year_before():
    at = cast.account()
    cast.posted(at, days_ago(364), 150, "parts")
    cast.posted(at, days_ago(365), 100, "service_contract")
    cast.posted(at, days_ago(10), 999, "machine")
    assert value(at, "orders_growth") == Decimal("1.5")


def test_recent_orders_and_rhythm():
    at = cast.account()
    PartsOrder.objects.create(account=at, number="1", ordered_on=days_ago(50), known_on=ON)
    cast.visit(at, days_ago(20))
    found = known(at, policy=quick()).readings
    assert (found["recent_orders"].value, found["parts_rhythm"].value) == (50, 20)


def test_when_a_fact_was_written_down_does_not_matter():
    at = cast.account()
    cast.moment(at, days_ago(40), known_on=ON)
    assert value(at, "last_contact", days_ago(30)) == 10


def test_a_whole_base_read_through_says_the_same_as_one_looked_up(monkeypatch):
    accounts = [Facts(seed).account().pk for seed in range(5)]
    looked_up, planned = readings_of(accounts, FULL, ON), page_cost()
    monkeypatch.setattr(reading, "MANY", 2)
    assert readings_of(accounts, FULL, ON) == looked_up
    assert page_cost() == planned


def page_cost() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW random_page_cost")
        return str(cursor.fetchone()[0])


def test_the_number_of_queries_does_not_grow():
    one = [Facts(1).account().pk]
    more = one + [Facts(seed).account().pk for seed in range(2, 7)]
    assert queries(one) == queries(more) == 10


def queries(ids: list[int]) -> int:
    with CaptureQueriesContext(
        connection,
    ) as found:
        readings_of(ids, FULL, ON)
    return len(found)


@pytest.mark.parametrize("seed", range(6))
def test_the_readings_are_those_of_every_row_by_itself(seed: int):
    facts = Facts(seed)
    accounts = [facts.account() for _ in range(8)]
    for on in (ON, days_ago(35), days_ago(180), ON + timedelta(days=20)):
        found = readings_of([a.pk for a in accounts], FULL, on)
        for at in accounts:
            said = {k: r.value for k, r in (found[at.pk]).readings.items()}
            assert said == {k: v for k, v in by_hand(at, on).items() if v is not None}, (at.pk, on)


@pytest.mark.parametrize("seed", range(6))
def test_nothing_moves_before_the_day_that_was_announced(seed: int):
    facts = Facts(100 + seed)
    accounts = [facts.account().pk for _ in range(6)]
    for policy in (FULL, quick()):
        start = readings_of(accounts, policy, ON)
        for days in range(1, 40):
            day = ON + timedelta(days=days)
            later = readings_of(accounts, policy, day)
            for pk in accounts:
                before, after = start.get(pk) or Known(), later.get(pk) or Known()
                said = [d for d in (before.changes_on, changes_on(before.readings, policy, ON)) if d]
                if not said or day < min(said):
                    assert hashed(before, policy, ON) == hashed(after, policy, day), (pk, day)


def hashed(found: Known, policy: HealthPolicy, on: date) -> str:
    return inputs_hash(score(found.readings, policy, on).inputs)


def day_of(at: datetime) -> date:
    return at.astimezone(ZONE).date()


def within(day: date | None, on: date, days: int) -> bool:
    return day is not None and on - timedelta(days=days) < day <= on


def ratio(part: Any, whole: Any) -> Decimal | None:
    return (Decimal(part) / Decimal(whole)).quantize(Decimal("0.0001"), ROUND_HALF_UP) if whole and whole > 0 else None


def since(days: list[date], on: date) -> Decimal | None:
    past = [day for day in days if day <= on]
    return Decimal((on - max(past)).days) if past else None


def by_hand(at: Account, on: date) -> dict[str, Decimal | None]:
    return {**_support(at, on), **_people(at, on), **_machines(at, on), **_money(at, on), **_judged(at, on)}


def _judged(at: Account, on: date) -> dict[str, Any]:
    given = [j for j in Judgement.objects.filter(account=at) if j.on <= on]
    stand = [j for j in given if j.withdrawn_on is None or j.withdrawn_on > on]
    return {"judgement": max(stand, key=lambda j: (j.on, j.pk)).value if stand else None}


def _support(at: Account, on: date) -> dict[str, Any]:
    tickets = [t for t in Ticket.objects.filter(account=at) if day_of(t.opened_at) <= on]
    judged, good = 0, 0
    for t in tickets:
        limit = t.opened_at + timedelta(hours=24 if t.severity == "critical" else 72)
        if within(day_of(t.opened_at), on, 90) and (solved(t, on) or day_of(limit) <= on):
            judged += 1
            good += solved(t, on) and t.resolved_at <= limit
    voiced = [t for t in tickets if t.sentiment and within(day_of(t.opened_at), on, 180)]
    return {
        "open_critical": sum(t.severity == "critical" and not solved(t, on) for t in tickets) if tickets else None,
        "support_tickets": sum(within(day_of(t.opened_at), on, 90) for t in tickets) if tickets else None,
        "resolution_on_time": ratio(good, judged),
        "sentiment": ratio(sum(t.sentiment != "negative" for t in voiced), len(voiced)),
    }


def solved(t: Ticket, on: date) -> bool:
    if t.resolved_at is None or day_of(t.resolved_at) > on:
        return False
    return not (t.reopened_at and day_of(t.reopened_at) <= on and t.reopened_at > t.resolved_at)


def _people(at: Account, on: date) -> dict[str, Any]:
    moments = [m for m in ContactMoment.objects.filter(account=at).select_related("contact") if m.on <= on]
    named = [m for m in moments if m.contact]
    voices = {m.contact.role for m in named if within(m.on, on, 180)} & {"operator", "engineering", "management"}
    contacts = list(Contact.objects.filter(account=at))
    champions = [c for c in contacts if c.champion_since and c.champion_since <= on]
    last: dict[Any, SurveyAnswer] = {}
    for answer in SurveyAnswer.objects.filter(account=at).order_by("answered_on", "id"):
        if within(answer.answered_on, on, 365):
            last[answer.contact_id or ("alone", answer.pk)] = answer
    goals = [g for g in RoiRecord.objects.filter(account=at) if g.agreed_on <= on]
    return {
        "last_contact": since([m.on for m in moments], on),
        "executive_contact": since([m.on for m in named if m.contact.role == "management"], on),
        "voices": len(voices) if named else None,
        "champion": int(any(not c.left_on or c.left_on > on for c in champions)) if contacts else None,
        "survey": ratio(sum(a.value * 10 / a.scale_to for a in last.values()), len(last)),
        "roi_goals": ratio(sum(bool(g.realised_on and g.realised_on <= on) for g in goals), len(goals)),
    }


def _machines(at: Account, on: date) -> dict[str, Any]:
    machines = set(Asset.objects.in_service(on).filter(account=at).values_list("pk", flat=True))
    covered = set(covered_assets(on).filter(asset__in=machines).values_list("asset_id", flat=True))
    rows = [r for r in UsageReading.objects.filter(asset__in=machines) if within(r.on, on, 90)]
    seen = {r.asset_id for r in rows}
    then = [
        r.output
        for r in UsageReading.objects.filter(asset__in=seen)
        if within(r.on, on - timedelta(days=365), 90) and r.output is not None
    ]
    good = [r for r in rows if r.good_output is not None]
    outputs = [r.output for r in rows if r.output is not None]
    began = [m.installed_on for m in Asset.objects.filter(pk__in=machines)]
    young = began and None not in began and (on - min(began)).days < 90
    return {
        "ramp_up": (on - min(began)).days if young else None,
        "has_contract": ratio(len(covered), len(machines)),
        "machines_running": ratio(len({r.asset_id for r in rows if within(r.on, on, 30) and r.run_hours}), len(seen)),
        "utilisation": ratio(sum(r.run_hours for r in rows), sum(r.available_hours for r in rows)),
        "quality": ratio(sum(r.good_output for r in good), sum(r.output for r in good)),
        "output_against_before": ratio(sum(outputs), sum(then)) if outputs else None,
    }


def _money(at: Account, on: date) -> dict[str, Any]:
    rows = list(LedgerEntry.objects.filter(account=at))
    due = [r for r in rows if r.on <= on and within(r.due_on, on, 365)]
    grace = timedelta(days=7)
    judged = [r for r in due if (r.paid_on and r.paid_on <= on) or r.due_on + grace < on]
    on_time = [r for r in judged if r.paid_on and r.paid_on <= min(on, r.due_on + grace)]
    service = [r for r in rows if r.stream in ("parts", "service_contract")]
    now = [r.amount for r in service if within(r.on, on, 365)]
    before = [r.amount for r in service if within(r.on, on - timedelta(days=365), 365)]
    orders = [o.ordered_on for o in PartsOrder.objects.filter(account=at)]
    visits = [v.on for v in Visit.objects.filter(account=at)]
    return {
        "paid_on_time": ratio(len(on_time), len(judged)),
        "orders_growth": ratio(max(sum(now), 0), sum(before)) if now else None,
        "recent_orders": since(orders, on),
        "parts_rhythm": since(orders + visits, on),
    }

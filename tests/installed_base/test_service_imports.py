"""Tickets, visits, readings, moments, results and answers from files: what lands, and what is set apart and why."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from core.models import Touched
from health.models import SurveyAnswer
from installed_base.models import (
    AccountEvent,
    Asset,
    AssetEvent,
    Contact,
    ContactMoment,
    RoiRecord,
    Ticket,
    UsageReading,
    Visit,
)
from tests import cast
from tests.installed_base.importing import ON, Importing, told, top

pytestmark = pytest.mark.django_db

ERP = {"source": "erp"}


@pytest.fixture
def importing(tmp_path):
    return Importing(tmp_path)


@pytest.fixture
def machine():
    at = cast.account("Acme", external_id="A", **ERP)
    return cast.asset(at, external_id="M1", **ERP)


TICKETS = """
source = "erp"
[file]
timezone = "Europe/Amsterdam"
[ticket]
key = "id"
asset = "machine"
kind = "kind"
severity = "severity"
opened_at = "opened"
first_answer_at = "answered"
resolved_at = "resolved"
"""
TICKET_HEADER = "id,machine,kind,severity,opened,answered,resolved\n"


def test_a_ticket_belongs_to_the_account_of_its_machine_and_is_evidence_of_it(importing, machine):
    text = TICKET_HEADER + "1,M1,breakdown,critical,2026-03-28 23:30,,2026-03-29T04:00\n"
    assert top(importing("tickets", TICKETS, text)) == (1, 1, 0, 0, 0)
    ticket = Ticket.objects.get()
    assert (ticket.account, ticket.opened_at) == (machine.account, datetime(2026, 3, 28, 22, 30, tzinfo=UTC))
    assert ticket.downtime_hours == Decimal("3.50"), "the clock was put forward that night"
    machine.refresh_from_db()
    assert machine.first_evidence_on == date(2026, 3, 28)
    assert ticket.periods.get().severity == "critical"
    touched = Touched.objects.get(kind="ticket")
    assert (touched.subject_id, touched.account_id, touched.since) == (
        ticket.pk,
        machine.account_id,
        date(2026, 3, 28),
    )


def test_the_same_tickets_again_change_nothing_and_a_resolution_is_kept_with_its_day(importing, machine):
    opened = TICKET_HEADER + "1,M1,issue,normal,2026-03-02T10:00Z,,\n"
    closed = TICKET_HEADER + "1,M1,issue,normal,2026-03-02T10:00Z,,2026-03-04T10:00+01:00\n"
    importing("tickets", TICKETS, opened, on=date(2026, 3, 3))
    assert top(importing("tickets", TICKETS, opened, on=date(2026, 3, 4))) == (1, 0, 0, 1, 0)
    assert top(importing("tickets", TICKETS, closed, on=date(2026, 3, 5))) == (1, 0, 1, 0, 0)
    ticket = Ticket.objects.get()
    assert ticket.downtime_hours is None, "an issue stops no machine"
    periods = ticket.periods.order_by("valid_from").values_list("valid_to", "resolved_at")
    assert list(periods) == [(date(2026, 3, 5), None), (None, datetime(2026, 3, 4, 9, tzinfo=UTC))]


def test_a_ticket_stays_with_the_account_it_was_opened_at(importing, machine):
    text = TICKET_HEADER + "1,M1,issue,normal,2026-03-02T10:00Z,,\n"
    importing("tickets", TICKETS, text)
    before, machine.account = machine.account, cast.account("Bolt")
    machine.save()
    assert top(importing("tickets", TICKETS, text)) == (1, 0, 0, 1, 0)
    assert Ticket.objects.get().account == before


def test_tickets_that_cannot_be_are_set_apart(importing, machine):
    rows = (
        "1,M1,issue,normal,2026-03-02T10:00Z,,2026-03-02T09:59Z",
        "2,M1,issue,normal,2026-03-02T10:00Z,2026-03-01T10:00Z,",
        "3,M1,issue,normal,2026-11-23T10:00Z,,",
        "4,M1,issue,normal,2026-03-29 02:30,,",
        "5,M9,issue,normal,2026-03-02T10:00Z,,",
        "6,,issue,normal,2026-03-02T10:00Z,,",
        "7,M1,issue,urgent,2026-03-02T10:00Z,,",
        "8,M1,issue,normal,2026-03-02T10:00Z,,",
    )
    outcome = importing("tickets", TICKETS, TICKET_HEADER + "\n".join(rows) + "\n")
    assert top(outcome) == (8, 1, 0, 0, 7)
    assert [(line, column, reason) for line, column, _value, reason in told(outcome)] == [
        (2, "resolved", "lies before the ticket was opened"),
        (3, "answered", "lies before the ticket was opened"),
        (4, "opened", "lies in the future"),
        (5, "opened", "does not exist in Europe/Amsterdam: the clock was put forward"),
        (6, "machine", "is not known as asset, or is not clear"),
        (7, "account", "is empty, and ticket needs it"),
        (8, "severity", "is none of critical, normal, low"),
    ]
    assert list(Ticket.objects.values_list("external_id", flat=True)) == ["8"]


def test_local_time_without_a_zone_is_not_guessed(importing, machine):
    mapping = TICKETS.replace('timezone = "Europe/Amsterdam"', "")
    outcome = importing("tickets", mapping, TICKET_HEADER + "1,M1,issue,normal,2026-03-02 10:00,,\n")
    assert told(outcome)[0][3] == "names no time zone: state timezone in [file]"


VISITS = """
source = "erp"
[visit]
key = "id"
asset = "machine"
technician = "who"
kind = { column = "kind", values = { PM = "preventive" } }
on = "on"
hours = "hours"
"""


def test_a_visit_lands_with_its_technician_and_one_to_come_does_not(importing, machine):
    ruud = cast.person("ruud")
    text = "id,machine,who,kind,on,hours\n1,M1,ruud,PM,2026-02-03,2.5\n2,M1,ruud,PM,2026-11-30,\n"
    outcome = importing("visits", VISITS, text)
    assert told(outcome) == [(3, "on", "2026-11-30", "lies in the future: a visit is one that took place")]
    visit = Visit.objects.get()
    assert (visit.account, visit.technician, visit.kind, visit.hours) == (
        machine.account,
        ruud,
        "preventive",
        Decimal("2.50"),
    )
    assert Asset.objects.get().first_evidence_on == date(2026, 2, 3)


USAGE = """
source = "iot"
[reading]
asset = { column = "machine", source = "erp" }
on = "on"
days = "days"
run_hours = "run"
available_hours = "available"
output = "output"
good_output = "good"
"""


def test_readings_that_cannot_be_are_set_apart(importing, machine):
    rows = (
        "M1,2026-11-22,1,8,,,",
        "M1,2026-10-01,1,24.01,,,",
        "M1,2026-10-31,31,600,745,,",
        "M1,2026-10-02,1,8,24,100,100.5",
        "M1,2026-10-03,1,-1,,,",
        "M1,2026-10-04,0,,,,",
        "M1,2026-10-05,1,24,24,100,100",
        "M1,2026-10-05,1,23,24,100,100",
    )
    outcome = importing("usage", USAGE, "machine,on,days,run,available,output,good\n" + "\n".join(rows) + "\n")
    assert [(line, column, reason) for line, column, _value, reason in told(outcome)] == [
        (2, "on", "lies in the future"),
        (3, "run", "is more than 24 hours a day"),
        (4, "available", "is more than 24 hours a day"),
        (5, "good", "is more than the output"),
        (6, "run", "is negative"),
        (7, "days", "is no span of 1 to 400 days"),
        (9, "reading", "is on line 8 already"),
    ]
    assert list(UsageReading.objects.values_list("on", "run_hours")) == [(date(2026, 10, 5), Decimal(24))]


METER = """
source = "iot"
[reading]
asset = { column = "machine", source = "erp" }
on = "on"
meter_hours = "meter"
"""


def readings() -> list[tuple[int, int, Decimal | None, int]]:
    rows = UsageReading.objects.order_by("on").values_list("on", "days", "run_hours", "epoch")
    return [(on.day, days, hours, epoch) for on, days, hours, epoch in rows]


def test_a_meter_that_shows_less_begins_a_new_epoch(importing, machine):
    text = "machine,on,meter\nM1,2026-10-01,1000\nM1,2026-10-11,1100\nM1,2026-10-16,30\nM1,2026-10-18,50.5\n"
    assert top(importing("usage", METER, text)) == (4, 4, 0, 0, 0)
    expected = [(1, 1, None, 1), (11, 10, Decimal(100), 1), (16, 1, None, 2), (18, 2, Decimal("20.50"), 2)]
    assert readings() == expected
    assert top(importing("usage", METER, text)) == (4, 0, 0, 4, 0)
    assert readings() == expected


def test_the_next_file_goes_on_where_the_meter_stood(importing, machine):
    importing("usage", METER, "machine,on,meter\nM1,2026-10-01,1000\n")
    importing("usage", METER, "machine,on,meter\nM1,2026-10-03,1030\nM1,2026-10-04,1090\n")
    assert readings() == [(1, 1, None, 1), (3, 2, Decimal(30), 1), (4, 1, None, 1)], "60 hours in a day are none"


def test_a_meter_that_was_replaced_begins_a_new_epoch_though_it_shows_more(importing, machine):
    AssetEvent.objects.create(asset=machine, kind="meter_replaced", on=date(2026, 10, 2), known_on=ON)
    importing("usage", METER, "machine,on,meter\nM1,2026-10-01,10\nM1,2026-10-03,20\n")
    assert readings() == [(1, 1, None, 1), (3, 1, None, 2)]


CONTACTS = """
source = "crm"
[contact]
key = "id"
account = { column = "account", source = "erp" }
name = "name"
role = "role"
"""
MOMENTS = """
source = "crm"
[moment]
key = "id"
contact = "contact"
who = "by"
kind = "kind"
on = "on"
"""


def test_people_keep_the_history_of_their_role_and_moments_find_their_account(importing, machine):
    header = "id,account,name,role\n"
    importing("contacts", CONTACTS, header + "C1,A,Anja,engineering\n", on=date(2026, 1, 1))
    importing("contacts", CONTACTS, header + "C1,A,Anja,management\n", on=date(2026, 6, 1))
    periods = Contact.objects.get().periods.order_by("valid_from").values_list("role", "valid_to")
    assert list(periods) == [("engineering", date(2026, 6, 1)), ("management", None)]
    cast.person("eva")
    text = "id,contact,by,kind,on\n1,C1,eva,call,2026-05-05\n2,C1,eva,call,2027-01-01\n"
    outcome = importing("moments", MOMENTS, text)
    assert told(outcome) == [(3, "on", "2027-01-01", "lies in the future: a contact moment is one that took place")]
    moment = ContactMoment.objects.get()
    assert (moment.account, moment.by.username) == (machine.account, "eva")
    assert Touched.objects.get(kind="moment").since == date(2026, 5, 5)


ROI = """
source = "erp"
[roi]
key = "id"
account = "account"
goal = "goal"
promised = "promised"
realised = "realised"
agreed_on = "agreed"
realised_on = "met"
"""


def test_results_cannot_be_met_before_they_were_agreed(importing, machine):
    header = "id,account,goal,promised,realised,agreed,met\n"
    text = header + "1,A,Scrap,2,1.8,2026-01-10,2026-05-01\n2,A,Speed,2,3,2026-01-10,2026-01-09\n"
    outcome = importing("roi", ROI, text)
    assert told(outcome) == [(3, "met", "2026-01-09", "lies before the goal was agreed")]
    assert RoiRecord.objects.get().realised == Decimal("1.8")


EVENTS = """
source = "crm"
[account_event]
key = "id"
account = { column = "account", source = "erp" }
kind = "what"
on = "on"
"""


def test_ex16_events_at_customers_come_from_a_file_and_are_touched(importing, machine):
    text = "id,account,what,on\n1,A,new_plant,2026-05-05\n2,A,growth,2999-01-01\n3,A,party,2026-05-05\n"
    outcome = importing("account_events", EVENTS, text)
    assert [(line, column) for line, column, *_ in told(outcome)] == [(3, "on"), (4, "what")]
    event = AccountEvent.objects.get()
    assert (event.account, event.kind, event.heard) == (machine.account, "new_plant", "other")
    assert Touched.objects.get(kind="account_event").since == date(2026, 5, 5)


ANSWERS = """
source = "survey"
[answer]
key = "id"
account = { column = "account", source = "erp" }
question = { constant = "recommend" }
value = "value"
scale_from = "from"
scale_to = "to"
answered_on = "on"
"""


def test_answers_stay_on_their_scale(importing, machine):
    rows = ("1,A,9,,,2026-09-01", "2,A,4,1,5,2026-09-01", "3,A,11,,,2026-09-01", "4,A,3,5,1,2026-09-01")
    outcome = importing("answers", ANSWERS, "id,account,value,from,to,on\n" + "\n".join(rows) + "\n")
    assert [(line, column, reason) for line, column, _value, reason in told(outcome)] == [
        (4, "value", "lies outside its scale"),
        (5, "to", "is a scale upside down: it ends where it begins, or before"),
    ]
    given = SurveyAnswer.objects.order_by("external_id").values_list("value", "scale_from", "scale_to")
    assert list(given) == [(9, 0, 10), (4, 1, 5)]

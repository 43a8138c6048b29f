"""Tickets, visits, usage and conversations on the pages of an account and of a machine."""

import re
from datetime import date, timedelta
from html import unescape

import pytest
from django.urls import reverse

from core import clock
from core.models import Role, Touched
from installed_base.models import ContactMoment
from tests import cast
from tests.renewals import book

pytestmark = pytest.mark.django_db


@pytest.fixture
def today() -> date:
    return clock.today()


@pytest.fixture
def eva():
    return cast.person("eva")


@pytest.fixture
def at(eva):
    return cast.account("Bakkerij Smit", owner=eva)


def page(client, user, name: str, *args: int) -> str:
    client.force_login(user)
    return client.get(reverse(name, args=args)).content.decode()


def test_the_machine_page_tells_tickets_visits_downtime_and_hours(client, eva, at, today):
    machine = cast.asset(at, date(2020, 1, 1))
    opened = date(today.year, 1, 1)
    cast.ticket(
        at, opened, 5, asset=machine, number="T-77", severity="critical", kind="breakdown", downtime_hours="4.5"
    )
    cast.ticket(at, opened, asset=machine, number="T-78", title="Belt worn")
    cast.visit(at, today - timedelta(days=3), asset=machine, kind="preventive", hours="2.5", note="Belts replaced")
    cast.reading(machine, today, 7)
    shown = page(client, eva, "dashboards:asset", machine.pk)
    for words in (
        "2 tickets this year, 4.5 hours of downtime",
        "T-77",
        "Belt worn",
        "Belts replaced",
        "reading, today",
    ):
        assert words in shown, words
    assert "It ran 7 hours in thirteen months" in shown
    assert "Ticket T-77 solved" in shown


def test_a_machine_nobody_heard_of_says_so(client, eva, at):
    shown = page(client, eva, "dashboards:asset", cast.asset(at, date(2020, 1, 1)).pk)
    assert "No ticket is known" in shown
    assert "none known" in shown


def test_a_technician_sees_tickets_and_visits_of_their_machines_and_no_conversations(client, at, today):
    ruud = cast.person("ruud", Role.TECHNICIAN)
    machine = cast.asset(at, date(2020, 1, 1), technician=ruud)
    cast.ticket(at, today, asset=machine, number="T-9")
    cast.moment(at, today, note="They may leave us")
    assert "T-9" in page(client, ruud, "dashboards:asset", machine.pk)
    shown = page(client, ruud, "dashboards:account", at.pk)
    assert "Ticket T-9 opened" in shown
    assert "They may leave us" not in shown


def test_the_account_page_tells_who_was_spoken_with_and_who_was_not(client, eva, at, today):
    anja = cast.contact(at, "operator", name="Anja Kool")
    bram = cast.contact(at, "engineering", name="Bram Sas")
    cast.contact(at, "management", name="Ilse Brouwer")
    cast.moment(at, today - timedelta(days=9), anja, note="Forty minutes a shift")
    cast.moment(at, today - timedelta(days=31), bram, kind="visit")
    cast.answer(at, today - timedelta(days=2), 4, by=anja, question="recommend", comment="Takes too long")
    shown = page(client, eva, "dashboards:account", at.pk)
    assert "People: nobody spoken with among management" in shown
    for words in (
        "in touch",
        "over 30 days",
        "missing",
        "never",
        "9 days ago",
        "Forty minutes a shift",
        "Answer: 4 of 10",
    ):
        assert words in shown, words


def test_the_last_proof_of_life_may_be_a_reading_or_a_visit(client, eva, at, today):
    runs, visited = cast.asset(at, date(2020, 1, 1)), cast.asset(at, date(2020, 1, 1))
    cast.reading(runs, today - timedelta(days=1))
    cast.visit(at, today - timedelta(days=60), asset=visited)
    shown = page(client, eva, "dashboards:account", at.pk)
    assert "ran, " in shown
    assert "visit, " in shown


def log(client, user, at, **values):
    client.force_login(user)
    said = {
        "account": f"#{at.pk}",
        "kind": "call",
        "happened_on": clock.today().isoformat(),
        "contact": "",
        "note": "Hi",
    }
    return client.post(reverse("playbooks:moment_new") + values.pop("query", ""), said | values)


def test_a_call_is_logged_with_whom_and_about_what(client, eva, at, today):
    anja = cast.contact(at, "operator", name="Anja Kool")
    machine = cast.asset(at, date(2020, 1, 1))
    form = client.get(reverse("playbooks:moment_new") + f"?account={at.pk}")
    assert form.status_code == 302, "only for those who are signed in"
    client.force_login(eva)
    assert "Anja Kool, Operators" in client.get(reverse("playbooks:moment_new") + f"?account={at.pk}").content.decode()
    log(client, eva, at, contact=f"#{anja.pk}", query=f"?about=asset-{machine.pk}")
    moment = ContactMoment.objects.get()
    assert (moment.account, moment.contact, moment.by, moment.on, moment.note) == (at, anja, eva, today, "Hi")
    assert (moment.subject_kind, moment.subject_id) == ("asset", machine.pk)
    touched = Touched.objects.get(kind="moment")
    assert (touched.subject_id, touched.account_id, touched.since) == (moment.pk, at.pk, today)


def test_a_call_of_tomorrow_or_with_a_stranger_is_not_written(client, eva, at, today):
    stranger = cast.contact(cast.account("Bolt", owner=eva), name="Piet")
    tomorrow = log(client, eva, at, happened_on=(today + timedelta(days=1)).isoformat())
    assert "choose today or earlier" in tomorrow.content.decode()
    assert "Nobody of that name is known" in log(client, eva, at, contact=f"#{stranger.pk}").content.decode()
    assert not ContactMoment.objects.exists()


def test_nobody_logs_a_call_at_an_account_that_is_not_theirs(client, at):
    response = log(client, cast.person("tom"), at)
    assert "There is no account of that name among yours" in response.content.decode()
    assert not ContactMoment.objects.exists()


def test_today_offers_to_log_a_call_to_those_who_work_with_customers(client, eva, at):
    link = reverse("playbooks:moment_new") + "?next=/"
    assert f'href="{link}"' in page(client, eva, "dashboards:today")
    assert link not in page(client, cast.person("vera", Role.OPERATIONS), "dashboards:today")


def test_a_call_logged_from_a_renewal_is_about_it(client, eva, at, today):
    row = book.renewal(book.ending(at, on=today), opened_on=today)
    shown = page(client, eva, "renewals:renewal", row.pk)
    link = f"{reverse('playbooks:moment_new')}?account={at.pk}&amp;about=renewal-{row.pk}&amp;next="
    href = unescape(shown[shown.index(link) :].split('"')[0])
    form = client.get(href).content.decode()
    sent_to = unescape(re.search(r'<form class="form" method="post" action="([^"]*)"', form)[1])
    said = {"account": f"#{at.pk}", "kind": "call", "happened_on": today.isoformat(), "contact": "", "note": "Hi"}
    client.post(sent_to, said)
    moment = ContactMoment.objects.get()
    assert (moment.subject_kind, moment.subject_id) == ("renewal", row.pk)


def test_a_renewal_of_an_account_that_is_not_ones_own_offers_no_call(client, eva, at, today):
    row = book.renewal(book.ending(at, on=today), opened_on=today)
    vera = cast.person("vera", Role.EXECUTIVE)
    assert reverse("playbooks:moment_new") not in page(client, vera, "renewals:renewal", row.pk)

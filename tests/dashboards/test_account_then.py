"""The page of an account on a past day: what stood then, and nothing to press."""

import re
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.clock import today
from core.history import keep
from core.models import Organisation, Owner, Role
from installed_base.models import Account, AccountPeriod, Asset, AssetPeriod, Contact, ContactPeriod, Site, TermPeriod
from playbooks.models import Note
from tests import cast
from tests.dashboards.base import task
from tests.dashboards.scores import GREEN, RED, stood
from tests.renewals import book

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def team():
    Organisation.objects.create(pk=1, name="Voss Robotics")
    return cast.pool("North")


def reader(name, team, role=Role.CS_MANAGER):
    found = cast.person(name, role, team)
    found.language = "en"
    found.save()
    return found


@pytest.fixture
def mila(team):
    return reader("mila", team)


@pytest.fixture
def at(mila):
    return cast.account("Van Houten", mila, country="NL")


@pytest.fixture
def page(client, mila):
    client.force_login(mila)
    return client


@pytest.fixture
def then():
    return today() - 100 * DAY


def shown(client, at, on):
    answer = client.get(f"/accounts/{at.pk}/?as_of={on:%Y-%m-%d}")
    assert answer.status_code == 200
    return answer


def text_of(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode())).replace("\xa0", " ")


def test_a_past_day_says_so_and_offers_nothing_to_press(page, mila, at, then):
    book.renewal(cast.term(at, today() - 300 * DAY, today() + 60 * DAY))
    task(at, mila, today(), title="Call them today")
    now, past = shown(page, at, today()), shown(page, at, then)
    for words in ("Log a call", "Log a note", "New task", "Open the renewal", "Now what", "Call them today"):
        assert words in text_of(now), words
        assert words not in text_of(past), words
    assert "read only" in text_of(past) and "read only" not in text_of(now)
    assert 'method="post"' not in past.content.decode().split('id="main"')[1].split("</main>")[0]
    assert "Make a task" not in past.content.decode()


def test_owner_segment_and_group_are_those_of_the_day(page, team, mila, at, then):
    sofie = reader("sofie", team)
    AccountPeriod.objects.filter(account=at).update(segment="smb")
    Account.objects.filter(pk=at.pk).update(owner=Owner.objects.of(sofie), segment="enterprise")
    keep(AccountPeriod, [at.pk], on=today() - 10 * DAY)
    now, past = shown(page, at, today()).context["account"], shown(page, at, then).context["account"]
    assert (now.owner.name, now.segment) == ("sofie", "enterprise")
    assert (past.owner.name, past.segment) == ("mila", "smb")


def test_machines_are_those_that_stood_there_that_day(page, mila, at, then):
    other = cast.account("Elsewhere", mila)
    stayed = cast.asset(at, then - 500 * DAY, serial="STAYED")
    moved = cast.asset(at, then - 500 * DAY, serial="MOVED")
    cast.asset(at, then + DAY, serial="LATER")
    cast.asset(at, then - 500 * DAY, serial="SCRAPPED", taken_out_on=then + DAY)
    Asset.objects.filter(pk=moved.pk).update(account=other)
    keep(AssetPeriod, [moved.pk], on=then + 2 * DAY)
    now, past = shown(page, at, today()), shown(page, at, then)
    assert {m.serial for p in now.context["places"] for m in p.machines} == {stayed.serial, "LATER"}
    assert {m.serial for p in past.context["places"] for m in p.machines} == {"STAYED", "MOVED", "SCRAPPED"}
    assert past.context["machine_count"] == 3
    assert "3 of 3 machines had no contract." in text_of(past)
    elsewhere = shown(page, other, then)
    assert elsewhere.context["machine_count"] == 0


def test_a_machine_stands_at_the_site_of_that_day(page, at, then):
    old, new = (Site.objects.create(account=at, name=name, known_on=cast.KNOWN) for name in ("Old hall", "New hall"))
    machine = cast.asset(at, then - 500 * DAY, site=old)
    Asset.objects.filter(pk=machine.pk).update(site=new)
    keep(AssetPeriod, [machine.pk], on=then + 2 * DAY)
    assert [place.site.name for place in shown(page, at, today()).context["places"]] == ["New hall"]
    assert [place.site.name for place in shown(page, at, then).context["places"]] == ["Old hall"]


def test_contracts_and_their_value_are_those_of_the_day(page, at, then):
    term = cast.term(
        at, then - 200 * DAY, today() + 200 * DAY, 10_000, terminated_on=today() - 5 * DAY, end_reason="price"
    )
    cast.term(at, then + 10 * DAY, today() + 300 * DAY, 70_000)
    TermPeriod.objects.filter(term=term).update(valid_to=then + DAY)
    TermPeriod.objects.create(
        term=term, valid_from=then + DAY, starts_on=term.starts_on, ends_on=term.ends_on, annual_value_reporting=12_000
    )
    past = shown(page, at, then)
    assert past.context["contracted"] == 10_000
    assert "€10,000" in text_of(past) and "€70,000" not in text_of(past)
    assert [t.terminated_on for t in past.context["terms"]] == [None]
    assert shown(page, at, today()).context["contracted"] == 70_000


def test_people_are_those_of_the_day_in_the_role_they_had(page, mila, at, then):
    known = cast.contact(at, "engineering", name="Gerard Post", left_on=then + 30 * DAY)
    came = cast.contact(cast.account("Elsewhere", mila), "management", name="Ilse Brouwer")
    Contact.objects.filter(pk=came.pk).update(account=at)
    keep(ContactPeriod, [came.pk], on=then + 10 * DAY)
    rose = cast.contact(at, "operator", name="Anja Kool")
    Contact.objects.filter(pk=rose.pk).update(role="management", champion_since=then + 5 * DAY)
    keep(ContactPeriod, [rose.pk], on=then + 5 * DAY)
    past = shown(page, at, then).context
    assert {p.name: (p.role, p.left_on, p.champion_since) for p in past["people"]} == {
        known.name: ("engineering", None, None),
        "Anja Kool": ("operator", None, None),
    }
    assert past["gone"] == []
    now = shown(page, at, today()).context
    assert {p.name for p in now["people"]} == {known.name, came.name, "Anja Kool"}
    assert [p.name for p in now["gone"]] == [known.name]


def test_health_revenue_and_the_timeline_end_on_the_day(page, mila, at, then):
    stood(at, then - 50 * DAY, GREEN)
    stood(at, today() - 10 * DAY, RED)
    cast.posted(at, then - 20 * DAY, 400, "parts")
    cast.posted(at, then + 20 * DAY, 9_000, "parts")
    Note.objects.create(account=at, on=then - DAY, by=mila, text="Said before")
    Note.objects.create(account=at, on=then + DAY, by=mila, text="Said after")
    past = shown(page, at, then)
    assert past.context["health"].tier == "green"
    assert past.context["revenue"].last_year == 400
    assert "Said before" in text_of(past) and "Said after" not in text_of(past)


def test_links_keep_the_day(page, at, then):
    cast.asset(at, then - 500 * DAY)
    stood(at, then - 50 * DAY, GREEN)
    for number in range(25):
        Note.objects.create(account=at, on=then - number * DAY, text=f"Note {number}")
    source = shown(page, at, then).content.decode()
    day = f"as_of={then:%Y-%m-%d}"
    for link in (
        f"/accounts/{at.pk}/health/?{day}",
        f"/machines/?account={at.pk}&amp;{day}",
        f"/accounts/{at.pk}/timeline/?after=20&amp;{day}",
        f"/metrics/assets_in_service/?account={at.pk}&amp;{day}",
    ):
        assert link in source, link
    older = page.get(f"/accounts/{at.pk}/timeline/?after=20&{day}")
    assert [event["text"] for event in older.context["timeline"].rows] == [f"Note {n}" for n in range(20, 25)]
    health = page.get(f"/accounts/{at.pk}/health/?{day}").content.decode()
    assert f'href="/accounts/{at.pk}/?{day}"' in health


def test_a_merged_account_shows_its_survivor_on_the_same_day(page, mila, at, then):
    gone = cast.account("Gone", mila)
    Account.objects.filter(pk=gone.pk).update(merged_into=at)
    for path in ("", "health/"):
        answer = page.get(f"/accounts/{gone.pk}/{path}?as_of={then:%Y-%m-%d}")
        assert answer.url == f"/accounts/{at.pk}/{path}?as_of={then:%Y-%m-%d}"
        assert page.get(f"/accounts/{gone.pk}/{path}").url == f"/accounts/{at.pk}/{path}"


@pytest.mark.parametrize("asked", ["tomorrow", "2026-02-30", "2999-01-01"])
def test_a_day_that_is_none_shows_today_and_says_so(page, at, asked):
    answer = page.get(f"/accounts/{at.pk}/?as_of={asked}")
    assert "this is today" in text_of(answer) and "New task" in text_of(answer)


def test_before_anything_was_known_the_page_is_empty_and_stands(page, at):
    cast.asset(at, today() - 100 * DAY)
    cast.term(at, today() - 100 * DAY, today() + 100 * DAY)
    past = shown(page, at, date(2001, 1, 1))
    assert (past.context["machine_count"], past.context["people"], past.context["terms"]) == (0, [], [])
    assert "No machine of ours stands here" in text_of(past)
    assert "Nothing is open here" not in text_of(past)


@pytest.mark.parametrize("role", list(Role))
def test_each_role_sees_of_a_past_day_no_more_than_of_today(client, team, at, then, role):
    user = reader("reader", team, role)
    cast.term(at, then - 200 * DAY, today() + 200 * DAY, 12_345)
    cast.asset(at, then - 500 * DAY, technician=user if role == Role.TECHNICIAN else None)
    cast.contact(at, name="Gerard Post", job_title="Plant manager")
    client.force_login(user)
    now, past = (shown(client, at, on).content.decode() for on in (today(), then))
    for words in ("12,345", "12.3k", "Gerard Post"):
        assert (words in past) <= (words in now), words
    assert ("€12,345" in past) == (role not in (Role.TECHNICIAN, Role.MARKETING, Role.OPERATIONS))
    assert ("Gerard Post" in past) == (role not in (Role.EXECUTIVE, Role.MARKETING))


def test_a_past_day_asks_the_same_for_one_and_for_three(page, mila, at, then):
    def fill():
        term = cast.term(at, then - 200 * DAY, today() + 200 * DAY)
        cast.cover(term, cast.asset(at, then - 500 * DAY))
        cast.contact(at)
        Note.objects.create(account=at, on=then, by=mila, text="x")

    fill()
    shown(page, at, then)
    with CaptureQueriesContext(connection) as one:
        shown(page, at, then)
    fill()
    fill()
    with CaptureQueriesContext(connection) as three:
        shown(page, at, then)
    assert len(three) == len(one)

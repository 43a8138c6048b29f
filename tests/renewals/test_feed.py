"""The iCal feed: own renewals only, as seen now; a wrong, revoked or disabled address is as if it were not there."""

import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from icalendar import Calendar

from core.clock import now, today
from core.feeds import make_feed, reader_of, revoke_feed
from core.models import CalendarFeed
from installed_base.models import Account
from renewals.models import Renewal
from tests import cast
from tests.renewals.pages import QUEUE, standing, text_of

FEED = f"{QUEUE}feed/"


@pytest.fixture(autouse=True)
def nobody_asked_yet():
    cache.clear()


@pytest.fixture
def page(client, mila):
    client.force_login(mila)
    return client


def address(user):
    return f"/feeds/renewals/{make_feed(user=user, at=now())}.ics"


def events(answer):
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    return {str(e["uid"]): e for e in Calendar.from_ical(answer.content).walk("VEVENT")}


def test_the_days_of_ones_own_open_renewals(client, mila, team):
    row = standing(mila, days=58, annual=218769)
    standing(cast.person("carl", team=team), "Carl's")
    standing(mila, "The pool's", owner=team.owner)
    done = standing(mila, "Done")
    Renewal.objects.filter(pk=done.pk).update(decided_on=today(), outcome="renewed")
    answer = client.get(address(mila))
    found = events(answer)
    left = [58 - days for days in (60, 30, 0)]  # T-90 lies more than a month back
    assert sorted((e["dtstart"].dt - today()).days for e in found.values()) == left
    last = found[f"renewal-{row.pk}-0@testserver"]
    assert str(last["summary"]) == "Van Houten Bakkerijen: last day to decide"
    assert last["dtstart"].dt == row.decides_on and last["dtend"].dt == row.decides_on + timedelta(days=1)
    assert f"http://testserver/renewals/{row.pk}/" in str(last["url"])
    said = answer.content.decode()
    assert "218769" not in re.sub(r"[.,\s]", "", said) and "€" not in said and "Carl" not in said
    assert "Set-Cookie" not in answer.headers and answer.headers["Cache-Control"] == "private, no-store"


def test_an_event_keeps_its_uid_when_the_contract_moves(client, mila):
    row, url = standing(mila, days=80), address(mila)
    before = events(client.get(url))
    Renewal.objects.filter(pk=row.pk).update(decides_on=row.decides_on + timedelta(days=7), version=2)
    after = events(client.get(url))
    assert before.keys() == after.keys()
    assert all(after[uid]["dtstart"].dt - e["dtstart"].dt == timedelta(days=7) for uid, e in before.items())


def test_the_scope_is_that_of_now(client, mila, team):
    row, url = standing(mila), address(mila)
    Account.objects.filter(pk=row.account_id).update(owner=cast.pool("South").owner)
    assert not events(client.get(url))
    mila.role = "technician"
    mila.save()
    assert not events(client.get(url))
    mila.is_active = False
    mila.save()
    assert client.get(url).status_code == 404


@pytest.mark.parametrize("token", ["x", "x" * 43, "x" * 4000, "é" * 43, "%00" * 43])
def test_a_wrong_address_is_not_there(client, mila, token):
    address(mila)
    assert client.get(f"/feeds/renewals/{token}.ics").status_code == 404


def test_a_new_address_takes_the_place_of_the_old_and_a_revoked_one_is_gone(client, mila):
    first = address(mila)
    second = address(mila)
    assert [client.get(url).status_code for url in (first, second)] == [404, 200]
    assert revoke_feed(user=mila) and not revoke_feed(user=mila)
    assert client.get(second).status_code == 404


def test_the_token_is_shown_once_and_not_kept(page, client, mila):
    assert "There is no address yet." in text_of(page.get(FEED))
    made = page.post(FEED)
    url = re.search(r'value="http://testserver(/feeds/[^"]+)"', made.content.decode()).group(1)
    token = url.removeprefix("/feeds/renewals/").removesuffix(".ics")
    assert made.headers["Cache-Control"] == "no-store"
    assert token not in str(list(CalendarFeed.objects.values())) and reader_of(token) == mila
    assert token not in page.get(FEED).content.decode()
    assert "It cannot be shown again" in text_of(page.get(FEED))
    page.logout()
    assert client.get(url).status_code == 200
    page.force_login(mila)
    assert "no longer works" in text_of(page.post(f"{FEED}revoke/", follow=True))
    assert client.get(url).status_code == 404


def test_the_secret_is_not_in_the_log(client, mila, caplog):
    url = address(mila)
    client.get(url)
    said = caplog.text
    assert "/feeds/renewals/…" in said and url not in said


def test_who_asks_without_end_is_asked_to_wait(client, mila):
    url = address(mila)
    said = [client.get(url).status_code for _ in range(62)]
    assert said == [200] * 60 + [429] * 2
    assert client.get(address(mila)).status_code == 200, "a new address begins anew"
    guesses = [client.get(f"/feeds/renewals/{n:043d}.ics").status_code for n in range(62)]
    assert guesses == [404] * 60 + [429] * 2


@pytest.mark.parametrize("count", [1, 40])
def test_the_feed_asks_the_same_questions_however_many_rows(client, mila, count, django_assert_num_queries):
    for number in range(count):
        standing(mila, f"A{number}", days=number)
    url = address(mila)
    with django_assert_num_queries(5):  # the token, the reach, the policy, the organisation's language, the rows
        client.get(url)


@pytest.mark.parametrize("role", ["technician", "marketing", "operations"])
def test_who_sees_no_renewals_makes_no_address(client, team, role):
    client.force_login(cast.person("reader", role, team))
    assert client.post(FEED).status_code == 404
    assert not CalendarFeed.objects.exists()

"""The calendar: every number is the sum of the rows it opens."""

import re
from datetime import timedelta
from decimal import Decimal
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.calendar import add_months
from core.clock import today
from renewals.models import Renewal
from renewals.queries.calendar import calendar_of
from renewals.queries.overview import quarter_start
from renewals.queries.queue import Criteria, queue_rows
from tests import cast
from tests.renewals.pages import QUEUE, standing, text_of

CALENDAR = f"{QUEUE}calendar/"


@pytest.fixture
def page(client, mila):
    client.force_login(mila)
    return client


def decided(row, on):
    Renewal.objects.filter(pk=row.pk).update(decides_on=on)
    return row


def test_a_month_counts_its_renewals_and_opens_them(page, mila):
    first = add_months(quarter_start(today()), 4)
    a = decided(standing(mila, "First day", annual=1000), first)
    decided(standing(mila, "Last day", annual=500), add_months(first, 1) - timedelta(days=1))
    decided(standing(mila, "Day after", annual=70), add_months(first, 1))
    answer = page.get(CALENDAR)
    said = text_of(answer)
    assert "3 renewals to decide in four quarters, €1,570 a year." in said
    assert f"{first:%B %Y} 2 2 renewals 1,500 €1,500" in said
    month = f"{first:%Y-%m}"
    link = f'href="/renewals/?month={month}"'
    assert link in answer.content.decode()
    opened = text_of(page.get(f"{QUEUE}?month={month}"))
    assert "2 open renewals, €1,500 a year" in opened and "Day after" not in opened
    days = text_of(page.get(f"{CALENDAR}{month}/"))
    assert "2 renewals to decide, €1,500 a year." in days
    assert days.index("First day") < days.index("Last day") and "Day after" not in days
    assert a.account.name in days


def test_what_lies_before_and_after_is_said(page, mila):
    first = quarter_start(today())
    decided(standing(mila, "Old", annual=100), first - timedelta(days=1))
    decided(standing(mila, "Far", annual=200), add_months(first, 12))
    said = text_of(page.get(CALENDAR))
    assert "Before this: 1 renewal, €100, overdue." in said and "After this: 1 renewal, €200." in said
    assert "No renewal to decide in these four quarters." in said


def test_filters_hold_for_the_numbers_and_what_they_open(page, mila):
    first = add_months(quarter_start(today()), 4)
    decided(standing(mila, "Dutch", annual=1000), first)
    decided(standing(mila, "German", annual=300, country="DE"), first)
    answer = page.get(f"{CALENDAR}?country=DE")
    assert "1 renewal to decide in four quarters, €300" in text_of(answer)
    (link,) = set(re.findall(r'class="asked" href="(/renewals/\?[^"]*month=[^"]*)"', answer.content.decode()))
    assert "Dutch" not in text_of(page.get(unescape(link))) and "German" in text_of(page.get(unescape(link)))


def test_nothing_of_another_team_is_counted(page, mila):
    standing(cast.person("far", team=cast.pool("South")), "Elsewhere")
    assert "No renewal to decide" in text_of(page.get(CALENDAR))
    row = Renewal.objects.get()
    assert "Elsewhere" not in text_of(page.get(f"{CALENDAR}{row.decides_on:%Y-%m}/"))


def test_a_past_day_counts_what_was_open_then(page, mila):
    row = standing(mila, "Then", days=20, opened_on=today() - timedelta(days=60))
    Renewal.objects.filter(pk=row.pk).update(decided_on=today() - timedelta(days=5), outcome="renewed")
    assert "No renewal to decide" in text_of(page.get(CALENDAR))
    then = f"?as_of={today() - timedelta(days=10)}"
    answer = page.get(CALENDAR + then)
    assert "1 renewal to decide" in text_of(answer) and "read only" in text_of(answer)
    month = f"{row.decides_on:%Y-%m}"
    assert f"/renewals/?as_of={today() - timedelta(days=10)}&amp;month={month}" in answer.content.decode()
    assert "Then" in text_of(page.get(f"{CALENDAR}{month}/{then}"))
    assert "Then" in text_of(page.get(f"{QUEUE}{then}&month={month}"))


def to_come(owner, name, first, **values):
    """A contract that is decided on the tenth of that month, whose renewal has not opened yet."""
    at = cast.account(name, owner, **({"country": "NL"} | values))
    ends_on = first + timedelta(days=9)
    return cast.term(at, add_months(ends_on, -24) + timedelta(days=1), ends_on, 700, level=None)


def test_rn15_contracts_whose_renewal_has_not_opened_yet_stand_in_their_month(page, mila):
    first = add_months(quarter_start(today()), 8)
    to_come(mila, "Later", first)
    to_come(mila, "Later too", first, country="DE")
    to_come(mila, "Cancelled", first).__class__.objects.filter(contract__account__name="Cancelled").update(
        notice_received_on=today()
    )
    to_come(cast.person("far", team=cast.pool("South")), "Elsewhere", first)
    decided(standing(mila, "Open", annual=1000), first)
    answer = page.get(CALENDAR)
    said = text_of(answer)
    assert "1 renewal to decide in four quarters, €1,000 a year. 2 contracts more, €1,400 a year, have not" in said
    assert re.search(rf"{first:%B %Y} 2 contracts not opened yet, €1,400 1 1 renewal .*? 1,400 2 contracts", said)
    (link,) = set(re.findall(r'href="(/renewals/horizon/[^"]+)">1,400', answer.content.decode()))
    assert "Later too" in text_of(page.get(link))
    assert "1 contract more, €700 a year, has not opened yet." in text_of(page.get(f"{CALENDAR}?country=DE"))
    assert "not opened yet" not in text_of(page.get(f"{CALENDAR}?show=mine")), "a chip asks about renewals alone"


@pytest.mark.parametrize("month", ["2027-13", "soon", "2027", "0000-01", "9999-12"])
def test_what_is_no_month_is_not_there(page, mila, month):
    assert page.get(f"{CALENDAR}{month}/").status_code == 404


@pytest.mark.parametrize("role", ["technician", "marketing", "operations"])
def test_who_sees_no_prices_finds_no_calendar(client, team, mila, role):
    standing(mila)
    client.force_login(cast.person("reader", role, team))
    assert client.get(CALENDAR).status_code == client.get(f"{CALENDAR}2027-01/").status_code == 404


@pytest.mark.parametrize("count", [1, 30])
def test_the_calendar_asks_the_same_questions_however_many_rows(page, mila, count, django_assert_num_queries):
    for number in range(count):
        standing(mila, f"A{number}", days=10 + number % 3)
    page.get(CALENDAR)
    with django_assert_num_queries(5):  # the opening; the sums, the tiers, the menus, what is still to open
        page.get(CALENDAR)
    month = f"{today() + timedelta(days=11):%Y-%m}"
    with django_assert_num_queries(4):  # the opening; the rows, the sums, their health
        page.get(f"{CALENDAR}{month}/")


@given(days=st.lists(st.integers(-200, 500), max_size=8))
def test_every_open_renewal_stands_in_exactly_one_place(eight, days):
    mila, rows = eight
    Renewal.objects.update(decides_on=today(), snoozed_until=None, snoozed_reason="")
    Renewal.objects.filter(pk__in=rows[len(days) :]).update(snoozed_until=today() + timedelta(9), snoozed_reason="x")
    for pk, left in zip(rows, days, strict=False):
        Renewal.objects.filter(pk=pk).update(decides_on=today() + timedelta(days=left))
    found = calendar_of(queue_rows(mila), Criteria(), user=mila, on=today())
    assert found.count + found.earlier.count + found.later.count == len(days)
    assert found.value + found.earlier.value + found.later.value == Decimal(100) * len(days)
    for quarter in found.quarters:
        for month in quarter.months:
            inside = [d for d in days if f"{today() + timedelta(days=d):%Y-%m}" == month.key]
            assert month.count == len(inside)


@pytest.fixture
def eight(mila):
    return mila, [standing(mila, f"A{n}", annual=100).pk for n in range(8)]

"""The page of the horizon: each number opens its rows, and nobody is told more than is known."""

import re
from datetime import timedelta
from html import unescape

import pytest

from core.actions import publish_policy
from core.calendar import BEGINNING
from core.clock import today
from renewals.models import ForecastDay, ForecastTable, Renewal, RenewalForecast
from renewals.queries.told import card_on
from renewals.rules.forecast import ForecastPolicy
from tests import cast
from tests.renewals.pages import QUEUE, standing, text_of

HORIZON = f"{QUEUE}horizon/"


@pytest.fixture
def page(client, mila):
    client.force_login(mila)
    return client


def rates(*observed):
    ForecastTable.objects.create(on=today(), observed=[list(row) for row in observed])


def furnish(mila):
    row = standing(mila, "A", days=20, annual=1000)
    standing(mila, "B", days=130, annual=3000)
    standing(mila, "C", days=300, annual=500, country="BE")
    RenewalForecast.objects.create(renewal=row, category="commit", annual_reporting=1100, said_on=today())


def test_without_history_it_says_so_and_gives_no_number(page, mila):
    furnish(mila)
    said = text_of(page.get(HORIZON))
    assert "3 contracts come up for renewal in twelve quarters, €4,500 a year." in said
    assert "Not enough history to say how much comes back." in said
    assert "Not enough history: 0 terms were decided in 36 months, 20 are needed" in said
    assert "Not enough history: of 0 decided renewals we know what was said at T-90, 20 are needed." in said
    assert "it is expected back" not in said


def test_with_history_it_says_what_is_expected_and_why(page, mila):
    furnish(mila)
    rates(("unknown", 0, 40, 30), ("red", 7, 10, 5))
    said = text_of(page.get(HORIZON))
    assert "€3,300 of it is expected back, €1,200 is not." in said  # (30 + 20 * 0.7) / 60 = 73.33 %
    assert "35 of the 50 terms that were due in 36 months were renewed: 70%" in said
    assert "30 of 40 renewed, 75%" in said and "nothing decided yet" in said


def test_each_number_opens_its_rows(page, mila):
    furnish(mila)
    rates(("unknown", 0, 40, 30))
    html = page.get(HORIZON).content.decode()
    seen = 0
    for line in re.findall(r"<tr data-row.*?</tr>", html, re.S):
        for link, number in re.findall(r'<a class="asked desk-only" href="([^"]+)">(\d+)</a>', line):
            rows = page.get(unescape(link)).content.decode().count("<tr data-row")
            assert rows == int(number), link
            seen += rows
    assert seen == 3
    committed = re.findall(r'href="([^"]+part=committed)"', html)
    assert len(committed) == 1
    said = text_of(page.get(unescape(committed[0])))
    assert "Committed in Q" in said and " A SC-" in said and "1,100" in said and " B SC-" not in said
    through = re.findall(r'href="([^"]+part=through)"', html)
    assert page.get(unescape(through[-1])).content.decode().count("<tr data-row") == 3


def test_the_menus_narrow_and_the_rows_follow(page, mila):
    furnish(mila)
    html = page.get(f"{HORIZON}?country=BE").content.decode()
    assert "1 contract comes up for renewal" in html
    links = re.findall(r'<a class="asked desk-only" href="([^"]+)">1</a>', html)
    assert len(links) == 1 and "country=BE" in links[0]
    assert page.get(unescape(links[0])).content.decode().count("<tr data-row") == 1


@pytest.mark.parametrize("quarter", ["2027", "1999-Q1", "2027-Q5", "9999-Q4", "x"])
def test_a_quarter_that_is_none_is_not_there(page, mila, quarter):
    assert page.get(f"{HORIZON}{quarter}/").status_code == 404


@pytest.mark.parametrize(("role", "status"), [("executive", 200), ("team_lead", 200), ("technician", 404)])
def test_who_sees_prices_sees_it(client, mila, team, role, status):
    furnish(mila)
    client.force_login(cast.person("reader", role, team))
    answer = client.get(HORIZON)
    assert (answer.status_code, "€4,500" in text_of(answer)) == (status, status == 200)


def test_the_report_card_reads_what_was_said_at_t90(page, mila):
    admin = cast.person("admin", "administrator")
    publish_policy(values=ForecastPolicy(enough_told=2), valid_from=BEGINNING + timedelta(days=1), by=admin)
    for name, outcome, chances in (
        ("W", "renewed", (("0.8500", 95), ("0.1000", 10))),
        ("L", "lost", (("0.8100", 90),)),
    ):
        row = standing(mila, name, days=5)
        for chance, before in chances:
            ForecastDay.objects.create(renewal=row, on=row.decides_on - timedelta(days=before), chance=chance)
        Renewal.objects.filter(pk=row.pk).update(decided_on=today(), outcome=outcome)
    late = standing(mila, "Late", days=5)
    ForecastDay.objects.create(renewal=late, on=today(), chance="0.5")
    Renewal.objects.filter(pk=late.pk).update(decided_on=today(), outcome="renewed")
    card = card_on(today())
    assert [(t.decided, t.won, str(t.said)) for t in card.told] == [(2, 1, "0.8300")]
    assert "80% to 90% 83% 2 decided 1 50%" in text_of(page.get(HORIZON))


@pytest.mark.parametrize("count", [1, 15])
def test_the_page_asks_the_same_questions_however_many_contracts(page, mila, count, django_assert_max_num_queries):
    rates(("unknown", 0, 40, 30))
    for number in range(count):
        standing(mila, f"A{number}", days=20 + number)
    page.get(HORIZON)
    with django_assert_max_num_queries(7):  # the opening; the rates, the horizon, the card, the menus
        page.get(HORIZON)

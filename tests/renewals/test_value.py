"""The statement of value on real rows: the page, the rows behind a figure, the PDF, the API, and who may see them."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.clock import today
from core.models import Organisation
from core.paper import FetchRefused, as_pdf
from core.scope import System
from installed_base.actions.accounts import AccountRefused, state_downtime_cost
from installed_base.models import Account, PartsOrder, PartsOrderLine
from renewals.queries.value import year_of
from renewals.rules.value import Key, figures
from tests import cast
from tests.renewals.book import ending, renewal

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def on():
    Organisation.objects.create(pk=1, name="Voss Robotics")
    return today()


@pytest.fixture
def mila(on):
    user = cast.person("mila", team=cast.pool("North"))
    user.language = "en"
    user.save()
    return user


@pytest.fixture
def page(client, mila):
    client.force_login(mila)
    return client


def customer(owner, **values):
    """W-04: three stops of 47 hours, at 500 euros an hour."""
    on = today()
    at = cast.account("Van Houten", owner, **({"downtime_cost_hour": Decimal(500)} | values))
    machine = cast.asset(at, on - timedelta(days=900), serial=f"V-{at.pk}")
    for number, (back, down) in enumerate(((30, "20"), (90, "15.5"), (200, "11.5"))):
        opened = cast.at_hour(on - back * DAY)
        cast.ticket(
            at, on - back * DAY, 30, asset=machine, kind="breakdown", number=f"T-{number}",
            downtime_hours=Decimal(down), first_answer_at=opened + timedelta(hours=2),
        )  # fmt: skip
    cast.visit(at, on - 40 * DAY, asset=machine, kind="preventive")
    order = PartsOrder.objects.create(account=at, number="P-77", ordered_on=on - 20 * DAY, known_on=on)
    PartsOrderLine.objects.create(order=order, quantity=4, known_on=on)
    PartsOrderLine.objects.create(order=order, quantity=3, known_on=on)
    return renewal(ending(at, 58, on=on))


def text_of(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode())).replace("\xa0", " ")


def test_w_04_on_the_page(page, mila):
    row = customer(mila)
    said = text_of(page.get(f"/renewals/{row.pk}/value/?premium=3000"))
    for words in ("Standing still cost €23,500", "€20,500", " 7.8 ", "6 h prevented", "12.8%", "15.7 h"):
        assert words in said
    assert "a first answer within 2 h" in said


def test_the_renewal_leads_to_it(page, mila):
    row = customer(mila)
    assert f'href="/renewals/{row.pk}/value/"' in page.get(f"/renewals/{row.pk}/").content.decode()


def test_each_figure_opens_its_rows(page, mila):
    row = customer(mila)
    found = page.get(f"/renewals/{row.pk}/value/").content.decode()
    for key in Key:
        address = f"/renewals/{row.pk}/value/{key.value}/"
        assert address in found
        assert "All rows" in text_of(page.get(address))
    said = text_of(page.get(f"/renewals/{row.pk}/value/downtime/"))
    assert all(words in said for words in ("Downtime: 47 h", "T-0", "20 h", "T-1", "15.5 h", "T-2", "11.5 h"))
    assert "7" in text_of(page.get(f"/renewals/{row.pk}/value/parts/"))
    assert page.get(f"/renewals/{row.pk}/value/nothing/").status_code == 404


def test_what_nobody_wrote_down_is_not_known(page, mila, on):
    row = renewal(ending(cast.account("New", mila), 58, on=on))
    answer = page.get(f"/renewals/{row.pk}/value/")
    said = text_of(answer)
    assert [f.value for f in answer.context["figures"]] == ["not known"] * 8
    assert "nothing is on record of this customer" in said
    assert "what does an hour of standstill cost you?" in said


def test_a_ticket_outside_the_year_or_of_another_customer_does_not_count(mila, on):
    row = customer(mila)
    first = year_of(row.account_id, mila, on).first
    cast.ticket(row.account, first - DAY, 5, kind="breakdown", downtime_hours=99)
    cast.ticket(cast.account("Other", mila), on - DAY, 5, kind="breakdown", downtime_hours=99)
    made = figures(year_of(row.account_id, mila, on))
    assert (made[Key.DOWNTIME].value, made[Key.SOLVED].value) == (47, 3)
    cast.ticket(row.account, first, 5, kind="breakdown", downtime_hours=3)
    assert figures(year_of(row.account_id, mila, on))[Key.DOWNTIME].value == 50


def test_it_can_be_asked_about_a_past_day(mila, on):
    row = customer(mila)
    made = figures(year_of(row.account_id, mila, on - 60 * DAY))
    assert (made[Key.DOWNTIME].value, made[Key.SOLVED].value, made[Key.VISITS].value) == (27, 2, None)


def test_what_was_reopened_is_not_solved(mila, on):
    row = customer(mila)
    at = row.account
    again = cast.ticket(at, on - 9 * DAY, 5)
    type(again).objects.filter(pk=again.pk).update(reopened_at=again.resolved_at + timedelta(hours=1))
    assert figures(year_of(at.pk, mila, on))[Key.SOLVED].value == 3


def test_a_machine_counts_from_its_first_day_to_its_last(mila, on):
    at = cast.account("Van Houten", mila)
    cast.asset(at, on - 9 * DAY)
    cast.asset(at, on - 900 * DAY, taken_out_on=on)
    cast.asset(at, on - 900 * DAY, taken_out_on=on - 800 * DAY)
    cast.asset(at, on - 900 * DAY, standing="competitor")
    machines = year_of(at.pk, mila, on).machines
    assert [(m.last - m.first).days + 1 for m in machines] == [10, 364]


def test_the_questions_do_not_grow_with_the_rows(mila, on):
    few, many = customer(mila), customer(mila)
    for back in range(12):
        machine = cast.asset(many.account, on - 500 * DAY)
        cast.ticket(many.account, on - back * DAY, 4, asset=machine)
        cast.visit(many.account, on - back * DAY, asset=machine)
    counts = []
    for row in (few, many):
        with CaptureQueriesContext(
            connection,
        ) as asked:
            year_of(row.account_id, System("tests"), on)
        counts.append(len(asked))
    assert counts == [5, 5]


@pytest.mark.parametrize(("language", "words"), [("en", "Van Houten, the past year"), ("nl", "Van Houten")])
def test_the_pdf_is_one_and_fetches_nothing(page, mila, language, words):
    row = customer(mila)
    row.account.name = 'Van Houten <img src="http://example.com/x.png">'
    row.account.save()
    answer = page.get(f"/renewals/{row.pk}/value.pdf?lang={language}&premium=3000")
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"].startswith('inline; filename="')
    assert answer.content.startswith(b"%PDF-") and answer.content.rstrip().endswith(b"%%EOF")


@pytest.mark.parametrize("address", ["http://example.com/x.png", "file:///etc/hostname", "data:text/plain,x"])
def test_a_document_may_not_fetch(address):
    with pytest.raises(FetchRefused):
        as_pdf(f'<html><body><p style="background: url({address})">x</p></body></html>', sheet="css/paper.css")


def test_the_cost_of_an_hour_is_written_down_and_audited(page, mila):
    row = customer(mila, downtime_cost_hour=None)
    page.post(f"/renewals/{row.pk}/value/cost/", {"cost": "62.50"})
    assert Account.objects.get(pk=row.account_id).downtime_cost_hour == Decimal("62.50")
    page.post(f"/renewals/{row.pk}/value/cost/", {"cost": ""})
    assert Account.objects.get(pk=row.account_id).downtime_cost_hour is None


@pytest.mark.parametrize("cost", ["-1", "much", "1e30", "12.345"])
def test_a_wrong_cost_is_refused_with_a_sentence(page, mila, cost):
    row = customer(mila)
    answer = page.post(f"/renewals/{row.pk}/value/cost/", {"cost": cost}, follow=True)
    assert "is an amount like 500 or 62.50. Nothing was changed." in text_of(answer)
    assert Account.objects.get(pk=row.account_id).downtime_cost_hour == 500


@pytest.mark.parametrize("cost", [Decimal(-1), Decimal(10) ** 8])
def test_the_action_refuses_what_no_hour_costs(mila, cost):
    row = customer(mila)
    with pytest.raises(AccountRefused):
        state_downtime_cost(account=row.account_id, cost=cost, by=mila)


def test_a_wrong_premium_is_said_by_its_field(page, mila):
    row = customer(mila)
    said = text_of(page.get(f"/renewals/{row.pk}/value/?premium=-3"))
    assert "greater than or equal to 0" in said
    assert "€20,500" not in said


def test_another_team_finds_nothing_and_changes_nothing(client, mila):
    row = customer(mila)
    client.force_login(cast.person("tom", team=cast.pool("South")))
    for address in ("value/", "value.pdf", "value/downtime/"):
        assert client.get(f"/renewals/{row.pk}/{address}").status_code == 404
    assert client.post(f"/renewals/{row.pk}/value/cost/", {"cost": "1"}).status_code == 404
    assert Account.objects.get(pk=row.account_id).downtime_cost_hour == 500


@pytest.mark.parametrize("role", ["technician", "marketing", "operations"])
def test_who_sees_no_prices_finds_no_page(client, mila, role):
    row = customer(mila)
    client.force_login(cast.person("reader", role))
    assert client.get(f"/renewals/{row.pk}/value/").status_code == 404


def test_an_executive_reads_and_does_not_write(client, mila):
    row = customer(mila)
    client.force_login(cast.person("elke", "executive"))
    found = client.get(f"/renewals/{row.pk}/value/").content.decode()
    assert "value/cost/" not in found
    assert client.post(f"/renewals/{row.pk}/value/cost/", {"cost": "1"}).status_code == 404


def test_the_api_says_the_same_with_every_row(page, mila):
    row = customer(mila)
    told = page.get(f"/api/v1/renewals/{row.pk}/value/?premium=3000").json()
    case = told["case"]
    assert (case["loss"], case["left"], case["stops"]) == ("23500.00", "20500.00", 3)
    assert (case["hours"], case["break_even_hours"]) == ("47.0000", "6.0000")
    down = next(f for f in told["figures"] if f["key"] == "downtime")
    assert sum(Decimal(r["amount"]) for r in down["rows"]) == Decimal(down["value"]) == 47
    assert {r["kind"] for r in down["rows"]} == {"ticket"}
    parts = next(f for f in told["figures"] if f["key"] == "parts")
    assert (parts["value"], parts["known"]) == ("7.0000", 1)


def test_the_api_refuses_a_wrong_premium_and_hides_money_from_those_who_see_none(client, page, mila):
    row = customer(mila)
    refused = page.get(f"/api/v1/renewals/{row.pk}/value/?premium=-1")
    assert refused.status_code == 400 and "premium" in refused.json()["errors"]
    client.force_login(cast.person("ilse", "operations"))
    told = client.get(f"/api/v1/renewals/{row.pk}/value/")
    assert told.json()["case"] is None
    client.force_login(cast.person("tom", team=cast.pool("South")))
    assert client.get(f"/api/v1/renewals/{row.pk}/value/").status_code == 404

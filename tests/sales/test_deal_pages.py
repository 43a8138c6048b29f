"""Pages of handoffs, winning and the business case: what they show, do, refuse, and to whom."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.clock import today
from core.models import Organisation, Role
from installed_base.models import Asset, LedgerEntry, Promise, Term
from sales import actions
from sales.actions.handoff import accept_handoff, give_handoff, return_handoff
from sales.models import BusinessCase, DealKind, Handoff
from tests import cast
from tests.sales.selling import FULL, Sale

pytestmark = pytest.mark.django_db
NOW = today()


@pytest.fixture
def sale():
    Organisation.objects.create(pk=1, name="Voss Robotics", reporting_currency="EUR")
    return Sale(on=NOW - timedelta(days=30))


def given(sale, **values):
    told = sale.told(introduced_on=NOW - timedelta(days=20))
    said = {"opportunity": sale.deal, "direction": "to_sales", "to": sale.daniel_owner, "told": told}
    return give_handoff(**said | {"by": sale.mila, "on": NOW - timedelta(days=20)} | values)


def text(answer):
    return " ".join(answer.content.decode().split())


def promise_data(**first):
    data = {"promise-TOTAL_FORMS": "1", "promise-INITIAL_FORMS": "0", "promise-0-kind": "uptime"}
    return data | {f"promise-0-{name}": value for name, value in first.items()}


def order_data(*lines):
    data = {"order-TOTAL_FORMS": str(len(lines)), "order-INITIAL_FORMS": "0"}
    for number, line in enumerate(lines):
        data |= {f"order-{number}-{name}": value for name, value in line.items()}
    return data


def test_a_deal_is_handed_to_sales_read_and_accepted_in_place(client, sale):
    client.force_login(sale.mila)
    page = client.get(f"/pipeline/{sale.deal.pk}/handoff/")
    assert "Joke Bos" in text(page) and "Introduced on" in text(page)
    said = {"to": sale.daniel_owner.pk, "what": "The axis has play", "history": "Since 2012"}
    answer = client.post(f"/pipeline/{sale.deal.pk}/handoff/", said)
    assert (answer.status_code, answer["Location"]) == (302, f"/pipeline/{sale.deal.pk}/")
    row = Handoff.objects.get()
    client.force_login(sale.daniel)
    listed = text(client.get("/handoffs/"))
    assert "A new palletiser" in listed and "missing: Who to talk to, Introduced on" in listed
    deal = text(client.get(f"/pipeline/{sale.deal.pk}/"))
    assert "The axis has play" in deal and f"/handoffs/{row.pk}/accept/" in deal
    assert client.post(f"/handoffs/{row.pk}/accept/", {"next": f"/pipeline/{sale.deal.pk}/"}).status_code == 302
    sale.deal.refresh_from_db()
    assert sale.deal.owner == sale.daniel_owner


def test_what_came_back_begins_with_what_was_said(client, sale):
    row = given(sale)
    return_handoff(handoff=row, reason="Who decides?", by=sale.daniel, on=NOW)
    client.force_login(sale.mila)
    page = text(client.get(f"/pipeline/{sale.deal.pk}/handoff/"))
    assert "Who decides?" in page and "The axis has play" in page and "Since 2012" in page
    assert "Complete it and give it again" in text(client.get(f"/handoffs/{row.pk}/"))
    assert "A new palletiser" in text(client.get("/handoffs/?show=given"))


def test_returning_needs_a_reason_on_its_page(client, sale):
    row = given(sale)
    client.force_login(sale.daniel)
    assert client.post(f"/handoffs/{row.pk}/return/", {"reason": ""}).status_code == 422
    client.post(f"/handoffs/{row.pk}/return/", {"reason": "Who decides?"})
    row.refresh_from_db()
    assert (row.returned_by, row.returned_reason) == (sale.daniel, "Who decides?")
    assert "Nothing waits for you" in text(client.get("/handoffs/"))


def test_the_giver_takes_it_back_while_it_waits(client, sale):
    row = given(sale)
    client.force_login(sale.mila)
    assert "Take it back" in text(client.get(f"/handoffs/{row.pk}/"))
    client.post(f"/handoffs/{row.pk}/recall/")
    row.refresh_from_db()
    assert row.returned_on == NOW
    assert "taken back" in text(client.get(f"/handoffs/{row.pk}/"))


def test_nobody_else_answers_or_sees_it(client, sale):
    row = given(sale)
    client.force_login(cast.person("zoe", Role.CS_MANAGER, cast.pool("South")))
    assert client.get(f"/handoffs/{row.pk}/").status_code == 404
    assert client.post(f"/handoffs/{row.pk}/accept/").status_code == 404
    assert client.get(f"/pipeline/{sale.deal.pk}/handoff/").status_code == 404
    client.force_login(sale.mila)
    client.post(f"/handoffs/{row.pk}/accept/")
    assert Handoff.objects.get().is_waiting


def test_names_are_hidden_from_those_who_see_none(client, sale):
    row = given(sale)
    client.force_login(cast.person("elke", Role.EXECUTIVE))
    page = text(client.get(f"/handoffs/{row.pk}/"))
    assert "A new palletiser" in page
    assert "Joke Bos" not in page and "The axis has play" not in page


def test_the_list_asks_the_same_for_one_and_three(client, sale, django_assert_num_queries):
    given(sale)
    client.force_login(sale.daniel)
    client.get("/handoffs/")
    with CaptureQueriesContext(connection) as one:
        client.get("/handoffs/")
    for number in range(2):
        deal = actions.create_opportunity(
            account=cast.account(f"More {number}", sale.mila), kind=DealKind.UPGRADE, name=f"More {number}",
            owner=sale.mila_owner, by=sale.mila, on=NOW,
        )  # fmt: skip
        given(sale, opportunity=deal, told=FULL.__class__(what="x"), on=NOW)
    with django_assert_num_queries(len(one)):
        assert "More 1" in text(client.get("/handoffs/"))


def test_won_with_a_machine_invoices_and_promises(client, sale):
    client.force_login(sale.mila)
    form = text(client.get(f"/pipeline/{sale.deal.pk}/won/"))
    assert "185000" in form.replace(",", "").replace(".", "") and "VR-8" in form
    promised = (NOW + timedelta(days=80)).isoformat()
    line = {"order": "on", "product": sale.new.pk, "promised_on": promised, "replaces": sale.machine.pk}
    said = {
        "value": "180000", "won_on": NOW.isoformat(), "invoice_on_1": promised, "invoice_amount_1": "180000",
        **order_data(line, {}),
    }  # fmt: skip
    assert client.post(f"/pipeline/{sale.deal.pk}/won/", said).status_code == 302
    sale.deal.refresh_from_db()
    assert (sale.deal.stage, sale.deal.value_reporting) == ("won", 180_000)
    machine = sale.machines().get()
    deal = text(client.get(f"/pipeline/{sale.deal.pk}/"))
    assert "What it brought" in deal and f"in place of {sale.machine.serial}" in deal and "Planned" in deal

    hand_back = {"to": sale.daniel_owner.pk, "what": "One VR-8", **promise_data(text="97 %", due_on=promised)}
    assert client.post(f"/pipeline/{sale.deal.pk}/handoff/", hand_back).status_code == 302
    accept_handoff(handoff=Handoff.objects.get(), by=sale.daniel, on=NOW)
    assert Promise.objects.get().asset == machine

    client.post(f"/pipeline/{sale.deal.pk}/installed/{machine.pk}/", {"installed_on": NOW.isoformat(), "serial": "N1"})
    assert Asset.objects.get(pk=sale.machine.pk).taken_out_on == NOW
    assert "out since" in text(client.get(f"/pipeline/{sale.deal.pk}/"))


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"value": ""}, "This field is required"),
        ({"won_on": ""}, "This field is required"),
        ({"won_on": (NOW + timedelta(days=1)).isoformat()}, "has not come yet"),
        ({"invoice_on_1": NOW.isoformat()}, "How much is invoiced on that day?"),
        ({"invoice_amount_2": "5"}, "On which day is it invoiced?"),
        ({"invoice_on_1": NOW.isoformat(), "invoice_amount_1": "1000.01"}, "more than the value"),
        ({"sign": "on"}, "A contract needs this."),
        ({"order-0-order": "on"}, "Which machine was ordered?"),
    ],
)
def test_a_form_that_does_not_say_enough_wins_nothing(client, sale, values, words):
    client.force_login(sale.mila)
    said = {"value": "1000", "won_on": NOW.isoformat(), **order_data({})} | values
    answer = client.post(f"/pipeline/{sale.deal.pk}/won/", said)
    assert answer.status_code == 422
    assert words in text(answer)
    sale.deal.refresh_from_db()
    assert sale.deal.closed_on is None


def test_an_upsell_is_signed_in_place_of_the_running_contract(client, sale):
    type(sale.deal).objects.update(kind=DealKind.CONTRACT_UPSELL)
    old = cast.term(sale.account, NOW - timedelta(days=100), NOW + timedelta(days=264), 8000)
    cast.cover(old, sale.machine)
    client.force_login(sale.mila)
    starts = NOW + timedelta(days=10)
    said = {
        "value": "4000", "won_on": NOW.isoformat(), "sign": "on", "follows": old.pk, "annual_value": "12000",
        "starts_on": starts.isoformat(), "months": "12", **order_data({}),
    }  # fmt: skip
    assert client.post(f"/pipeline/{sale.deal.pk}/won/", said).status_code == 302
    new = Term.objects.get(predecessions__term=old)
    assert [line.asset for line in new.coverages.all()] == [sale.machine]
    assert LedgerEntry.objects.get().amount_reporting == 12_000
    answer = client.post(f"/pipeline/{sale.deal.pk}/reopen/", follow=True)
    assert answer.status_code == 200
    assert list(Term.objects.all()) == [old]


def test_opening_again_says_why_it_cannot(client, sale):
    client.force_login(sale.mila)
    line = {"order": "on", "product": sale.new.pk, "promised_on": (NOW + timedelta(days=9)).isoformat()}
    client.post(
        f"/pipeline/{sale.deal.pk}/won/", {"value": "1", "won_on": NOW.isoformat(), **order_data(line)}
    )  # fmt: skip
    sale.machines().update(delivered_on=NOW)
    answer = client.post(f"/pipeline/{sale.deal.pk}/reopen/", follow=True)
    assert "This deal cannot be opened again. VR-8 was delivered or installed already." in text(answer)


def test_the_case_is_filled_in_shown_and_asks_for_the_rest(client, sale):
    client.force_login(sale.mila)
    cast.ticket(sale.account, NOW, asset=sale.machine, kind="breakdown", downtime_hours=Decimal(47))
    page = text(client.get(f"/pipeline/{sale.deal.pk}/case/"))
    assert "On record: 1 stop of these machines" in page and 'value="47' in page
    said = {
        "downtime_hours": "47", "downtime_hours_source": "recorded", "cost_hour": "500", "cost_hour_source": "said",
        "new_downtime_hours": "0", "new_downtime_hours_source": "estimated", "price": "94000",
        "price_source": "recorded", "capex_year": "2027",
    }  # fmt: skip
    assert client.post(f"/pipeline/{sale.deal.pk}/case/", said).status_code == 302
    assert BusinessCase.objects.get().sources["cost_hour"] == "said"
    for path in ("case/", ""):
        page = text(client.get(f"/pipeline/{sale.deal.pk}/{path}"))
        assert "€23,500" in page and "48 months" in page and "2027" in page
    page = text(client.get(f"/pipeline/{sale.deal.pk}/case/"))
    assert "said by the customer" in page and "What did you spend on keeping it running" in page
    assert client.post(f"/pipeline/{sale.deal.pk}/case/", said | {"price_source": ""}).status_code == 422


@pytest.mark.parametrize("role", [Role.MARKETING, Role.OPERATIONS])
def test_who_sees_no_prices_sees_no_case_and_no_invoices(client, sale, role):
    actions.win(
        opportunity=sale.deal, by=sale.mila, on=NOW,
        winning=actions.winning.Winning(
            Decimal(98_765), NOW, instalments=[actions.winning.Instalment(NOW, Decimal(98_765))]
        ),
    )  # fmt: skip
    client.force_login(cast.person("ilse", role))
    assert client.get(f"/pipeline/{sale.deal.pk}/case/").status_code == 404
    assert "98,765" not in text(client.get(f"/pipeline/{sale.deal.pk}/"))

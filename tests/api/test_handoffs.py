"""Handoffs and winning through the API."""

from datetime import timedelta

import pytest

from core.clock import today
from core.models import Organisation, Role
from installed_base.models import Asset, LedgerEntry, Promise, Term
from sales.models import Handoff
from tests import cast
from tests.api.conftest import caller, writer
from tests.api.test_problems import problem
from tests.sales.selling import Sale

pytestmark = pytest.mark.django_db
NOW = today()
LATER = (NOW + timedelta(days=60)).isoformat()


@pytest.fixture
def sale():
    Organisation.objects.create(pk=1, name="Voss Robotics", reporting_currency="EUR")
    return Sale(on=NOW - timedelta(days=9))


@pytest.fixture
def mila(sale):
    return writer(sale.mila)


@pytest.fixture
def daniel(sale):
    return writer(sale.daniel)


def body(sale, **values):
    said = {"opportunity_id": sale.deal.pk, "direction": "to_sales", "to_id": sale.daniel_owner.pk, "what": "Worn out"}
    return said | values


def test_given_read_returned_given_again_and_accepted(sale, mila, daniel):
    made = mila.post("handoffs/", body(sale, contact_id=sale.person.pk, history="Since 2012"))
    assert (made.status_code, made.data["missing"], made.data["number"]) == (201, ["introduced_on"], 1)
    first = made.data["id"]
    assert daniel.ids("handoffs/", waiting="true", to=sale.daniel_owner.pk) == [first]
    told = daniel.post(f"handoffs/{first}/give-back/", {"reason": "Introduce me first"})
    assert (told.data["returned_on"], told.data["returned_reason"]) == (NOW.isoformat(), "Introduce me first")
    again = mila.post("handoffs/", body(sale, introduced_on=NOW.isoformat()))
    assert again.data["number"] == 2
    told = daniel.post(f"handoffs/{again.data['id']}/accept/")
    assert (told.data["accepted_by_id"], daniel.get(f"opportunities/{sale.deal.pk}/").data["owner_id"]) == (
        sale.daniel.pk, sale.daniel_owner.pk,
    )  # fmt: skip
    problem(daniel.post(f"handoffs/{again.data['id']}/accept/"), 409)
    assert daniel.ids("handoffs/", direction="to_cs") == []


def test_only_who_gave_it_takes_it_back(sale, mila, daniel):
    pk = mila.post("handoffs/", body(sale)).data["id"]
    problem(daniel.post(f"handoffs/{pk}/recall/"), 409)
    assert mila.post(f"handoffs/{pk}/recall/").data["returned_on"] == NOW.isoformat()
    problem(mila.post(f"handoffs/{pk}/accept/"), 409)


@pytest.mark.parametrize(
    ("values", "fields"),
    [
        ({"what": ""}, ["what"]),
        ({"to_id": 987654}, ["to_id"]),
        ({"opportunity_id": 987654}, ["opportunity_id"]),
        ({"direction": "sideways"}, ["direction"]),
        ({"promises": [{"text": "x", "kind": "wish"}]}, ["promises"]),
        ({"given_on": LATER}, ["given_on"]),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_written(sale, mila, values, fields):
    answer = mila.post("handoffs/", body(sale, **values))
    assert answer.status_code == 400, answer.content
    assert any(field in str(answer.data) for field in fields)
    assert Handoff.objects.count() == 0


def test_won_with_everything_and_handed_back(sale, mila, daniel):
    said = {
        "value": "185000.00",
        "won_on": NOW.isoformat(),
        "orders": [{"product_id": sale.new.pk, "promised_on": LATER, "replaces_id": sale.machine.pk}],
        "contract": {"starts_on": LATER, "months": 12, "annual_value": "9000.00", "number": "SC-9"},
        "instalments": [{"on": LATER, "amount": "185000.00"}],
    }
    told = mila.post(f"opportunities/{sale.deal.pk}/win/", said)
    assert (told.status_code, told.data["stage"], told.data["closed_on"]) == (200, "won", NOW.isoformat()), told.data
    machine = sale.machines().get()
    assert (Term.objects.get().contract.number, LedgerEntry.objects.count()) == ("SC-9", 2)
    promise = {"text": "97 % uptime", "kind": "uptime", "contact_id": sale.person.pk, "due_on": LATER}
    back = mila.post("handoffs/", body(sale, direction="to_cs", promises=[promise]))
    assert back.data["promises"][0]["promise_id"] is None
    told = daniel.post(f"handoffs/{back.data['id']}/accept/")
    assert told.data["promises"][0]["promise_id"] == Promise.objects.get().pk
    address = f"opportunities/{sale.deal.pk}/installed/"
    assert mila.post(address, {"asset_id": machine.pk, "installed_on": NOW.isoformat()}).status_code == 200
    assert Asset.objects.get(pk=sale.machine.pk).taken_out_on == NOW
    problem(mila.post(address, {"asset_id": machine.pk, "installed_on": NOW.isoformat()}), 409)
    problem(mila.post(address, {"asset_id": sale.machine.pk, "installed_on": NOW.isoformat()}), 404)
    problem(mila.post(f"opportunities/{sale.deal.pk}/reopen/"), 409)


def test_a_win_without_value_or_day_is_refused(sale, mila):
    for said in ({"won_on": NOW.isoformat()}, {"value": "1.00"}, {"value": "1.00", "won_on": LATER}):
        assert mila.post(f"opportunities/{sale.deal.pk}/win/", said).status_code in (400, 409)
    sale.deal.refresh_from_db()
    assert sale.deal.closed_on is None


def test_free_text_is_hidden_from_those_who_see_no_names(sale, mila):
    pk = mila.post("handoffs/", body(sale)).data["id"]
    said = caller(cast.person("elke", Role.EXECUTIVE)).get(f"handoffs/{pk}/").data
    assert (said["what"], said["direction"]) == (None, "to_sales")


def figures(**values):
    return [{"name": name, "value": value, "source": "said"} for name, value in values.items()]


def test_a_business_case_is_written_and_answers(sale, mila):
    said = figures(downtime_hours="47.00", cost_hour="500.00", new_downtime_hours="0.00", price="94000.00")
    made = mila.post(f"opportunities/{sale.deal.pk}/business-case/", {"figures": said, "capex_year": 2027})
    assert made.status_code == 201, made.data
    found = mila.get(f"business-cases/{made.data['id']}/").data
    assert (found["saved"], found["payback_months"], found["capex_year"]) == ("23500.00", "48.0", 2027)
    assert found["asked"] == ["maintenance", "efficiency_loss", "new_maintenance"]
    assert [part["saved"] for part in found["parts"]] == ["23500.00", None, None]
    assert mila.ids("business-cases/", opportunity=sale.deal.pk) == [found["id"]]
    blind = caller(cast.person("ilse", Role.OPERATIONS))
    assert blind.ids("business-cases/") == []
    assert blind.get(f"business-cases/{found['id']}/").status_code == 404


def test_a_figure_is_named_once_and_with_its_source(sale, mila):
    address = f"opportunities/{sale.deal.pk}/business-case/"
    twice = figures(price="1.00") * 2
    assert mila.post(address, {"figures": twice}).status_code == 400
    assert mila.post(address, {"figures": [{"name": "price", "value": "1.00"}]}).status_code == 400
    assert mila.ids("business-cases/") == []

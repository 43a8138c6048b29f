"""Spend through the API: read by who answers for it, entered once a month, changed under its version."""

import pytest

from core.clock import today
from core.models import Organisation, Role
from sales.models import Spend
from tests import cast
from tests.api.conftest import caller, writer
from tests.api.test_problems import problem
from tests.sales.inflow import source, spend

pytestmark = pytest.mark.django_db
MONTH = today().replace(day=1)


@pytest.fixture
def noor():
    Organisation.objects.create(pk=1, name="Voss Robotics", reporting_currency="EUR")
    return writer(cast.person("noor", Role.MARKETING))


def test_a_month_is_entered_and_read(noor):
    fair = source("Trade fairs")
    made = noor.post(
        "spend/", {"month": today().isoformat(), "kind": "marketing", "lead_source_id": fair.pk, "amount": "1200.50"}
    )
    assert made.status_code == 201
    told = noor.get(f"spend/{made.data['id']}/").data
    assert (told["month"], told["kind"], told["lead_source_name"]) == (MONTH.isoformat(), "marketing", "Trade fairs")
    assert (str(told["amount"]), told["currency"], str(told["amount_reporting"])) == ("1200.50", "EUR", "1200.50")
    assert noor.ids("spend/", kind="marketing", lead_source=fair.pk, since=MONTH.isoformat()) == [told["id"]]
    assert noor.ids("spend/", kind="sales") == noor.ids("spend/", until="2020-01-01") == []


def test_a_month_has_one_entry_and_says_which(noor):
    body = {"month": MONTH.isoformat(), "kind": "sales", "amount": "1"}
    pk = noor.post("spend/", body).data["id"]
    assert f"change number {pk}" in problem(noor.post("spend/", body), 409)["detail"]
    assert Spend.objects.count() == 1


def test_an_amount_changes_under_the_version_that_was_read(noor):
    row = spend(MONTH, 100)
    etag = noor.get(f"spend/{row.pk}/").headers["ETag"]
    assert noor.send("PATCH", f"spend/{row.pk}/", {"amount": "150.00"}).status_code == 428
    told = noor.patch(f"spend/{row.pk}/", {"amount": "150.00"}, if_match=etag)
    assert (told.status_code, str(told.data["amount_reporting"])) == (200, "150.00")
    assert noor.patch(f"spend/{row.pk}/", {"amount": "175.00"}, if_match=etag).status_code == 412
    row.refresh_from_db()
    assert row.amount == 150


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"amount": "-1"}, 400),
        ({"amount": "many"}, 400),
        ({"kind": "gifts"}, 400),
        ({"lead_source_id": 99}, 400),
        ({"currency": "euro"}, 400),
        ({"month": "2999-01-01"}, 409),
    ],
)
def test_what_cannot_be_is_refused_and_not_written(noor, body, status):
    said = {"month": MONTH.isoformat(), "kind": "marketing", "amount": "5"} | body
    problem(noor.post("spend/", said), status, *(body if status == 400 else ()))
    assert not Spend.objects.exists()


def test_others_find_none_and_executives_change_none(noor):
    row = spend(MONTH, 4711)
    for role in (Role.SALES, Role.CS_MANAGER, Role.OPERATIONS, Role.TECHNICIAN):
        other = caller(cast.person(f"x{role}", role))
        assert other.ids("spend/") == []
        problem(other.get(f"spend/{row.pk}/"), 404)
    elke = writer(cast.person("elke", Role.EXECUTIVE))
    assert elke.ids("spend/") == [row.pk]
    problem(elke.patch(f"spend/{row.pk}/", {"amount": "1"}, if_match="*"), 403)
    problem(elke.post("spend/", {"month": MONTH.isoformat(), "kind": "sales", "amount": "1"}), 403)
    assert Spend.objects.get().amount == 4711

"""Tips through the API: left by a technician, answered by who answers for the account."""

from datetime import date

import pytest

from core.models import Organisation, Role
from expansion.models import Tip
from tests import cast
from tests.api.conftest import writer
from tests.api.test_problems import problem

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    Organisation.objects.create(pk=1, name="Voss Robotics", reporting_currency="EUR")
    return cast.pool("Ours")


@pytest.fixture
def anna(team):
    return writer(cast.person("anna", Role.CS_MANAGER, team))


@pytest.fixture
def ruud(team):
    return writer(cast.person("ruud", Role.TECHNICIAN))


@pytest.fixture
def machine(anna):
    return cast.asset(cast.account("Ours", anna.user), date(2016, 1, 1))


def test_a_tip_is_left_read_and_answered(anna, ruud, machine):
    made = ruud.post("tips/", {"asset_id": machine.pk, "kind": "worn_out", "note": "Play in the axis"})
    assert (made.status_code, made.json()["account_id"]) == (201, machine.account_id)
    pk = made.json()["id"]
    said = {"outcome": "opportunity", "answer": "Well seen", "deal_kind": "replacement", "value": "185000.00"}
    told = anna.post(f"tips/{pk}/answer/", said)
    assert (told.status_code, told.json()["answer"]) == (200, "Well seen")
    assert Tip.objects.get().opportunity_id == told.json()["opportunity_id"]
    assert anna.ids("tips/", waiting="true") == []


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"kind": "worn_out", "note": "x"}, ["body"]),
        ({"kind": "nonsense", "note": "x"}, ["kind"]),
        ({"kind": "worn_out", "note": ""}, ["note"]),
        ({"kind": "worn_out", "note": "x", "given_by_id": 3}, ["given_by_id"]),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_written(ruud, machine, body, fields):
    problem(ruud.post("tips/", body), 400, *fields)
    assert Tip.objects.count() == 0


def test_only_who_answers_for_the_account_answers_a_tip(anna, ruud, machine):
    pk = ruud.post("tips/", {"asset_id": machine.pk, "kind": "heard", "note": "They grow"}).json()["id"]
    body = {"outcome": "known", "answer": "Mine"}
    problem(ruud.post(f"tips/{pk}/answer/", body), 403)
    zoe = writer(cast.person("zoe", Role.CS_MANAGER, cast.pool("Theirs")))
    problem(zoe.post(f"tips/{pk}/answer/", body), 404)
    assert Tip.objects.get().answered_at is None
    problem(zoe.post("tips/", {"account_id": machine.account_id, "kind": "heard", "note": "x"}), 400, "account_id")

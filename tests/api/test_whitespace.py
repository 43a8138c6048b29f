"""The whitespace matrix through the API, and what is said of its cells."""

from datetime import timedelta
from decimal import Decimal

import pytest

from core.clock import today
from core.models import Organisation, Role
from expansion.models import CellAnswer
from tests import cast
from tests.api.conftest import caller, writer
from tests.api.test_problems import problem

pytestmark = pytest.mark.django_db
ADDRESS = "cell-answers/"


@pytest.fixture
def team():
    Organisation.objects.create(pk=1, name="Voss Robotics", reporting_currency="EUR")
    return cast.pool("Ours")


@pytest.fixture
def anna(team):
    return writer(cast.person("anna", Role.CS_MANAGER, team))


@pytest.fixture
def plant(anna):
    account = cast.account("Plant", anna.user, segment="small")
    cast.asset(account, today() - timedelta(days=400), product=cast.product("R", portfolio_column="Robots"))
    return account


def cells(who, plant, **asked):
    return {cell["column"]: cell for cell in who.get(f"whitespace/{plant.pk}/", **asked).json()["cells"]}


def test_the_matrix_is_read_answered_and_opened_again(anna, plant):
    row = anna.rows("whitespace/")[0]
    assert (row["name"], row["machines"], row["bought"], row["applicable"]) == ("Plant", 1, 1, 6)
    assert cells(anna, plant)["machine:Robots"] | {"worth": None} == {
        "column": "machine:Robots", "column_name": "Robots", "state": "bought", "count": 1, "opportunity_id": None,
        "answer_id": None, "peers": None, "peers_bought": None, "worth": None,
    }  # fmt: skip
    said = {"account_id": plant.pk, "column": "stream:training", "state": "competitor", "competitor": "Rotex"}
    made = anna.post(ADDRESS, said)
    assert (made.status_code, made.json()["known_on"]) == (201, today().isoformat())
    assert cells(anna, plant)["stream:training"]["state"] == "competitor"
    yesterday = (today() - timedelta(days=1)).isoformat()
    assert cells(anna, plant, as_of=yesterday)["stream:training"]["state"] == "unknown"
    taken = anna.post(f"{ADDRESS}{made.json()['id']}/take-back/")
    assert (taken.status_code, taken.json()["ended_on"]) == (200, today().isoformat())
    assert anna.ids(ADDRESS, standing="true") == []
    problem(anna.post(f"{ADDRESS}{made.json()['id']}/take-back/"), 409)


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"column": "machine:None"}, ["column"]),
        ({"state": "bought"}, ["state"]),
        ({"state": "declined"}, ["again_on"]),
        ({"state": "declined", "again_on": today().isoformat()}, ["again_on"]),
        ({"again_on": (today() + timedelta(days=9)).isoformat()}, ["again_on"]),
        ({"said_by_id": 3}, ["said_by_id"]),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_written(anna, plant, change, fields):
    body = {"account_id": plant.pk, "column": "service", "state": "itself"} | change
    problem(anna.post(ADDRESS, body), 400, *fields)
    assert CellAnswer.objects.count() == 0


def test_only_who_answers_for_the_account_answers(anna, plant, team):
    body = {"account_id": plant.pk, "column": "service", "state": "itself"}
    problem(writer(cast.person("elke", Role.EXECUTIVE)).post(ADDRESS, body), 403)
    problem(writer(cast.person("zoe", Role.CS_MANAGER, cast.pool("Theirs"))).post(ADDRESS, body), 400, "account_id")
    assert writer(cast.person("ruud", Role.TECHNICIAN)).rows("whitespace/") == []


def test_euros_are_for_those_who_see_prices(anna, plant, team):
    for n in range(6):
        other = cast.account(f"Peer {n}", anna.user, segment="small")
        cast.asset(other, today() - timedelta(days=400))
        cast.posted(other, today() - timedelta(days=30), 2000, "parts")
    assert Decimal(cells(anna, plant)["stream:parts"]["worth"]) == Decimal("1000.00")
    hidden = cells(caller(cast.person("max", Role.MARKETING)), plant)["stream:parts"]
    assert "worth" not in hidden and (hidden["peers"], hidden["peers_bought"]) == (6, 6)

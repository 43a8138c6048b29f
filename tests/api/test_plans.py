"""Account plans through the API: begun, written, acted on; and what is refused."""

from datetime import timedelta

import pytest

from core.clock import today
from core.models import Organisation, Owner, Role
from expansion.models import AccountPlan, PlanAction, PlanPoint
from playbooks.models import Task
from tests import cast
from tests.api.conftest import caller, writer
from tests.api.test_problems import problem

pytestmark = pytest.mark.django_db
LATER = (today() + timedelta(days=30)).isoformat()


@pytest.fixture
def team():
    Organisation.objects.create(pk=1, name="Voss Robotics", reporting_currency="EUR")
    return cast.pool("Ours")


@pytest.fixture
def anna(team):
    return writer(cast.person("anna", Role.CS_MANAGER, team))


@pytest.fixture
def account(anna):
    return cast.account("Ours", anna.user)


@pytest.fixture
def pk(anna, account):
    made = anna.post("account-plans/", {"account_id": account.pk, "year": today().year})
    assert made.status_code == 201
    return made.json()["id"]


def test_a_plan_is_begun_written_and_read(anna, account, pk):
    etag = anna.get(f"account-plans/{pk}/")["ETag"]
    said = {"aim": "All under contract", "decision_on": LATER}
    told = anna.send("PATCH", f"account-plans/{pk}/", said, if_match=etag).json()
    assert (told["aim"], told["decision_on"], told["account_id"]) == ("All under contract", LATER, account.pk)
    assert anna.ids("account-plans/", year=today().year) == [pk]
    assert anna.ids("account-plans/", year=today().year + 1) == []
    problem(anna.post("account-plans/", {"account_id": account.pk, "year": today().year}), 409)
    assert AccountPlan.objects.count() == 1


def test_an_action_is_agreed_moved_and_done(anna, pk):
    owner = Owner.objects.of(anna.user).pk
    body = {"title": "Propose the upgrade", "due_on": LATER, "owner_id": owner}
    made = anna.post(f"account-plans/{pk}/actions/", body)
    action = made.json()
    assert (made.status_code, action["title"], action["plan_id"]) == (201, "Propose the upgrade", pk)
    place = f"plan-actions/{action['id']}/"
    day = (today() + timedelta(days=3)).isoformat()
    assert anna.send("PATCH", place, {"due_on": day}, if_match="*").json()["due_on"] == day
    assert anna.post(f"{place}done/", None).json()["done_on"] == today().isoformat()
    assert anna.ids("plan-actions/", open="true") == []
    assert anna.post(f"{place}reopen/", None).json()["done_on"] is None
    assert Task.objects.get().pk == PlanAction.objects.get().task_id == action["task_id"]


def test_points_are_added_and_ended(anna, pk):
    anna.post(f"account-plans/{pk}/points/", {"side": "risk", "kind": "churn", "text": "Tender in spring"})
    (point,) = anna.get(f"account-plans/{pk}/").json()["points"]
    assert (point["side"], point["text"], point["outcome"]) == ("risk", "Tender in spring", "")
    end = f"account-plans/{pk}/end-point/"
    problem(anna.post(end, {"point_id": point["id"], "outcome": "converted"}), 409)
    anna.post(end, {"point_id": point["id"], "outcome": "averted"})
    assert PlanPoint.objects.get().ended_on == today()
    assert anna.post(end, {"point_id": 999999, "outcome": "averted"}).status_code == 404


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"title": "", "due_on": LATER}, ["title", "owner_id"]),
        ({"title": "x", "due_on": "soon", "owner_id": 1}, ["due_on", "owner_id"]),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_written(anna, pk, body, fields):
    problem(anna.post(f"account-plans/{pk}/actions/", body), 400, *fields)
    assert not Task.objects.exists()


def test_others_find_nothing_and_readers_change_nothing(team, anna, pk):
    zoe = writer(cast.person("zoe", Role.CS_MANAGER, cast.pool("Theirs")))
    assert zoe.ids("account-plans/") == []
    assert zoe.get(f"account-plans/{pk}/").status_code == 404
    AccountPlan.objects.update(aim="Ask Femke")
    reader = caller(cast.person("elke", Role.EXECUTIVE))
    assert reader.get(f"account-plans/{pk}/").json()["aim"] is None

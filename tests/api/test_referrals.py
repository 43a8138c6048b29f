"""Referrals through the API: asked for, given, followed up, thanked for."""

import pytest

from core.clock import today
from core.models import Organisation, Role
from expansion.models import Referral
from sales.actions import close
from sales.models import Opportunity
from tests import cast
from tests.api.conftest import caller, writer
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
def person(anna):
    return cast.contact(cast.account("Ours", anna.user))


def asked(anna, advocate, **body):
    said = {"account_id": advocate.account_id, "contact_id": advocate.pk, "intro": "I know them well."} | body
    return anna.post("referrals/", said)


def test_a_referral_goes_all_the_way(anna, person):
    made = asked(anna, person)
    assert (made.status_code, made.json()["state"], made.json()["kind"]) == (201, "asked", "introduction")
    place = f"referrals/{made.json()['id']}/"
    assert anna.post(f"{place}approve/", None).json()["approved_on"] == today().isoformat()
    problem(anna.post(f"{place}give/", {}), 409)
    assert anna.post(f"{place}give/", {"company": "Acme"}).json()["state"] == "given"
    assert anna.post(f"{place}thank/", None).json()["thanked_on"] == today().isoformat()
    told = anna.post(f"{place}pursue/", {"value": "50000.00"}).json()
    assert (told["state"], told["opportunity_stage"]) == ("opportunity", "identified")
    problem(anna.post(f"{place}tell/", None), 409)
    close(opportunity=Opportunity.objects.get(), won=True, by=anna.user, on=today())
    assert anna.post(f"{place}tell/", None).json()["state"] == "won"
    assert anna.post(f"{place}recognise/", {"how": "gift"}).json()["recognition"] == "gift"
    assert anna.ids("referrals/", state="won") == [made.json()["id"]]
    assert anna.ids("referrals/", state="asked") == []


def test_an_introduction_is_changed_and_no_is_an_answer(anna, person):
    pk = asked(anna, person).json()["id"]
    told = anna.send("PATCH", f"referrals/{pk}/", {"talking_points": "98 %"}, if_match="*").json()
    assert (told["talking_points"], told["intro"]) == ("98 %", "I know them well.")
    told = anna.post(f"referrals/{pk}/decline/", {"reason": "Their board"}).json()
    assert (told["state"], told["declined_reason"]) == ("declined", "Their board")
    problem(asked(anna, person), 409)


def test_one_that_came_by_itself(anna, person):
    made = anna.post("referrals/", {"account_id": person.account_id, "company": "Acme", "person": "Jo"})
    assert (made.status_code, made.json()["state"], made.json()["asked_on"]) == (201, "given", None)


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"contact_id": None}, ["contact_id"]),
        ({"kind": "bribe"}, ["kind"]),
        ({"company": "Acme", "kind": "introduction", "intro": ""}, ["intro"]),
        ({"person": "Jo"}, ["person"]),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_written(anna, person, body, fields):
    problem(asked(anna, person, **body), 400, *fields)
    assert not Referral.objects.exists()


def test_others_find_none_and_who_reads_no_names_reads_no_words(anna, person):
    anna.post("referrals/", {"account_id": person.account_id, "company": "Acme", "person": "Jo"})
    assert writer(cast.person("zoe", Role.CS_MANAGER, cast.pool("Theirs"))).ids("referrals/") == []
    (row,) = caller(cast.person("elke", Role.EXECUTIVE)).rows("referrals/")
    assert (row["company"], row["person"], row["state"]) == (None, None, "given")

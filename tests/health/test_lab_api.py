"""Drafts and judgements through the API: scope, ETags, sentences."""

from datetime import timedelta

import pytest

from core.clock import today
from core.models import Role, Touched
from core.policies import policy_on
from health.models import Draft, Judgement
from health.rules import HealthPolicy
from tests import cast
from tests.api.conftest import caller, writer
from tests.api.test_problems import problem

pytestmark = pytest.mark.django_db
UNTIL = today() + timedelta(days=30)


@pytest.fixture
def lead():
    return writer(cast.person("lena", Role.TEAM_LEAD, cast.pool("Ours")))


def drafted(lead, **values):
    answer = lead.post("score-drafts/", {"title": "More adoption", **values})
    assert answer.status_code == 201, answer.data
    return answer


def test_a_draft_is_begun_changed_looked_at_and_published(lead):
    at = cast.account("Ours and Co", lead.user)
    cast.term(at, today() - timedelta(days=30), None, annual=9000)
    cast.answer(at, today() - timedelta(days=5), 10)
    cast.account("Of others", cast.person("zoe"))
    made = drafted(lead)
    row = made.data
    assert (row["base"], row["problems"], row["published_version"]) == (1, [], None)
    values = row["values"] | {"min_coverage": "0.05"}
    address = f"score-drafts/{row['id']}/"
    problem(lead.send("PATCH", address, {"values": values}), 428)
    changed = lead.patch(address, {"values": values}, if_match=made["ETag"])
    problem(lead.patch(address, {"title": "x"}, if_match=made["ETag"]), 412)
    assert changed.data["values"]["min_coverage"] == "0.05"
    told = lead.get(f"{address}preview/").data
    assert (told["looked_at"], told["work"]) == (1, [{"owner": "lena", "plays": 1, "tasks": told["work"][0]["tasks"]}])
    (move,) = told["moves"]
    assert (move["tier_before"], move["tier"], move["annual_value"]) == ("unknown", "green", "9000.00")
    done = lead.post(f"{address}publish/", {"valid_from": today().isoformat()})
    assert done.data["published_version"] == 2
    assert policy_on(HealthPolicy, today()).values.min_coverage * 20 == 1
    assert "closed" in problem(lead.post(f"{address}discard/"), 409)["detail"]


def test_what_contradicts_itself_is_told_with_its_place_and_not_published(lead):
    values = drafted(lead).data["values"]
    values["dimensions"][0]["weight"] = "0.20"
    values["measures"][4]["curve"][1] = ["5", "90"]
    row = drafted(lead, values=values).data
    assert [(p["place"], p["code"]) for p in row["problems"]] == [
        ("weights", "weights_sum"),
        ("measures.survey.curve", "curve_falls"),
    ]
    said = problem(lead.post(f"score-drafts/{row['id']}/publish/", {"valid_from": today().isoformat()}), 409)["detail"]
    assert "The weights sum to 90%, and must sum to 100%." in said
    problem(lead.get(f"score-drafts/{row['id']}/preview/"), 409)
    early = {"valid_from": (today() - timedelta(days=1)).isoformat()}
    assert "or later" in problem(lead.post(f"score-drafts/{drafted(lead).data['id']}/publish/", early), 409)["detail"]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ("much", "Send an object"),
        ({"luck": 1}, "There is no field luck."),
        ({"green": "much"}, "no values of a policy"),
        ({"dimensions": [{"key": "adoption"}]}, "no values of a policy"),
        ({"measures": 3}, "no values of a policy"),
    ],
)
def test_what_is_no_policy_is_refused(lead, values, said):
    refused = problem(lead.post("score-drafts/", {"title": "x", "values": values}), 400, "values")
    assert said in refused["detail"]
    assert not Draft.objects.exists()


def test_others_read_drafts_and_technicians_do_not(lead):
    row = drafted(lead).data
    carl = writer(cast.person("carl", Role.CS_MANAGER))
    assert carl.get(f"score-drafts/{row['id']}/").data["title"] == "More adoption"
    problem(carl.post("score-drafts/", {"title": "x"}), 403)
    problem(carl.post(f"score-drafts/{row['id']}/discard/"), 403)
    executive = caller(cast.person("elke", Role.EXECUTIVE))
    assert executive.get(f"score-drafts/{row['id']}/").data["title"] is None
    technician = caller(cast.person("ruud", Role.TECHNICIAN))
    for path in (f"score-drafts/{row['id']}/", f"score-drafts/{row['id']}/preview/"):
        problem(technician.get(path), 404)
    assert technician.get("score-drafts/").data["results"] == []


def test_a_judgement_is_given_read_and_taken_back(lead):
    at = cast.account("Ours and Co", lead.user)
    body = {"account_id": at.pk, "value": 35, "reason": "Their director left", "counts_until": UNTIL.isoformat()}
    made = lead.post("judgements/", body)
    assert (made.status_code, made.data["value"], made.data["by_id"]) == (201, 35, lead.user.pk)
    assert Touched.objects.get(kind="judgement").account_id == at.pk
    again = lead.get(f"judgements/{made.data['id']}/")
    assert (again.data, again["ETag"]) == (made.data, made["ETag"])
    executive = caller(cast.person("elke", Role.EXECUTIVE))
    assert executive.get(f"judgements/{made.data['id']}/").data["reason"] is None
    gone = lead.post(f"judgements/{made.data['id']}/withdraw/", if_match=made["ETag"])
    assert gone.data["withdrawn_on"] == today().isoformat()
    problem(lead.post(f"judgements/{made.data['id']}/withdraw/"), 409)


def test_judgements_of_others_are_not_there(lead):
    at = cast.account("Of others", cast.person("zoe"))
    row = cast.judgement(at, today(), 40)
    problem(lead.get(f"judgements/{row.pk}/"), 404)
    problem(lead.post("judgements/", {"account_id": at.pk, "value": 1, "reason": "x"}), 400, "account_id")
    assert caller(cast.person("ruud", Role.TECHNICIAN)).get("judgements/").data["results"] == []


@pytest.mark.parametrize(
    ("field", "value"),
    [("value", 101), ("value", -1), ("reason", ""), ("counts_until", "1999-01-01"), ("counts_until", "2199-01-01")],
)
def test_a_judgement_out_of_bounds_is_refused(lead, field, value):
    at = cast.account("Ours and Co", lead.user)
    body = {"account_id": at.pk, "value": 35, "reason": "x", "counts_until": UNTIL.isoformat()} | {field: value}
    problem(lead.post("judgements/", body), 400, field)
    assert not Judgement.objects.exists()


def test_on_the_page_it_is_given_said_to_expire_and_taken_back(client):
    mila = cast.person("mila")
    type(mila).objects.update(language="en")
    at = cast.account("Ours and Co", mila)
    cast.judgement(at, today() - timedelta(days=40), 70, today() - timedelta(days=10))
    client.force_login(mila)
    page = f"/accounts/{at.pk}/health/"
    assert "expired on" in client.get(page).content.decode()
    form = f"/accounts/{at.pk}/judgement/"
    far = (today() + timedelta(days=400)).isoformat()
    refused = client.post(form, {"value": 20, "reason": "They look around", "counts_until": far})
    assert "A judgement counts for a year at most." in refused.content.decode()
    client.post(form, {"value": 20, "reason": "They look around", "counts_until": UNTIL.isoformat()})
    shown = client.get(page).content.decode()
    assert "Judged by hand: 20 of 100" in shown and "They look around" in shown and "replaced" in shown
    row = Judgement.objects.get(value=20)
    client.post(f"/judgements/{row.pk}/withdraw/")
    assert "Judged by hand: 70 of 100" in client.get(page).content.decode()
    client.force_login(cast.person("bob"))
    assert client.post(f"/judgements/{row.pk}/withdraw/").status_code == 404
    assert client.get(form).status_code == 404

"""Reviews, what was agreed in them, reviews of plans and pages by mail, through the API; and what is refused."""

from datetime import timedelta

import pytest

from core.clock import today
from core.models import Membership, Organisation, Owner, PageSubscription, Role
from expansion.actions import planning
from expansion.models import PlanReview, ReviewItem
from playbooks.models import AgreedStep, Review
from tests import cast
from tests.api.conftest import caller, writer
from tests.api.test_problems import problem

pytestmark = pytest.mark.django_db
NOW = today()
LATER = (NOW + timedelta(days=30)).isoformat()


@pytest.fixture
def team():
    Organisation.objects.create(pk=1, name="Voss Robotics", reporting_currency="EUR")
    return cast.pool("North")


@pytest.fixture
def elke(team):
    return writer(cast.person("elke", Role.EXECUTIVE))


@pytest.fixture
def mila(team):
    return writer(cast.person("mila", Role.CS_MANAGER, team))


# Reviews.


def test_a_review_is_begun_noted_and_closed_with_its_figures(elke):
    at = cast.account()
    cast.posted(at, NOW - timedelta(days=500), 100, "parts")
    cast.posted(at, NOW - timedelta(days=100), 120, "parts")
    made = elke.post("reviews/", {"kind": "monthly"})
    assert (made.status_code, made.data["on"], made.data["team_id"]) == (201, NOW.isoformat(), None)
    place = f"reviews/{made.data['id']}/"
    told = elke.patch(place, {"notes": "Parts first"}).data
    assert told["notes"] == "Parts first"
    nrr = next(f for f in told["figures"] if f["key"] == "net_revenue_retention")
    assert (nrr["value"], nrr["status"]) == ("1.2", "good")
    closed = elke.post(f"{place}close/").data
    assert (closed["closed_on"], closed["figures"]) == (NOW.isoformat(), told["figures"])
    cast.posted(at, NOW - timedelta(days=50), 500, "parts")
    assert elke.get(place).data["figures"] == told["figures"]
    assert elke.ids("reviews/", open="false", kind="monthly") == [made.data["id"]]
    said = problem(elke.patch(place, {"notes": "Later"}), 409)["detail"]
    assert said == "This review is closed; what was noted stays as it is. Begin a new one."


def test_what_a_review_refuses(elke, mila, team):
    elke.post("reviews/", {"kind": "health"})
    assert "begun today already" in problem(elke.post("reviews/", {"kind": "health"}), 409)["detail"]
    assert "Choose a team" in problem(mila.post("reviews/", {"kind": "health"}), 409)["detail"]
    other = cast.pool("South")
    problem(mila.post("reviews/", {"kind": "health", "team_id": other.pk}), 400, "team_id")
    mine = mila.post("reviews/", {"kind": "health", "team_id": team.pk})
    assert (mine.status_code, mila.ids("reviews/")) == (201, [mine.data["id"]])
    noor = writer(cast.person("noor", Role.MARKETING))
    assert "prices" in problem(noor.post("reviews/", {"kind": "pipeline"}), 409)["detail"]
    problem(noor.send("PATCH", f"reviews/{mine.data['id']}/", {"notes": "x"}, if_match="*"), 403)
    problem(noor.post(f"reviews/{mine.data['id']}/close/"), 403)
    assert not Review.objects.filter(closed_on__isnull=False).exists()
    money = [f for f in noor.get(f"reviews/{mine.data['id']}/").data["figures"] if f["key"] == "leak_uncovered"]
    assert [(f["value"], f["before"], f["status"]) for f in money] == [(None, None, "unknown")]


# What was agreed.


def test_a_step_is_agreed_changed_done_and_taken_back(elke):
    review = elke.post("reviews/", {"kind": "quarterly"}).data["id"]
    body = {"metric": "leak_uncovered", "title": "Call the ten largest", "due_on": LATER, "review_id": review}
    made = elke.post("agreed-steps/", body)
    assert (made.status_code, made.data["owner_id"]) == (201, Owner.objects.of(elke.user).pk)
    place = f"agreed-steps/{made.data['id']}/"
    assert elke.patch(place, {"title": "Call the five largest"}).data["title"] == "Call the five largest"
    problem(elke.send("PATCH", place, {"title": "x"}), 428)
    problem(elke.send("PATCH", place, {"title": "x"}, if_match='"old"'), 412)
    assert elke.ids("agreed-steps/", review=review, open="true", metric="leak_uncovered") == [made.data["id"]]
    assert elke.post(f"{place}done/").data["done_on"] == NOW.isoformat()
    assert "Reopen it first" in problem(elke.patch(place, {"due_on": LATER}), 409)["detail"]
    assert elke.post(f"{place}reopen/").data["done_on"] is None


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"metric": "luck"}, "metric"), ({"title": ""}, "title"), ({"owner_id": 987654}, "owner_id"), ({"x": 1}, "x")],
)
def test_a_wrong_step_is_named(elke, wrong, field):
    body = {"metric": "leak_uncovered", "title": "Call", "due_on": LATER} | wrong
    problem(elke.post("agreed-steps/", body), 400, field)
    assert not AgreedStep.objects.exists()


def test_steps_of_others_are_out_of_reach_and_the_past_is_refused(elke, mila):
    body = {"metric": "leak_uncovered", "title": "Call", "due_on": LATER}
    pk = elke.post("agreed-steps/", body).data["id"]
    assert mila.ids("agreed-steps/") == []
    problem(mila.post(f"agreed-steps/{pk}/done/"), 404)
    past = (NOW - timedelta(days=1)).isoformat()
    said = problem(elke.post("agreed-steps/", body | {"due_on": past}), 409)
    assert said["detail"] == "A step lies ahead; choose today or later."
    problem(elke.patch(f"agreed-steps/{pk}/", {"due_on": past}), 409)


# Reviews of plans.


def test_a_review_of_plans_is_gone_through_and_closed(mila, team):
    account = cast.account("Van Houten", mila.user)
    plan = planning.open_plan(account=account, year=NOW.year, by=mila.user, on=NOW)
    Membership.objects.filter(user=mila.user).update(team=team)
    made = mila.post("plan-reviews/", {"owner_id": Owner.objects.of(mila.user).pk, "held_on": NOW.isoformat()})
    assert (made.status_code, made.data["left"], made.data["people"]) == (201, 1, [])
    item = mila.rows("plan-review-accounts/", review=made.data["id"])[0]
    place = f"plan-review-accounts/{item['id']}/"
    assert (item["account_id"], item["status"], item["closed_on"]) == (account.pk, "", None)
    told = mila.patch(place, {"status": "watch", "note": "They hesitate"}).data
    assert (told["status"], told["note"], told["risks"]) == ("watch", "They hesitate", "")
    assert "no account leaves the review without a next step" in problem(mila.post(f"{place}close/"), 409)["detail"]
    step = planning.agree_action(
        plan=plan, title="Propose it", due_on=NOW + timedelta(days=9), owner=plan.owner, by=mila.user, on=NOW
    )
    closed = mila.post(f"{place}close/").data
    assert (closed["closed_on"], closed["next_step_id"]) == (NOW.isoformat(), step.pk)
    assert ReviewItem.objects.get().seen["next"]["title"] == "Propose it"
    problem(mila.patch(place, {"note": "x"}), 409)
    daniel = cast.person("daniel", Role.SALES)
    there = mila.post(f"plan-reviews/{made.data['id']}/people/", {"user_ids": [mila.user.pk, daniel.pk]}).data
    assert [person["side"] for person in there["people"]] == ["service", "sales"]
    assert mila.post(f"plan-reviews/{made.data['id']}/close/").data["closed_on"] == NOW.isoformat()
    problem(mila.post(f"{place}reopen/"), 409)


def test_reviews_of_plans_stay_with_their_team(mila):
    cast_account = cast.account("Van Houten", mila.user)
    planning.open_plan(account=cast_account, year=NOW.year, by=mila.user, on=NOW)
    mila.post("plan-reviews/", {"owner_id": Owner.objects.of(mila.user).pk, "held_on": NOW.isoformat()})
    stranger = caller(cast.person("stranger", Role.CS_MANAGER, cast.pool("South")))
    assert stranger.ids("plan-reviews/") == stranger.ids("plan-review-accounts/") == []
    boss = writer(cast.person("boss", Role.EXECUTIVE))
    pk = PlanReview.objects.get().pk
    assert boss.ids("plan-reviews/", open="true") == [pk]
    problem(boss.post(f"plan-reviews/{pk}/close/"), 403)


# Pages by mail.


def test_a_page_is_ordered_changed_paused_and_taken_up_again(elke, mila):
    body = {"page": "stage", "subject": "expansion", "rhythm": "weekly", "weekday": 1, "user_id": mila.user.pk}
    made = elke.post("page-subscriptions/", body)
    assert made.status_code == 201
    assert (made.data["user_id"], made.data["made_by_id"], made.data["sent_at"]) == (mila.user.pk, elke.user.pk, None)
    assert made.data["next_on"] > NOW.isoformat()
    place = f"page-subscriptions/{made.data['id']}/"
    assert mila.ids("page-subscriptions/") == elke.ids("page-subscriptions/", page="stage") == [made.data["id"]]
    told = elke.patch(place, {"rhythm": "monthly"}).data
    assert (told["rhythm"], told["weekday"]) == ("monthly", None)
    assert mila.post(f"{place}pause/").data["next_on"] is None
    assert "only they take it up again" in problem(elke.post(f"{place}resume/"), 409)["detail"]
    assert mila.post(f"{place}resume/").data["paused_on"] is None
    assert mila.ids("page-subscriptions/", paused="true") == []


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"page": "weather"}, "is no page that comes by mail"),
        ({"query": "team=99"}, "team: there is no"),
        ({"weekday": None}, "Choose the day of the week"),
    ],
)
def test_a_wrong_order_is_refused_with_a_sentence(mila, wrong, words):
    body = {"page": "bowtie", "rhythm": "weekly", "weekday": 1} | wrong
    assert words in problem(mila.post("page-subscriptions/", body), 409)["detail"]
    assert not PageSubscription.objects.exists()


@pytest.mark.parametrize(("field", "value"), [("weekday", 9), ("rhythm", "hourly"), ("user_id", 987654), ("x", 1)])
def test_a_wrong_field_of_an_order_is_named(mila, field, value):
    body = {"page": "bowtie", "rhythm": "weekly", "weekday": 1, field: value}
    problem(mila.post("page-subscriptions/", body), 400, field)


def test_pages_of_others_are_out_of_reach(elke, mila):
    pk = elke.post("page-subscriptions/", {"page": "bowtie", "rhythm": "daily"}).data["id"]
    assert mila.ids("page-subscriptions/") == []
    problem(mila.post(f"page-subscriptions/{pk}/pause/"), 404)
    problem(
        mila.post("page-subscriptions/", {"page": "bowtie", "rhythm": "daily", "user_id": elke.user.pk}), 400, "user_id"
    )

"""Pages of account plans and of their review, as different people see and write them."""

from datetime import timedelta
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.clock import today
from core.models import Organisation, Owner, Role
from expansion.actions import planning, reviewing
from expansion.models import AccountPlan, PlanAction, PlanPerson, PlanPoint, PlanReview, ReviewItem
from installed_base.models import AccountEvent
from playbooks.models import Task
from tests import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    Organisation.objects.create(pk=1, name="Voss Robotics", reporting_currency="EUR")
    return cast.pool("North")


@pytest.fixture
def mila(team):
    return cast.person("mila", team=team)


@pytest.fixture
def customer(mila):
    at = cast.account("Van Houten", mila)
    cast.posted(at, today() - timedelta(days=9), 5000)
    cast.asset(at, today() - timedelta(days=2300))
    return at


@pytest.fixture
def plan(customer, mila):
    return planning.open_plan(account=customer, year=today().year, by=mila, on=today())


@pytest.fixture
def as_mila(client, mila):
    client.force_login(mila)
    return client


def text_of(answer) -> str:
    return unescape(answer.content.decode())


def agreed(plan, mila, title="Propose the upgrade", days=20):
    return planning.agree_action(
        plan=plan, title=title, due_on=today() + timedelta(days=days), owner=plan.owner, by=mila, on=today()
    )


def test_the_list_begins_a_plan(as_mila, customer):
    page = text_of(as_mila.get("/expansion/plans/"))
    assert "Van Houten" in page and "1 customer makes the most of the revenue: 1 without a plan" in page
    answer = as_mila.post("/expansion/plans/new/", {"account": customer.pk, "year": today().year})
    plan = AccountPlan.objects.get()
    assert answer.url == f"/expansion/plans/{plan.pk}/"
    assert "Begin the plan" not in text_of(as_mila.get("/expansion/plans/"))
    again = as_mila.post("/expansion/plans/new/", {"account": customer.pk, "year": today().year}, follow=True)
    assert "a plan for" in text_of(again)


def test_any_account_may_have_a_plan(as_mila, mila):
    small = cast.account("Small", mila)
    page = "/expansion/plans/another/"
    assert as_mila.post(page, {"account": "Nobody", "year": today().year}).status_code == 422
    as_mila.post(page, {"account": "Small", "year": today().year + 1})
    assert (AccountPlan.objects.get().account, AccountPlan.objects.get().year) == (small, today().year + 1)


def test_the_account_leads_to_its_plan(as_mila, customer, mila, client):
    here = f"/accounts/{customer.pk}/plan/"
    assert here in text_of(as_mila.get(f"/accounts/{customer.pk}/"))
    assert as_mila.get(here).url == f"/expansion/plans/another/?account=%23{customer.pk}"
    plan = planning.open_plan(account=customer, year=today().year, by=mila, on=today())
    assert as_mila.get(here).url == f"/expansion/plans/{plan.pk}/"
    other = cast.account("Other", mila)
    client.force_login(cast.person("elke", Role.EXECUTIVE))
    assert "Other has no plan this year" in text_of(client.get(f"/accounts/{other.pk}/plan/", follow=True))
    client.force_login(cast.person("zoe", team=cast.pool("Theirs")))
    assert client.get(here).status_code == 404


@pytest.mark.parametrize("year", ["", "x", "0", "99999", "1999"])
def test_a_year_that_is_none_is_this_one(as_mila, plan, year):
    assert f"Account plans {today().year}" in text_of(as_mila.get("/expansion/plans/", {"year": year}))


def test_a_plan_is_written_section_by_section(as_mila, plan, mila):
    here = f"/expansion/plans/{plan.pk}/"
    as_mila.post(f"{here}write/aim/", {"aim": "All under contract", "next": here})
    as_mila.post(f"{here}write/decision/", {"decision": "In the board", "decision_on": "", "next": here})
    as_mila.post(f"{here}new/risk/", {"kind": "churn", "text": "A tender", "next": here})
    person = cast.contact(plan.account, name="Femke Bos")
    as_mila.post(f"{here}people/", {"contact": person.pk, "part": "decides", "next": here})
    action = {"title": "Walk the plant", "owner": plan.owner_id, "due_on": today().isoformat(), "next": here}
    assert as_mila.post(f"{here}actions/", action).url == here
    page = text_of(as_mila.get(here))
    for words in (
        "All under contract",
        "In the board",
        "A tender",
        "Femke Bos",
        "Walk the plant",
        "Next: Walk the plant",
    ):
        assert words in page
    assert "Changed: Aim" in page and "New risk: A tender" in page
    as_mila.post(f"{here}people/{PlanPerson.objects.get().pk}/out/", {"next": here})
    assert "Left out of the decision" in text_of(as_mila.get(here))
    assert as_mila.post(f"{here}write/owner_id/", {}).status_code == 404


def test_what_is_wrong_is_said_beside_its_field(as_mila, plan):
    here = f"/expansion/plans/{plan.pk}/"
    past = (today() - timedelta(days=1)).isoformat()
    answer = as_mila.post(f"{here}actions/", {"title": "Call", "owner": plan.owner_id, "due_on": past, "next": here})
    assert answer.status_code == 422
    assert "Choose today or a later day" in text_of(answer)
    assert not Task.objects.exists()


def test_a_suggestion_is_taken_over_once_and_ended(as_mila, plan):
    event = AccountEvent.objects.create(account=plan.account, kind="merger", on=today(), known_on=today())
    here = f"/expansion/plans/{plan.pk}/"
    assert "Merger or takeover" in text_of(as_mila.get(here))
    for _ in range(2):
        as_mila.post(f"{here}take-over/", {"source": f"account_event:{event.pk}", "next": here})
    point = PlanPoint.objects.get()
    assert (point.side, point.kind, point.source_id) == ("risk", "organisation", event.pk)
    as_mila.post(f"{here}points/{point.pk}/end/", {"outcome": "averted", "next": here})
    point.refresh_from_db()
    assert point.outcome == "averted"
    as_mila.post(f"{here}points/{point.pk}/reopen/", {"next": here})
    point.refresh_from_db()
    assert point.outcome == ""
    gone = as_mila.post(f"{here}take-over/", {"source": "signal:x", "next": here}, follow=True)
    assert "no longer suggest this" in text_of(gone)


def test_an_action_is_done_taken_back_and_moved(as_mila, plan, mila):
    action, here = agreed(plan, mila), f"/expansion/plans/{plan.pk}/"
    place = f"{here}actions/{action.pk}/"
    as_mila.post(f"{place}done/", {"next": here})
    assert Task.objects.get().done_on == today()
    as_mila.post(f"{place}reopen/", {"next": here})
    later = today() + timedelta(days=50)
    as_mila.post(f"{place}move/", {"owner": plan.owner_id, "due_on": later.isoformat(), "next": here})
    assert (Task.objects.get().done_on, Task.objects.get().due_on) == (None, later)


def test_others_find_nothing_and_readers_write_nothing(client, plan, mila):
    here = f"/expansion/plans/{plan.pk}/"
    for user in (cast.person("zoe", team=cast.pool("Theirs")), cast.person("ruud", Role.TECHNICIAN)):
        client.force_login(user)
        assert client.get(here).status_code == 404
        assert client.post(f"{here}write/aim/", {"aim": "Mine"}).status_code == 404
    planning.write_plan(plan=plan, by=mila, aim="Ask Femke")
    cast.contact(plan.account, name="Femke Bos", job_title="Plant manager")
    client.force_login(cast.person("elke", Role.EXECUTIVE))
    page = text_of(client.get(here))
    assert "Femke" not in page and "Plant manager" in page and "New action" not in page
    assert client.post(f"{here}write/aim/", {"aim": "Mine"}).status_code == 404


def queries_of(client, url) -> int:
    client.get(url)
    with CaptureQueriesContext(connection) as seen:
        assert client.get(url).status_code == 200
    return len(seen)


def test_the_list_and_the_plan_ask_as_often_for_three_as_for_one(as_mila, plan, customer, mila):
    agreed(plan, mila)
    here = f"/expansion/plans/{plan.pk}/"
    before = (queries_of(as_mila, "/expansion/plans/"), queries_of(as_mila, here))
    for n in (1, 2):
        other = cast.account(f"Other {n}", mila)
        cast.posted(other, today(), 4000)
        agreed(planning.open_plan(account=other, year=today().year, by=mila, on=today()), mila)
        agreed(plan, mila, f"Again {n}")
        planning.add_point(plan=plan, side="risk", kind="churn", text=f"Risk {n}", by=mila, on=today())
    # The first point and its author come with the trail: a query more, whatever their number.
    assert queries_of(as_mila, "/expansion/plans/") == before[0]
    assert queries_of(as_mila, here) <= before[1] + 1


@pytest.fixture
def review(plan, team, mila):
    return reviewing.open_review(owner=Owner.objects.of(team), held_on=today(), by=mila, on=today())


def test_a_review_is_begun_and_gone_through(as_mila, plan, team, mila):
    as_mila.post("/expansion/reviews/new/", {"owner": Owner.objects.of(team).pk, "held_on": today().isoformat()})
    review = PlanReview.objects.get()
    here, place = f"/expansion/reviews/{review.pk}/", f"/expansion/reviews/{review.pk}/1/"
    assert "1 account is still to be gone through" in text_of(as_mila.get(here))
    said = {"status": "watch", "note": "They wait for the budget", "do": "close"}
    refused = as_mila.post(place, said)
    assert refused.status_code == 422
    assert "without a next step with an owner and a day" in text_of(refused)
    action = {"title": "Walk the plant", "owner": plan.owner_id, "due_on": today().isoformat(), "next": place}
    as_mila.post(f"/expansion/plans/{plan.pk}/actions/?review={review.pk}", action)
    assert PlanAction.objects.get().review == review
    assert as_mila.post(place, said).url == here
    item = ReviewItem.objects.get()
    assert (item.status, item.next_step, item.seen["next"]["title"]) == (
        "watch",
        PlanAction.objects.get(),
        "Walk the plant",
    )
    as_mila.post(f"{here}close/")
    assert PlanReview.objects.get().closed_on is None
    sven = cast.person("sven", Role.SALES, team)
    as_mila.post(f"{here}people/", {"people": [mila.pk, sven.pk]})
    as_mila.post(f"{here}close/")
    assert PlanReview.objects.get().closed_on == today()


def test_what_was_seen_stays_as_it_was(as_mila, review, plan, mila):
    action = agreed(plan, mila)
    place = f"/expansion/reviews/{review.pk}/1/"
    as_mila.post(place, {"status": "on_track", "note": "Well", "do": "close"})
    planning.change_action(action=action, due_on=today() + timedelta(days=60), owner=plan.owner, by=mila, on=today())
    cast.asset(plan.account, today())
    Task.objects.update(title="Something else")
    page = text_of(as_mila.get(place))
    assert "1 machine in service" in page and "Propose the upgrade" in page and "Something else" not in page
    assert "Propose the upgrade" in text_of(as_mila.get(f"/expansion/reviews/{review.pk}/"))
    as_mila.post(f"{place}reopen/", {"next": place})
    page = text_of(as_mila.get(place))
    assert "2 machines in service" in page and "Something else" in page


def test_keeping_notes_closes_nothing(as_mila, review):
    place = f"/expansion/reviews/{review.pk}/1/"
    as_mila.post(place, {"status": "", "note": "Half said", "do": "keep"})
    item = ReviewItem.objects.get()
    assert (item.note, item.closed_on) == ("Half said", None)


def test_the_neighbours_are_one_key_away(as_mila, plan, team, mila):
    second = cast.account("Zwart", mila)
    planning.open_plan(account=second, year=today().year, by=mila, on=today())
    review = reviewing.open_review(owner=Owner.objects.of(team), held_on=today(), by=mila, on=today())
    first = text_of(as_mila.get(f"/expansion/reviews/{review.pk}/1/"))
    assert f'href="/expansion/reviews/{review.pk}/2/" rel="next" data-step="next"' in first
    assert 'data-step="prev"' not in first
    last = text_of(as_mila.get(f"/expansion/reviews/{review.pk}/2/"))
    assert f'href="/expansion/reviews/{review.pk}/1/" rel="prev" data-step="prev"' in last


def test_others_find_no_review(client, review):
    here = f"/expansion/reviews/{review.pk}/"
    client.force_login(cast.person("zoe", team=cast.pool("Theirs")))
    assert [client.get(path).status_code for path in (here, f"{here}1/")] == [404, 404]
    client.force_login(cast.person("elke", Role.EXECUTIVE))
    assert client.get(here).status_code == 200
    assert client.post(f"{here}close/").status_code == 404
    client.post(f"{here}1/", {"status": "watch", "note": "Mine", "do": "keep"})
    assert ReviewItem.objects.get().note == ""

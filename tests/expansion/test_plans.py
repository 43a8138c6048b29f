"""Account plans and their quarterly review: written, acted on, closed with a next step (AP-01..08, RV-04)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from core.clock import today
from core.models import Organisation, Owner, Role
from expansion.actions import planning, reviewing
from expansion.models import AccountPlan, PlanAction, PlanPerson, PlanPoint, PlanReview, ReviewItem
from expansion.queries import plans as query
from expansion.queries.plan_hints import hints
from installed_base.models import AccountEvent, Level
from playbooks.models import Task
from sales.actions import close, create_opportunity
from sales.models import DealKind, Opportunity
from tests import cast
from tests.expansion.base import signal
from tests.renewals import book

ON = date(2026, 11, 29)
LATER = ON + timedelta(days=30)


@pytest.fixture
def team(db):
    Organisation.objects.create(pk=1, name="Voss Robotics", reporting_currency="EUR")
    return cast.pool("North")


@pytest.fixture
def mila(team):
    return cast.person("mila", team=team)


@pytest.fixture
def sven(team):
    return cast.person("sven", Role.SALES, team=team)


@pytest.fixture
def customer(mila):
    return cast.account("Van Houten", mila)


@pytest.fixture
def plan(customer, mila):
    return planning.open_plan(account=customer, year=2026, by=mila, on=ON)


def agreed(plan, by, due_on=LATER, title="Propose the upgrade"):
    return planning.agree_action(plan=plan, title=title, due_on=due_on, owner=Owner.objects.of(by), by=by, on=ON)


def test_one_plan_per_account_and_year(plan, customer, mila):
    with pytest.raises(ValidationError, match="a plan for 2026 already"):
        planning.open_plan(account=customer, year=2026, by=mila, on=ON)
    with pytest.raises(ValidationError, match="this year, the last or the next"):
        planning.open_plan(account=customer, year=2029, by=mila, on=ON)
    following = planning.open_plan(account=customer, year=2027, by=mila, on=ON)
    assert (plan.owner, following.year, AccountPlan.objects.count()) == (customer.owner, 2027, 2)


def test_an_action_is_a_task_of_whoever_does_it(plan, mila, sven):
    action = agreed(plan, sven)
    task = Task.objects.get()
    assert (task.owner, task.due_on, task.subject_kind, task.subject_id) == (
        Owner.objects.of(sven), LATER, "account_plan", plan.pk,
    )  # fmt: skip
    planning.finish_action(action=action, by=sven, on=ON)
    task.refresh_from_db()
    assert (task.done_on, task.done_by) == (ON, sven)
    with pytest.raises(ValidationError, match="is over"):
        planning.change_action(action=action, due_on=LATER, owner=plan.owner, by=mila, on=ON)
    planning.reopen_action(action=PlanAction.objects.select_related("task").get(), by=sven)
    planning.change_action(action=action, due_on=LATER + timedelta(days=9), owner=plan.owner, by=mila, on=ON)
    task.refresh_from_db()
    assert (task.done_on, task.due_on, task.owner) == (None, LATER + timedelta(days=9), plan.owner)


YESTERDAY = ON - timedelta(days=1)


@pytest.mark.parametrize(
    ("title", "due", "said"), [("  ", LATER, "what is to be done"), ("Call", YESTERDAY, "later day")]
)
def test_an_action_without_words_or_of_the_past_is_refused(plan, mila, title, due, said):
    with pytest.raises(ValidationError, match=said):
        agreed(plan, mila, due, title)
    assert not Task.objects.exists()


def test_a_point_keeps_to_its_side(plan, mila):
    with pytest.raises(ValidationError, match="belongs to the other list"):
        planning.add_point(plan=plan, side="risk", kind="upsell", text="More", by=mila, on=ON)
    point = planning.add_point(plan=plan, side="risk", kind="churn", text="Tender", by=mila, on=ON)
    with pytest.raises(ValidationError, match="no end of this"):
        planning.end_point(point=point, outcome="converted", by=mila, on=ON)
    planning.end_point(point=point, outcome="averted", by=mila, on=ON)
    assert PlanPoint.objects.get().ended_on == ON
    with pytest.raises(IntegrityError), transaction.atomic():
        PlanPoint.objects.update(outcome="dead")


def test_who_left_or_works_elsewhere_has_no_part(plan, mila):
    stranger, gone = cast.contact(cast.account("Other", mila)), cast.contact(plan.account, left_on=ON)
    for person, said in ((stranger, "does not belong"), (gone, "no longer there")):
        with pytest.raises(ValidationError, match=said):
            planning.name_person(plan=plan, contact=person, part="decides", by=mila)
    person = cast.contact(plan.account)
    planning.name_person(plan=plan, contact=person, part="decides", by=mila)
    planning.name_person(plan=plan, contact=person, part="opposes", by=mila, note="Wants two makers")
    assert PlanPerson.objects.get().part == "opposes"


def test_the_data_suggest_chances_and_risks_once(plan, mila):
    at, on = plan.account, today()
    machine = cast.asset(at, date(2018, 1, 1), product=cast.product())
    cast.reading(machine, on - timedelta(days=3), run=2, available=10)
    level = Level.objects.create(key="basic", name="Basic", rung=1)
    term = cast.term(at, on - timedelta(days=200), on + timedelta(days=100), level=level)
    renewal = book.renewal(term, opened_on=on)
    event = AccountEvent.objects.create(account=at, kind="merger", on=on - timedelta(days=9), known_on=on)
    boss = cast.contact(at, "management")
    create_opportunity(account=at, kind="upgrade", name="Gripper", owner=at.owner, by=mila, on=on, value=Decimal(9000))
    found = {hint.source[0]: (hint.side, hint.kind) for hint in hints(plan, mila, on)}
    assert found == {
        "opportunity": ("opportunity", "upsell"),
        "term": ("opportunity", "upsell"),
        "asset": ("opportunity", "capacity"),
        "renewal": ("risk", "churn"),
        "account_event": ("risk", "organisation"),
        "contact": ("risk", "person"),
    }
    for _ in range(2):
        planning.add_point(
            plan=plan, side="risk", kind="churn", text="It ends", by=mila, on=on, source=("renewal", renewal.pk)
        )
    assert [h.source for h in hints(plan, mila, on) if h.taken] == [("renewal", renewal.pk)]
    assert (PlanPoint.objects.count(), event.pk > 0, boss.pk > 0) == (1, True, True)


def test_revenue_counts_by_days_and_for_the_survivor(mila):
    big, small = cast.account("Big", mila), cast.account("Small", mila)
    merged = cast.account("Merged", mila, merged_into=big)
    cast.posted(big, ON - timedelta(days=10), 100)
    cast.posted(merged, ON, 50)
    cast.posted(small, ON - timedelta(days=364), 30)
    cast.posted(small, ON - timedelta(days=366), 900)
    half = {"period_from": ON - timedelta(days=9), "period_to": ON + timedelta(days=10)}
    cast.posted(small, ON, 40, **half)
    assert query.revenue_of_year(ON) == {big.pk: 150, small.pk: 50}


def test_the_list_shows_the_top_with_and_without_a_plan(plan, customer, mila):
    cast.posted(customer, ON, 900)
    second = cast.account("Second", mila)
    cast.posted(second, ON, 90)
    agreed(plan, mila)
    line, *rest = query.lines(mila, 2026, ON)
    assert (line.account, line.rank, line.plan, line.step.task.title, line.talk_due) == (
        customer, 1, plan, "Propose the upgrade", True,
    )  # fmt: skip
    assert rest == []
    other = planning.open_plan(account=second, year=2026, by=mila, on=ON)
    assert [(row.account, row.rank, row.plan) for row in query.lines(mila, 2026, ON)][1] == (second, None, other)


def test_the_starting_list_names_machines_their_age_and_their_hours(customer, mila):
    on = today()
    for installed, ran in ((date(2014, 5, 1), 2), (date(2021, 1, 1), 6)):
        cast.reading(cast.asset(customer, installed), on - timedelta(days=3), run=ran, available=10)
    machine = cast.asset(customer)
    signal(machine, on=on)
    bare = cast.account("Bare", mila)
    found = query.bases([customer.pk, bare.pk], mila, on)
    assert found == {customer.pk: query.Base(3, date(2014, 5, 1), Decimal("0.4"))}
    cast.posted(customer, on, 100)
    (line,) = query.lines(mila, on.year, on)
    assert (line.base, line.signals) == (found[customer.pk], 1)


def test_an_offer_is_a_talk_about_growth(customer, mila):
    assert query.last_talks([customer.pk], ON) == {}
    day = ON - timedelta(days=40)
    cast.moment(customer, day, subject_kind="opportunity", subject_id=1)
    assert query.last_talks([customer.pk], ON) == {customer.pk: day}
    create_opportunity(account=customer, kind="upgrade", name="X", owner=customer.owner, by=mila, on=ON)
    assert query.last_talks([customer.pk], ON) == {customer.pk: ON}


def test_what_became_of_chances_between_two_reviews(plan, mila):
    def deal(name, on):
        return create_opportunity(
            account=plan.account, kind=DealKind.UPGRADE, name=name, owner=plan.owner, by=mila, on=on, value=Decimal(10)
        )

    since = ON - timedelta(days=91)
    close(opportunity=deal("Won", since - timedelta(days=9)), won=True, by=mila, on=ON)
    close(opportunity=deal("Lost", ON), won=False, by=mila, on=ON, reason="Price")
    close(opportunity=deal("Old", since - timedelta(days=30)), won=True, by=mila, on=since)
    deal("New", ON)
    planning.add_point(plan=plan, side="opportunity", kind="upsell", text="Training", by=mila, on=ON)
    came = query.came_of(plan, mila, since, ON)
    assert [[c.text for c in rows] for rows in (came.converted, came.new, came.dead)] == [
        ["Won"], ["New", "Training"], ["Lost"],
    ]  # fmt: skip
    planning.end_point(point=PlanPoint.objects.get(), outcome="dead", by=mila, on=LATER)
    close(opportunity=Opportunity.objects.get(name="New"), won=True, by=mila, on=LATER)
    then, later = query.came_of(plan, mila, since, ON), query.came_of(plan, mila, ON, LATER)
    assert [c.text for c in then.new] == ["New", "Training"]
    assert [[c.text for c in rows] for rows in (later.converted, later.new, later.dead)] == [["New"], [], ["Training"]]


@pytest.fixture
def review(plan, team, mila):
    return reviewing.open_review(owner=Owner.objects.of(team), held_on=ON, by=mila, on=ON)


def item_of(review):
    return ReviewItem.objects.select_related("review", "plan__account").get(review=review)


def noted(review, by, status="on_track"):
    item = item_of(review)
    reviewing.note_item(item=item, by=by, status=status, note="Fine")
    return item


def test_a_review_takes_the_planned_accounts_of_the_team(review, plan, mila):
    assert (review.quarter_on, str(review), item_of(review).plan) == (date(2026, 10, 1), "2026 Q4", plan)
    with pytest.raises(ValidationError, match="review of this quarter already"):
        reviewing.open_review(owner=review.owner, held_on=ON, by=mila, on=ON)
    with pytest.raises(ValidationError, match="has a plan for that year"):
        reviewing.open_review(owner=review.owner, held_on=date(2027, 2, 1), by=mila, on=ON)


def test_no_account_leaves_without_a_next_step(review, plan, mila):
    item = noted(review, mila)
    with pytest.raises(ValidationError, match="without a next step with an owner and a day"):
        reviewing.close_item(item=item, seen={}, by=mila, on=ON)
    action = agreed(plan, mila)
    Task.objects.update(due_on=ON - timedelta(days=3))
    with pytest.raises(ValidationError, match="steps all lie in the past"):
        reviewing.close_item(item=item, seen={}, by=mila, on=ON)
    planning.change_action(action=action, due_on=ON, owner=plan.owner, by=mila, on=ON)
    reviewing.close_item(item=item, seen={"machines": 3}, by=mila, on=ON)
    item.refresh_from_db()
    assert (item.next_step, item.closed_on, item.seen) == (
        action, ON, {"machines": 3, "next": {"title": "Propose the upgrade", "owner": "mila", "due_on": "2026-11-29"}},
    )  # fmt: skip


def test_the_database_keeps_the_rule_too(review):
    with pytest.raises(IntegrityError), transaction.atomic():
        ReviewItem.objects.update(closed_on=ON, status="on_track")


def test_an_account_is_judged_before_it_is_closed(review, plan, mila):
    agreed(plan, mila)
    with pytest.raises(ValidationError, match="how Van Houten stands"):
        reviewing.close_item(item=item_of(review), seen={}, by=mila, on=ON)


def test_a_review_ends_when_all_are_through_and_both_sides_were_there(review, plan, mila, sven):
    with pytest.raises(ValidationError, match="1 account is still open"):
        reviewing.close_review(review=review, by=mila, on=ON)
    agreed(plan, mila)
    reviewing.close_item(item=noted(review, mila), seen={}, by=mila, on=ON)
    reviewing.attend(review=review, people=[mila], by=mila)
    with pytest.raises(ValidationError, match="Sales and service hold it together"):
        reviewing.close_review(review=review, by=mila, on=ON)
    reviewing.attend(review=review, people=[mila, sven], by=mila)
    reviewing.close_review(review=review, by=mila, on=ON)
    assert PlanReview.objects.get().closed_by == mila
    for act in (
        lambda: reviewing.attend(review=review, people=[], by=mila),
        lambda: noted(PlanReview.objects.get(), mila, "off_track"),
        lambda: reviewing.reopen_item(item=item_of(review), by=mila),
    ):
        review.refresh_from_db()
        with pytest.raises(ValidationError, match="closed"):
            act()
    assert item_of(review).status == "on_track"


def test_others_see_neither_plan_nor_review(plan, review):
    zoe = cast.person("zoe", team=cast.pool("Theirs"))
    ruud = cast.person("ruud", Role.TECHNICIAN)
    for user in (zoe, ruud):
        for model in (AccountPlan, PlanReview, ReviewItem):
            assert not model.objects.visible_to(user).exists()
    elke = cast.person("elke", Role.EXECUTIVE)
    assert PlanReview.objects.visible_to(elke).get() == review
    assert not PlanReview.objects.changeable_by(elke).exists()

"""Account plans of the three largest customers, a review of the quarter before, and one that goes on (AP-01..08)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Min

from bowtie.demo.people import Staff
from core.models import Owner, User
from dashboards.plans.situation import in_review, kept, since_of
from expansion.actions import planning, reviewing
from expansion.models import AccountPlan, PlanPoint, PlanReview, ReviewItem
from expansion.queries.plans import lines
from installed_base.models import Asset, Contact

# So many of the largest are looked at.
AMONG = 6


@dataclass(frozen=True)
class Story:
    """What is written in a plan. Points are (side, kind, text, outcome); actions (what, days from today, by, done)."""

    aim: str
    situation: str
    decision: str
    decision_in: int
    points: tuple[tuple[str, str, str, str], ...]
    actions: tuple[tuple[str, int, str, bool], ...]
    status: str
    note: str


STORIES = (
    Story(
        "One service contract over all plants instead of five, and the two oldest lines replaced before they fail.",
        "Production runs three shifts since the summer; the plant manager reports to the group for the first time.",
        "The group plans its investments in October; the board decides in December. Purchasing sees it last.",
        40,
        (
            ("opportunity", "upsell", "Premium on the packaging lines: two stops last year cost a day each", ""),
            ("opportunity", "replacement", "The two oldest palletisers, in one project", ""),
            ("opportunity", "cross_sell", "Operator training for the night shift", "converted"),
            ("risk", "organisation", "A new director of operations begins in January", ""),
            ("risk", "competitor", "A competitor offers a line at the second plant", "averted"),
        ),
        (
            ("Review with the VP Operations", -150, "marloes", True),
            ("Upgrade proposal for the machines of 2018", -64, "daniel", True),
            ("Walk the second plant with their engineers", 9, "jonas", False),
            ("Renewal, with the step to premium", 33, "daniel", False),
        ),
        "on_track",
        "Training is sold; the proposal for the old lines lies with the group.",
    ),
    Story(
        "From supplier to standard: every new line in the group comes with our robots.",
        "Uses a third of the hours of the line that came last year.",
        "The technical director decides alone up to half a million; above that the owner does.",
        75,
        (
            ("opportunity", "capacity", "Bring the new line to full hours: recipes, training, a second gripper", ""),
            ("opportunity", "upsell", "A longer term in return for a fixed price", "dead"),
            ("risk", "person", "The technical manager looks around, our champion of ten years", ""),
        ),
        (
            ("Training at the new line", -40, "jonas", True),
            ("Lunch with the owner and Elke", 16, "marloes", False),
            ("Meet the deputy of the technical manager", 28, "jonas", False),
        ),
        "watch",
        "The line is not used; before that is solved nothing else is sold.",
    ),
    Story(
        "Keep all machines under contract through the tender.",
        "",
        "Tender in spring: price forty, service sixty.",
        120,
        (
            ("risk", "churn", "The tender of the spring: three makers are asked", ""),
            ("opportunity", "cross_sell", "Parts agreement for the three sites", ""),
        ),
        (
            ("Value statement of the past three years for the tender", 5, "sanne", False),
            ("Ask for a reference visit by their peers", 60, "daniel", False),
        ),
        "off_track",
        "We learned of the tender from a driver. That must not happen again.",
    ),
)  # fmt: skip


def plan(staff: Staff, on: date) -> list[AccountPlan]:
    """Write the plans, hold the review of the quarter before, and begin that of this one."""
    hanna = staff.users["hanna"]
    top = [line.account for line in lines(hanna, on.year, on) if line.rank][:AMONG]
    plans = [_write(story, account, staff, on) for story, account in zip(STORIES, _oldest(top), strict=False)]
    before = on - timedelta(days=91)
    if plans and before.year == on.year:
        _hold(staff.owners["Commerce"], plans, before, staff, close=len(plans))
    if plans:
        _hold(staff.owners["Commerce"], plans, on, staff, close=1)
    return plans


def _oldest(accounts: list[Any]) -> list[Any]:
    """Those whose machines are oldest first: their plan speaks of replacing them."""
    began = dict(Asset.objects.filter(account__in=accounts).values_list("account").annotate(first=Min("installed_on")))
    return sorted(accounts, key=lambda account: (began.get(account.pk) or date.max, account.pk))


def _write(story: Story, account: Any, staff: Staff, on: date) -> AccountPlan:
    began = on - timedelta(days=200)
    by = account.owner.user or staff.users["daniel"]
    row = planning.open_plan(account=account, year=on.year, by=by, on=on)
    AccountPlan.objects.filter(pk=row.pk).update(opened_on=began)
    planning.write_plan(
        plan=row, by=by, aim=story.aim, situation=story.situation, decision=story.decision,
        decision_on=on + timedelta(days=story.decision_in),
    )  # fmt: skip
    _people(row, by)
    for number, (side, kind, text, outcome) in enumerate(story.points):
        noted = on - timedelta(days=190 - 45 * number)
        point = planning.add_point(plan=row, side=side, kind=kind, text=text, by=by, on=noted)
        if outcome:
            planning.end_point(point=point, outcome=outcome, by=by, on=on - timedelta(days=30))
    for title, days, who, done in story.actions:
        due, agreed = on + timedelta(days=days), min(on - timedelta(days=95), on + timedelta(days=days - 30))
        action = planning.agree_action(
            plan=row, title=title, due_on=due, owner=staff.owners[who], by=by, on=agreed
        )  # fmt: skip
        if done:
            planning.finish_action(action=action, by=staff.users[who], on=due)
    return row


def _people(row: AccountPlan, by: User) -> None:
    rows = Contact.objects.filter(account=row.account, left_on__isnull=True).order_by("pk")[:2]
    for person, part in zip(rows, ("decides", "influences"), strict=False):
        planning.name_person(plan=row, contact=person, part=part, by=by)


def _hold(owner: Owner, plans: Sequence[AccountPlan], held_on: date, staff: Staff, *, close: int) -> None:
    """A review on a day in which so many accounts were gone through; one that went through all of them is closed."""
    hanna = staff.users["hanna"]
    review = reviewing.open_review(owner=owner, held_on=held_on, by=hanna, on=held_on)
    people = [staff.users[name] for name in ("hanna", "daniel", "marloes", "jonas")]
    reviewing.attend(review=review, people=people, by=hanna)
    stories = {row.pk: story for row, story in zip(plans, STORIES, strict=False)}
    items = list(
        ReviewItem.objects.filter(review=review).select_related("review", "plan__account").order_by("position")
    )
    for item in items[:close]:
        story = stories[item.plan_id]
        risks = next((text for side, _kind, text, _out in story.points if side == PlanPoint.Side.RISK), "")
        reviewing.note_item(item=item, by=hanna, status=story.status, note=story.note, risks=risks)
        seen = kept(in_review(item.plan, hanna, since_of(None, held_on), held_on))
        reviewing.close_item(item=item, seen=seen, by=hanna, on=held_on)
    if close == len(items):
        reviewing.close_review(review=PlanReview.objects.get(pk=review.pk), by=hanna, on=held_on)

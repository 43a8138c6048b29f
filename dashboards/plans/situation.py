"""The current situation of an account (AP-02): filled from the data, live on the plan, kept when a review closes it.

What is read is a tree of plain values: names that end in `_on` hold days, names that end in `_value` euros.
"""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from core.calendar import add_months, latest_anchor
from core.models import User
from dashboards.queries import account as read
from expansion.models import AccountPlan, PlanPerson, PlanPoint, PlanReview, ReviewItem
from expansion.plan_words import hint_text
from expansion.queries.plan_hints import Hint, hints
from expansion.queries.plans import Came, came_of, last_talks, open_steps, revenue_of_year
from health.queries import standing_of
from installed_base.metrics.asof import covered_assets
from installed_base.models import Account, Asset, ContactMoment

Content = dict[str, Any]
YEARS = 4
TOUCHES = 5
# Upper bounds of the bands of age, in years; the last has none.
BANDS = (5, 10)


def situation(plan: AccountPlan, user: User, on: date) -> Content:
    """What the account has, pays and says on that day, as far as this user sees it. A fixed number of queries."""
    account = plan.account
    standing = standing_of([account.pk], on).get(account.pk)
    return {
        "at_on": on,
        "machines": machines(account, user, on),
        "contracts": contracts(account, user, on),
        "people": people(plan, user, on),
        "touches": touches(account, user, on),
        "talked_on": last_talks([account.pk], on).get(account.pk),
        "tier": standing.tier.value if standing else "unknown",
        "score": str(standing.score) if standing and standing.score is not None else "",
    } | revenue(account, user, on)


def machines(account: Account, user: User, on: date) -> Content:
    """The installed base by age, and how many stand under a contract. One query."""
    rows = Asset.objects.visible_to(user).in_service(on).filter(account=account)
    young, middle = (latest_anchor(on, 12 * years) for years in BANDS)
    found = rows.aggregate(
        total=Count("pk"),
        covered=Count("pk", filter=Q(pk__in=covered_assets(on))),
        young=Count("pk", filter=Q(installed_on__gt=young)),
        middle=Count("pk", filter=Q(installed_on__lte=young, installed_on__gt=middle)),
        old=Count("pk", filter=Q(installed_on__lte=middle)),
        unknown=Count("pk", filter=Q(installed_on__isnull=True)),
    )
    return dict(found)


def contracts(account: Account, user: User, on: date) -> list[Content]:
    """Contracts that run, the first to end first. One query."""
    found = [
        {
            "number": term.contract.number,
            "level": str(term.level or ""),
            "ends_on": term.ends_on,
            "year_value": term.annual_value_reporting,
            "machines": term.machines,
        }
        for term in read.terms(account, user, on)
        if term.running
    ]
    return sorted(found, key=lambda row: (row["ends_on"] is None, row["ends_on"] or on))


def people(plan: AccountPlan, user: User, on: date) -> list[Content]:
    """Those who are there with their role, influence and part in the decision; those named in the plan first.

    Two queries.
    """
    named = {p.contact_id: p for p in PlanPerson.objects.visible_to(user).filter(plan=plan, out_on__isnull=True)}
    here = [p for p in read.people(plan.account, user, on) if p.left_on is None or p.left_on > on]
    rows = [_person(person, named.get(person.pk)) for person in here]
    return sorted(rows, key=lambda row: (not row["part"], row["champion_on"] is None))


def _person(person: Any, named: PlanPerson | None) -> Content:
    return {
        "id": named.pk if named else None,
        "name": person.name,
        "role": str(person.get_role_display()),
        "title": person.job_title,
        "influence": person.influence,
        "champion_on": person.champion_since,
        "part": str(named.get_part_display()) if named else "",
        "note": named.note if named else "",
        "spoken_on": person.spoken_on,
    }


def touches(account: Account, user: User, on: date) -> list[Content]:
    """The last talks with them. One query."""
    rows = ContactMoment.objects.visible_to(user).filter(account=account, on__lte=on)
    return [
        {
            "touch_on": row.on,
            "kind": str(row.get_kind_display()),
            "name": row.contact.name if row.contact else "",
            "role": str(row.contact.get_role_display()) if row.contact else "",
            "note": row.note[:200],
        }
        for row in rows.select_related("contact").order_by("-on", "-pk")[:TOUCHES]
    ]


def revenue(account: Account, user: User, on: date) -> Content:
    """Past years by the day of each invoice, and the last twelve months against the twelve before, by days where an
    invoice covers a period, as the list of plans has it. Three queries."""
    found = read.revenue(account, user, on)
    last, before = (revenue_of_year(day, [account.pk]).get(account.pk, Decimal(0)) for day in (on, add_months(on, -12)))
    years = [{"year": year, "year_value": sum(streams.values(), Decimal(0))} for year, streams in found.years.items()]
    change = (last - before) / before if before else None
    return {
        "years": years[-YEARS:],
        "last_value": last,
        "before_value": before,
        "change": str(change) if change is not None else "",
    }


def in_review(plan: AccountPlan, user: User, since: date, on: date) -> Content:
    """What stands on the screen when an account is gone through: situation, chances, risks and steps (AP-07)."""
    suggested = hints(plan, user, on)
    steps = open_steps([plan], user).get(plan.pk, [])
    open_then = Q(ended_on__isnull=True) | Q(ended_on__gt=on)
    risks = PlanPoint.objects.visible_to(user).filter(open_then, plan=plan, side="risk", noted_on__lte=on)
    return situation(plan, user, on) | {
        "since_on": since,
        "came": told(came_of(plan, user, since, on)),
        "open": [_hint(h, user) for h in suggested if h.side == "opportunity"],
        "risks": [_point(p) for p in risks.order_by("pk")]
        + [_hint(h, user) for h in suggested if h.side == "risk" and not h.taken],
        "steps": [
            {"title": s.task.title, "owner": s.task.owner.name, "due_on": s.task.due_on, "late": s.task.due_on < on}
            for s in steps
        ],
    }


def told(came: Came) -> Content:
    """What became of chances, as plain rows."""
    return {
        name: [{"text": row.text, "row_on": row.on, "row_value": row.value} for row in getattr(came, name)]
        for name in ("converted", "new", "dead")
    }


def _hint(hint: Hint, user: User) -> Content:
    return {"text": hint_text(hint, user), "row_on": hint.on, "row_value": hint.value, "from": _("from the data")}


def _point(point: Any) -> Content:
    return {"text": point.text, "row_on": point.noted_on, "row_value": None, "from": str(point.get_kind_display())}


def kept(content: Any) -> Any:
    """The same for the database: days and euros as text."""
    if isinstance(content, dict):
        return {key: kept(value) for key, value in content.items()}
    if isinstance(content, list):
        return [kept(value) for value in content]
    return (
        content.isoformat() if isinstance(content, date) else str(content) if isinstance(content, Decimal) else content
    )


def read_again(content: Any, name: str = "") -> Any:
    """What was kept, as days and euros again."""
    if isinstance(content, dict):
        return {key: read_again(value, key) for key, value in content.items()}
    if isinstance(content, list):
        return [read_again(value, name) for value in content]
    if isinstance(content, str) and name.endswith("_on"):
        return date.fromisoformat(content)
    return Decimal(content) if isinstance(content, str) and name.endswith("_value") else content


def since_of(before: date | None, on: date) -> date:
    """From when on a review looks: the review before, else a quarter ago."""
    return before or on - timedelta(days=91)


def since_of_item(item: ReviewItem) -> date:
    """The day of the review before this one in which the account was gone through."""
    before = PlanReview._base_manager.filter(
        items__plan__account=item.plan.account_id, items__closed_on__isnull=False, held_on__lt=item.review.held_on
    ).order_by("-held_on")
    return since_of(before.values_list("held_on", flat=True).first(), item.review.held_on)

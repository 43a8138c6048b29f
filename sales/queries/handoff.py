"""Reading handoffs: who waits for whom, what a deal delivers, and what is still to be said."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Case, IntegerField, Prefetch, Q, Value, When

from core.models import Owner, Role, User
from core.reach import reach_of
from installed_base.actions.delivery_plans import planners
from installed_base.models import Contact, ContactMoment
from sales.models import Delivery, Direction, Handoff, HandoffPromise, Opportunity, OpportunityLine
from sales.rules.handoff import CONTRACT, MACHINE, HandoffPolicy, completed_on, delivers, missing

WORKERS = (Role.CS_MANAGER, Role.SALES, Role.TEAM_LEAD, Role.ADMINISTRATOR)
LAST_MOMENTS = 4


def handoffs(user: User) -> Any:
    """The handoffs a person sees, each with its deal, its people and what was promised."""
    said = HandoffPromise._base_manager.select_related("to", "asset__product", "promise").order_by("pk")
    rows = Handoff.objects.visible_to(user).select_related(
        "opportunity", "account", "given_by", "to", "contact", "accepted_by", "returned_by"
    )
    return rows.prefetch_related(Prefetch("promises", queryset=said))


def waiting_for(user: User, rows: Any) -> Any:
    """Those that this person, or a pool of theirs, is to answer."""
    return rows.waiting().filter(to_id__in=reach_of(user).own)


def given_by(user: User, rows: Any) -> Any:
    """Those that this person gave and that wait for an answer, or came back and were not given again."""
    later = Q(pk__in=_answered_by_a_later_one(user))
    return rows.filter(given_by=user, accepted_on__isnull=True).exclude(later)


def _answered_by_a_later_one(user: User) -> list[int]:
    found: dict[tuple[int, str], list[int]] = defaultdict(list)
    mine = Handoff._base_manager.filter(given_by=user).order_by("number", "pk")
    for pk, deal, direction in mine.values_list("pk", "opportunity_id", "direction"):
        found[deal, direction].append(pk)
    return [pk for rows in found.values() for pk in rows[:-1]]


def delivered_by(deals: Iterable[int]) -> dict[int, frozenset[str]]:
    """What each of these deals delivers. Three queries."""
    ids = list(deals)
    products: dict[int, set[str]] = defaultdict(set)
    standing, wrote = set(), defaultdict(set)
    lines = OpportunityLine.objects.filter(opportunity__in=ids)
    for deal, kind, asset in lines.values_list("opportunity_id", "product__kind", "asset_id"):
        if kind:
            products[deal].add(kind)
        if asset:
            standing.add(deal)
    written = Delivery._base_manager.filter(opportunity__in=ids)
    for deal, asset in written.values_list("opportunity_id", "asset_id"):
        wrote[deal].add(MACHINE if asset else CONTRACT)
    kinds = Opportunity._base_manager.filter(pk__in=ids).values_list("pk", "kind")
    return {pk: delivers(kind, products[pk], existing=pk in standing, wrote=frozenset(wrote[pk])) for pk, kind in kinds}


def brings_machine(deal: Opportunity) -> bool:
    """Whether a deal delivers a machine, so that operations has an order to plan."""
    return MACHINE in delivered_by([deal.pk])[deal.pk]


def still_missing(row: Handoff, delivered: Collection[str], policy: HandoffPolicy) -> tuple[str, ...]:
    """What this handoff must say and does not."""
    return missing(policy.required(row.direction, delivered), row.said())


def answered_on(row: Handoff) -> date | None:
    """The day on which all sides that were asked about a deal had accepted it; None while one has not."""
    if row.direction == Direction.TO_SALES:
        return row.accepted_on
    sides = Handoff._base_manager.filter(opportunity=row.opportunity_id).exclude(direction=Direction.TO_SALES)
    latest = {side.direction: side.accepted_on for side in sides.order_by("number")}
    return completed_on(latest.values())


def receivers(direction: str) -> Any:
    """Who can take a deal over: people who work deals and pools, the other side first. An order: operations."""
    if direction == Direction.TO_OPERATIONS:
        return planners()
    first = Role.SALES if direction == Direction.TO_SALES else Role.CS_MANAGER
    rank = Case(
        When(user__role=first, then=Value(0)),
        When(user__isnull=False, then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    people = Q(user__is_active=True, user__role__in=WORKERS)
    return Owner.objects.filter(people | Q(team__isnull=False)).annotate(rank=rank).order_by("rank", "name", "pk")


@dataclass(frozen=True)
class Background:
    """What is known of the customer, beside the form of whoever hands a deal over."""

    people: list[Any]
    moments: list[Any]


def background(deal: Opportunity, user: User, on: date) -> Background:
    """The people at the customer, and the last talks with them."""
    people = Contact.objects.visible_to(user).filter(account=deal.account_id, left_on__isnull=True)
    moments = ContactMoment.objects.visible_to(user).filter(account=deal.account_id, on__lte=on)
    latest = moments.select_related("contact", "by").order_by("-on", "-pk")[:LAST_MOMENTS]
    return Background(list(people.order_by("role", "name", "pk")), list(latest))

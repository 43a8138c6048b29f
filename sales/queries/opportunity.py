"""Reading deals: by stage with their sums, and one deal with its lines and history."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import (
    Case,
    Count,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
    Window,
)
from django.db.models.functions import Coalesce, Greatest, RowNumber

from core.models import User
from installed_base.models import Asset, ContactMoment
from sales.models import Opportunity, OpportunityPeriod, Stage, StakeholderRole
from sales.queries.dealer import named, with_dealers
from sales.rules import (
    EXPANSION,
    NEW_BUSINESS,
    NEW_KINDS,
    OPEN_STAGES,
    PIPELINES,
    PipelinePolicy,
    kinds_of,
    stages_in,
    standing_stage,
)
from sales.words import stage_name


@dataclass(frozen=True)
class StageSum:
    """Deals of one stage: how many, their known value, weighted with the policy's share, and how many lack a value."""

    stage: str
    label: Any
    count: int
    value: Decimal
    weighted: Decimal
    unknown: int


def deals(user: User, on: date) -> QuerySet[Opportunity]:
    """Deals this user sees, with the day on which their stage began, the day of their last step, and how their dealer
    stands, by name where the account is theirs to see."""
    rows = Opportunity.objects.visible_to(user).select_related("account", "owner")
    rows = with_dealers(rows, on).annotate(dealer_name=named(user))
    return rows.annotate(stage_since=_stage_began(), contacted_on=Subquery(_last_contact(on))).annotate(
        stepped_on=Greatest(Coalesce("identified_on", "known_on"), "stage_since", "contacted_on")
    )


def _stage_began() -> Subquery:
    """The end of the last period in another stage; nothing where the deal never stood in another one."""
    other = OpportunityPeriod.objects.filter(opportunity=OuterRef("pk")).exclude(stage=OuterRef("stage"))
    return Subquery(other.order_by("-valid_from").values("valid_to")[:1])


def _last_contact(on: date) -> Any:
    found = ContactMoment._base_manager.filter(subject_kind="opportunity", subject_id=OuterRef("pk"), on__lte=on)
    return found.order_by("-on").values("on")[:1]


def stalled(policy: PipelinePolicy, on: date) -> Q:
    """Open deals whose last step lies further back than their stage allows; the same that `is_stale` says of one."""
    found = Q(pk__in=[])
    for pipeline in PIPELINES:
        for stage in OPEN_STAGES:
            since = on - timedelta(days=policy.allowed_days(stage, pipeline))
            found |= Q(kind__in=kinds_of(pipeline), stage=stage, stepped_on__lt=since)
    return found


@dataclass(frozen=True)
class PipelineCount:
    """Deals of a pipeline: those that are open, and all."""

    open: int
    every: int


def by_pipeline(rows: QuerySet[Opportunity]) -> dict[str, PipelineCount]:
    """How many deals each pipeline has. One query."""
    new, still = Q(kind__in=NEW_KINDS), Q(stage__in=OPEN_STAGES)
    found = rows.order_by().aggregate(
        new=Count("pk", filter=new),
        new_open=Count("pk", filter=new & still),
        grown=Count("pk", filter=~new),
        grown_open=Count("pk", filter=~new & still),
    )
    return {
        NEW_BUSINESS: PipelineCount(found["new_open"], found["new"]),
        EXPANSION: PipelineCount(found["grown_open"], found["grown"]),
    }


def stage_sums(rows: QuerySet[Opportunity], policy: PipelinePolicy, pipeline: str = NEW_BUSINESS) -> list[StageSum]:
    """Count and sums of the open stages of a pipeline, in their order. One query."""
    found: dict[str, dict[str, Any]] = {stage: {"n": 0, "known": 0, "total": Decimal(0)} for stage in OPEN_STAGES}
    counted: Any = rows.filter(stage__in=OPEN_STAGES).order_by().values("stage")
    for row in counted.annotate(n=Count("pk"), known=Count("value_reporting"), total=Sum("value_reporting")):
        held = found[standing_stage(row["stage"], pipeline)]
        for name in held:
            held[name] += row[name] or 0
    return [_stage_sum(stage, found[stage], policy, pipeline) for stage in stages_in(pipeline)]


def _stage_sum(stage: str, row: dict[str, Any], policy: PipelinePolicy, pipeline: str) -> StageSum:
    weighted = row["total"] * policy.probability(stage, pipeline)
    return StageSum(stage, stage_name(stage, pipeline), row["n"], row["total"], weighted, row["n"] - row["known"])


# Cards of one column of the board; the list has the others.
CARDS = 20


def cards(rows: QuerySet[Opportunity], pipeline: str) -> dict[str, list[Any]]:
    """The largest open deals of each stage of a pipeline. One query."""
    place = Window(RowNumber(), partition_by="stage", order_by=(F("worth").desc(), F("pk")))
    open_rows: Any = ranked(rows.filter(stage__in=OPEN_STAGES))
    shown = open_rows.annotate(place=place).filter(place__lte=CARDS)
    found: dict[str, list[Any]] = {stage: [] for stage in stages_in(pipeline)}
    for row in shown.order_by("-worth", "pk"):
        found[standing_stage(row.stage, pipeline)].append(row)
    return found


# Later stages first, then the largest; deals without a value stand last.
RANK = ("-stage_rank", "-worth", "pk")


def ranked(rows: QuerySet[Opportunity]) -> QuerySet[Opportunity]:
    """Deals with the keys of `RANK`."""
    places = [When(stage=stage, then=Value(place)) for place, stage in enumerate((*OPEN_STAGES, Stage.LOST, Stage.WON))]
    return rows.annotate(
        stage_rank=Case(*places, default=Value(0), output_field=IntegerField()),
        worth=Coalesce("value_reporting", Value(Decimal(-1))),
    )


def history(deal: Opportunity) -> Iterable[Any]:
    """What stood and from when, latest first."""
    return deal.periods.select_related("owner").order_by("-valid_from")


def machines(deal: Opportunity) -> Iterable[Any]:
    """The lines of a deal with their machine, dearest first."""
    return deal.lines.select_related("asset__product", "asset__site", "product").order_by(
        F("value_reporting").desc(nulls_last=True), "pk"
    )


def days_in_stage(deal: Any, on: date) -> int | None:
    """Days since the stage began; for a deal that never moved, since it was identified. None where nothing is known."""
    since = deal.stage_since or deal.identified_on
    return (on - since).days if since else None


def days_still(deal: Any, on: date) -> int:
    """Days since the last step of a deal: its creation, a change of its stage, a contact about it."""
    return (on - deal.stepped_on).days


# Machines that a form offers to choose from.
MOST_MACHINES = 200


def machines_of(deal: Opportunity, user: User, on: date) -> list[Any]:
    """Machines at the account of a deal that may be named in it: those in service, and those named already."""
    if deal.account_id is None:
        return []
    return offered_machines(deal.account, user, on, list(deal.lines.values_list("asset_id", flat=True)))


def offered_machines(account: Any, user: User, on: date, named: Iterable[int | None] = ()) -> list[Any]:
    """Machines of an account in service, or among those named, oldest first."""
    rows = Asset.objects.visible_to(user).filter(account=account).select_related("product", "site")
    there = Asset.objects.in_service(on).filter(account=account).values("pk")
    chosen = rows.filter(Q(pk__in=there) | Q(pk__in=[pk for pk in named if pk]))
    return list(chosen.order_by(F("installed_on").asc(nulls_last=True), "pk")[:MOST_MACHINES])


def credit_of(deal: Opportunity) -> list[Any]:
    """Who shares in a won deal, the largest share first."""
    return list(deal.credits.select_related("user").order_by("-share", "pk"))


def stakeholders_of(deal: Opportunity) -> list[Any]:
    """Who at the customer has a say in it, those who decide first."""
    rank = Case(*[When(role=role, then=Value(n)) for n, role in enumerate(StakeholderRole.values)])
    return list(deal.stakeholders.select_related("contact").order_by(rank, "contact__name", "pk"))

"""Reading deals: by stage with their sums, and one deal with its lines and history."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Case, Count, F, IntegerField, OuterRef, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce

from core.models import User
from sales.models import Opportunity, OpportunityPeriod, Stage
from sales.rules import OPEN_STAGES, PipelinePolicy


@dataclass(frozen=True)
class StageSum:
    """Deals of one stage: how many, their known value, weighted with the policy's share, and how many lack a value."""

    stage: str
    label: Any
    count: int
    value: Decimal
    weighted: Decimal
    unknown: int


def deals(user: User) -> QuerySet[Opportunity]:
    """Deals this user sees, with the day on which their stage began."""
    return Opportunity.objects.visible_to(user).select_related("account", "owner").annotate(stage_since=_stage_began())


def _stage_began() -> Subquery:
    """The end of the last period in another stage; nothing where the deal never stood in another one."""
    other = OpportunityPeriod.objects.filter(opportunity=OuterRef("pk")).exclude(stage=OuterRef("stage"))
    return Subquery(other.order_by("-valid_from").values("valid_to")[:1])


def stage_sums(rows: QuerySet[Opportunity], policy: PipelinePolicy) -> list[StageSum]:
    """Count and sums of the open stages, in their order. One query."""
    found: dict[str, Any] = {
        row["stage"]: row
        for row in rows.filter(stage__in=OPEN_STAGES)
        .order_by()
        .values("stage")
        .annotate(n=Count("pk"), known=Count("value_reporting"), total=Sum("value_reporting"))
    }
    return [_stage_sum(stage, found.get(stage), policy) for stage in OPEN_STAGES]


def _stage_sum(stage: str, row: dict[str, Any] | None, policy: PipelinePolicy) -> StageSum:
    row = row or {"n": 0, "known": 0, "total": None}
    total = row["total"] or Decimal(0)
    weighted = total * policy.probability(stage)
    return StageSum(stage, Stage(stage).label, row["n"], total, weighted, row["n"] - row["known"])


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

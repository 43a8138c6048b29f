"""How deals with new customers go on from one stage to the next (PL-06)."""

from typing import Any

from django.db.models import Count, Exists, F, IntegerField, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from core.metrics import Aim, Ask, Column, Family, Metric, Part, Shape, Target, Unit
from core.metrics import Stage as Bowtie
from sales.metrics.deals import FACTS, deals_asked
from sales.models import OpportunityPeriod, Stage
from sales.rules import CLOSED_STAGES, NEW_KINDS, OPEN_STAGES

EVERY = (*OPEN_STAGES, *CLOSED_STAGES)


def exits(ask: Ask) -> Any:
    """Deals with new customers that left a stage in the twelve months to the date: how often each, and how often
    forward. A jump over stages is one exit of the stage it began in; going back, or being lost, is not forward."""
    counted: dict[str, Any] = {}
    for stage in OPEN_STAGES:
        counted[f"left_{stage}"] = _count(ask, stage, tuple(s for s in EVERY if s != stage))
        counted[f"on_{stage}"] = _count(ask, stage, later_than(stage))
    rows = deals_asked(ask).filter(Exists(_periods(ask)), kind__in=NEW_KINDS).annotate(**counted)
    return rows.annotate(
        left=sum((F(f"left_{s}") for s in OPEN_STAGES), Value(0)), on=sum((F(f"on_{s}") for s in OPEN_STAGES), Value(0))
    )


def later_than(stage: str) -> tuple[str, ...]:
    """The stages that lie ahead of one; winning is the last."""
    return (*OPEN_STAGES[OPEN_STAGES.index(stage) + 1 :], Stage.WON.value)


def _periods(ask: Ask) -> Any:
    """Stretches of a deal in an open stage that ended in the twelve months to the date."""
    year = (ask.last_year.first, ask.on)
    return OpportunityPeriod.objects.filter(opportunity=OuterRef("pk"), stage__in=OPEN_STAGES, valid_to__range=year)


def _count(ask: Ask, stage: str, to: tuple[str, ...]) -> Any:
    """How many of them, in this stage, were followed by one of these."""
    went = _periods(ask).filter(
        stage=stage, opportunity__periods__valid_from=F("valid_to"), opportunity__periods__stage__in=to
    )
    number = went.order_by().values("opportunity").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(number, output_field=IntegerField()), Value(0))


FAMILY = Family(
    key="stage_exits",
    rows=exits,
    subject="opportunity",
    columns=(
        Column("account_name", _("Account")),
        Column("owner_name", _("Owner")),
        Column("left", _("Stages left"), "count"),
        Column("on", _("Of which forward"), "count"),
    ),
    left_out=Q(unattributed=1),
    facts=FACTS,
)


def _parts() -> tuple[Part, ...]:
    """Per stage: how many exits, and how many of them forward."""
    found = []
    for stage in OPEN_STAGES:
        name = Stage(stage).label
        found.append(Part(f"on_{stage}", format_lazy(_("{stage}: forward"), stage=name), Q(), F(f"on_{stage}")))
        found.append(Part(f"left_{stage}", format_lazy(_("{stage}: left"), stage=name), Q(), F(f"left_{stage}")))
    return tuple(found)


METRICS = (
    Metric(
        key="stage_conversion",
        name=_("Stage conversion"),
        definition=_(
            "Of the exits of deals with new customers from a stage in the twelve months to the date, the share that"
            " went forward: to a later stage, however far, or won. Going back and being lost are exits that are not"
            " forward. The parts give it for each stage."
        ),
        shape=Shape.RATIO,
        unit=Unit.RATIO,
        stage=Bowtie.PIPELINE,
        family=FAMILY,
        member=Q(left__gt=0),
        numerator=F("on"),
        denominator=F("left"),
        target=Target(Aim.RISING),
        nothing=_("No deal with a new customer left a stage in the window."),
        window_months=12,
        parts=_parts(),
    ),
)

"""Stage 2 of the bowtie: the pipeline of new business (PL-01..07, CT-04)."""

from decimal import Decimal
from typing import Any

from django.db.models import ExpressionWrapper, F, Q, Value
from django.utils.translation import gettext_lazy as _

from core.metrics import NUMBER, Aim, Column, Metric, Part, Shape, Stage, Target, Unit
from installed_base.metrics.asof import one_if
from sales.metrics.deals import FAMILY, GROWTH, NEW

OPEN = Q(open_then=True)
WON = Q(won_in_year=True)
CLOSED = WON | Q(lost_in_year=True)
NO_VALUE = Q(value_then__isnull=True)
_PAST = Q(expected_past=True)
EXPECTED = (
    Column("account_name", _("Account")),
    Column("owner_name", _("Owner")),
    Column("stage_word", _("Stage"), "word"),
    Column("value_then", _("Value"), "money"),
    Column("expected_then", _("Expected close"), "date"),
)
CYCLE = (
    Column("account_name", _("Account")),
    Column("owner_name", _("Owner")),
    Column("identified_on", _("Identified"), "date"),
    Column("closed_then", _("Closed"), "date"),
)


def _metric(key: str, name: Any, definition: Any, **more: Any) -> Metric:
    defaults: dict[str, Any] = {"stage": Stage.PIPELINE, "family": FAMILY}
    return Metric(key=key, name=name, definition=definition, **(defaults | more))


METRICS = (
    _metric(
        "pipeline_value",
        _("Open pipeline"),
        _(
            "The value, as it stood on the date, of the deals with new customers (and those won back) that were open on"
            " it. Deals that should have closed by then are counted and listed; those without a value are unknown."
        ),
        shape=Shape.SUM,
        unit=Unit.MONEY,
        member=NEW & OPEN,
        numerator=F("value_then"),
        unknown=NO_VALUE,
        reads_money=True,
        columns=EXPECTED,
        parts=(
            Part("deals", _("Deals"), Q()),
            Part("past_expected", _("Should have closed by then"), _PAST),
            Part("past_expected_value", _("Their value"), _PAST, F("value_then"), Unit.MONEY),
        ),
    ),
    _metric(
        "pipeline_weighted",
        _("Weighted pipeline"),
        _(
            "The value of the open deals with new customers, each times the chance of the stage in which it stood on"
            " the date, as the policy of that day has it. Deals without a value, or whose stage of that day nobody"
            " knows, are unknown."
        ),
        shape=Shape.SUM,
        unit=Unit.MONEY,
        member=NEW & OPEN,
        numerator=ExpressionWrapper(F("value_then") * F("chance"), NUMBER),
        unknown=NO_VALUE | Q(chance__isnull=True),
        reads_money=True,
        columns=EXPECTED,
    ),
    _metric(
        "win_rate",
        _("Win rate"),
        _(
            "Deals with new customers that closed in the twelve months to the date: those won, over those won or lost."
            " Expansion of existing customers has a rate of its own."
        ),
        shape=Shape.RATIO,
        unit=Unit.RATIO,
        member=NEW & CLOSED,
        numerator=one_if(WON),
        denominator=Value(1),
        target=Target(Aim.ABOVE, Decimal("0.30")),
        nothing=_("No deal with a new customer closed in the window."),
        window_months=12,
        parts=(Part("won", _("Won"), WON), Part("lost", _("Lost"), Q(lost_in_year=True))),
    ),
    _metric(
        "average_deal_size",
        _("Average deal"),
        _(
            "The value of the deals with new customers that were won in the twelve months to the date, over their"
            " number."
        ),
        shape=Shape.RATIO,
        unit=Unit.MONEY,
        member=NEW & WON,
        numerator=F("value_then"),
        denominator=Value(1),
        unknown=NO_VALUE,
        reads_money=True,
        target=Target(Aim.RISING),
        nothing=_("No deal with a new customer was won in the window."),
        window_months=12,
    ),
    _metric(
        "sales_cycle_days",
        _("Sales cycle"),
        _(
            "Deals with new customers that were won in the twelve months to the date: the mean of the days from their"
            " creation to the day they closed. Deals whose creation nobody dated are unknown."
        ),
        shape=Shape.RATIO,
        unit=Unit.DAYS,
        member=NEW & WON,
        numerator=F("days_to_close"),
        denominator=Value(1),
        unknown=Q(days_to_close__isnull=True),
        target=Target(Aim.FALLING),
        nothing=_("No deal with a new customer was won in the window."),
        window_months=12,
        columns=CYCLE,
        parts=(Part("median", _("Median"), Q(), F("days_to_close"), Unit.DAYS),),
    ),
    _metric(
        "stalled_deals",
        _("Stalled deals"),
        _(
            "Deals of every kind that were open on the date and whose last step (their creation, a change of stage, a"
            " contact about them) lies further back than their stage allows, as the policy says."
        ),
        shape=Shape.COUNT,
        unit=Unit.COUNT,
        member=Q(stalled=True),
        target=Target(Aim.BELOW, Decimal(1)),
        parts=(
            Part("new_business", _("New business"), NEW),
            Part("expansion", _("Expansion"), GROWTH),
            Part("value", _("Their value"), Q(), F("value_then"), Unit.MONEY),
        ),
        columns=(
            Column("account_name", _("Account")),
            Column("owner_name", _("Owner")),
            Column("stage_word", _("Stage"), "word"),
            Column("stepped_on", _("Last step"), "date"),
            Column("value_then", _("Value"), "money"),
        ),
    ),
)

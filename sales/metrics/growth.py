"""Stage 5 of the bowtie, by deals: what existing customers bought beyond what they had (EX-20..25, CT-05, CT-27)."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Case, F, Q, Value, When
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from core.metrics import NUMBER, Aim, Ask, Column, Metric, Part, Shape, Stage, Target, Unit
from installed_base.metrics.asof import flag, one_if
from sales.metrics import deals
from sales.metrics.deals import GROWTH, UPSELL
from sales.metrics.pipeline import CLOSED, CYCLE, NO_VALUE, WON
from sales.models import DealKind
from sales.rules import EXPANSION_KINDS

REPLACEMENT = Q(kind_then=DealKind.REPLACEMENT)
CROSS_SELL = Q(kind_then=DealKind.CROSS_SELL)
NOTHING_CLOSED = _("No such deal closed in the window.")
NOTHING_WON = _("No such deal was won in the window.")


def _metric(key: str, name: Any, definition: Any, **more: Any) -> Metric:
    defaults: dict[str, Any] = {"stage": Stage.EXPANSION, "family": deals.FAMILY, "window_months": 12}
    return Metric(key=key, name=name, definition=definition, **(defaults | more))


def _by_kind(word: Any, which: Q) -> Iterable[Part]:
    for kind in EXPANSION_KINDS:
        name = format_lazy(word, kind=DealKind(kind).label)
        yield Part(f"{'won' if which is WON else 'closed'}_{kind}", name, which & Q(kind_then=kind))


def _rate(key: str, name: Any, definition: Any, which: Q, **more: Any) -> Metric:
    """Won over closed."""
    told: dict[str, Any] = {"numerator": one_if(WON), "denominator": Value(1), "nothing": NOTHING_CLOSED}
    told |= {"shape": Shape.RATIO, "unit": Unit.RATIO}
    return _metric(key, name, definition, member=which & CLOSED, **(told | more))


def _size(key: str, name: Any, definition: Any, which: Q) -> Metric:
    return _metric(
        key,
        name,
        definition,
        shape=Shape.RATIO,
        unit=Unit.MONEY,
        member=which & WON,
        numerator=F("value_then"),
        denominator=Value(1),
        unknown=NO_VALUE,
        reads_money=True,
        target=Target(Aim.RISING),
        nothing=NOTHING_WON,
    )


def _share(key: str, name: Any, definition: Any, which: Q) -> Metric:
    """Of the value of all that was won."""
    return _metric(
        key,
        name,
        definition,
        shape=Shape.RATIO,
        unit=Unit.RATIO,
        member=WON,
        numerator=Case(When(which, then=F("value_then")), default=Value(Decimal(0)), output_field=NUMBER),
        denominator=F("value_then"),
        unknown=NO_VALUE,
        reads_money=True,
        target=Target(Aim.RISING),
        nothing=NOTHING_WON,
    )


def quarter_begin(on: date) -> date:
    """The first day of the calendar quarter of a day."""
    return date(on.year, 3 * ((on.month - 1) // 3) + 1, 1)


def identified(ask: Ask) -> Any:
    """Deals with existing customers that were identified in the last complete quarter, or in the running one.

    A quarter is complete when its last day has come.
    """
    running = quarter_begin(ask.on + timedelta(days=1))
    before = quarter_begin(running - timedelta(days=1))
    rows = deals.deals(ask).filter(identified_on__range=(before, ask.on), kind__in=EXPANSION_KINDS)
    return rows.annotate(complete=flag(Q(identified_on__lt=running)))


_IDENTIFIED = replace(
    deals.FAMILY,
    key="deals_identified",
    rows=identified,
    columns=(
        Column("account_name", _("Account")),
        Column("owner_name", _("Owner")),
        Column("identified_on", _("Identified"), "date"),
        Column("complete", _("In the complete quarter"), "yes"),
    ),
)
METRICS = (
    _rate(
        "expansion_win_rate",
        _("Expansion win rate"),
        _(
            "Deals with existing customers that closed in the twelve months to the date: those won, over those won or"
            " lost. The parts give it for each kind of deal: no single number is right for all of them."
        ),
        GROWTH,
        parts=(*_by_kind(_("{kind}: won"), WON), *_by_kind(_("{kind}: closed"), CLOSED)),
    ),
    _rate(
        "replacement_win_rate",
        _("Replacement win rate"),
        _("Deals to replace machines that closed in the twelve months to the date: those won, over those won or lost."),
        REPLACEMENT,
        target=Target(Aim.ABOVE, Decimal("0.70")),
    ),
    _rate(
        "cross_sell_conversion",
        _("Cross-sell conversion"),
        _("Cross-sell deals that closed in the twelve months to the date: those won, over those won or lost."),
        CROSS_SELL,
        target=Target(Aim.AT_LEAST, Decimal("0.40")),
    ),
    _size(
        "expansion_deal_size",
        _("Expansion deal"),
        _("The value of the deals with existing customers won in the twelve months to the date, over their number."),
        GROWTH,
    ),
    _size(
        "upsell_deal_size",
        _("Upsell deal"),
        _(
            "The value of the upsells (additional machine, upgrade, contract upsell) won in the twelve months to the"
            " date, over their number."
        ),
        UPSELL,
    ),
    _metric(
        "expansion_cycle_days",
        _("Expansion cycle"),
        _(
            "Deals with existing customers won in the twelve months to the date: the mean of the days from the day they"
            " were identified to the day they closed. Deals without such a day are unknown."
        ),
        shape=Shape.RATIO,
        unit=Unit.DAYS,
        member=GROWTH & WON,
        numerator=F("days_to_close"),
        denominator=Value(1),
        unknown=Q(days_to_close__isnull=True),
        target=Target(Aim.FALLING),
        nothing=NOTHING_WON,
        columns=CYCLE,
        parts=(Part("median", _("Median"), Q(), F("days_to_close"), Unit.DAYS),),
    ),
    _share(
        "upsell_revenue_share",
        _("Upsell share of revenue"),
        _(
            "The value of the upsells (additional machine, upgrade, contract upsell) won in the twelve months to the"
            " date, over the value of all deals won in them. It is what was booked, not what was invoiced."
        ),
        UPSELL,
    ),
    _share(
        "cross_sell_revenue_share",
        _("Cross-sell share of revenue"),
        _(
            "The value of the cross-sell deals won in the twelve months to the date, over the value of all deals won in"
            " them. It is what was booked, not what was invoiced."
        ),
        CROSS_SELL,
    ),
    _metric(
        "upsell_deal_share",
        _("Upsell share of deals"),
        _("Upsells won in the twelve months to the date, over all deals won in them."),
        shape=Shape.RATIO,
        unit=Unit.RATIO,
        member=WON,
        numerator=one_if(UPSELL),
        denominator=Value(1),
        target=Target(Aim.RISING),
        nothing=NOTHING_WON,
    ),
    _metric(
        "opportunities_identified",
        _("Opportunities identified"),
        _(
            "Deals with existing customers that were identified in the last calendar quarter that was complete on the"
            " date. Those of the running quarter are listed beside them and not counted."
        ),
        family=_IDENTIFIED,
        shape=Shape.COUNT,
        unit=Unit.COUNT,
        numerator=one_if(Q(complete=True)),
        target=Target(Aim.RISING),
        window_months=0,
        parts=(
            Part("running", _("In the running quarter"), Q(complete=False)),
            *(Part(kind, DealKind(kind).label, Q(complete=True, kind_then=kind)) for kind in EXPANSION_KINDS),
        ),
    ),
)

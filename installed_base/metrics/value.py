"""How long it takes until a machine brings what it was bought for."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Case, F, Func, IntegerField, Min, OuterRef, Q, Subquery, Value, When
from django.utils.translation import gettext_lazy as _

from core.metrics import Aim, Ask, Column, Family, Metric, Shape, Stage, Target, Unit
from installed_base.metrics.asof import accounts_asked, assets_at, flag, known_by, narrows_accounts, then, unplaced
from installed_base.models import Asset, RoiRecord

FIRST_VALUE, VALUE = 30, 90


def started(ask: Ask) -> Any:
    """Our machines that reached a milestone of value in the year to the date, or the day by which they should."""
    year = ask.last_year
    met = RoiRecord._base_manager.filter(asset=OuterRef("pk"), realised_on__lte=ask.on).order_by()
    rows = Asset.objects.visible_to(ask.actor).counted().filter(known_by(ask.filters), _asked(ask))
    rows = (
        rows.alias(held=then(ask.on))
        .annotate(
            roi_on=Subquery(met.values("asset").annotate(first=Min("realised_on")).values("first")),
            unattributed=unplaced(ask, "product__line"),
        )
        .filter(
            Q(on_specification_on__range=(year.first, year.last))
            | Q(roi_on__gte=year.first)
            | Q(installed_on__range=_earlier(year, FIRST_VALUE))
            | Q(went_live_on__range=_earlier(year, VALUE))
        )
    )
    return rows.annotate(
        to_first_value=_days("on_specification_on", "installed_on"),
        to_value=_days("roi_on", "went_live_on"),
        on_specification=flag(Q(on_specification_on__range=(year.first, year.last))),
        paid_off=flag(Q(roi_on__gte=year.first)),
        a_month_in=flag(Q(installed_on__range=_earlier(year, FIRST_VALUE))),
        a_quarter_in=flag(Q(went_live_on__range=_earlier(year, VALUE))),
        account_name=F("account__name"),
    )


def _earlier(year: Any, days: int) -> tuple[date, date]:
    """The days whose nth day after lies in the window."""
    back = timedelta(days=days)
    return year.first - back, year.last - back


def _asked(ask: Ask) -> Q:
    narrowed = assets_at(ask, accounts_asked(ask)) if narrows_accounts(ask.filters) else Q()
    if ask.filters.product_line:
        narrowed &= Q(product__line=ask.filters.product_line) | Q(product__line__isnull=True)
    return narrowed


def _days(until: str, since: str) -> Func:
    return Func(until, since, template="(%(expressions)s)", arg_joiner=" - ", output_field=IntegerField())


def _by(field: str, days: int) -> Case:
    return Case(When(Q(**{f"{field}__lte": days}), then=Value(1)), default=Value(0))


FAMILY = Family(
    key="started",
    rows=started,
    subject="asset",
    columns=(Column("account_name", _("Account")),),
    left_out=Q(unattributed=1),
    placed_at="held__account_id",
    facts=("account", "asset", "roi"),
)


def _metric(key: str, name: Any, definition: Any, member: Q, **more: Any) -> Metric:
    defaults: dict[str, Any] = {"shape": Shape.RATIO, "unit": Unit.DAYS, "stage": Stage.ADOPTION, "window_months": 12}
    return Metric(
        key=key,
        name=name,
        definition=definition,
        family=FAMILY,
        member=member,
        denominator=Value(1),
        **(defaults | more),
    )


METRICS = (
    _metric(
        "time_to_first_value",
        _("Time to first value"),
        _(
            "Machines that came to run on specification in the twelve months to the date: the mean of the days since"
            " they were installed."
        ),
        Q(on_specification=True),
        unknown=Q(to_first_value__isnull=True),
        numerator=F("to_first_value"),
        target=Target(Aim.BELOW, Decimal(FIRST_VALUE)),
        nothing=_("No machine came to run on specification in the window."),
    ),
    _metric(
        "first_value_on_time",
        _("First value within 30 days"),
        _(
            "Machines whose thirtieth day after installation lies in the twelve months to the date: those that ran on"
            " specification by then, over all of them."
        ),
        Q(a_month_in=True),
        unit=Unit.RATIO,
        numerator=_by("to_first_value", FIRST_VALUE),
        nothing=_("No machine reached its thirtieth day in the window."),
    ),
    _metric(
        "time_to_value",
        _("Time to value"),
        _(
            "Machines whose first promised result was realised in the twelve months to the date: the mean of the days"
            " since they went live."
        ),
        Q(paid_off=True),
        unknown=Q(to_value__isnull=True),
        numerator=F("to_value"),
        target=Target(Aim.BELOW, Decimal(VALUE)),
        nothing=_("No promised result was realised in the window."),
    ),
    _metric(
        "value_on_time",
        _("Value within 90 days"),
        _(
            "Machines whose ninetieth day after going live lies in the twelve months to the date: those with a promised"
            " result realised by then, over all of them."
        ),
        Q(a_quarter_in=True),
        unit=Unit.RATIO,
        numerator=_by("to_value", VALUE),
        nothing=_("No machine reached its ninetieth day in the window."),
    ),
)

"""Deliveries and go-lives against what was promised (CV-03, LK-02)."""

from decimal import Decimal
from typing import Any

from django.db.models import F, Func, IntegerField, Q, Value
from django.utils.translation import gettext_lazy as _

from core.metrics import Aim, Ask, Column, Family, Metric, Shape, Stage, Target, Unit
from installed_base.metrics.asof import (
    accounts_asked,
    assets_at,
    flag,
    known_by,
    narrows_accounts,
    one_if,
    then,
    unplaced,
)
from installed_base.models import Asset


def onboardings(ask: Ask) -> Any:
    """Our machines that were promised, went live or were installed in the twelve months to the date."""
    year = ask.last_year
    promised = Q(promised_on__range=(year.first, year.last))
    undated = Q(promised_on__isnull=True, went_live_on__range=(year.first, year.last))
    delivered = Q(installed_on__range=(year.first, year.last))
    rows = Asset.objects.visible_to(ask.actor).counted().filter(known_by(ask.filters), _asked(ask))
    rows = rows.filter(promised | undated | delivered).alias(held=then(ask.on))
    return rows.annotate(
        onboarded=flag(promised | undated),
        on_time=flag(promised & Q(went_live_on__lte=F("promised_on"))),
        delivered=flag(delivered),
        to_delivery=Func(
            "installed_on", "ordered_on", template="(%(expressions)s)", arg_joiner=" - ", output_field=IntegerField()
        ),
        account_name=F("account__name"),
        unattributed=unplaced(ask, "product__line"),
    )


def _asked(ask: Ask) -> Q:
    narrowed = assets_at(ask, accounts_asked(ask)) if narrows_accounts(ask.filters) else Q()
    if ask.filters.product_line:
        narrowed &= Q(product__line=ask.filters.product_line) | Q(product__line__isnull=True)
    return narrowed


FAMILY = Family(
    key="onboardings",
    rows=onboardings,
    subject="asset",
    columns=(
        Column("account_name", _("Account")),
        Column("promised_on", _("Promised for"), "date"),
        Column("went_live_on", _("Went live"), "date"),
    ),
    left_out=Q(unattributed=1),
    placed_at="held__account_id",
    facts=("account", "asset"),
)

METRICS = (
    Metric(
        key="onboarding_on_time",
        name=_("Onboarding success"),
        definition=_(
            "Machines whose promised date lies in the twelve months to the date: those that went live on or before it,"
            " over all of them. Machines that went live in the window without a promised date are unknown."
        ),
        shape=Shape.RATIO,
        unit=Unit.RATIO,
        stage=Stage.CONVERSION,
        family=FAMILY,
        member=Q(onboarded=True),
        unknown=Q(promised_on__isnull=True),
        numerator=one_if(Q(on_time=True)),
        denominator=Value(1),
        target=Target(Aim.ABOVE, Decimal("0.90")),
        nothing=_("No machine was promised for a day in the window."),
        window_months=12,
    ),
    Metric(
        key="time_to_delivery",
        name=_("Time to delivery"),
        definition=_(
            "Machines installed in the twelve months to the date: the mean of the days from the purchase order to the"
            " installation. Machines without a day of ordering are unknown."
        ),
        shape=Shape.RATIO,
        unit=Unit.DAYS,
        stage=Stage.CONVERSION,
        family=FAMILY,
        member=Q(delivered=True),
        unknown=Q(to_delivery__isnull=True),
        numerator=F("to_delivery"),
        denominator=Value(1),
        nothing=_("No machine was installed in the window."),
        window_months=12,
        columns=(
            Column("account_name", _("Account")),
            Column("ordered_on", _("Ordered"), "date"),
            Column("installed_on", _("Installed"), "date"),
        ),
    ),
)

"""Tips: how many, how fast they are answered, what they brought (ST-02..04)."""

from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Case, F, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce, Concat, NullIf, Trim
from django.utils.translation import gettext_lazy as _

from core.metrics import Aim, Ask, Column, Family, Metric, Part, Shape, Stage, Target, Unit
from core.policies import policy_on
from expansion.models import Tip
from expansion.rules.tip import TipPolicy
from installed_base.metrics.asof import accounts_asked, flag, known_by, narrows_accounts, unplaced
from sales.models import Stage as DealStage


def tips(ask: Ask) -> Any:
    """Tips of the year to the date, as they stood at its end; a deal counts with the tip that came first."""
    zone = ZoneInfo(settings.ORGANISATION_TIME_ZONE)
    begin = datetime.combine(ask.last_year.first, time(), zone)
    end = datetime.combine(ask.on + timedelta(days=1), time(), zone)
    span = timedelta(hours=policy_on(TipPolicy, ask.on).values.answer_hours)
    first = Tip._base_manager.filter(opportunity=OuterRef("opportunity")).order_by("given_at", "pk").values("pk")[:1]
    won = Q(opportunity__stage=DealStage.WON, opportunity__closed_on__lte=ask.on) & Q(pk=F("first_of_deal"))
    rows = Tip.objects.visible_to(ask.actor).filter(known_by(ask.filters), _asked(ask), given_at__lt=end)
    rows = rows.annotate(first_of_deal=Subquery(first)).annotate(
        account_name=F("account__name"),
        giver=_name(),
        unattributed=unplaced(ask, "asset__product__line"),
        in_year=flag(Q(given_at__gte=begin)),
        judged=flag(Q(given_at__gte=begin, given_at__lte=end - span)),
        in_time=flag(Q(answered_at__lt=end, answered_at__lte=F("given_at") + span)),
        won_in_year=flag(won & Q(opportunity__closed_on__gte=ask.last_year.first)),
        deal_value=Case(When(won, then=F("opportunity__value_reporting"))),
    )
    return rows.filter(Q(in_year=True) | Q(won_in_year=True))


def _name() -> Any:
    full = Trim(Concat("given_by__first_name", Value(" "), "given_by__last_name"))
    return Coalesce(NullIf(full, Value("")), "given_by__username")


def _asked(ask: Ask) -> Q:
    narrowed = Q(account__in=accounts_asked(ask)) if narrows_accounts(ask.filters) else Q()
    if ask.filters.product_line:
        narrowed &= Q(asset__product__line=ask.filters.product_line) | Q(asset__product__line__isnull=True)
    return narrowed


FAMILY = Family(
    key="tips",
    rows=tips,
    subject="tip",
    link="tip",
    link_id="pk",
    columns=(
        Column("account_name", _("Account")),
        Column("giver", _("Given by")),
        Column("known_on", _("Given"), "date"),
        Column("in_time", _("Answered in time"), "yes"),
    ),
    policies=(TipPolicy,),
    left_out=Q(unattributed=1),
    placed_at="account_id",
    facts=("account", "asset", "tip", "opportunity"),
)
_WON = (
    Column("account_name", _("Account")),
    Column("giver", _("Given by")),
    Column("known_on", _("Given"), "date"),
    Column("deal_value", _("Value"), "money"),
)

METRICS = (
    Metric(
        key="tip_follow_up",
        name=_("Tips followed up in 48 hours"),
        definition=_(
            "Tips of the twelve months to the date that are older than 48 hours at its end: those answered within 48"
            " hours, over all of them."
        ),
        shape=Shape.RATIO,
        unit=Unit.RATIO,
        stage=Stage.EXPANSION,
        family=FAMILY,
        member=Q(judged=True),
        numerator=Case(When(in_time=True, then=Value(1)), default=Value(0)),
        denominator=Value(1),
        target=Target(Aim.AT_LEAST, Decimal(1)),
        window_months=12,
        nothing=_("No tip was given in the window."),
    ),
    Metric(
        key="tips_given",
        name=_("Tips"),
        definition=_(
            "Tips given in the twelve months to the date, each with who gave it, and the value of the deals won from"
            " them."
        ),
        shape=Shape.COUNT,
        unit=Unit.COUNT,
        stage=Stage.EXPANSION,
        family=FAMILY,
        member=Q(in_year=True),
        parts=(
            Part("answered_in_time", _("Answered in time"), Q(in_time=True)),
            Part("became_deals", _("Won"), Q(deal_value__isnull=False)),
            Part("won_value", _("Value won from them"), Q(), F("deal_value"), Unit.MONEY),
        ),
        target=Target(Aim.RISING),
        window_months=12,
    ),
    Metric(
        key="tip_win_value",
        name=_("Won from service tips"),
        definition=_(
            "The value of the deals won in the twelve months to the date that began as a tip; a deal of several tips"
            " counts once, with the first of them."
        ),
        shape=Shape.SUM,
        unit=Unit.MONEY,
        stage=Stage.EXPANSION,
        family=FAMILY,
        member=Q(won_in_year=True),
        numerator=F("deal_value"),
        unknown=Q(deal_value__isnull=True),
        target=Target(Aim.RISING),
        window_months=12,
        columns=_WON,
    ),
)

"""Referrals (RF-06): who gives them, how many, what becomes of them, and what part of the business they are."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Case, Exists, F, Max, OuterRef, Q, Value, When
from django.utils.translation import gettext_lazy as _

from core.calendar import add_months
from core.metrics import Aim, Ask, Column, Family, Metric, Part, Shape, Stage, Target, Unit, Window
from core.scope import System
from expansion.models import Referral, ReferralKind
from expansion.rules.plan import quarter_start
from installed_base.metrics.adoption import IN_BASE
from installed_base.metrics.asof import FACTS, accounts_asked, flag, known_by, narrows_accounts, one_if, stood
from installed_base.metrics.revenue import customers
from installed_base.models import Asset, AssetPeriod
from sales.models import Opportunity
from sales.models import Stage as DealStage


def last_quarter(ask: Ask) -> Window:
    """The last complete quarter: one that ends on the date is complete."""
    end = quarter_start(ask.on + timedelta(days=1))
    return Window(add_months(end, -3), end - timedelta(days=1))


def _given(ask: Ask) -> Any:
    return Referral._base_manager.filter(known_by(ask.filters), kind=ReferralKind.INTRODUCTION, given_on__lte=ask.on)


def givers(ask: Ask) -> Any:
    """One row per customer, with whether it is in the base and whether it gave a referral in the year to the date."""
    machines = Asset.objects.visible_to(System("metrics")).in_service(ask.on).values("pk")
    there = AssetPeriod.objects.filter(stood(ask.on), asset__in=machines).values("account_id")
    gave = _given(ask).filter(given_on__gte=ask.last_year.first).values("account_id")
    return customers(ask).annotate(machine=Max(one_if(Q(pk__in=there))), gave=Max(one_if(Q(pk__in=gave))))


def referrals(ask: Ask) -> Any:
    """Introductions given up to the date, with what became of them by then."""
    year, quarter = ask.last_year, last_quarter(ask)
    won = Q(opportunity__stage=DealStage.WON, opportunity__closed_on__lte=ask.on)
    lost = Q(opportunity__stage=DealStage.LOST, opportunity__closed_on__lte=ask.on)
    became = Q(opportunity__isnull=False) & (
        Q(opportunity__identified_on__isnull=True) | Q(opportunity__identified_on__lte=ask.on)
    )
    rows = Referral.objects.visible_to(ask.actor).filter(
        known_by(ask.filters), _asked(ask), kind=ReferralKind.INTRODUCTION, given_on__lte=ask.on
    )
    return rows.annotate(
        account_name=F("account__name"),
        stage_then=Case(When(won, then=Value("won")), When(lost, then=Value("lost")), default=Value("")),
        decided_on=Case(When(won | lost, then=F("opportunity__closed_on"))),
        unattributed=Value(1 if ask.filters.product_line else 0),
        in_year=flag(Q(given_on__gte=year.first)),
        in_quarter=flag(Q(given_on__gte=quarter.first, given_on__lte=quarter.last)),
        became=flag(became),
        won=flag(won),
        decided_in_year=flag((won | lost) & Q(opportunity__closed_on__gte=year.first)),
    )


def _asked(ask: Ask) -> Q:
    return Q(account__in=accounts_asked(ask)) if narrows_accounts(ask.filters) else Q()


def won_deals(ask: Ask) -> Any:
    """Deals won in the year to the date, with whether they began as a referral that was given by then."""
    year = ask.last_year
    rows = Opportunity.objects.visible_to(ask.actor).filter(
        known_by(ask.filters), _asked(ask), stage=DealStage.WON, closed_on__range=(year.first, year.last)
    )
    return rows.annotate(
        account_name=F("account__name"),
        unattributed=Value(1 if ask.filters.product_line else 0),
        referred=flag(Exists(_given(ask).filter(opportunity=OuterRef("pk")))),
    )


GIVERS = Family(
    key="referral_givers",
    rows=givers,
    subject="account",
    subject_id="customer",
    columns=(Column("gave", _("Gave a referral"), "yes"),),
    placed_at="customer",
    facts=(*FACTS, "referral"),
)
GIVEN = Family(
    key="referrals",
    rows=referrals,
    subject="referral",
    link="referral",
    link_id="pk",
    columns=(
        Column("account_name", _("Given by")),
        Column("given_on", _("Given"), "date"),
        Column("became", _("Became an opportunity"), "yes"),
        Column("won", _("Won"), "yes"),
    ),
    left_out=Q(unattributed=1),
    placed_at="account_id",
    facts=("account", "referral", "opportunity"),
)
WON = Family(
    key="won_deals_referred",
    rows=won_deals,
    subject="opportunity",
    link="opportunity",
    link_id="pk",
    columns=(
        Column("account_name", _("Account")),
        Column("closed_on", _("Won on"), "date"),
        Column("referred", _("From a referral"), "yes"),
    ),
    left_out=Q(unattributed=1),
    placed_at="account_id",
    facts=("account", "referral", "opportunity"),
)

METRICS = (
    Metric(
        key="referral_rate",
        name=_("Customers who refer"),
        definition=_(
            "Customers in the base on the date that gave a referral in the twelve months to it, over all customers in"
            " the base. A referral is an introduction to another company; reference calls and case studies are none."
        ),
        shape=Shape.RATIO,
        unit=Unit.RATIO,
        stage=Stage.EXPANSION,
        family=GIVERS,
        member=IN_BASE,
        numerator=F("gave"),
        denominator=Value(1),
        target=Target(Aim.ABOVE, Decimal("0.10")),
        window_months=12,
        nothing=_("No customer was in the base."),
    ),
    Metric(
        key="referrals_given",
        name=_("Referrals"),
        definition=_("Referrals given in the last complete calendar quarter, each with what became of it."),
        shape=Shape.COUNT,
        unit=Unit.COUNT,
        stage=Stage.EXPANSION,
        family=GIVEN,
        member=Q(in_quarter=True),
        parts=(
            Part("became", _("Became an opportunity"), Q(became=True)),
            Part("won", _("Won"), Q(won=True)),
        ),
        target=Target(Aim.RISING),
    ),
    Metric(
        key="referral_conversion",
        name=_("Referral to opportunity"),
        definition=_(
            "Referrals given in the twelve months to the date that became an opportunity by then, over all referrals"
            " given in it."
        ),
        shape=Shape.RATIO,
        unit=Unit.RATIO,
        stage=Stage.EXPANSION,
        family=GIVEN,
        member=Q(in_year=True),
        numerator=one_if(Q(became=True)),
        denominator=Value(1),
        target=Target(Aim.RISING),
        window_months=12,
        nothing=_("No referral was given in the window."),
    ),
    Metric(
        key="referral_win_rate",
        name=_("Referrals won"),
        definition=_("Referrals whose deal was decided in the twelve months to the date: those won, over all of them."),
        shape=Shape.RATIO,
        unit=Unit.RATIO,
        stage=Stage.EXPANSION,
        family=GIVEN,
        member=Q(decided_in_year=True),
        numerator=one_if(Q(won=True)),
        denominator=Value(1),
        target=Target(Aim.ABOVE, Decimal("0.50")),
        window_months=12,
        nothing=_("No deal of a referral was decided in the window."),
        columns=(*GIVEN.columns[:2], Column("decided_on", _("Decided"), "date"), Column("won", _("Won"), "yes")),
    ),
    Metric(
        key="referral_revenue_share",
        name=_("Revenue from referrals"),
        definition=_(
            "Of the value of the deals won in the twelve months to the date, the part that began as a referral: 20 to"
            " 30 percent in a mature business. Deals of unknown value stand apart."
        ),
        shape=Shape.RATIO,
        unit=Unit.RATIO,
        stage=Stage.EXPANSION,
        family=WON,
        numerator=Case(When(referred=True, then=F("value_reporting")), default=Value(Decimal(0))),
        denominator=F("value_reporting"),
        unknown=Q(value_reporting__isnull=True),
        target=Target(Aim.AT_LEAST, Decimal("0.20")),
        window_months=12,
        nothing=_("No deal of known value was won in the window."),
        reads_money=True,
    ),
)

"""How healthy the customers are: the average, the green share, what came of red, and who moved."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache, reduce
from operator import or_
from typing import Any

from django.db.models import Case, DateField, Exists, ExpressionWrapper, F, OuterRef, Q, Subquery, Value, When
from django.db.models.expressions import RawSQL
from django.db.models.functions import Least
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from core.metrics import Aim, Ask, Column, Family, Metric, Part, Shape, Stage, Target, Unit, settled
from health.models import Score, Spell
from health.models.score import TIERS
from health.queries import tier_on
from installed_base.metrics import retention, revenue
from installed_base.metrics.asof import (
    FACTS,
    accounts_asked,
    flag,
    ids_in_force,
    known_by,
    narrows_accounts,
    one_if,
    stood,
)
from installed_base.models import Account, Asset, AssetPeriod, LedgerEntry, Term

# The touched subjects on which a score rests.
SCORED_BY = (*FACTS, "ticket", "visit", "reading", "contact", "moment", "roi", "answer", "judgement")
MOVED_WITHIN = timedelta(days=90)
RESCUE_WITHIN = timedelta(days=90)


def customers(ask: Ask) -> Any:
    """Customers in the base on the date, with the score and the tier of that day and the tier of 90 days before."""
    rows = Account.objects.visible_to(ask.actor).filter(
        _in_the_base(ask), known_by(ask.filters), _asked(ask), merged_into__isnull=True
    )
    return rows.annotate(
        health=Subquery(_scores(ask).values("score")[:1]),
        tier=tier_on(ask.on),
        tier_before=tier_on(ask.on - MOVED_WITHIN),
        account_name=F("name"),
        unattributed=Value(0),
    )


def _scores(ask: Ask) -> Any:
    return Score._base_manager.filter(account=OuterRef("pk"), on__lte=ask.on).order_by("-on")


def _in_the_base(ask: Ask) -> Q:
    """A machine in service, a contract in force, or revenue in the twelve months to the date."""
    accounts = (
        _with_machines(ask.on),
        ids_in_force(ask.on, "contract__account_id"),
        _with_revenue(ask.last_year.first, ask.on),
    )
    return reduce(or_, (Q(pk__in=found) for found in accounts))


@lru_cache(maxsize=256)
def _with_machines(on: date) -> RawSQL:
    here = Asset.objects.in_service(on).values("pk")
    return settled(AssetPeriod.objects.filter(stood(on), asset__in=here).values("account_id"))


@lru_cache(maxsize=256)
def _with_revenue(first: date, last: date) -> RawSQL:
    paid = LedgerEntry._base_manager.filter(
        state=LedgerEntry.State.POSTED, on__gte=first, on__lte=last, amount_reporting__gt=0
    )
    return settled(paid.values("account_id"))


def _asked(ask: Ask, account: str = "pk") -> Q:
    narrowed = Q()
    if narrows_accounts(ask.filters):
        narrowed &= Q(**{f"{account}__in": accounts_asked(ask)})
    if ask.filters.product_line:
        of_line = AssetPeriod.objects.filter(stood(ask.on), asset__product__line=ask.filters.product_line)
        narrowed &= Q(**{f"{account}__in": of_line.values("account_id")})
    return narrowed


FAMILY = Family(
    key="health",
    rows=customers,
    subject="account",
    link="account",
    link_id="pk",
    columns=(Column("health", _("Health")), Column("tier", _("Tier")), Column("tier_before", _("Tier before"))),
    seen_at="pk",
    facts=SCORED_BY,
)


def payers(ask: Ask) -> Any:
    """Customers with their revenue then and now, and the tier of that day."""
    return revenue.customers(ask).annotate(tier=tier_on(ask.on, "customer"))


PAYERS = replace(
    retention.FAMILY,
    key="payers",
    rows=payers,
    columns=(*retention.FAMILY.columns, Column("tier", _("Tier"))),
    derived={},
    facts=SCORED_BY,
)
NO_SCORE = Q(health__isnull=True)
NOBODY = _("No customer has a score yet.")


def red_spells(ask: Ask) -> Any:
    """Stretches in red whose 90th day, or earlier end, lies in the twelve months to the date."""
    rows = Spell.objects.visible_to(ask.actor).filter(_asked(ask, "account"), tier="red", began_on__lte=ask.on)
    left = Case(When(ended_on__lte=ask.on, then=F("ended_on")), output_field=DateField())
    day_90 = ExpressionWrapper(F("began_on") + RESCUE_WITHIN, output_field=DateField())
    rows = rows.annotate(left_on=left, judged_on=Least(day_90, left, output_field=DateField()))
    upward = Exists(
        Spell._base_manager.filter(
            account=OuterRef("account"), began_on=OuterRef("ended_on"), tier__in=["yellow", "green"]
        )
    )
    in_time = Q(left_on__isnull=False, left_on=F("judged_on")) & Q(upward) & (Q(_revenue()) | Q(_contract()))
    window = ask.last_year
    return rows.filter(judged_on__gte=window.first, judged_on__lte=window.last).annotate(
        recovered=flag(in_time), account_name=F("account__name"), unattributed=Value(0)
    )


def _revenue() -> Exists:
    """Revenue in the year before the spell ended."""
    end = OuterRef("ended_on")
    return Exists(
        LedgerEntry._base_manager.filter(
            account=OuterRef("account"),
            state=LedgerEntry.State.POSTED,
            amount_reporting__gt=0,
            on__lte=end,
            on__gt=ExpressionWrapper(end - timedelta(days=365), output_field=DateField()),
        )
    )


def _contract() -> Exists:
    """A contract in force when the spell ended."""
    end = OuterRef("ended_on")
    return Exists(
        Term._base_manager.filter(
            Q(ends_on__isnull=True) | Q(ends_on__gte=end) | Q(tacit_months__isnull=False),
            Q(terminated_on__isnull=True) | Q(terminated_on__gt=end),
            contract__account=OuterRef("account"),
            starts_on__lte=end,
        )
    )


RED = Family(
    key="red_spells",
    rows=red_spells,
    subject="spell",
    link="account",
    link_id="account_id",
    columns=(
        Column("account_name", _("Account")),
        Column("began_on", _("Red since"), "date"),
        Column("left_on", _("Until"), "date"),
        Column("recovered", _("Recovered"), "yes"),
    ),
    facts=SCORED_BY,
)


def _move(before: str, was: Any, now: str, is_: Any) -> Part:
    name = format_lazy(_("{before} to {now}"), before=was, now=is_)
    return Part(f"{before}_to_{now}", name, Q(tier_before=before, tier=now))


_MOVES = tuple(_move(*before, *now) for before in TIERS for now in TIERS)

METRICS = (
    Metric(
        key="health_average",
        name=_("Average health"),
        definition=_(
            "Mean score of the customers in the base whose score is known well enough on the date. Customers without"
            " such a score are listed as unknown."
        ),
        shape=Shape.RATIO,
        unit=Unit.COUNT,
        stage=Stage.ADOPTION,
        family=FAMILY,
        numerator=F("health"),
        denominator=Value(1),
        unknown=NO_SCORE,
        target=Target(Aim.ABOVE, Decimal(70)),
        nothing=NOBODY,
    ),
    Metric(
        key="health_green_share",
        name=_("Green customers"),
        definition=_(
            "Customers in green over the customers in the base whose score is known well enough on the date. Health"
            " has two targets: an average above 70, and the majority in green."
        ),
        shape=Shape.RATIO,
        unit=Unit.RATIO,
        stage=Stage.ADOPTION,
        family=FAMILY,
        numerator=one_if(Q(tier="green")),
        denominator=Value(1),
        unknown=NO_SCORE,
        parts=tuple(Part(tier, name, Q(tier=tier)) for tier, name in TIERS),
        target=Target(Aim.ABOVE, Decimal("0.50")),
        nothing=NOBODY,
    ),
    Metric(
        key="red_recovery",
        name=_("Red recovered in 90 days"),
        definition=_(
            "Stretches in red whose 90th day, or earlier end, lies in the twelve months to the date: those that were"
            " left upward by day 90 while the customer still paid, over all of them."
        ),
        shape=Shape.RATIO,
        unit=Unit.RATIO,
        stage=Stage.ADOPTION,
        family=RED,
        numerator=one_if(Q(recovered=True)),
        denominator=Value(1),
        target=Target(Aim.RISING),
        nothing=_("No stretch in red was decided in the twelve months."),
        window_months=12,
    ),
    Metric(
        key="tier_movement",
        name=_("Moves between tiers"),
        definition=_(
            "Customers in the base on the date, by their tier of 90 days before and their tier now: each part counts"
            " the customers of one tier then and one tier now."
        ),
        shape=Shape.COUNT,
        unit=Unit.COUNT,
        stage=Stage.ADOPTION,
        family=FAMILY,
        parts=_MOVES,
    ),
    Metric(
        key="revenue_by_health",
        name=_("Revenue by health"),
        definition=_(
            "Revenue in the twelve months before the last twelve of the accounts that had any then: the start of the"
            " NRR bridge, by the tier in which each customer stands on the date."
        ),
        shape=Shape.SUM,
        unit=Unit.MONEY,
        stage=Stage.ADOPTION,
        family=PAYERS,
        member=retention.COHORT,
        unknown=retention.UNPRICED,
        numerator=F("before"),
        parts=tuple(Part(tier, name, Q(tier=tier), F("before"), Unit.MONEY) for tier, name in TIERS),
        window_months=12,
    ),
)

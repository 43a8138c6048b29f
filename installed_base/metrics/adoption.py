"""Customers by their use of what they have: who uses it, and how often they need help."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Func, Max, Q, TextField, Value
from django.db.models.functions import Cast, Coalesce
from django.utils.translation import gettext_lazy as _

from core.metrics import NUMBER, Aim, Ask, Column, Family, Metric, Shape, Stage, Target, Unit
from core.scope import System
from installed_base.metrics.asof import CUSTOMER, FACTS, known_by, one_if, stood
from installed_base.metrics.retention import PAID, PAYS
from installed_base.metrics.revenue import ZERO, AsObject, customers
from installed_base.metrics.service import day_begins
from installed_base.models import Asset, AssetPeriod, PartsOrder, Ticket, UsageReading, Visit
from installed_base.rules import CustomerPolicy


def users(ask: Ask) -> Any:
    """One row per customer, with what shows that they use their machines, and their tickets of the year.

    `machine`, `telemetry`, `ran`, `ever` and `recent` are 1 or 0; `recent` is a parts order or visit within the days of
    the policy, `ever` one at any time up to the date.
    """
    policy = ask.policy(CustomerPolicy)
    rows = customers(ask)
    flags = {
        "machine": _at(ask, Asset.objects.visible_to(System("metrics")).in_service(ask.on)),
        "telemetry": _at(ask, _readings(ask)),
        "ran": _at(ask, _readings(ask, days=policy.run_days).filter(run_hours__gt=0)),
        "ever": _evidence(ask, None),
        "recent": _evidence(ask, policy.evidence_days),
    }
    return rows.annotate(**{name: Max(one_if(which)) for name, which in flags.items()}, tickets=_tickets(ask))


def _readings(ask: Ask, days: int | None = None) -> Any:
    rows = UsageReading._base_manager.filter(known_by(ask.filters), on__lte=ask.on)
    return rows.filter(on__gt=ask.on - timedelta(days=days)) if days else rows


def _at(ask: Ask, found: Any) -> Q:
    """Accounts at which one of these machines, or the machine of one of these readings, stood on the date."""
    ids = found.values("pk") if found.model is Asset else found.values("asset_id")
    return Q(pk__in=AssetPeriod.objects.filter(stood(ask.on), asset__in=ids).values("account_id"))


def _evidence(ask: Ask, days: int | None) -> Q:
    known = known_by(ask.filters)
    orders = PartsOrder._base_manager.filter(known, ordered_on__lte=ask.on)
    visits = Visit._base_manager.filter(known, on__lte=ask.on)
    if days:
        since = ask.on - timedelta(days=days)
        orders, visits = orders.filter(ordered_on__gte=since), visits.filter(on__gte=since)
    return Q(pk__in=orders.values("account_id")) | Q(pk__in=visits.values("account_id"))


def _tickets(ask: Ask) -> Any:
    """How many were opened in the year to the date."""
    begin, end = day_begins(ask.last_year.first), day_begins(ask.on + timedelta(days=1))
    found = (
        Ticket._base_manager.filter(known_by(ask.filters), opened_at__gte=begin, opened_at__lt=end)
        .values(holder=Coalesce("account__merged_into_id", "account_id"))
        .annotate(n=Count("pk"))
        .values("holder", "n")
    )
    looked_up = Func(AsObject(found), Cast(CUSTOMER, TextField()), template="(%(expressions)s)", arg_joiner=" ->> ")
    return Coalesce(Max(Cast(looked_up, NUMBER)), ZERO, output_field=NUMBER)


IN_BASE = Q(machine=1) | Q(contracted=1) | Q(now__gt=0)
USES = Q(ran=1) | Q(telemetry=0, recent=1)

FAMILY = Family(
    key="users",
    rows=users,
    subject="account",
    subject_id="customer",
    policies=(CustomerPolicy,),
    columns=(Column("tickets", _("Tickets"), "count"),),
    placed_at="customer",
    facts=(*FACTS, "ticket", "visit", "reading", "moment"),
)
# The mean of those who pay now and those who paid a year before, times twelve months.
_CUSTOMER_MONTHS = (one_if(PAYS) + one_if(PAID)) * Value(6)

METRICS = (
    Metric(
        key="product_adoption",
        name=_("Adoption"),
        definition=_(
            "Customers in the base with evidence of use: a machine that ran in the last 30 days or, without telemetry,"
            " a parts order or visit within 180 days (or what the policy says); over those that have telemetry or ever"
            " ordered or were visited. Of the others nothing is known."
        ),
        shape=Shape.RATIO,
        unit=Unit.RATIO,
        stage=Stage.ADOPTION,
        family=FAMILY,
        member=IN_BASE,
        unknown=Q(telemetry=0, ever=0),
        numerator=one_if(USES),
        denominator=Value(1),
        target=Target(Aim.ABOVE, Decimal("0.90")),
        nothing=_("No customer was in the base."),
        columns=(),
    ),
    Metric(
        key="ticket_volume",
        name=_("Tickets per customer per month"),
        definition=_(
            "Tickets opened in the twelve months to the date, over the mean of the customers that pay on the date and"
            " those that paid twelve months before, and over twelve."
        ),
        shape=Shape.RATIO,
        unit=Unit.RATE,
        stage=Stage.ADOPTION,
        family=FAMILY,
        member=Q(tickets__gt=0) | PAYS | PAID,
        numerator=F("tickets"),
        denominator=_CUSTOMER_MONTHS,
        target=Target(Aim.FALLING),
        window_months=12,
        nothing=_("No customer paid on either date."),
    ),
)

"""Customers by what they buy beside machines: parts a machine, orders, wallet share, revenue a machine (PA-02..04)."""

from decimal import Decimal
from typing import Any

from django.db.models import Count, ExpressionWrapper, F, Func, Max, Q, Sum, TextField
from django.db.models.functions import Cast, Coalesce
from django.utils.translation import gettext_lazy as _

from core.calendar import add_months
from core.metrics import NUMBER, Aim, Ask, Column, Family, Metric, Part, Shape, Stage, Target, Unit
from core.scope import System
from installed_base.metrics.asof import CUSTOMER, FACTS, covered_assets, known_by, one_if, stood
from installed_base.metrics.revenue import ZERO, AsObject, customers, in_window
from installed_base.models import Asset, AssetPeriod, PartsOrder, PartsOrderLine, PartsStatement
from installed_base.models.orders import Stream
from installed_base.rules.parts import PartsPolicy

HOLDER = Coalesce("account__merged_into_id", "account_id")
# Lines of coverage whose level says that parts are included, to whatever extent.
WITH_PARTS = Q(term__level__includes__has_key="parts") & ~Q(term__level__includes__parts=False)


def buyers(ask: Ask) -> Any:
    """One row per customer: `customers`, with its machines, its orders of the year and what it says of others.

    `parts_before` is parts revenue of T12M-1, `elsewhere` the latest statement that still counts (empty without one),
    `in_contract` 1 where a contract in force includes parts.
    """
    policy = ask.policy(PartsPolicy)
    line = Q(entry__product__line=ask.filters.product_line) if ask.filters.product_line else Q(entry__isnull=False)
    parts = line & Q(entry__stream=Stream.PARTS)
    rows = customers(ask).annotate(
        parts_before=Coalesce(Sum(in_window(ask.year_before_last), filter=parts), ZERO, output_field=NUMBER),
        unpriced_parts=Count("entry", filter=parts & Q(entry__amount_reporting__isnull=True)),
        machines=_looked_up(_machines(ask), ZERO),
        orders=_looked_up(_orders(ask), ZERO),
        elsewhere=_looked_up(_statements(ask, policy), None),
        in_contract=Max(one_if(_under_contract(ask))),
    )
    return rows.annotate(fewer=one_if(Q(parts_before__gt=0, now_parts__lte=F("parts_before") * policy.keep)))


def _looked_up(found: Any, default: Any) -> Any:
    """The value of a customer in a set that is read once, however many customers there are."""
    value = Func(AsObject(found), Cast(CUSTOMER, TextField()), template="(%(expressions)s)", arg_joiner=" ->> ")
    read = Max(Cast(value, NUMBER))
    return read if default is None else Coalesce(read, default, output_field=NUMBER)


def _machines(ask: Ask) -> Any:
    """How many machines were in service at each customer."""
    found = Asset.objects.visible_to(System("metrics")).in_service(ask.on)
    if ask.filters.product_line:
        found = found.filter(product__line=ask.filters.product_line)
    periods = AssetPeriod.objects.filter(stood(ask.on), asset__in=found.values("pk"))
    return periods.values(holder=HOLDER).annotate(n=Count("pk")).values("holder", "n")


def _orders(ask: Ask) -> Any:
    """How many orders of parts each customer placed in the year to the date."""
    year = ask.last_year
    found = PartsOrder._base_manager.filter(known_by(ask.filters), ordered_on__range=(year.first, year.last))
    if ask.filters.product_line:
        of_line = PartsOrderLine._base_manager.filter(product__line=ask.filters.product_line)
        found = found.filter(pk__in=of_line.values("order_id"))
    return found.values(holder=HOLDER).annotate(n=Count("pk")).values("holder", "n")


def _statements(ask: Ask, policy: PartsPolicy) -> Any:
    """The latest word of each customer that still counts."""
    oldest = add_months(ask.on, -policy.statement_months)
    found = PartsStatement._base_manager.filter(known_by(ask.filters), on__gt=oldest, on__lte=ask.on)
    found = found.annotate(holder=HOLDER).order_by("holder", "-on", "-pk").distinct("holder")
    return found.values("holder", "elsewhere_reporting")


def _under_contract(ask: Ask) -> Q:
    """Accounts that hold a line of coverage in force whose level includes parts."""
    assets = covered_assets(ask.on).filter(WITH_PARTS)
    return Q(pk__in=AssetPeriod.objects.filter(stood(ask.on), asset__in=assets).values("account_id"))


FAMILY = Family(
    key="buyers",
    rows=buyers,
    subject="account",
    subject_id="customer",
    columns=(
        Column("parts_before", _("Parts the year before"), "money"),
        Column("now_parts", _("Parts now"), "money"),
        Column("machines", _("Machines"), "count"),
    ),
    policies=(PartsPolicy,),
    placed_at="customer",
    facts=(*FACTS, "parts_statement"),
)
HAS_MACHINE = Q(machines__gt=0)
IN_CONTRACT = Q(in_contract=1)
BY_ORDER = Q(in_contract=0)
UNPRICED = Q(unpriced_parts__gt=0)
IN_BASE = HAS_MACHINE | Q(contracted=1) | Q(now__gt=0)
WITHOUT_MACHINES = ExpressionWrapper(F("now") - F("now_machine"), NUMBER)
TOGETHER = ExpressionWrapper(F("now_parts") + F("elsewhere"), NUMBER)
LOST = ExpressionWrapper(F("parts_before") - F("now_parts"), NUMBER)
NO_MACHINES = _("No machines were in service.")


def _metric(key: str, name: Any, definition: Any, **more: Any) -> Metric:
    defaults: dict[str, Any] = {
        "shape": Shape.RATIO,
        "unit": Unit.MONEY,
        "stage": Stage.EXPANSION,
        "family": FAMILY,
        "window_months": 12,
        "target": Target(Aim.RISING),
    }
    return Metric(key=key, name=name, definition=definition, **(defaults | more))


METRICS = (
    _metric(
        "parts_revenue_per_asset",
        _("Parts revenue per machine"),
        _(
            "Revenue posted for parts in the twelve months to the date, over the machines in service on it. What is"
            " delivered inside a contract counts at the price it was posted at, also at nothing."
        ),
        member=HAS_MACHINE | ~Q(now_parts=0),
        unknown=UNPRICED,
        numerator=F("now_parts"),
        denominator=F("machines"),
        parts=(
            Part("in_contract", _("Where a contract includes parts"), IN_CONTRACT, F("now_parts"), Unit.MONEY),
            Part("machines_in_contract", _("Their machines"), IN_CONTRACT, F("machines")),
        ),
        nothing=NO_MACHINES,
        reads_money=True,
    ),
    _metric(
        "ordering_frequency",
        _("Parts orders per customer"),
        _(
            "Orders of parts in the twelve months to the date, over the customers in the base: with a machine in"
            " service, a contract in force, or revenue in those months."
        ),
        unit=Unit.RATE,
        member=IN_BASE | Q(orders__gt=0),
        numerator=F("orders"),
        denominator=one_if(IN_BASE),
        parts=(Part("in_contract", _("Where a contract includes parts"), IN_CONTRACT, F("orders")),),
        columns=(Column("machines", _("Machines"), "count"),),
        nothing=_("No customer was in the base."),
    ),
    _metric(
        "wallet_share",
        _("Wallet share of parts"),
        _(
            "Parts that customers bought from us in the twelve months to the date, over those and what they say they"
            " spend elsewhere a year. Customers who said so in the last 24 months (or what the policy says); the others"
            " who buy parts are listed as unknown."
        ),
        unit=Unit.RATIO,
        member=Q(elsewhere__isnull=False) | Q(now_parts__gt=0),
        unknown=Q(elsewhere__isnull=True) | UNPRICED,
        numerator=F("now_parts"),
        denominator=TOGETHER,
        columns=(Column("elsewhere", _("Elsewhere, by their word"), "money"),),
        target=Target(Aim.AT_LEAST, Decimal("0.40")),
        nothing=_("No customer said what it spends elsewhere."),
        reads_money=True,
    ),
    _metric(
        "parts_decline",
        _("Customers buying fewer parts"),
        _(
            "Customers whose parts revenue in the twelve months to the date is at least 25 % (or what the policy says)"
            " below that of the twelve months before."
        ),
        shape=Shape.COUNT,
        unit=Unit.COUNT,
        member=Q(fewer=1),
        unknown=UNPRICED,
        parts=(
            Part("by_order", _("Parts bought by order"), BY_ORDER),
            Part("in_contract", _("Where a contract includes parts"), IN_CONTRACT),
            Part("lost", _("Less than the year before"), Q(), LOST, Unit.MONEY),
        ),
        columns=(Column("parts_before", _("The year before"), "money"), Column("now_parts", _("Now"), "money")),
        target=Target(Aim.FALLING),
    ),
    _metric(
        "revenue_per_asset",
        _("Revenue per machine"),
        _(
            "Revenue posted in the twelve months to the date without that of machines, over the machines in service on"
            " the date: what the installed base brings, a machine."
        ),
        member=HAS_MACHINE | ~Q(now=F("now_machine")),
        unknown=Q(unpriced__gt=0),
        numerator=WITHOUT_MACHINES,
        denominator=F("machines"),
        parts=tuple(
            Part(stream.value, stream.label, Q(), F(f"now_{stream.value}"), Unit.MONEY)
            for stream in Stream
            if stream is not Stream.MACHINE
        ),
        columns=(),
        nothing=NO_MACHINES,
        reads_money=True,
    ),
)

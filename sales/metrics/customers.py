"""Customers that bought again: how many, and how long after their first machine (EX-21, EX-24, CT-18)."""

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.db.models import (
    Case,
    DateField,
    Exists,
    ExpressionWrapper,
    F,
    Func,
    Max,
    OuterRef,
    Q,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from core.metrics import NUMBER, Aim, Ask, Column, Family, Filters, Metric, Part, Shape, Stage, Target, Unit
from core.scope import System
from installed_base.metrics.asof import accounts_asked, known_by, narrows_accounts, one_if, stood
from installed_base.metrics.revenue import customers
from installed_base.models import Account, Asset, AssetPeriod, LedgerEntry
from installed_base.models.orders import Stream
from sales.metrics.deals import FACTS
from sales.models import Opportunity
from sales.models import Stage as DealStage
from sales.rules import EXPANSION_KINDS, UPSELL_KINDS

# A month, in days (metrics.md).
MONTH = Decimal("30.4375")


def base_before(ask: Ask) -> Any:
    """Customers in the base twelve months before the date, and whether they bought more in these months."""
    before = replace(ask, on=ask.year_before, filters=_unplaced(ask.filters))
    machines = Asset.objects.visible_to(System("metrics")).in_service(before.on).filter(known_by(ask.filters))
    standing = AssetPeriod.objects.filter(stood(before.on), asset__in=machines.values("pk"))
    rows = customers(before)
    if narrows_accounts(ask.filters):
        rows = rows.filter(pk__in=accounts_asked(ask))
    year = (ask.last_year.first, ask.last_year.last)
    return rows.annotate(
        machine=Max(one_if(Q(pk__in=standing.values("account_id")))),
        **{word: Max(one_if(Q(pk__in=_won(ask, kinds, year)))) for word, kinds in _GROUPS.items()},
    )


_GROUPS = {
    "grown": EXPANSION_KINDS,
    "upsold": UPSELL_KINDS,
    "cross_sold": ("cross_sell",),
    "replaced": ("replacement",),
}


def _unplaced(filters: Filters) -> Filters:
    """Without what says where an account stands: that is asked of the date itself."""
    return Filters(product_line=filters.product_line, known_at=filters.known_at)


def _won(ask: Ask, kinds: Iterable[str], year: tuple[Any, Any]) -> Any:
    rows = Opportunity._base_manager.filter(
        known_by(ask.filters), stage=DealStage.WON, closed_on__range=year, kind__in=kinds, account__isnull=False
    )
    return rows.values("account_id")


def first_growth(ask: Ask) -> Any:
    """Customers whose first expansion, or first upsell, was won in the year, and the day of their first machine."""
    rows = Account.objects.visible_to(ask.actor).filter(merged_into__isnull=True)
    if narrows_accounts(ask.filters):
        rows = rows.filter(pk__in=accounts_asked(ask))
    rows = rows.filter(Exists(_deals_of(ask, EXPANSION_KINDS).filter(closed_on__gte=ask.last_year.first)))
    rows = rows.annotate(
        unattributed=Value(0),
        first_machine=Coalesce(Subquery(_first_row(ask)), Subquery(_first_installed(ask)), output_field=DateField()),
        first_grown=_first(ask, EXPANSION_KINDS),
        first_upsold=_first(ask, UPSELL_KINDS),
    )
    return rows.annotate(
        grown_in_year=_in_year(ask, "first_grown"),
        upsold_in_year=_in_year(ask, "first_upsold"),
        months_to_grow=_months("first_grown"),
        months_to_upsell=_months("first_upsold"),
    )


def _deals_of(ask: Ask, kinds: Iterable[str]) -> Any:
    """Won by the date, of the account or of one merged into it."""
    own = Q(account=OuterRef("pk")) | Q(account__merged_into=OuterRef("pk"))
    return Opportunity._base_manager.filter(
        own, known_by(ask.filters), stage=DealStage.WON, closed_on__lte=ask.on, kind__in=kinds
    )


def _first(ask: Ask, kinds: Iterable[str]) -> Subquery:
    return Subquery(_deals_of(ask, kinds).order_by("closed_on").values("closed_on")[:1])


def _first_row(ask: Ask) -> Any:
    own = Q(account=OuterRef("pk")) | Q(account__merged_into=OuterRef("pk"))
    rows = LedgerEntry._base_manager.filter(
        own, known_by(ask.filters), state=LedgerEntry.State.POSTED, stream=Stream.MACHINE, on__lte=ask.on
    )
    return rows.order_by("on").values("on")[:1]


def _first_installed(ask: Ask) -> Any:
    own = Q(account=OuterRef("pk")) | Q(account__merged_into=OuterRef("pk"))
    rows = Asset._base_manager.filter(
        own, known_by(ask.filters), standing=Asset.Standing.OURS, installed_on__lte=ask.on
    )
    return rows.order_by("installed_on").values("installed_on")[:1]


def _in_year(ask: Ask, name: str) -> Case:
    return one_if(Q(**{f"{name}__range": (ask.last_year.first, ask.last_year.last)}))


def _months(name: str) -> Any:
    days = Func(name, "first_machine", template="(%(expressions)s)", arg_joiner=" - ", output_field=NUMBER)
    known = Q(**{f"{name}__isnull": False}, first_machine__isnull=False)
    return Case(
        When(known, then=ExpressionWrapper(days / Value(MONTH, output_field=NUMBER), NUMBER)),
        default=Value(None),
        output_field=NUMBER,
    )


_ALL = (*FACTS, "asset", "contract", "term", "coverage", "ledger")
BASE = Family(
    key="customers_before",
    rows=base_before,
    subject="account",
    subject_id="customer",
    columns=(Column("grown", _("Bought more"), "yes"),),
    placed_at="customer",
    facts=_ALL,
)
FIRST = Family(key="first_growth", rows=first_growth, subject="account", columns=(), placed_at="pk", facts=_ALL)
IN_BASE = Q(machine=1) | Q(contracted=1) | Q(now__gt=0)


def _time(key: str, name: Any, definition: Any, which: str, first: str, months: str, target: Target) -> Metric:
    return Metric(
        key=key,
        name=name,
        definition=definition,
        shape=Shape.RATIO,
        unit=Unit.MONTHS,
        stage=Stage.EXPANSION,
        family=FIRST,
        member=Q(**{which: 1}),
        unknown=Q(**{f"{months}__isnull": True}),
        numerator=F(months),
        denominator=Value(1),
        target=target,
        nothing=_("No customer bought more for the first time in the window."),
        window_months=12,
        columns=(Column("first_machine", _("First machine"), "date"), Column(first, _("First won"), "date")),
    )


METRICS = (
    Metric(
        key="expansion_rate",
        name=_("Expansion rate"),
        definition=_(
            "Customers in the base twelve months before the date (a machine in service, a contract in force, or revenue"
            " in the year before): those with a deal for more won in these twelve months, over all of them. It is also"
            " called upsell rate, or upsell and cross-sell rate: one figure, the parts say which."
        ),
        shape=Shape.RATIO,
        unit=Unit.RATIO,
        stage=Stage.EXPANSION,
        family=BASE,
        member=IN_BASE,
        numerator=F("grown"),
        denominator=Value(1),
        target=Target(Aim.ABOVE, Decimal("0.20")),
        nothing=_("No customer was in the base twelve months before."),
        window_months=12,
        parts=(
            Part("upsold", _("With an upsell"), Q(upsold=1)),
            Part("cross_sold", _("With a cross-sell"), Q(cross_sold=1)),
            Part("replaced", _("With a replacement"), Q(replaced=1)),
        ),
    ),
    _time(
        "time_to_expansion",
        _("Time to expansion"),
        _(
            "Customers whose first deal for more was won in the twelve months to the date: the mean of the months from"
            " their first machine (its invoice, else its installation) to that day. Without such a day it is unknown."
        ),
        "grown_in_year",
        "first_grown",
        "months_to_grow",
        Target(Aim.BELOW, Decimal(24)),
    ),
    _time(
        "time_to_upsell",
        _("Time to upsell"),
        _(
            "Customers whose first upsell (additional machine, upgrade, contract upsell) was won in the twelve months"
            " to the date: the mean of the months from their first machine to that day."
        ),
        "upsold_in_year",
        "first_upsold",
        "months_to_upsell",
        Target(Aim.FALLING),
    ),
)

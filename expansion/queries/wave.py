"""Machines by the quarter in which their expected life ends. A million of them are one grouped query."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import (
    Case,
    CharField,
    Count,
    DecimalField,
    Exists,
    F,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Round

from core.metrics import Ask, Filters
from core.models import ExchangeRate, Organisation, User
from core.policies import versions_on
from expansion.models import Signal, SignalKind
from expansion.rules.wave import APART, LATER, PAST, UNKNOWN, Stretch, ends, key_of, quarters
from installed_base.attention import weighed_by
from installed_base.metrics.asof import covered_assets, flag
from installed_base.metrics.machines import end_of_life, machines_asked
from installed_base.rules import AgePolicy
from sales.models import DealKind, OpportunityLine, Stage

MONEY = DecimalField(max_digits=20, decimal_places=2)
TALKS = (SignalKind.REPLACEMENT, SignalKind.END_OF_LIFE, SignalKind.SUCCESSOR)


@dataclass
class Sums:
    """Of some machines: how many, what replacing them is worth, of how many nobody knows that, and those of which
    somebody already talks."""

    units: int = 0
    value: Decimal = Decimal(0)
    unvalued: int = 0
    talking: int = 0
    talking_value: Decimal = Decimal(0)

    def add(self, other: "Sums") -> None:
        for name in self.__dataclass_fields__:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    @property
    def share(self) -> Decimal | None:
        """The part with a conversation; None where there is nothing."""
        return Decimal(self.talking) / self.units if self.units else None


@dataclass
class Wave:
    """Quarter by quarter, and apart from them what is past its life, comes later, or has no date."""

    on: date
    quarters: dict[date, Sums] = field(default_factory=dict)
    apart: dict[str, Sums] = field(default_factory=dict)

    @property
    def ahead(self) -> Sums:
        """All quarters together."""
        return _added(self.quarters.values())

    @property
    def years(self) -> dict[int, Sums]:
        years = dict.fromkeys(quarter.year for quarter in self.quarters)
        return {year: _added(s for q, s in self.quarters.items() if q.year == year) for year in years}

    @property
    def all(self) -> Sums:
        return _added([self.ahead, *self.apart.values()])


def _added(sums: Any) -> Sums:
    total = Sums()
    for one in sums:
        total.add(one)
    return total


def wave_of(user: User, on: date, filters: Filters) -> Wave:
    """The wave as of a date, of what this user sees and asks for."""
    grouped = (
        wave_machines(user, on, filters)
        .order_by()
        .values("bucket")
        .annotate(
            units=Count("pk"),
            value=Coalesce(Sum("price_new"), Value(Decimal(0)), output_field=MONEY),
            unvalued=Count("pk", filter=Q(price_new__isnull=True)),
            talking=Count("pk", filter=Q(talked=True)),
            talking_value=Coalesce(Sum("price_new", filter=Q(talked=True)), Value(Decimal(0)), output_field=MONEY),
        )
    )
    found = {row.pop("bucket"): Sums(**row) for row in grouped}
    return Wave(
        on,
        {quarter: found.get(key_of(quarter), Sums()) for quarter in quarters(on)},
        {key: found.get(key, Sums()) for key in APART},
    )


def wave_machines(user: User, on: date, filters: Filters) -> QuerySet[Any]:
    """Machines in service that day with `bucket`, `ends_life_on`, `price_new` (what replacing it is worth) and whether
    somebody talks of it.

    A filter by product line leaves out machines of which nobody knows the line.
    """
    policy = versions_on([AgePolicy], [on])[on][AgePolicy]
    rows = machines_asked(Ask(on, user, filters, {AgePolicy: policy})).filter(unattributed=0)
    rows = rows.annotate(
        ends_life_on=Case(When(installed_on__lte=on, then=end_of_life(policy.values))),
        price_new=_worth(on),
        talked=flag(Q(pk__in=_deals(on)) | Q(pk__in=_accepted(on))),
    )
    found: QuerySet[Any] = rows.annotate(bucket=_bucket(on))
    return found


def _bucket(on: date) -> Case:
    """`bucket_of`, by the database."""
    quarter = Func(F("ends_life_on"), template="to_char(%(expressions)s, 'YYYY-\"Q\"Q')", output_field=CharField())
    return Case(
        When(ends_life_on__isnull=True, then=Value(UNKNOWN)),
        When(ends_life_on__lte=on, then=Value(PAST)),
        When(ends_life_on__gte=ends(on), then=Value(LATER)),
        default=quarter,
        output_field=CharField(),
    )


def _worth(on: date) -> Coalesce:
    """What the machine cost, else the list price of its product at the last rate known on the day."""
    home = Organisation.objects.ours().reporting_currency
    rates = ExchangeRate.objects.filter(on__lte=on).order_by("currency", "-on").distinct("currency")
    foreign = [
        When(product__currency=currency, then=Round(F("product__list_price") * Value(rate), precision=2))
        for currency, rate in rates.values_list("currency", "rate")
        if currency != home
    ]
    listed = Case(When(product__currency__in=["", home], then=F("product__list_price")), *foreign, output_field=MONEY)
    return Coalesce("price_reporting", listed, output_field=MONEY)


def _open(on: date, path: str) -> Q:
    """A deal that stood open on the day."""
    ended = Q(**{f"{path}closed_on__isnull": True, f"{path}stage__in": [Stage.WON, Stage.LOST]})
    begun = Q(**{f"{path}identified_on__isnull": True}) | Q(**{f"{path}identified_on__lte": on})
    return begun & (Q(**{f"{path}closed_on__isnull": True}) | Q(**{f"{path}closed_on__gt": on})) & ~ended


def _deals(on: date) -> QuerySet[Any]:
    lines = OpportunityLine._base_manager.filter(asset__isnull=False, opportunity__kind=DealKind.REPLACEMENT)
    return lines.filter(_open(on, "opportunity__")).values("asset_id")


def _accepted(on: date) -> QuerySet[Any]:
    """Machines of which a signal of replacement was taken up, unless the deal made of it is over."""
    rows = Signal._base_manager.filter(
        decision=Signal.Decision.ACCEPTED, kind__in=TALKS, decided_on__lte=on, asset__isnull=False
    )
    return rows.filter(Q(opportunity__isnull=True) | _open(on, "opportunity__")).values("asset_id")


def wave_rows(user: User, on: date, filters: Filters, part: Stretch) -> QuerySet[Any]:
    """The machines of a quarter, a year, or of what stands apart, with what their attention is weighed by."""
    rows = wave_machines(user, on, filters).filter(bucket__in=part.buckets)
    covered = Exists(covered_assets(on).filter(asset=OuterRef("pk")))
    rows = rows.annotate(**weighed_by(on), covered=covered, life_ends_on=F("ends_life_on"))
    return rows.select_related("product", "site", "account__owner")

"""Customers by health: which stand worst for most money, and what each shows in the list."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, DecimalField, ExpressionWrapper, F, Max, OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce, Greatest, JSONObject, Lower

from core.models import User
from core.paging import Page, page_of
from dashboards.queries.accounts import Has, has_of
from health.models import Score
from health.queries import Standing, tier_on, years_of
from health.rules import Tier
from installed_base.metrics.asof import terms_in_force
from installed_base.models import Account, ContactMoment

# Sorts by name; the euros at risk are those of a year times how far the score lies under green (HS-13).
ORDERS = {
    "-risk": ("-at_risk", "-contracted", "pk"),
    "risk": ("at_risk", "contracted", "-pk"),
    "score": ("shown_score", "-contracted", "pk"),
    "-score": ("-shown_score", "contracted", "-pk"),
    "value": ("contracted", "pk"),
    "-value": ("-contracted", "pk"),
    "name": ("shown_name", "pk"),
    "-name": ("-shown_name", "-pk"),
}
NEEDS_PRICES = {"risk", "-risk", "value", "-value"}
# A customer without a score stands behind the healthiest.
NO_SCORE = Decimal(101)
# How far back moves between tiers look: those of the metric.
MOVED_WITHIN = timedelta(days=90)
MONEY: Any = DecimalField(max_digits=24, decimal_places=4)


@dataclass
class Line:
    """One customer: where it stands, what pulls it most, a year's value, and when somebody last spoke to them."""

    account: Account
    standing: Standing | None
    trend: list[Decimal | None]
    pull: tuple[str, Decimal] | None
    value: Decimal | None
    decides_on: date | None
    contact_on: date | None

    @property
    def tier(self) -> str:
        return (self.standing.tier if self.standing else Tier.UNKNOWN).value

    @property
    def score(self) -> Decimal | None:
        return self.standing.score if self.standing else None


def customers(rows: QuerySet[Account], on: date, green: Decimal) -> Any:
    """These accounts with score, tier and a year's value of that day, and the euros at risk by the line of green."""
    score = Score._base_manager.filter(account=OuterRef("pk"), on__lte=on).order_by("-on").values("score")[:1]
    terms = terms_in_force(on).filter(contract__account=OuterRef("pk")).order_by().values("contract__account")
    total = terms.annotate(total=Sum("held__annual_value_reporting")).values("total")
    return rows.annotate(
        known_score=Subquery(score),
        shown_score=Coalesce(F("known_score"), Value(NO_SCORE)),
        tier=tier_on(on),
        was=tier_on(on - MOVED_WITHIN),
        contracted=Coalesce(Subquery(total), Value(Decimal(0))),
        shown_name=Lower("name"),
    ).annotate(
        at_risk=ExpressionWrapper(
            F("contracted") * Greatest(Value(Decimal(0)), Value(green) - F("shown_score")) / Value(green),
            output_field=MONEY,
        )
    )


def tiers_of(rows: QuerySet[Account], on: date) -> ArraySubquery:
    """How many of these accounts stand in each tier, as a column: a list of {tier, n}."""
    placed: Any = rows.annotate(tier=tier_on(on))
    counted = placed.order_by().values("tier").annotate(n=Count("pk"))
    return ArraySubquery(counted.values(row=JSONObject(tier="tier", n="n")))


def distribution(rows: Any) -> dict[str, tuple[int, Decimal]]:
    """How many of `customers` stand in each tier, and their euros a year. One query."""
    counted = rows.order_by().values("tier").annotate(n=Count("pk"), euros=Sum("contracted"))
    found = {row["tier"]: (row["n"], row["euros"] or Decimal(0)) for row in counted}
    return {tier.value: found.get(tier.value, (0, Decimal(0))) for tier in Tier}


def moves(rows: Any) -> dict[tuple[str, str], int]:
    """How many of `customers` stood in which tier 90 days before, and in which now. One query."""
    counted = rows.order_by().values("was", "tier").annotate(n=Count("pk"))
    return {(row["was"], row["tier"]): row["n"] for row in counted}


def page(rows: QuerySet[Account], user: User, on: date, *, sort: str, cursor: str) -> Page:
    """A page of `Line`s out of `customers`."""
    found = page_of(rows, ORDERS[sort], cursor=cursor)
    return Page(lines(found.rows, user, on), found.newer, found.older)


def every_line(rows: QuerySet[Account], user: User, on: date, *, sort: str) -> list[Line]:
    """All of them in their order, for a file."""
    return lines(list(rows.order_by(*ORDERS[sort])), user, on)


def lines(accounts: Sequence[Account], user: User, on: date) -> list[Line]:
    """What these accounts show. Three queries, whatever their number."""
    ids = [account.pk for account in accounts]
    years, has, spoken = years_of(ids, on), has_of(ids, user, on), last_contacts(ids, user, on)
    return [
        Line(
            account=account,
            standing=year.standing if (year := years.get(account.pk)) else None,
            trend=year.trend if year else [],
            pull=next(iter(year.pulls_down), None) if year else None,
            value=has.get(account.pk, Has()).value,
            decides_on=has.get(account.pk, Has()).decides_on,
            contact_on=spoken.get(account.pk),
        )
        for account in accounts
    ]


def last_contacts(ids: Iterable[int], user: User, on: date) -> dict[int, date]:
    """When somebody last spoke to each. One query."""
    rows = ContactMoment.objects.visible_to(user).filter(account_id__in=ids, on__lte=on).order_by()
    return dict(rows.values("account_id").annotate(last=Max("on")).values_list("account_id", "last"))

"""What is expected of open renewals: which are still to be kept for a day, and the facts of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import OuterRef, Q, Subquery

from health.queries import tiers_of
from renewals.models import ForecastDay, ForecastTable, Renewal, RenewalForecast
from renewals.queries.rates import WholeYears, first_day
from renewals.rules.forecast import Table

Expectation = tuple[Decimal | None, str, str, Decimal | None]


def not_kept(policy: Any, after: date | None, until: date) -> list[int]:
    """Open renewals of which that day was not kept yet."""
    done = ForecastTable.objects.filter(on=until).values_list("kept_through", flat=True).first() or 0
    rows = Renewal._base_manager.filter(decided_on__isnull=True, opened_on__lte=until, pk__gt=done)
    return list(rows.order_by("pk").values_list("pk", flat=True))


def expectations(ids: Sequence[int], table: Table, on: date) -> dict[int, Expectation]:
    """Of those that were open on that day: chance, tier, and what a person said. Two queries."""
    opened = Q(decided_on__isnull=True) | Q(decided_on__gt=on)
    said = RenewalForecast._base_manager.filter(renewal=OuterRef("pk"), said_on__lte=on)
    rows = Renewal._base_manager.filter(opened, pk__in=ids, opened_on__lte=on).annotate(
        began_on=first_day("account_id"),
        category=Subquery(said.values("category")[:1]),
        annual=Subquery(said.values("annual_reporting")[:1]),
    )
    found = list(
        rows.annotate(years=WholeYears("began_on", "decides_on")).values_list(
            "pk", "account_id", "years", "category", "annual"
        )
    )
    tiers = tiers_of({row[1] for row in found}, on)
    return {
        pk: (table.chance(tiers[account].value, years or 0), tiers[account].value, category or "", annual)
        for pk, account, years, category, annual in found
    }


def stood_before(ids: Sequence[int], on: date) -> dict[int, tuple[date, Expectation]]:
    """The latest kept day of each up to that one. One query."""
    rows = ForecastDay._base_manager.filter(renewal__in=ids, on__lte=on).order_by("renewal", "-on")
    latest = rows.distinct("renewal").values_list("renewal", "on", "chance", "tier", "category", "annual_reporting")
    return {pk: (day, (chance, tier, category, annual)) for pk, day, chance, tier, category, annual in latest}


@dataclass(frozen=True)
class Signed:
    """What a renewal became: a year's value in the reporting currency, and the day it was signed."""

    annual: Decimal | None
    on: date | None

    def days_before(self, due: date | None) -> int | None:
        """Days before the last day of the old term; below zero after it."""
        return (due - self.on).days if self.on and due else None


def signed_of(row: Renewal) -> Signed | None:
    """What was signed in its place; None where nothing was. One query."""
    found = row.term.successions.order_by("successor__starts_on", "pk").values_list(
        "successor__annual_value_reporting", "successor__signed_on"
    )
    first = found.first()
    return Signed(*first) if first else None


__all__ = ["Signed", "expectations", "not_kept", "signed_of", "stood_before"]

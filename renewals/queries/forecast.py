"""What is expected of open renewals: which are still to be kept for a day, and the facts of each."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery

from health.queries import tiers_of
from installed_base.models import TermSuccession
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


def with_forecast(rows: QuerySet[Renewal]) -> Any:
    """Each renewal with its forecast, the chance that was kept last, and what was signed in its place, and when."""
    kept = ForecastDay._base_manager.filter(renewal=OuterRef("pk")).order_by("-on")
    signed = TermSuccession._base_manager.filter(term=OuterRef("term")).order_by("successor__starts_on", "pk")
    return rows.select_related("forecast", "forecast__said_by").annotate(
        kept_chance=Subquery(kept.values("chance")[:1]),
        final_annual=Subquery(signed.values("successor__annual_value_reporting")[:1]),
        final_on=Subquery(signed.values("successor__signed_on")[:1]),
    )

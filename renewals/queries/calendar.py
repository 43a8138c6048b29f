"""The calendar of the coming four quarters: renewals by the month, and by the day, on which they are decided."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import groupby

from django.db.models import Count, QuerySet, Sum
from django.db.models.functions import Coalesce, TruncMonth

from core.calendar import add_months
from core.models import User
from core.paging import page_of
from health.queries import tiers_of
from health.rules import Tier
from renewals.models import Renewal
from renewals.queries.overview import ZERO, Sums, in_month, quarter_start
from renewals.queries.queue import Criteria, every_past_row, wanted_rows
from renewals.queries.rows import FIELDS, Row, row_of, with_health

MONTHS = 12
DAYS_PAGE = 100


@dataclass
class Quarter:
    """Three months with their sums; `key` of a month is 2027-03."""

    starts_on: date
    months: list[Sums] = field(default_factory=list)

    @property
    def number(self) -> int:
        return (self.starts_on.month + 2) // 3

    @property
    def count(self) -> int:
        return sum(month.count for month in self.months)

    @property
    def value(self) -> Decimal:
        return sum((month.value for month in self.months), ZERO)


@dataclass
class Calendar:
    """Four quarters from that of the day; what is decided before or after them stands apart."""

    quarters: list[Quarter]
    earlier: Sums
    later: Sums

    @property
    def count(self) -> int:
        return sum(quarter.count for quarter in self.quarters)

    @property
    def value(self) -> Decimal:
        return sum((quarter.value for quarter in self.quarters), ZERO)


@dataclass(frozen=True)
class Day:
    on: date
    rows: list[Row]

    @property
    def value(self) -> Decimal:
        return sum((row.value or ZERO for row in self.rows), ZERO)


@dataclass(frozen=True)
class Days:
    """One page of a month, by the day; `sums` are those of the whole month."""

    sums: Sums
    days: list[Day]
    newer: str = ""
    older: str = ""


def calendar_of(renewals: QuerySet[Renewal], criteria: Criteria, *, user: User, on: date) -> Calendar:
    """The calendar of today. Two queries: a row for each month and account, and the tiers."""
    wanted = wanted_rows(renewals, criteria, user=user, on=on).annotate(month=TruncMonth("decides_on"))
    sums = {"count": Count("pk"), "value": Coalesce(Sum("annual_value_reporting"), ZERO)}
    groups = list(wanted.order_by().values_list("month", "account_id").annotate(**sums))
    tiers = tiers_of({account for _month, account, _count, _value in groups}, on)
    add, found = _into(on)
    for month, account, count, value in groups:
        add(month, tiers.get(account, Tier.UNKNOWN), count, value)
    return found


def past_calendar(renewals: QuerySet[Renewal], criteria: Criteria, *, user: User, on: date) -> Calendar:
    """The calendar as it stood on a past day."""
    add, found = _into(on)
    for row in every_past_row(renewals, criteria, user=user, on=on):
        add(row.decides_on.replace(day=1), row.tier, 1, row.value or ZERO)
    return found


def _into(on: date) -> tuple[Callable[[date, Tier, int, Decimal], None], Calendar]:
    """An empty calendar of that day, and what adds to it."""
    first = quarter_start(on)
    months = {add_months(first, n): Sums(f"{add_months(first, n):%Y-%m}") for n in range(MONTHS)}
    quarters = {start: Quarter(start) for start in (add_months(first, 3 * n) for n in range(MONTHS // 3))}
    for month, sums in months.items():
        quarters[quarter_start(month)].months.append(sums)
    found = Calendar(list(quarters.values()), Sums("earlier"), Sums("later"))

    def add(month: date, tier: Tier, count: int, value: Decimal) -> None:
        outside = found.earlier if month < first else found.later
        months.get(month, outside).add(tier.value, count, value)

    return add, found


def days_of(renewals: QuerySet[Renewal], criteria: Criteria, *, user: User, on: date, size: int = DAYS_PAGE) -> Days:
    """The renewals of the criteria's month by the day, a page at a time. Four queries."""
    wanted = wanted_rows(renewals, criteria, user=user, on=on).filter(in_month(criteria.month))
    page = page_of(wanted.values(*FIELDS.values()), ["decides_on", "pk"], cursor=criteria.cursor, size=size)
    whole = wanted.order_by().aggregate(count=Count("pk"), value=Coalesce(Sum("annual_value_reporting"), ZERO))
    rows = with_health([row_of(values, on=on) for values in page.rows], on)
    sums = Sums(criteria.month, whole["count"], whole["value"])
    return Days(sums, _by_day(rows), page.newer, page.older)


def past_days(renewals: QuerySet[Renewal], criteria: Criteria, *, user: User, on: date) -> Days:
    """The same of a past day: all of the month at once."""
    rows = every_past_row(renewals, criteria, user=user, on=on)
    rows = sorted((r for r in rows if f"{r.decides_on:%Y-%m}" == criteria.month), key=lambda r: (r.decides_on, r.pk))
    sums = Sums(criteria.month, len(rows), sum((r.value or ZERO for r in rows), ZERO))
    return Days(sums, _by_day(rows))


def _by_day(rows: Iterable[Row]) -> list[Day]:
    return [Day(on, list(of_day)) for on, of_day in groupby(rows, key=lambda row: row.decides_on)]


__all__ = ["Calendar", "Day", "Days", "calendar_of", "days_of", "past_calendar", "past_days"]

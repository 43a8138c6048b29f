"""What service and telemetry say of one machine. Each function is one query; whoever asks has seen the machine."""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet, Sum, TextField
from django.db.models.functions import Cast, JSONObject, TruncMonth

from core.calendar import add_months
from core.models import User
from installed_base.metrics.proof import SIGNS
from installed_base.metrics.service import day_begins
from installed_base.models import Asset, Ticket, UsageReading, Visit

MOST_SHOWN, MOST_COUNTED = 10, 1000


def tickets(asset: Asset, user: User, on: date) -> list[Ticket]:
    """The tickets about it, the latest first."""
    rows = Ticket.objects.visible_to(user).filter(asset=asset, opened_at__lt=day_begins(on + timedelta(days=1)))
    return list(rows.order_by("-opened_at", "-pk")[:MOST_COUNTED])


def visits(asset: Asset, user: User, on: date) -> QuerySet[Visit]:
    """The latest visits to it."""
    rows = Visit.objects.visible_to(user).filter(asset=asset, on__lte=on).select_related("technician")
    return rows.order_by("-on", "-pk")[:MOST_SHOWN]


def downtime(tickets: Iterable[Ticket]) -> list[dict[str, Any]]:
    """Per year of opening, the latest first: how many tickets, and the hours it stood still (None: unknown)."""
    years: dict[int, dict[str, Any]] = {}
    for ticket in tickets:
        year = ticket.opened_at.astimezone(ZoneInfo(settings.ORGANISATION_TIME_ZONE)).year
        row = years.setdefault(year, {"year": year, "tickets": 0, "hours": None})
        row["tickets"] += 1
        if ticket.downtime_hours is not None:
            row["hours"] = (row["hours"] or Decimal(0)) + ticket.downtime_hours
    return [years[year] for year in sorted(years, reverse=True)]


def hours_by_month(user: User, on: date) -> ArraySubquery:
    """Hours run per month of the last thirteen months, as a column of machines; a reading counts in the month of its
    last day."""
    first = add_months(on.replace(day=1), -12)
    rows = UsageReading.objects.visible_to(user).filter(
        asset=OuterRef("pk"), on__gte=first, on__lte=on, run_hours__isnull=False
    )
    found = rows.order_by().values(month=TruncMonth("on")).annotate(hours=Cast(Sum("run_hours"), TextField()))
    return ArraySubquery(found.order_by("month").values(row=JSONObject(month="month", hours="hours")))


def run_hours(machine: Any) -> dict[date, Decimal]:
    """The same of a machine that was read with `hours_by_month` as `ran`, oldest first."""
    return {date.fromisoformat(row["month"][:10]): Decimal(row["hours"]) for row in machine.ran}


def last_sign(machine: Any) -> tuple[str, date] | None:
    """The last evidence that it is there, of a machine read with `last_signs`: what it was, and when."""
    known = [(day, name) for name in SIGNS if (day := getattr(machine, name))]
    return max(known)[::-1] if known else None

"""Contracts of the coming four quarters that come up for renewal and whose renewal has not opened yet (RN-15)."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Count, Exists, OuterRef, Q, Sum
from django.db.models.functions import Coalesce, TruncMonth

from core.calendar import add_months
from core.models import User
from renewals.models import Renewal
from renewals.queries.calendar import MONTHS
from renewals.queries.horizon import MONEY, Narrow, up_for_renewal
from renewals.queries.overview import ZERO, quarter_start


@dataclass(frozen=True)
class Ahead:
    """How many contracts of a month are still to open, and what they are worth a year."""

    count: int = 0
    value: Decimal = ZERO


def not_opened(user: User, narrow: Narrow, *, on: date) -> dict[date, Ahead]:
    """By the first day of the month of their deciding day. What was cancelled opens no more. One query."""
    first = quarter_start(on)
    opened = Renewal._base_manager.filter(
        Q(decided_on__isnull=True) | Q(decided_on__gt=on), term=OuterRef("pk"), opened_on__lte=on
    )
    rows = up_for_renewal(user, narrow, on=on).filter(
        ~Q(Exists(opened)), cancelled=False, decides_on__gte=on, decides_on__lt=add_months(first, MONTHS)
    )
    months = rows.annotate(month=TruncMonth("decides_on")).order_by().values_list("month")
    sums = {"terms": Count("pk"), "total": Coalesce(Sum("annual"), ZERO, output_field=MONEY)}
    return {month: Ahead(count, value) for month, count, value in months.annotate(**sums)}
